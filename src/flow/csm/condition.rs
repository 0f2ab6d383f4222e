//! What must be true for a transition, as `when` of ours.

use serde_json::{Value, json};

use super::super::report::Place;
use super::model::{Condition, Language};
use super::script;

/// A condition that cannot be taken over: the place in the definition, and why.
pub(super) struct Refused {
    pub(super) place: Place,
    pub(super) message: String,
}

/// The condition as `when`, and the JSON pointer of what it was written in.
pub(super) fn when(condition: &Condition, at: &str) -> Result<(Value, String), Refused> {
    match condition {
        Condition::Script(source) => javascript(source, at),
        Condition::Typed(typed) => match (typed.kind, &typed.expression, &typed.rule) {
            (Language::Code | Language::Legacy, Some(source), None) => {
                javascript(source, &format!("{at}/expression"))
            }
            (Language::Jsonlogic, None, Some(rule)) => {
                let at = format!("{at}/rule");
                match rule {
                    Value::Object(_) => Ok((rule.clone(), at)),
                    // A rule that is a value is that value.
                    _ => Ok((json!({ "!!": [rule] }), at)),
                }
            }
            (Language::Code | Language::Legacy, ..) => {
                refused(at, "`code` has an `expression` and no `rule`")
            }
            (Language::Jsonlogic, ..) => {
                refused(at, "`jsonlogic` has a `rule` and no `expression`")
            }
        },
    }
}

fn javascript(source: &str, at: &str) -> Result<(Value, String), Refused> {
    match script::translate(source) {
        Ok(expression) => Ok((Value::from(expression), at.to_owned())),
        Err(mistake) => Err(Refused {
            place: Place::Inside(at.to_owned(), mistake.offset),
            message: mistake.message,
        }),
    }
}

fn refused<T>(at: &str, message: &str) -> Result<T, Refused> {
    Err(Refused { place: Place::Value(at.to_owned()), message: message.to_owned() })
}
