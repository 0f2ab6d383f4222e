//! What JavaScript takes a value for: true or false, a number, a text, the same as another.

use serde_json::{Number, Value};

/// `[]`, `""`, `0` and nothing are false, as JSON Logic has it.
pub(in crate::script) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    }
}

/// `===`, and equal in all parts where JavaScript would ask whether they are one and the same.
pub(in crate::script) fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(l), Value::Number(r)) => l == r || l.as_f64() == r.as_f64(),
        (Value::Array(l), Value::Array(r)) => {
            l.len() == r.len() && l.iter().zip(r).all(|(l, r)| is_same(l, r))
        }
        (Value::Object(l), Value::Object(r)) => {
            let has = |(key, value): (&String, &Value)| {
                r.get(key).is_some_and(|other| is_same(value, other))
            };
            l.len() == r.len() && l.iter().all(has)
        }
        _ => left == right,
    }
}

/// `==`
pub(super) fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => left == right,
        (Value::Array(_) | Value::Object(_), Value::Array(_) | Value::Object(_))
        | (Value::String(_), Value::String(_)) => is_same(left, right),
        (Value::Array(_) | Value::Object(_), Value::String(text)) => to_text(left) == *text,
        (Value::String(text), Value::Array(_) | Value::Object(_)) => to_text(right) == *text,
        _ => to_number(left) == to_number(right),
    }
}

/// What comes of `Number(x)`; not a number is `NaN`.
pub(in crate::script) fn to_number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(yes) => f64::from(u8::from(*yes)),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
        Value::String(text) => number_in(text),
        Value::Array(_) | Value::Object(_) => number_in(&to_text(value)),
    }
}

fn number_in(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    let begins =
        text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|_| begins).unwrap_or(f64::NAN)
}

/// What comes of `parseFloat(x)`: the number that a text begins with.
pub(super) fn leading_number(value: &Value) -> f64 {
    let text = match value {
        Value::Number(number) => return number.as_f64().unwrap_or(f64::NAN),
        other => to_text(other),
    };
    let text = text.trim_start();
    let mut end = 0;
    let mut seen = (false, false, false);
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    for (index, (at, letter)) in letters.iter().enumerate() {
        let next = letters.get(index + 1).map(|(_, letter)| *letter);
        match letter {
            '+' | '-' if *at == 0 => {}
            '0'..='9' => seen.0 = true,
            '.' if !seen.1 && !seen.2 => seen.1 = true,
            'e' | 'E'
                if seen.0
                    && !seen.2
                    && next.is_some_and(|c| c.is_ascii_digit() || "+-".contains(c)) =>
            {
                seen.2 = true;
            }
            '+' | '-' if text.get(..*at).is_some_and(|before| before.ends_with(['e', 'E'])) => {}
            _ => break,
        }
        if seen.0 && letter.is_ascii_digit() {
            end = at + 1;
        }
    }
    text.get(..end).and_then(|number| number.parse().ok()).unwrap_or(f64::NAN)
}

/// What comes of `String(x)`.
pub(super) fn to_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number_text(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => joined(items, ","),
        Value::Object(_) => "[object Object]".to_owned(),
    }
}

/// What comes of `[…].join(…)`.
pub(super) fn joined(items: &[Value], between: &str) -> String {
    let text = |item: &Value| if item.is_null() { String::new() } else { to_text(item) };
    items.iter().map(text).collect::<Vec<_>>().join(between)
}

fn number_text(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) if float.abs() < 1e21 => float.to_string(),
        Some(_) | None => number.to_string(),
    }
}

/// A number as JSON: a whole one without a point; what is no number is nothing.
pub(super) fn number(value: f64) -> Value {
    /// Whole numbers up to 2^53 are exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}
