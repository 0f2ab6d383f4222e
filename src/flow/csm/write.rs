//! What a transition writes into the context, one change after the other, as one assignment of ours: there all right
//! sides see the context as it was, so that a change on top of another is put together here.

use indexmap::IndexMap;
use serde_json::Value;

use super::super::model::Fields;
use super::model::{Operation, OperationKind};
use super::words;

/// Operators of JSON Logic that nobody means as data.
const OPERATORS: &[&str] = &[
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "===",
    "!=",
    "!==",
    "<",
    "<=",
    ">",
    ">=",
    "!",
    "!!",
    "and",
    "or",
    "if",
    "?:",
    "cat",
    "substr",
    "in",
    "merge",
    "map",
    "filter",
    "reduce",
    "all",
    "some",
    "none",
    "min",
    "max",
    "missing",
    "missing_some",
];

/// The changes so far, by path.
#[derive(Debug, Default)]
pub(super) struct Writes(IndexMap<String, Written>);

#[derive(Debug)]
struct Written {
    /// As the right side of an assignment.
    data: Value,
    /// As an expression.
    code: String,
    /// JSON pointer in the definition.
    at: String,
}

/// A change, in whichever spelling it came.
struct Change<'o> {
    kind: OperationKind,
    path: &'o str,
    value: &'o Value,
}

impl Writes {
    /// Values that are there as they are.
    pub(super) fn literals(&mut self, fields: &Fields, at: &str) {
        for (key, value) in fields {
            let at = format!("{at}/{}", super::super::locate::escape(key));
            let nothing = |_: &Value| None;
            let (data, code) = (words::data(value, &nothing), words::code(value, &nothing));
            self.0.insert(key.clone(), Written { data, code, at });
        }
    }

    /// One change, on top of those before it.
    pub(super) fn change(&mut self, operation: &Operation, at: &str) -> Result<(), String> {
        let Change { kind, path, value } = change(operation)?;
        let path = path.strip_prefix("context.").unwrap_or(path);
        let Some(steps) = words::steps(path) else {
            return Err(format!("`{path}` is no path of the context"));
        };
        if let Some(operator) = operator_in(value) {
            return Err(format!("`{operator}` is not computed here; only `var` is looked up"));
        }
        let known = |value: &Value| self.looked_up(value);
        let new = words::code(value, &known);
        let old = match self.0.get(path) {
            Some(written) => written.code.clone(),
            None => words::path("ctx", &steps),
        };
        let (data, code) = match kind {
            OperationKind::Set => (words::data(value, &known), new),
            OperationKind::Append => computed(format!("append({old}, {new})")),
            OperationKind::Merge => computed(format!("merge({old}, {new})")),
        };
        self.0.insert(path.to_owned(), Written { data, code, at: at.to_owned() });
        Ok(())
    }

    /// `{"var": "result.size"}` as an expression.
    fn looked_up(&self, value: &Value) -> Option<String> {
        let path = var(value)?;
        let path = path.strip_prefix("context.").unwrap_or(path);
        if let Some(written) = self.0.get(path) {
            return Some(format!("({})", written.code));
        }
        let inner = match path.strip_prefix("result") {
            Some("") => return Some("result".to_owned()),
            Some(inner) => inner.strip_prefix('.'),
            None => None,
        };
        match inner {
            Some(inner) => Some(words::path("result", &words::steps(inner)?)),
            None => Some(words::path("ctx", &words::steps(path)?)),
        }
    }

    /// The assignment, and where each of its paths comes from.
    pub(super) fn into_assign(self) -> (Fields, Vec<(String, String)>) {
        let mut origins = Vec::new();
        let mut assign = Fields::new();
        for (path, written) in self.0 {
            origins.push((path.clone(), written.at));
            assign.insert(path, written.data);
        }
        (assign, origins)
    }
}

/// Values for a called flow: like those of an operation.
pub(super) fn parameters(fields: &Fields) -> Result<Fields, String> {
    let nothing_before = Writes::default();
    let known = |value: &Value| nothing_before.looked_up(value);
    let mut params = Fields::new();
    for (key, value) in fields {
        if let Some(operator) = operator_in(value) {
            return Err(format!("`{operator}` is not computed here; only `var` is looked up"));
        }
        params.insert(key.clone(), words::data(value, &known));
    }
    Ok(params)
}

fn computed(code: String) -> (Value, String) {
    (Value::from(format!("{{{{{code}}}}}")), code)
}

fn change(operation: &Operation) -> Result<Change<'_>, String> {
    let Operation { kind, variable, target, value, set, append, merge } = operation;
    let older = [
        (OperationKind::Set, set, "variable"),
        (OperationKind::Append, append, "to"),
        (OperationKind::Merge, merge, "into"),
    ];
    let mut older =
        older.into_iter().filter_map(|(kind, fields, key)| Some((kind, fields.as_ref()?, key)));
    match (kind, older.next()) {
        (None, Some((kind, fields, key))) => {
            if older.next().is_some() {
                return Err("an operation does one thing: make two of it".to_owned());
            }
            let path = fields.get(key).and_then(Value::as_str);
            let path = path.ok_or_else(|| format!("the operation has no `{key}`"))?;
            Ok(Change { kind, path, value: fields.get("value").unwrap_or(&Value::Null) })
        }
        (Some(kind), None) => {
            let (path, key) = match kind {
                OperationKind::Set => (variable.as_ref().or(target.as_ref()), "variable"),
                OperationKind::Append | OperationKind::Merge => {
                    (target.as_ref().or(variable.as_ref()), "target")
                }
            };
            let path = path.ok_or_else(|| format!("the operation has no `{key}`"))?;
            Ok(Change { kind: *kind, path, value: value.as_ref().unwrap_or(&Value::Null) })
        }
        (Some(_), Some(_)) => Err("the operation has a `type` and an older spelling".to_owned()),
        (None, None) => Err("the operation has no `type`: `set`, `append` or `merge`".to_owned()),
    }
}

/// The path of `{"var": path}`, or of `{"var": [path]}`.
fn var(value: &Value) -> Option<&str> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    let path = fields.get("var")?;
    match path {
        Value::Array(items) => items.first().filter(|_| items.len() == 1)?.as_str(),
        _ => path.as_str(),
    }
}

/// Whether the path of a `var` is one.
fn is_lookup(value: &Value) -> bool {
    let path = var(value).map(|path| path.strip_prefix("context.").unwrap_or(path));
    path.is_some_and(|path| words::steps(path).is_some())
}

/// An operator that the value would have computed.
fn operator_in(value: &Value) -> Option<&str> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        Value::Array(items) => items.iter().find_map(operator_in),
        Value::Object(fields) => {
            let first = fields.iter().next().filter(|_| fields.len() == 1);
            match first {
                Some((key, _)) if OPERATORS.contains(&key.as_str()) => Some(key),
                Some((key, _)) if key == "var" && !is_lookup(value) => Some(key),
                _ => fields.values().find_map(operator_in),
            }
        }
    }
}
