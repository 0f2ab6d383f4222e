//! What a transition writes into the context, one change after the other, as one assignment of ours: there all right
//! sides see the context as it was, so that a change on top of another is put together here.

use std::cell::Cell;

use indexmap::IndexMap;
use serde_json::Value;

use super::super::model::Fields;
use super::held::Held;
use super::model::{Operation, OperationKind};
use super::words::{self, Step};

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

/// The changes so far.
#[derive(Debug)]
pub(super) struct Writes {
    /// The context with all of them.
    context: Held,
    /// What is written by path, and the JSON pointer in the definition.
    each: IndexMap<String, (Held, String)>,
    /// Bytes of what was made of other values.
    made: Cell<usize>,
}

/// So many bytes may be made of what was written before, which could double with each change.
const MADE_MAX: usize = 16 << 10;

impl Default for Writes {
    fn default() -> Self {
        Self { context: Held::context(), each: IndexMap::new(), made: Cell::new(0) }
    }
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
            self.write(key, Held::of(value, &|_| None), at);
        }
    }

    /// One change, on top of those before it.
    pub(super) fn change(&mut self, operation: &Operation, at: &str) -> Result<(), String> {
        let Change { kind, path, value } = change(operation)?;
        let path = path.trim();
        let path = path.strip_prefix("context.").unwrap_or(path);
        let Some(steps) = words::steps(path) else {
            return Err(format!("`{path}` is no path of the context"));
        };
        if path.contains('[') {
            return Err(format!("`{path}` is an item of a list: write the whole list"));
        }
        if let Some(operator) = operator_in(value) {
            return Err(format!("`{operator}` is not computed here; only `var` is looked up"));
        }
        if self.made.get() > MADE_MAX {
            // That has been said.
            return Ok(());
        }
        let new = Held::of(value, &|value| self.looked_up(value));
        let held = match kind {
            OperationKind::Set => new,
            OperationKind::Append => self.made(self.context.at(&steps)).append(new),
            OperationKind::Merge => self.made(self.context.at(&steps)).merge(new),
        };
        if self.made.get() > MADE_MAX {
            return Err(format!("more than {MADE_MAX} bytes are made of what was written before"));
        }
        self.write(path, held, at.to_owned());
        Ok(())
    }

    /// What was written there or within it before is gone.
    fn write(&mut self, path: &str, held: Held, at: String) {
        let within = format!("{path}.");
        self.each.retain(|other, _| other != path && !other.starts_with(&within));
        let keys: Vec<&str> = path.split('.').collect();
        self.context.put(&keys, held.clone());
        self.each.insert(path.to_owned(), (held, at));
    }

    /// What `{"var": "result.size"}` finds.
    fn looked_up(&self, value: &Value) -> Option<Held> {
        let path = var(value)?;
        let path = path.strip_prefix("context.").unwrap_or(path);
        let steps = words::steps(path)?;
        let is_own = |key: &String| matches!(&self.context, Held::Object(_, members) if members.contains_key(key));
        match steps.split_first() {
            Some((Step::Key(first), rest)) if first == "result" && !is_own(first) => {
                Some(Held::Code(words::path("result", rest)))
            }
            _ if self.made.get() > MADE_MAX => Some(Held::Plain(Value::Null)),
            _ => Some(self.made(self.context.at(&steps))),
        }
    }

    fn made(&self, held: Held) -> Held {
        self.made.set(self.made.get().saturating_add(held.weight()));
        held
    }

    /// The assignment, and where each of its paths comes from.
    pub(super) fn into_assign(self) -> (Fields, Vec<(String, String)>) {
        let mut origins = Vec::new();
        let mut assign = Fields::new();
        for (path, (held, at)) in self.each {
            assign.insert(path.clone(), held.data());
            origins.push((path, at));
        }
        (assign, origins)
    }
}

/// Values for a called flow: like those of an operation.
pub(super) fn parameters(fields: &Fields) -> Result<Fields, String> {
    let nothing_before = Writes::default();
    let mut params = Fields::new();
    for (key, value) in fields {
        if let Some(operator) = operator_in(value) {
            return Err(format!("`{operator}` is not computed here; only `var` is looked up"));
        }
        let held = Held::of(value, &|value| nothing_before.looked_up(value));
        params.insert(key.clone(), held.data());
    }
    Ok(params)
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
