//! What an expression reads: paths that are known when it is compiled and looked up when it is
//! evaluated, so that a guard touches the two values it compares and not the whole context. It never
//! changes what it looks at.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Scope;

/// The names that stand for something in every expression.
pub(super) const ROOTS: &[&str] =
    &["ctx", "slot", "tool", "result", "error", "input", "params", "session"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    Ctx,
    Slot,
    Tool,
    Result,
    Error,
    Input,
    Params,
    Session,
}

impl Root {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ctx" => Self::Ctx,
            "slot" => Self::Slot,
            "tool" => Self::Tool,
            "result" => Self::Result,
            "error" => Self::Error,
            "input" => Self::Input,
            "params" => Self::Params,
            "session" => Self::Session,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ctx => "ctx",
            Self::Slot => "slot",
            Self::Tool => "tool",
            Self::Result => "result",
            Self::Error => "error",
            Self::Input => "input",
            Self::Params => "params",
            Self::Session => "session",
        }
    }
}

/// A place below a root: `ctx.contact.name`, `tool.tables[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) root: Root,
    pub(super) segments: Box<[Segment]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Key(Box<str>),
    Index(usize),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root.name())?;
        for segment in &self.segments {
            match segment {
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, ".{index}")?,
            }
        }
        Ok(())
    }
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Missing,
    Value(&'a Value),
    /// A value that is stored nowhere, such as a length.
    Made(Value),
    /// A whole root, not copied until something in it is named.
    Whole(Whole),
}

/// A root that an expression names without saying what in it: `ctx[slot.field]`, `len(params)`.
#[derive(Debug, Clone)]
pub(super) enum Whole {
    Map(Arc<Map<String, Value>>),
    Value(Arc<Value>),
}

impl Whole {
    pub(super) fn map(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Map(map) => Some(map),
            Self::Value(value) => value.as_object(),
        }
    }

    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Map(map) => Value::Object(Map::clone(map)),
            Self::Value(value) => Value::clone(value),
        }
    }
}

impl Path {
    pub(super) fn find<'a>(&self, scope: &Scope<'a>) -> Found<'a> {
        match self.root {
            Root::Ctx => self.in_map(scope.ctx),
            Root::Slot => self.in_map(scope.slot),
            Root::Params => self.in_map(scope.params),
            Root::Tool => self.in_value(scope.tool),
            Root::Result => self.in_value(scope.result),
            Root::Error => self.in_value(scope.error),
            Root::Input => self.in_value(scope.input.value()),
            Root::Session => self.in_session(scope),
        }
    }

    fn in_map<'a>(&self, map: &'a Arc<Map<String, Value>>) -> Found<'a> {
        match self.segments.split_first() {
            None => Found::Whole(Whole::Map(Arc::clone(map))),
            Some((Segment::Key(key), rest)) => match map.get(&**key) {
                Some(child) => below(child, rest),
                None => Found::Missing,
            },
            Some((Segment::Index(_), _)) => Found::Missing,
        }
    }

    fn in_value<'a>(&self, value: &'a Arc<Value>) -> Found<'a> {
        if self.segments.is_empty() && value.is_object() {
            return Found::Whole(Whole::Value(Arc::clone(value)));
        }
        below(value, &self.segments)
    }

    fn in_session<'a>(&self, scope: &Scope<'_>) -> Found<'a> {
        let names = &scope.session;
        let [Segment::Key(key)] = &*self.segments else {
            if !self.segments.is_empty() {
                return Found::Missing;
            }
            let all = [("id", names.id), ("flow", names.flow), ("state", names.state)];
            let all = all.map(|(key, name)| (key.to_owned(), Value::from(name)));
            return Found::Made(Value::Object(all.into_iter().collect()));
        };
        match &**key {
            "id" => Found::Made(names.id.into()),
            "flow" => Found::Made(names.flow.into()),
            "state" => Found::Made(names.state.into()),
            _ => Found::Missing,
        }
    }
}

fn below<'a>(value: &'a Value, segments: &[Segment]) -> Found<'a> {
    let mut here = value;
    for (depth, segment) in segments.iter().enumerate() {
        let child = match segment {
            Segment::Key(key) => here.get(&**key),
            Segment::Index(index) => here.get(*index),
        };
        let Some(child) = child else {
            let last = depth + 1 == segments.len();
            return length(here, segment).filter(|_| last).map_or(Found::Missing, Found::Made);
        };
        here = child;
    }
    Found::Value(here)
}

/// `ctx.items.length` is what many write for `len(ctx.items)`.
fn length(value: &Value, segment: &Segment) -> Option<Value> {
    let Segment::Key(key) = segment else { return None };
    if !is_length(key) {
        return None;
    }
    match value {
        Value::Array(items) => Some(items.len().into()),
        Value::String(text) => Some(text.chars().count().into()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

pub(super) fn is_length(key: &str) -> bool {
    matches!(key, "len" | "length")
}
