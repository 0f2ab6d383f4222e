//! A file of cases with what came in the place of what was expected, and everything else as its author wrote it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::judge;
use super::play::{Acted, Played};
use crate::flow::{Spot, spots};

/// Longest line of what is written.
const WIDTH: usize = 100;

/// The text with the expectations of these cases renewed, and how many were; steps of a case that expects nothing at all
/// get what was said and the state.
#[must_use]
pub fn renewed(text: &str, played: &[&Played]) -> (String, usize) {
    let Ok(file) = serde_json::from_str::<Value>(text) else { return (text.to_owned(), 0) };
    let pointers: Vec<(String, &Acted, bool)> = played.iter().flat_map(|one| places(one)).collect();
    let wanted: BTreeSet<&str> = pointers.iter().map(|(pointer, ..)| pointer.as_str()).collect();
    let found = spots(text, &wanted);
    let mut changes: Vec<(Spot, String)> = Vec::new();
    for (pointer, acted, is_new) in &pointers {
        let Some(spot) = found.get(pointer) else { continue };
        let indent = indent(text, spot);
        if *is_new {
            changes.push(added(text, spot, (acted, indent)));
        } else if let Some(written) = file.pointer(pointer) {
            let expect = renew(written, acted);
            changes.push((spot.clone(), printed(&expect, indent, WIDTH)));
        }
    }
    changes.sort_by_key(|(spot, _)| spot.bytes.start);
    let mut out = text.to_owned();
    for (spot, with) in changes.iter().rev() {
        out.replace_range(spot.bytes.clone(), with);
    }
    (out, changes.len())
}

/// What is to be written anew: the expectation of a step, or the step that has none.
fn places(played: &Played) -> Vec<(String, &Acted, bool)> {
    let is_new = !played.steps.iter().any(|step| step.is_looked_at);
    let wanted = |step: &&Acted| is_new || (step.is_looked_at && !step.mismatches.is_empty());
    let steps = played.steps.iter().filter(wanted);
    let place = |step: &'_ Acted| {
        let at = step.at.as_ref()?;
        Some(if is_new { at.clone() } else { format!("{at}/expect") })
    };
    steps.filter_map(|step| Some((place(step)?, step, is_new))).collect()
}

/// An expectation right before the end of a step.
fn added(text: &str, step: &Spot, (acted, indent): (&Acted, usize)) -> (Spot, String) {
    let body = text.get(step.bytes.clone()).unwrap_or_default();
    let body = body.strip_suffix('}').unwrap_or(body);
    let from = step.bytes.start;
    let bytes = from + body.trim_end().len()..from + body.len();
    let comma = if body.trim_end() == "{" { "" } else { "," };
    let expect = json!({ "says": judge::said(&acted.events), "state": acted.came.state });
    let expect = printed(&expect, indent, WIDTH);
    (Spot { bytes, ..step.clone() }, format!("{comma} \"expect\": {expect} "))
}

/// What came, for the keys that were written.
fn renew(written: &Value, acted: &Acted) -> Value {
    let came = &acted.came;
    let mut expect = Map::new();
    for (key, before) in written.as_object().into_iter().flatten() {
        let value = match key.as_str() {
            "state" => json!(came.state),
            "flow" => json!(came.flow.as_str()),
            "says" => spoken(before, acted),
            "context" => named(before, &Value::Object(Map::clone(&came.context))),
            "ended" => came.ended.as_ref().map_or(Value::Bool(false), |reason| json!(reason)),
            "events" => told(before, acted),
            "absent" => still_absent(before, acted),
            "refused" => match &came.refused {
                Some(reason) => json!(reason),
                None => continue,
            },
            _ => before.clone(),
        };
        expect.insert(key.clone(), value);
    }
    if let Some(reason) = came.refused.as_ref().filter(|_| !expect.contains_key("refused")) {
        expect.insert("refused".to_owned(), json!(reason));
    }
    Value::Object(expect)
}

/// What was said; a pattern that fits stays.
fn spoken(before: &Value, acted: &Acted) -> Value {
    let said = judge::said(&acted.events);
    let each = said.iter().enumerate().map(|(place, text)| match before.get(place) {
        Some(wanted) => judge::seen(wanted, &json!(text)),
        None => json!(text),
    });
    Value::Array(each.collect())
}

/// The keys that were named before, with what is there now.
fn named(before: &Value, now: &Value) -> Value {
    let (Some(fields), Some(values)) = (before.as_object(), now.as_object()) else {
        return judge::seen(before, now);
    };
    let field = |(key, wanted): (&String, &Value)| {
        let now = values.get(key).unwrap_or(&Value::Null);
        (key.clone(), named(wanted, now))
    };
    Value::Object(fields.iter().map(field).collect())
}

/// The events of the types that were named, with the fields that were named first for each.
fn told(before: &Value, acted: &Acted) -> Value {
    let patterns: Vec<&Value> = before.as_array().into_iter().flatten().collect();
    let events = acted.events.iter().map(|event| json!(event));
    let each = events.filter_map(|event| {
        let same = |pattern: &&&Value| pattern.get("type") == event.get("type");
        let fitting = patterns.iter().find(|pattern| judge::seen(pattern, &event) == ***pattern);
        Some(named(fitting.or_else(|| patterns.iter().find(same))?, &event))
    });
    Value::Array(each.collect())
}

fn still_absent(before: &Value, acted: &Acted) -> Value {
    let is_absent = |pattern: &&Value| {
        !acted.events.iter().any(|event| judge::seen(pattern, &json!(event)) == **pattern)
    };
    Value::Array(before.as_array().into_iter().flatten().filter(is_absent).cloned().collect())
}

/// Spaces before the line on which something begins.
fn indent(text: &str, spot: &Spot) -> usize {
    let line = text.lines().nth(spot.line.saturating_sub(1)).unwrap_or_default();
    line.len() - line.trim_start().len()
}

/// JSON on one line where there is room for it.
fn printed(value: &Value, indent: usize, width: usize) -> String {
    let line = in_one_line(value);
    if indent + line.len() <= width {
        return line;
    }
    let inner = " ".repeat(indent + 2);
    let lines: Vec<String> = match value {
        Value::Array(items) => items
            .iter()
            .map(|item| format!("{inner}{}", printed(item, indent + 2, width)))
            .collect(),
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| {
                format!("{inner}{}: {}", json!(key), printed(value, indent + 2, width))
            };
            fields.iter().map(field).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return line,
    };
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    format!("{open}\n{}\n{}{close}", lines.join(",\n"), " ".repeat(indent))
}

fn in_one_line(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(in_one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let field =
                |(key, value): (&String, &Value)| format!("{}: {}", json!(key), in_one_line(value));
            let fields: Vec<String> = fields.iter().map(field).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
