//! JSON to Rhai's values and back without loss, and values as text for a person. It never reads JSON
//! out of a string.

use std::fmt::Write;

use rhai::{Array, Dynamic, INT, ImmutableString, Map as Object};
use serde_json::{Number, Value};

use super::Error;
use super::scope::{Found, Whole};

/// What a path leads to, for an expression.
pub(super) fn found_to_dynamic(found: Found<'_>) -> Dynamic {
    match found {
        Found::Missing => Dynamic::UNIT,
        Found::Value(value) => to_dynamic(value),
        Found::Made(value) => to_dynamic(&value),
        Found::Whole(whole) => Dynamic::from(whole),
    }
}

/// What a path leads to, as it is.
pub(super) fn found_to_value(found: Found<'_>) -> Value {
    match found {
        Found::Missing => Value::Null,
        Found::Value(value) => value.clone(),
        Found::Made(value) => value,
        Found::Whole(whole) => whole.to_value(),
    }
}

pub(super) fn to_dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(yes) => Dynamic::from_bool(*yes),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Dynamic::from_int(whole),
            // Above the signed range: nearly right as a float, and never an overflow.
            None => Dynamic::from_float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Dynamic::from(ImmutableString::from(text.as_str())),
        Value::Array(items) => Dynamic::from_array(items.iter().map(to_dynamic).collect()),
        Value::Object(entries) => Dynamic::from_map(
            entries.iter().map(|(key, value)| (key.as_str().into(), to_dynamic(value))).collect(),
        ),
    }
}

pub(super) fn to_value(value: &Dynamic) -> Result<Value, Error> {
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if let Ok(whole) = value.as_int() {
        return Ok(whole.into());
    }
    if let Ok(yes) = value.as_bool() {
        return Ok(Value::Bool(yes));
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return Ok(Value::from(text.as_str()));
    }
    if let Ok(float) = value.as_float() {
        let number = Number::from_f64(float).map(Value::Number);
        return number.ok_or_else(|| Error::run("the result is no finite number"));
    }
    if let Ok(letter) = value.as_char() {
        return Ok(Value::from(letter.to_string()));
    }
    if let Some(items) = value.read_lock::<Array>() {
        return items.iter().map(to_value).collect::<Result<_, _>>().map(Value::Array);
    }
    if let Some(entries) = value.read_lock::<Object>() {
        let entries = entries.iter().map(|(key, value)| Ok((key.to_string(), to_value(value)?)));
        return entries.collect::<Result<_, _>>().map(Value::Object);
    }
    match value.read_lock::<Whole>() {
        Some(whole) => Ok(whole.to_value()),
        None => Err(Error::run(format!("the result is {}, not a value", kind(value)))),
    }
}

/// The word for a value's type in a message.
pub(super) fn kind(value: &Dynamic) -> &'static str {
    if value.is_unit() {
        "nothing, `()`"
    } else if value.is_bool() {
        "a boolean"
    } else if value.is_int() || value.is_float() {
        "a number"
    } else if value.is_string() || value.is_char() {
        "text"
    } else if value.is_array() {
        "an array"
    } else if value.is_map() || value.is::<Whole>() {
        "an object"
    } else {
        "a range"
    }
}

/// Adds `value` as a person reads it: `()` is nothing, an array its elements, an object JSON.
pub(super) fn push_text(text: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(inner) => text.push_str(inner),
        Value::Number(number) => push_number(text, number),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                push_text(text, item);
            }
        }
        // A `String` takes everything.
        Value::Bool(_) | Value::Object(_) => write!(text, "{value}").unwrap_or_default(),
    }
}

fn push_number(text: &mut String, number: &Number) {
    let written = match number.as_f64().filter(|_| number.is_f64()) {
        // `3.0` is how a machine writes three; very large ones keep their exponent.
        Some(float) if float.abs() < 1e15 => write!(text, "{float}"),
        Some(_) | None => write!(text, "{number}"),
    };
    written.unwrap_or_default();
}

pub(super) fn text_of(value: &Dynamic) -> Result<String, Error> {
    let mut text = String::new();
    push_text(&mut text, &to_value(value)?);
    Ok(text)
}

/// A string that is nothing but a number, and that number.
pub(super) enum Numeric {
    Int(INT),
    Float(f64),
}

impl Numeric {
    pub(super) fn as_float(&self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "only compared with another float")]
            Self::Int(whole) => *whole as f64,
            Self::Float(float) => *float,
        }
    }
}

pub(super) fn numeric(text: &str) -> Option<Numeric> {
    let text = text.trim();
    if let Ok(whole) = text.parse() {
        return Some(Numeric::Int(whole));
    }
    // Rust also reads `inf` and `nan`, which are words to a person.
    let starts =
        text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|_| starts).map(Numeric::Float)
}
