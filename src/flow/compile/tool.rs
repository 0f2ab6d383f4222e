//! Tools as a flow declares them, and the shorthand for their schemas.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::locate::escape;
use super::super::report::{Place, Problem};
use super::super::{ByName, Retry, Tool, limit, model};
use super::{Compiler, map_for};

/// Time for one attempt where the flow says nothing.
const TIMEOUT_MS: u64 = 30_000;
/// Wait before the second attempt where the flow says nothing.
const BACKOFF_MS: u64 = 200;
/// The longest wait where the flow says nothing.
const BACKOFF_MS_LONGEST: u64 = 10_000;

/// The words of the shorthand and the JSON types they stand for.
const WORDS: &[(&str, &str)] = &[
    ("string", "string"),
    ("number", "number"),
    ("integer", "integer"),
    ("boolean", "boolean"),
    ("object", "object"),
    ("array", "array"),
    ("date", "string"),
    ("time", "string"),
    ("datetime", "string"),
    ("duration", "string"),
    ("ordinal", "integer"),
    ("percent", "number"),
    ("name", "string"),
    ("first_name", "string"),
    ("last_name", "string"),
    ("url", "string"),
    ("phone", "string"),
    ("email", "string"),
    ("money", "object"),
];

/// Whether all names of a shorthand must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// What a flow sends it sends whole.
    Args,
    /// What comes back may leave parts out.
    Result,
}

impl Compiler<'_> {
    pub(super) fn all_tools(&mut self, model: &model::Flow) -> ByName<Tool> {
        let members = self.members(model.tools.as_ref(), "/tools", limit::TOOLS_MAX);
        self.limit("limit.tools", "/tools", (self.tools.names.len(), limit::TOOLS_MAX));
        let mut tools = map_for(members.len());
        for (name, written, at) in members {
            self.check_name(name, &at);
            tools.insert(name.clone(), self.tool(name, written, &at));
        }
        tools
    }

    fn tool(&mut self, name: &str, written: &model::Tool, at: &str) -> Tool {
        let timeout_ms = written.timeout_ms.unwrap_or(TIMEOUT_MS);
        let at_timeout = format!("{at}/timeout_ms");
        self.within("limit.timeout", &at_timeout, timeout_ms, 1..=limit::TIMEOUT_MS_MAX);
        Tool {
            name: name.to_owned(),
            args: self.schema(written.args.as_ref(), &format!("{at}/args"), Side::Args),
            result: self.schema(written.result.as_ref(), &format!("{at}/result"), Side::Result),
            timeout_ms,
            retry: self.retry(written.retry.as_ref(), &format!("{at}/retry")),
            idempotent: written.idempotent.unwrap_or_default(),
            uses: written.uses.clone(),
        }
    }

    fn retry(&mut self, written: Option<&model::Retry>, at: &str) -> Retry {
        let attempts = written.and_then(|retry| retry.max_attempts).unwrap_or(1);
        let backoff_ms = written.and_then(|retry| retry.backoff_ms).unwrap_or(BACKOFF_MS);
        let longest = written.and_then(|retry| retry.max_backoff_ms);
        let longest = longest.unwrap_or_else(|| BACKOFF_MS_LONGEST.max(backoff_ms));
        let attempts_range = 1..=limit::ATTEMPTS_MAX;
        self.within("limit.retry", &format!("{at}/max_attempts"), attempts, attempts_range);
        let waits = 0..=limit::BACKOFF_MS_MAX;
        self.within("limit.retry", &format!("{at}/backoff_ms"), backoff_ms, waits.clone());
        self.within("limit.retry", &format!("{at}/max_backoff_ms"), longest, waits);
        Retry {
            max_attempts: u32::try_from(attempts).unwrap_or(1),
            backoff_ms,
            max_backoff_ms: longest,
            jitter: written.and_then(|retry| retry.jitter).unwrap_or(true),
        }
    }

    pub(super) fn within(
        &mut self,
        code: &'static str,
        at: &str,
        value: u64,
        range: std::ops::RangeInclusive<u64>,
    ) {
        if !range.contains(&value) {
            let message = format!("{value} is not between {} and {}", range.start(), range.end());
            self.error(code, at, message);
        }
    }

    fn schema(&mut self, written: Option<&Value>, at: &str, side: Side) -> Option<Arc<Value>> {
        match written? {
            Value::Null => None,
            Value::Object(fields) if is_schema(fields) => {
                Some(Arc::new(Value::Object(fields.clone())))
            }
            Value::Object(fields) => Some(Arc::new(self.shorthand(fields, at, side))),
            Value::Bool(any) => Some(Arc::new(Value::Bool(*any))),
            Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let place = Place::Value(at.to_owned());
                let message = "must be an object of names and types, or a JSON Schema";
                let problem = Problem::error("value.type", place, message);
                self.report.add(problem.suggest(r#"write `{"date": "string"}`"#));
                None
            }
        }
    }

    /// `{"date": "string"}` as a JSON Schema.
    fn shorthand(&mut self, fields: &Map<String, Value>, at: &str, side: Side) -> Value {
        let mut properties = Map::with_capacity(fields.len());
        for (name, word) in fields {
            let schema = self.shorthand_type(word, &format!("{at}/{}", escape(name)), side);
            properties.insert(name.clone(), schema);
        }
        let mut schema = json!({"type": "object", "properties": properties});
        if side == Side::Args {
            let names: Vec<&String> = fields.keys().collect();
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("required".to_owned(), json!(names));
            }
        }
        schema
    }

    fn shorthand_type(&mut self, word: &Value, at: &str, side: Side) -> Value {
        match word {
            Value::String(word) => self.shorthand_word(word, at),
            Value::Object(fields) if is_schema(fields) || fields.contains_key("type") => {
                word.clone()
            }
            Value::Object(fields) => self.shorthand(fields, at, side),
            Value::Array(items) if items.len() == 1 => {
                let item = items.first().unwrap_or(&Value::Null);
                let schema = self.shorthand_type(item, &format!("{at}/0"), side);
                json!({"type": "array", "items": schema})
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                let message = "must be a type such as `string`, or `[\"string\"]` for a list of it";
                self.error("value.type", at, message);
                json!({})
            }
        }
    }

    fn shorthand_word(&mut self, word: &str, at: &str) -> Value {
        if word == "any" {
            return json!({});
        }
        if let Some((_, json_type)) = WORDS.iter().find(|(known, _)| *known == word) {
            return json!({"type": json_type});
        }
        let words = WORDS.iter().map(|(word, _)| *word);
        let place = Place::Value(at.to_owned());
        let problem = Problem::error("schema.type", place, format!("no type `{word}`"));
        self.report.add(problem.suggest_name(word, words.chain(["any"])));
        json!({})
    }
}

/// Whether an object is a JSON Schema and not a list of names with types.
fn is_schema(fields: &Map<String, Value>) -> bool {
    let is_container = |name: &Value| name == "object" || name == "array" || name.is_array();
    let all_schemas = |inner: &Map<String, Value>| {
        inner.values().all(|schema| schema.is_object() || schema.is_boolean())
    };
    fields.get("type").is_some_and(is_container)
        || fields.keys().any(|key| key.starts_with('$'))
        || fields.get("properties").and_then(Value::as_object).is_some_and(all_schemas)
        || ["anyOf", "oneOf", "allOf", "enum"]
            .iter()
            .any(|key| fields.get(*key).is_some_and(Value::is_array))
}
