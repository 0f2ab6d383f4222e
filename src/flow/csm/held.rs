//! What the context holds in the midst of a transition, as far as a definition says it: values that are written there, and
//! expressions for the rest, all of them in terms of the context before the transition.

use indexmap::IndexMap;
use serde_json::Value;

use super::super::model::Fields;
use super::words::{self, Step};

/// A value that is known, or known in parts.
#[derive(Debug, Clone)]
pub(super) enum Held {
    /// A text, a number, true, false or nothing.
    Plain(Value),
    /// What comes of this expression.
    Code(String),
    /// A list.
    List(Vec<Self>),
    /// An object with these members; the others are those of this expression, if there is one.
    Object(Option<String>, IndexMap<String, Self>),
}

/// The whole context, as an expression.
const CONTEXT: &str = "ctx";

impl Held {
    /// The context before anything is written.
    pub(super) fn context() -> Self {
        Self::Code(CONTEXT.to_owned())
    }

    /// JSON, where `known` says what is meant by what is more than itself.
    pub(super) fn of(value: &Value, known: &impl Fn(&Value) -> Option<Self>) -> Self {
        if let Some(held) = known(value) {
            return held;
        }
        match value {
            Value::Array(items) => {
                Self::List(items.iter().map(|one| Self::of(one, known)).collect())
            }
            Value::Object(fields) => {
                let members = fields.iter().map(|(key, one)| (key.clone(), Self::of(one, known)));
                Self::Object(None, members.collect())
            }
            plain => Self::Plain(plain.clone()),
        }
    }

    /// What is at these steps.
    pub(super) fn at(&self, steps: &[Step]) -> Self {
        let Some((step, rest)) = steps.split_first() else { return self.clone() };
        match self.member(step) {
            Some(known) => known.at(rest),
            None => self.unknown(step).at(rest),
        }
    }

    /// A member that is known.
    fn member(&self, step: &Step) -> Option<&Self> {
        match (self, step) {
            (Self::List(items), Step::Index(index)) => items.get(*index),
            (Self::Object(_, members), Step::Key(key)) => members.get(key),
            (Self::Object(_, members), Step::Index(index)) => members.get(&index.to_string()),
            (Self::Plain(_) | Self::Code(_) | Self::List(_), _) => None,
        }
    }

    /// A member that is not known, or not there.
    fn unknown(&self, step: &Step) -> Self {
        match (self, step) {
            // Under the members may be a list, which is one no longer.
            (Self::Object(Some(rest), _), Step::Index(_)) if rest != CONTEXT => {
                Self::Code(member(&self.code(), step))
            }
            (Self::Object(Some(rest), _), _) => Self::Code(member(rest, step)),
            (Self::Plain(Value::Null) | Self::Object(None, _), _)
            | (Self::List(_), Step::Index(_)) => Self::Plain(Value::Null),
            (Self::Plain(_) | Self::Code(_) | Self::List(_), _) => {
                Self::Code(member(&self.code(), step))
            }
        }
    }

    /// About how many bytes it has.
    pub(super) fn weight(&self) -> usize {
        let members = |members: &IndexMap<String, Self>| -> usize {
            members.iter().map(|(key, value)| key.len() + value.weight()).sum()
        };
        8 + match self {
            Self::Plain(Value::String(text)) | Self::Code(text) => text.len(),
            Self::Plain(_) => 0,
            Self::List(items) => items.iter().map(Self::weight).sum(),
            Self::Object(rest, fields) => rest.as_ref().map_or(0, String::len) + members(fields),
        }
    }

    /// Puts a value where the keys lead; what is in the way and no object gives way to one.
    pub(super) fn put(&mut self, keys: &[&str], value: Self) {
        let Some((first, inner)) = keys.split_first() else {
            *self = value;
            return;
        };
        let (rest, mut members) = match std::mem::replace(self, Self::Plain(Value::Null)) {
            Self::Object(rest, members) => (rest, members),
            Self::Code(code) => (Some(code), IndexMap::new()),
            Self::Plain(_) | Self::List(_) => (None, IndexMap::new()),
        };
        let step = Step::Key((*first).to_owned());
        let other = || match &rest {
            Some(rest) => Self::Code(member(rest, &step)),
            None => Self::Object(None, IndexMap::new()),
        };
        members.entry((*first).to_owned()).or_insert_with(other).put(inner, value);
        *self = Self::Object(rest, members);
    }

    /// The list with one more at its end.
    pub(super) fn append(self, item: Self) -> Self {
        match self {
            Self::List(mut items) => {
                items.push(item);
                Self::List(items)
            }
            Self::Plain(Value::Null) => Self::List(vec![item]),
            other => Self::Code(format!("append({}, {})", other.code(), item.code())),
        }
    }

    /// The object with the members of another.
    pub(super) fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Object(rest, mut members), Self::Object(None, more)) => {
                members.extend(more);
                Self::Object(rest, members)
            }
            (Self::Code(rest), Self::Object(None, members)) if !members.is_empty() => {
                Self::Object(Some(rest), members)
            }
            (one, other) => Self::Code(format!("merge({}, {})", one.code(), other.code())),
        }
    }

    /// As an expression.
    pub(super) fn code(&self) -> String {
        match self {
            Self::Plain(Value::String(text)) => words::quoted(text),
            Self::Plain(Value::Null) => "()".to_owned(),
            Self::Plain(other) => other.to_string(),
            Self::Code(code) => code.clone(),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::code).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Object(rest, members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(key, value)| format!("{}: {}", words::quoted(key), value.code()))
                    .collect();
                let members = format!("#{{ {} }}", members.join(", "));
                match rest {
                    Some(rest) => format!("merge({rest}, {members})"),
                    None => members,
                }
            }
        }
    }

    /// As the right side of an assignment, where texts are themselves.
    pub(super) fn data(&self) -> Value {
        match self {
            Self::Plain(Value::String(text)) => Value::from(words::plain(text)),
            Self::Plain(other) => other.clone(),
            Self::List(items) => items.iter().map(Self::data).collect(),
            Self::Object(None, members) => {
                let members = members.iter().map(|(key, value)| (key.clone(), value.data()));
                Value::Object(members.collect::<Fields>())
            }
            Self::Code(_) | Self::Object(Some(_), _) => {
                Value::from(format!("{{{{{}}}}}", self.code()))
            }
        }
    }
}

/// A member of what comes of an expression.
fn member(code: &str, step: &Step) -> String {
    let is_path = code.starts_with(|c: char| c.is_alphabetic()) && !code.contains('(');
    let steps = std::slice::from_ref(step);
    if is_path { words::path(code, steps) } else { words::path(&format!("({code})"), steps) }
}
