//! Whether a JSON text has the shape of a flow: known keys, right types, known words. It walks the schema that the
//! model's types give, so the types stay the only definition, and it reports everything at once.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::locate::escape;
use super::report::{Place, Problem, Report};
use super::{Severity, model};

/// The JSON Schema of flow files.
#[must_use]
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let generator = SchemaSettings::draft2020_12().into_generator();
        generator.into_root_schema_for::<model::Flow>().to_value()
    })
}

/// Reports everything about the shape of `value` that is wrong.
pub(super) fn check(value: &Value, report: &mut Report) {
    check_against(value, schema(), "Flow", report);
}

/// The same for a value of another type, `of`, with this schema.
pub(super) fn check_against(
    value: &Value,
    schema: &'static Value,
    of: &'static str,
    report: &mut Report,
) {
    let Some(root) = schema.as_object() else { return };
    let mut walk = Walk { root, report, at: String::new() };
    walk.value(value, root, of);
}

/// The keys that a schema names.
#[derive(Clone, Copy)]
struct Properties<'a>(Option<&'a Map<String, Value>>);

impl<'a> Properties<'a> {
    fn get(self, key: &str) -> Option<&'a Value> {
        self.0?.get(key)
    }

    fn names(self) -> impl Iterator<Item = &'a str> {
        self.0.into_iter().flat_map(Map::keys).map(String::as_str)
    }
}

struct Walk<'a> {
    root: &'a Map<String, Value>,
    report: &'a mut Report,
    at: String,
}

impl<'a> Walk<'a> {
    /// `of` is the name of the type whose schema this is, or of the one around it.
    fn value(&mut self, value: &Value, schema: &'a Map<String, Value>, of: &'a str) {
        if let Some((name, target)) = self.target(schema) {
            return self.value(value, target, name);
        }
        let words = constants(schema);
        if !words.is_empty() {
            return self.word(value, &words, of);
        }
        if let Some(choices) = choices(schema) {
            let schemas: Vec<&'a Map<String, Value>> =
                choices.iter().filter_map(Value::as_object).collect();
            let fits = schemas.iter().find(|choice| self.fits(value, choice));
            return match fits {
                Some(choice) => self.value(value, choice, of),
                None => {
                    let expected = schemas.iter().flat_map(|choice| self.types(choice)).collect();
                    self.wrong_type(value, expected);
                }
            };
        }
        if !self.fits(value, schema) {
            return self.wrong_type(value, self.types(schema));
        }
        match value {
            Value::Object(fields) => self.object(fields, schema, of),
            Value::Array(items) => self.array(items, schema, of),
            Value::Number(number) => self.number(number, schema),
            Value::String(_) | Value::Bool(_) | Value::Null => {}
        }
    }

