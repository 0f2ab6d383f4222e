//! What came of a step against what was expected of it: every difference, not only the first.

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value, json};

use super::compare::{Line, Mismatch, instead, whole};
use super::file::{Ended, Expectation};
use super::play::Came;
use crate::event::{Event, Kind};

/// A text that begins so is a regular expression.
pub(super) const PATTERN: &str = "re:";

/// Bytes of a compiled regular expression.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// Events that are shown where one is missing.
const SHOWN_MAX: usize = 8;

/// Everything that is not as expected.
pub(super) fn judge(expect: &Expectation, events: &[Event], came: &Came) -> Vec<Mismatch> {
    let mut all = vec![
        word("expect.flow", expect.flow.as_deref(), came.flow.as_str()),
        word("expect.state", expect.state.as_deref(), &came.state),
        expect.says.as_ref().and_then(|says| spoken(says, events)),
        expect.context.as_ref().and_then(|context| within("expect.context", context, came)),
        expect.ended.as_ref().and_then(|ended| over(ended, came.ended.as_deref())),
        refusal(expect.refused.as_deref(), came.refused.as_deref()),
    ];
    if expect.events.is_some() || expect.absent.is_some() {
        let told: Vec<Value> = events.iter().map(|event| json!(event)).collect();
        all.push(expect.events.as_ref().and_then(|wanted| in_order(wanted, &told)));
        all.extend(expect.absent.iter().flatten().map(|unwanted| not_there(unwanted, &told)));
    }
    all.into_iter().flatten().collect()
}

/// The regular expression that a text is; none when it is a plain one.
pub(super) fn pattern(text: &str) -> Option<Result<Regex, regex::Error>> {
    let pattern = text.strip_prefix(PATTERN)?;
    Some(RegexBuilder::new(pattern).size_limit(REGEX_BYTES_MAX).build())
}

/// Every text in a value.
pub(super) fn texts(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, each)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The texts that were said and asked, in order.
pub(super) fn said(events: &[Event]) -> Vec<&str> {
    events.iter().filter_map(spoken_by).collect()
}

fn spoken_by(event: &Event) -> Option<&str> {
    let (Kind::Say { text, .. } | Kind::Ask { text, .. }) = &event.kind else { return None };
    Some(text)
}

fn is_match(expected: &str, came: &str) -> bool {
    match pattern(expected) {
        Some(regex) => regex.is_ok_and(|regex| regex.is_match(came)),
        None => expected == came,
    }
}

fn word(what: &str, expected: Option<&str>, came: &str) -> Option<Mismatch> {
    let expected = expected.filter(|expected| *expected != came)?;
    Some(instead(what, expected, came))
}

fn spoken(expected: &[String], events: &[Event]) -> Option<Mismatch> {
    let came = said(events);
    // What matches is shown as it was expected, so that only the rest differs.
    let shown = |(place, text): (usize, &&str)| match expected.get(place) {
        Some(wanted) if is_match(wanted, text) => wanted.clone(),
        Some(_) | None => (*text).to_owned(),
    };
    let came: Vec<String> = came.iter().enumerate().map(shown).collect();
    whole("expect.says", &json!(expected), &json!(came))
}

fn within(what: &str, expected: &Map<String, Value>, came: &Came) -> Option<Mismatch> {
    let expected = Value::Object(expected.clone());
    let context = Value::Object(Map::clone(&came.context));
    whole(what, &expected, &seen(&expected, &context))
}

/// What came with what matches written as it was expected, without the keys that nobody named.
pub(super) fn seen(expected: &Value, came: &Value) -> Value {
    match (expected, came) {
        (Value::Object(wanted), Value::Object(came)) => {
            let field = |(key, wanted): (&String, &Value)| {
                let value = match came.get(key) {
                    Some(value) => seen(wanted, value),
                    // A key that is not there is null wherever a flow looks.
                    None if wanted.is_null() => Value::Null,
                    None => return None,
                };
                Some((key.clone(), value))
            };
            Value::Object(wanted.iter().filter_map(field).collect())
        }
        (Value::Array(wanted), Value::Array(came)) => {
            let each = came.iter().enumerate();
            let each =
                each.map(|(n, came)| wanted.get(n).map_or_else(|| came.clone(), |w| seen(w, came)));
            Value::Array(each.collect())
        }
        (Value::String(wanted), Value::String(text)) if is_match(wanted, text) => expected.clone(),
        _ => came.clone(),
    }
}

fn fits(wanted: &Map<String, Value>, event: &Value) -> bool {
    let wanted = Value::Object(wanted.clone());
    whole("", &wanted, &seen(&wanted, event)).is_none()
}

fn in_order(expected: &[Map<String, Value>], events: &[Value]) -> Option<Mismatch> {
    let mut rest = events;
    for (number, wanted) in expected.iter().enumerate() {
        let Some(place) = rest.iter().position(|event| fits(wanted, event)) else {
            return Some(missing(number, wanted, rest));
        };
        rest = rest.get(place + 1..).unwrap_or_default();
    }
    None
}

/// The event beside those of its type that came instead.
fn missing(number: usize, wanted: &Map<String, Value>, rest: &[Value]) -> Mismatch {
    let expected = Value::Object(wanted.clone());
    let same = rest.iter().filter(|event| event.get("type") == wanted.get("type")).take(SHOWN_MAX);
    let mut lines = vec![Line::Missing(expected.to_string())];
    lines.extend(same.map(|event| Line::Extra(seen(&expected, event).to_string())));
    if lines.len() == 1 {
        let types: Vec<&str> =
            rest.iter().filter_map(|event| event.get("type")?.as_str()).collect();
        lines.push(Line::Extra(format!("no such event; what came: {}", types.join(", "))));
    }
    Mismatch { what: format!("expect.events[{number}]"), lines }
}

fn not_there(unwanted: &Map<String, Value>, events: &[Value]) -> Option<Mismatch> {
    let found = events.iter().find(|event| fits(unwanted, event))?;
    let lines = vec![Line::Extra(found.to_string())];
    Some(Mismatch { what: "expect.absent".to_owned(), lines })
}

fn over(expected: &Ended, came: Option<&str>) -> Option<Mismatch> {
    let fits = match expected {
        Ended::Whether(ended) => *ended == came.is_some(),
        Ended::Why(reason) => Some(reason.as_str()) == came,
    };
    let wanted = match expected {
        Ended::Whether(ended) => ended.to_string(),
        Ended::Why(reason) => reason.clone(),
    };
    (!fits).then(|| instead("expect.ended", &wanted, came.unwrap_or("false")))
}

fn refusal(expected: Option<&str>, came: Option<&str>) -> Option<Mismatch> {
    let part = |wanted: &str, came: &str| is_match(wanted, came) || came.contains(wanted);
    match (expected, came) {
        (None, None) => None,
        (Some(wanted), Some(came)) if part(wanted, came) => None,
        (wanted, came) => Some(instead(
            "expect.refused",
            wanted.unwrap_or("the input is taken"),
            came.unwrap_or("the input was taken"),
        )),
    }
}
