//! A flow in one form for all that means the same, so that whatever differs in it is a difference.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Renamed;

/// What is an author's own and stays as it is written, but for the spaces in placeholders.
const OPAQUE: &[&str] = &["args", "result", "data", "params", "context", "set", "assign"];

/// What says nothing when it is empty.
const EMPTY: &[&str] = &[
    "transitions",
    "onEnter",
    "onExit",
    "assign",
    "branch",
    "suggestions",
    "after",
    "except",
    "intents",
    "tools",
    "context",
    "migrations",
    "categories",
    "examples",
    "slots",
    "states",
];

/// The same flow in the one form.
pub(super) fn of(definition: &Value) -> Value {
    let mut flow = tidy("", definition);
    if let Some(flow) = flow.as_object_mut() {
        flow.remove("$schema");
        if let Some(meta) = flow.get_mut("meta").and_then(Value::as_object_mut) {
            drop_if(meta, "language", &json!("en-US"));
            drop_if(meta, "busy", &json!("queue"));
        }
        for intent in parts(flow, "intents") {
            for (_, slot) in
                intent.get_mut("slots").and_then(Value::as_object_mut).into_iter().flatten()
            {
                long_slot(slot);
            }
        }
        for tool in parts(flow, "tools") {
            if let Some(tool) = tool.as_object_mut() {
                drop_if(tool, "timeout_ms", &json!(30_000));
            }
        }
    }
    flow
}

fn parts<'a>(flow: &'a mut Map<String, Value>, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let all = flow.get_mut(key).and_then(Value::as_object_mut);
    all.into_iter().flat_map(|all| all.iter_mut().map(|(_, part)| part))
}

fn drop_if(map: &mut Map<String, Value>, key: &str, default: &Value) {
    if map.get(key) == Some(default) {
        map.shift_remove(key);
    }
}

fn long_slot(slot: &mut Value) {
    if slot.is_string() {
        *slot = json!({ "type": slot.take() });
    }
}

fn tidy(key: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if matches!(key, "to" | "start") => target(text).into(),
        Value::String(text) if matches!(key, "when" | "validate") => condition(text).into(),
        Value::String(text) if key == "onIntent" => json!([text]),
        Value::String(text) if key == "sessions" => json!({ "policy": text }),
        Value::String(text) => template(text).into(),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| tidy("", item)).collect();
            if matches!(key, "onIntent" | "except" | "categories") {
                items.sort_by_key(ToString::to_string);
            }
            Value::Array(items)
        }
        Value::Object(fields) if OPAQUE.contains(&key) => {
            fields.iter().map(|(name, value)| (name.clone(), opaque(value))).collect()
        }
        Value::Object(fields) => {
            let tidied = fields.iter().map(|(name, value)| (name, tidy(name, value)));
            let said = tidied.filter(|(name, value)| !says_nothing(name, value));
            said.map(|(name, value)| (name.clone(), value)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn opaque(value: &Value) -> Value {
    match value {
        Value::String(text) => template(text).into(),
        Value::Array(items) => items.iter().map(opaque).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), opaque(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn says_nothing(key: &str, value: &Value) -> bool {
    let empty =
        value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
    match key {
        "final" | "idempotent" | "required" | "pii" | "reask" => *value == json!(false),
        "priority" => *value == json!(0),
        _ => empty && EMPTY.contains(&key),
    }
}

fn target(text: &str) -> String {
    let text = text.trim();
    if let Some(flow) = text.strip_prefix("machine:") {
        return format!("flow:{flow}");
    }
    text.strip_prefix("state:").unwrap_or(text).to_owned()
}

fn condition(text: &str) -> String {
    if text.trim() == "else" {
        return "true".to_owned();
    }
    let mut rest = text;
    let mut plain = String::new();
    // Braces round a plain path mean nothing.
    while let Some((before, after)) = rest.split_once("{{") {
        plain.push_str(before);
        match after.split_once("}}") {
            Some((inside, after)) if is_path(inside.trim()) && !in_quotes(&plain) => {
                plain.push_str(inside.trim());
                rest = after;
            }
            _ => {
                plain.push_str("{{");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    tight(&plain)
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
}

fn in_quotes(text: &str) -> bool {
    let mut open = None;
    for c in text.chars().filter(|c| matches!(c, '\'' | '"' | '`')) {
        open = match open {
            None => Some(c),
            Some(quote) if quote == c => None,
            other => other,
        };
    }
    open.is_some()
}

/// Without white space that separates nothing.
fn tight(text: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut space = false;
    for c in text.trim().chars() {
        if let Some(open) = quote {
            out.push(c);
            quote = Some(open).filter(|open| *open != c);
            continue;
        }
        if c.is_whitespace() {
            space = true;
            continue;
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if std::mem::take(&mut space) && is_word(c) && out.chars().last().is_some_and(is_word) {
            out.push(' ');
        }
        out.push(c);
        quote = Some(c).filter(|c| matches!(c, '\'' | '"' | '`'));
    }
    out
}

/// Only what stands in placeholders is without needless white space.
fn template(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        out.push_str("{{");
        rest = after;
        if let Some((inside, after)) = after.split_once("}}") {
            out.push_str(&tight(inside));
            out.push_str("}}");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// States that are the same under another name.
pub(super) fn renamed(before: &Value, after: &Value) -> Renamed {
    let only_in = |one: &Value, other: &Value| -> BTreeMap<String, Vec<String>> {
        let mut by_body: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, state) in one.get("states").and_then(Value::as_object).into_iter().flatten() {
            if other.pointer("/states").is_none_or(|states| states.get(name).is_none()) {
                let own = Renamed::from([(name.clone(), "\u{1}".to_owned())]);
                let body = with_names(state.clone(), &own).to_string();
                by_body.entry(body).or_default().push(name.clone());
            }
        }
        by_body
    };
    let (gone, new) = (only_in(before, after), only_in(after, before));
    let pair = |(body, names): (String, Vec<String>)| match (names.as_slice(), new.get(&body)) {
        ([old], Some(names)) => match names.as_slice() {
            [new] => Some((old.clone(), new.clone())),
            _ => None,
        },
        _ => None,
    };
    gone.into_iter().filter_map(pair).collect()
}

/// The same where states have other names.
pub(super) fn with_names(value: Value, names: &Renamed) -> Value {
    if names.is_empty() {
        return value;
    }
    let named = |text: String| names.get(&text).cloned().unwrap_or(text);
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| match (key.as_str(), value) {
                ("to" | "start", Value::String(text)) => (key, named(text).into()),
                ("call", Value::String(text)) => match text.strip_prefix("state:") {
                    Some(state) => (key, format!("state:{}", named(state.to_owned())).into()),
                    None => (key, text.into()),
                },
                ("except", Value::Array(items)) => {
                    let text = |item: &Value| item.as_str().unwrap_or_default().to_owned();
                    let names: Vec<String> = items.iter().map(|item| named(text(item))).collect();
                    (key, names.into())
                }
                ("states", Value::Object(states)) => {
                    let states = states.into_iter();
                    let states = states.map(|(id, state)| (named(id), with_names(state, names)));
                    (key, Value::Object(states.collect()))
                }
                (opaque, value) if OPAQUE.contains(&opaque) => (key, value),
                (_, value) => (key, with_names(value, names)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| with_names(item, names)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