    fn object(&mut self, fields: &Map<String, Value>, schema: &'a Map<String, Value>, of: &'a str) {
        let known = Properties(schema.get("properties").and_then(Value::as_object));
        let others = schema.get("additionalProperties");
        for (key, value) in fields {
            let parent = self.at.len();
            self.at.push('/');
            self.at.push_str(&escape(key));
            match known.get(key).or(others) {
                Some(Value::Object(schema)) => self.value(value, schema, of),
                Some(Value::Bool(false)) => self.unknown_key(key, known, of),
                _ => {}
            }
            self.at.truncate(parent);
        }
        let required = schema.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(key) {
                self.missing_key(key, known, of);
            }
        }
    }

    fn array(&mut self, items: &[Value], schema: &'a Map<String, Value>, of: &'a str) {
        let Some(of_items) = schema.get("items").and_then(Value::as_object) else { return };
        for (index, item) in items.iter().enumerate() {
            let parent = self.at.len();
            self.at.push('/');
            self.at.push_str(&index.to_string());
            self.value(item, of_items, of);
            self.at.truncate(parent);
        }
    }

    fn number(&mut self, number: &serde_json::Number, schema: &Map<String, Value>) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let value = number.as_f64().unwrap_or_default();
        if bound("minimum").is_some_and(|least| value < least) {
            let message = format!("{} cannot be {number}, it is too small", self.name());
            self.report.add(Problem::error("value.range", self.here(), message));
        }
    }

    fn word(&mut self, value: &Value, words: &[&str], of: &str) {
        let code = if of == "SlotType" { "slot.type" } else { "value.unknown" };
        let Some(text) = value.as_str() else { return self.wrong_type(value, vec!["string"]) };
        if words.contains(&text) {
            return;
        }
        let message = format!("{} cannot be `{text}`", self.name());
        let problem = Problem::error(code, self.here(), message);
        let problem = problem.suggest_name(text, words.iter().copied());
        self.report
            .add(problem.or_suggest(|| format!("write one of {}", list(words.iter().copied()))));
    }

    fn wrong_type(&mut self, value: &Value, mut expected: Vec<&str>) {
        expected.retain(|name| *name != "null");
        expected.dedup();
        let expected: Vec<String> = expected.into_iter().map(with_article).collect();
        let message = format!(
            "{} must be {}, not {}",
            self.name(),
            expected.join(" or "),
            with_article(type_of(value)),
        );
        self.report.add(Problem::error("value.type", self.here(), message));
    }

    fn unknown_key(&mut self, key: &str, known: Properties<'_>, of: &str) {
        let place = Place::Key(self.at.clone());
        if self.report.is_full(Severity::Error) {
            self.report.add(Problem::error("key.unknown", place, String::new()));
            return;
        }
        let message = format!("unknown key `{key}` in {}", kind(of));
        let problem = Problem::error("key.unknown", place, message);
        let problem = problem.suggest_name(key, known.names());
        self.report
            .add(problem.or_suggest(|| format!("the keys here are {}", list(known.names()))));
    }

    fn missing_key(&mut self, key: &str, known: Properties<'_>, of: &str) {
        let code = if of == "Flow" && key == "start" { "start.missing" } else { "key.missing" };
        let message = format!("{} has no `{key}`", kind(of));
        let description = known.get(key).and_then(|schema| schema.get("description"));
        let what = description.and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
        let hint = format!("add `{key}`: {}", what.trim_end_matches('.'));
        self.report.add(Problem::error(code, self.here(), message).suggest(hint));
    }

    /// Whether a value has a type that the schema takes; what is inside it is not looked at.
    fn fits(&self, value: &Value, schema: &'a Map<String, Value>) -> bool {
        let types = self.types(schema);
        let own = type_of(value);
        types.is_empty()
            || types.iter().any(|name| *name == own || (*name == "number" && own == "integer"))
    }

    /// The types that a schema takes; none means all.
    fn types(&self, schema: &'a Map<String, Value>) -> Vec<&'a str> {
        if let Some((_, target)) = self.target(schema) {
            return self.types(target);
        }
        if !constants(schema).is_empty() {
            return vec!["string"];
        }
        match schema.get("type") {
            Some(Value::String(name)) => vec![name.as_str()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => choices(schema)
                .into_iter()
                .flatten()
                .filter_map(Value::as_object)
                .flat_map(|choice| self.types(choice))
                .collect(),
        }
    }

    fn target(&self, schema: &'a Map<String, Value>) -> Option<(&'a str, &'a Map<String, Value>)> {
        let name = schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
        Some((name, self.root.get("$defs")?.get(name)?.as_object()?))
    }

    fn here(&self) -> Place {
        Place::Value(self.at.clone())
    }

    /// What the value is called: its key, or its place in a list.
    fn name(&self) -> String {
        match self.at.rsplit('/').next().filter(|name| !name.is_empty()) {
            Some(name) if name.bytes().all(|byte| byte.is_ascii_digit()) => "this".to_owned(),
            Some(name) => format!("`{}`", name.replace("~1", "/").replace("~0", "~")),
            None => "a flow".to_owned(),
        }
    }
}

fn choices(schema: &Map<String, Value>) -> Option<&Vec<Value>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array)
}

/// The words that a schema lists, when it is a list of words.
fn constants(schema: &Map<String, Value>) -> Vec<&str> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().filter_map(Value::as_str).collect();
    }
    let constant = |choice: &'_ Value| choice.get("const").is_some();
    let all = choices(schema).filter(|all| all.iter().all(constant));
    let words = all.into_iter().flatten().filter_map(|choice| choice.get("const"));
    words.filter_map(Value::as_str).collect()
}

/// The word of JSON Schema for what a value is.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn with_article(name: &str) -> String {
    match name {
        "null" => "null".to_owned(),
        "array" | "integer" | "object" => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

/// What an author calls the type: `a transition`.
fn kind(of: &str) -> String {
    match of {
        "Flow" | "Meta" | "State" | "Transition" | "Tool" | "Fallback" | "Form" | "Migration"
        | "Machine" => {
            format!("a {}", of.to_lowercase())
        }
        "Cases" => "a file of cases".to_owned(),
        "CaseStep" => "a step of a case".to_owned(),
        "Case" => "a case".to_owned(),
        "Expectation" => "`expect`".to_owned(),
        "Answer" => "an answer of a tool".to_owned(),
        "Failure" => "`error`".to_owned(),
        "TypedCondition" => "a condition".to_owned(),
        "TypedTarget" => "a target".to_owned(),
        "RichMessage" => "a message".to_owned(),
        "Handler" => "a handler of a result".to_owned(),
        "OnResult" => "`onResult`".to_owned(),
        "FormSlot" => "a slot of a form".to_owned(),
        "LongSessions" => "`sessions`".to_owned(),
        "LongSlot" => "a slot".to_owned(),
        "Retry" => "`retry`".to_owned(),
        "Arm" => "an arm of a branch".to_owned(),
        "After" => "a delayed transition".to_owned(),
        "Step" => "a step of a fallback".to_owned(),
        "Silence" => "`noInput`".to_owned(),
        _ => format!("an {}", of.to_lowercase()),
    }
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
