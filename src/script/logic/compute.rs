//! The operators that look at the values of their arguments and at nothing else.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::Error;
use super::Operator;
use super::coerce::{
    is_equal, is_same, is_truthy, joined, leading_number, number, to_number, to_text,
};

pub(super) fn compute(operator: Operator, arguments: Vec<Value>) -> Result<Value, Error> {
    let nothing = Value::Null;
    let first = arguments.first().unwrap_or(&nothing);
    let second = arguments.get(1).unwrap_or(&nothing);
    Ok(match operator {
        Operator::Not => Value::Bool(!is_truthy(first)),
        Operator::Truth => Value::Bool(is_truthy(first)),
        Operator::Equal => Value::Bool(is_equal(first, second)),
        Operator::Unequal => Value::Bool(!is_equal(first, second)),
        Operator::Same => Value::Bool(is_same(first, second)),
        Operator::Other => Value::Bool(!is_same(first, second)),
        Operator::Less => chain(&arguments, |order| order == Ordering::Less),
        Operator::AtMost => chain(&arguments, |order| order != Ordering::Greater),
        Operator::More => chain(&arguments, |order| order == Ordering::Greater),
        Operator::AtLeast => chain(&arguments, |order| order != Ordering::Less),
        Operator::Add => counted(arguments.iter().map(leading_number).sum())?,
        Operator::Multiply => match arguments.as_slice() {
            // As JavaScript's `reduce`, which computes nothing of one.
            [only] => only.clone(),
            many => counted(many.iter().map(leading_number).product())?,
        },
        Operator::Subtract => match arguments.get(1) {
            None => counted(-to_number(first))?,
            Some(second) => counted(to_number(first) - to_number(second))?,
        },
        Operator::Divide => counted(to_number(first) / to_number(second))?,
        Operator::Remainder => counted(to_number(first) % to_number(second))?,
        Operator::Min => extreme(&arguments, f64::min),
        Operator::Max => extreme(&arguments, f64::max),
        Operator::Cat => Value::from(joined(&arguments, "")),
        Operator::Substr => substr(&to_text(first), second, arguments.get(2)),
        Operator::In => is_in(first, second),
        Operator::Merge => merge(arguments),
        Operator::Log => first.clone(),
        // `eval` takes these before they come here.
        Operator::Var
        | Operator::Missing
        | Operator::MissingSome
        | Operator::If
        | Operator::And
        | Operator::Or
        | Operator::Map
        | Operator::Filter
        | Operator::Reduce
        | Operator::All
        | Operator::Some
        | Operator::None => Value::Null,
    })
}

/// What cannot be counted fails the rule: it would be false here and true there.
fn counted(value: f64) -> Result<Value, Error> {
    if value.is_finite() {
        return Ok(number(value));
    }
    Err(Error::run("what it computes is no number"))
}

/// Each in this order to the next; of two arguments or of three.
fn chain(arguments: &[Value], holds: impl Fn(Ordering) -> bool) -> Value {
    let pairs = arguments.windows(2).take(2);
    let mut all = pairs.map(|pair| match pair {
        [left, right] => order(left, right).is_some_and(&holds),
        _ => false,
    });
    Value::Bool(arguments.len() > 1 && all.all(|holds| holds))
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    let is_text =
        |value: &Value| matches!(value, Value::String(_) | Value::Array(_) | Value::Object(_));
    if is_text(left) && is_text(right) {
        return Some(to_text(left).cmp(&to_text(right)));
    }
    to_number(left).partial_cmp(&to_number(right))
}

fn extreme(arguments: &[Value], better: impl Fn(f64, f64) -> f64) -> Value {
    let numbers = arguments.iter().map(to_number);
    if numbers.clone().any(f64::is_nan) {
        return Value::Null;
    }
    numbers.reduce(better).map_or(Value::Null, number)
}

/// In characters, from the end where a number is negative.
fn substr(text: &str, start: &Value, length: Option<&Value>) -> Value {
    let letters: Vec<char> = text.chars().collect();
    let place = |value: f64, of: usize| -> usize {
        #[expect(clippy::cast_precision_loss, reason = "texts are not that long")]
        let of = of as f64;
        let at = if value < 0.0 { (of + value.trunc()).max(0.0) } else { value.trunc().min(of) };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the length of a text"
        )]
        let at = if at.is_nan() { 0 } else { at as usize };
        at
    };
    let from = place(to_number(start), letters.len());
    let rest = letters.get(from..).unwrap_or_default();
    let taken = match length {
        None | Some(Value::Null) => rest.len(),
        Some(length) => place(to_number(length), rest.len()),
    };
    Value::from(rest.iter().take(taken).collect::<String>())
}

fn is_in(what: &Value, within: &Value) -> Value {
    Value::Bool(match within {
        Value::String(text) => text.contains(&to_text(what)),
        Value::Array(items) => items.iter().any(|item| is_same(item, what)),
        _ => false,
    })
}

fn merge(arguments: Vec<Value>) -> Value {
    let mut merged = Vec::new();
    for argument in arguments {
        match argument {
            Value::Array(items) => merged.extend(items),
            other => merged.push(other),
        }
    }
    Value::Array(merged)
}
