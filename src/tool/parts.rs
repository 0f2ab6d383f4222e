//! What the parts of a JSON Schema apply to one another: where references lead, and to which part of a value each of the
//! others is applied. Whoever cannot tell takes more than there may be. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Keys that hold one part or a list of parts for the same value.
const HERE: [&str; 8] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "contentSchema"];

/// Keys that refer to a part for the same value.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// To what a part applies another one.
pub(super) enum Place<'a> {
    /// To the same value.
    Here,
    Key(&'a str),
    AnyKey,
    At(usize),
    AnyItem,
}

/// Where references can lead.
pub(super) struct Parts<'a> {
    /// The whole, and what has an id of its own.
    roots: Vec<&'a Value>,
    anchors: BTreeMap<&'a str, Vec<&'a Value>>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(schema: &'a Value) -> Self {
        let mut parts = Self { roots: vec![schema], anchors: BTreeMap::new() };
        parts.collect(schema, true);
        parts
    }

    fn collect(&mut self, value: &'a Value, is_root: bool) {
        match value {
            Value::Object(fields) => {
                let text = |key: &str| fields.get(key).and_then(Value::as_str);
                if text("$id").is_some() && !is_root {
                    self.roots.push(value);
                }
                let old = text("$id").and_then(|id| id.strip_prefix('#'));
                for name in [text("$anchor"), text("$dynamicAnchor"), old].into_iter().flatten() {
                    self.anchors.entry(name).or_default().push(value);
                }
                fields.values().for_each(|part| self.collect(part, false));
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, false)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Every part that this may mean; none of what is known without it.
    pub(super) fn meant(&self, reference: &str) -> Result<Vec<&'a Value>, String> {
        let (place, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let fragment = decoded(fragment);
        let anchored = || self.anchors.get(&*fragment).cloned().unwrap_or_default();
        let found = match fragment.is_empty() || fragment.starts_with('/') {
            true => self.roots.iter().filter_map(|root| root.pointer(&fragment)).collect(),
            false => anchored(),
        };
        let foreign = ["https://json-schema.org/", "http://json-schema.org/"];
        if foreign.iter().any(|start| place.starts_with(start)) && self.anchors.is_empty() {
            return Ok(found);
        }
        if found.is_empty() || (self.roots.len() == 1 && !place.is_empty() && !self.is_own(place)) {
            return Err(format!("it refers to `{reference}`, which is not in it"));
        }
        Ok(found)
    }

    fn is_own(&self, place: &str) -> bool {
        let own = self.roots.first().and_then(|root| root.get("$id")?.as_str());
        own.is_some_and(|id| id.trim_end_matches('#').ends_with(place))
    }
}

/// With what `%41` stands for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The parts that a part applies, references aside.
pub(super) fn applied(fields: &Map<String, Value>) -> Vec<(Place<'_>, &Value)> {
    let mut all = Vec::new();
    for (key, value) in fields {
        let one = |place| vec![(place, value)];
        let every = |place: fn(usize) -> Place<'static>| match value {
            Value::Array(items) => {
                items.iter().enumerate().map(|(at, item)| (place(at), item)).collect()
            }
            _ => vec![(place(0), value)],
        };
        let named = |place: fn(&str) -> Place<'_>| match value {
            Value::Object(parts) => parts.iter().map(|(key, part)| (place(key), part)).collect(),
            _ => Vec::new(),
        };
        all.extend(match key.as_str() {
            key if HERE.contains(&key) => every(|_| Place::Here),
            "dependentSchemas" | "dependencies" => named(|_| Place::Here),
            "properties" => named(|key| Place::Key(key)),
            "patternProperties" => named(|_| Place::AnyKey),
            "additionalProperties" | "unevaluatedProperties" | "propertyNames" => {
                one(Place::AnyKey)
            }
            "prefixItems" => every(Place::At),
            "items" if value.is_array() => every(Place::At),
            "items" | "additionalItems" | "unevaluatedItems" | "contains" => one(Place::AnyItem),
            _ => Vec::new(),
        });
    }
    all
}

pub(super) fn references(fields: &Map<String, Value>) -> impl Iterator<Item = &str> {
    REFERENCES.iter().filter_map(|key| fields.get(*key)?.as_str())
}
