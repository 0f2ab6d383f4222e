//! The form that an answer is held to: a JSON Schema of the intents that can be taken now and of their slots. What is
//! required and what is closed is as servers with strict schemas want it.

use serde_json::{Map, Value, json};

use crate::flow::Flow;
use crate::slots::{Slot, Type};

/// The schema for an answer that chooses `among` these intents or `none`.
pub(super) fn of(flow: &Flow, among: &[String], none: &str) -> Value {
    let mut slots = Map::new();
    for slot in slots_of(flow, among) {
        let schema = schema_of(slot);
        match slots.get_mut(&slot.name) {
            None => {
                slots.insert(slot.name.clone(), schema);
            }
            // Two intents mean different things by it: which is seen when one is chosen.
            Some(known) if *known != schema => *known = json!({ "type": ["string", "null"] }),
            Some(_) => {}
        }
    }
    let names: Vec<&String> = slots.keys().collect();
    let names = json!(names);
    let choices: Vec<&str> = among.iter().map(String::as_str).chain([none]).collect();
    json!({
        "type": "object",
        "properties": {
            "intent": { "type": "string", "enum": choices },
            "confidence": { "type": "number" },
            "corrects": { "type": "boolean" },
            "slots": {
                "type": "object",
                "properties": slots,
                "required": names,
                "additionalProperties": false,
            },
        },
        "required": ["intent", "confidence", "corrects", "slots"],
        "additionalProperties": false,
    })
}

/// The slots of these intents that a model may fill.
pub(super) fn slots_of<'f>(flow: &'f Flow, among: &[String]) -> impl Iterator<Item = &'f Slot> {
    let intents = among.iter().filter_map(|name| flow.intents.get(name));
    intents.flat_map(|intent| &intent.slots).filter(|slot| !slot.pii)
}

fn schema_of(slot: &Slot) -> Value {
    let (kind, words) = match &slot.kind {
        Type::Number => ("number", "a number"),
        Type::Integer => ("integer", "a whole number"),
        Type::Percent => ("number", "a percentage, 20 for 20 %"),
        Type::Ordinal => ("integer", "a place in a row, 2 for the second"),
        Type::Boolean => ("boolean", "yes or no"),
        Type::Date => ("string", "a day"),
        Type::Time => ("string", "a time of day"),
        Type::Datetime => ("string", "a day and a time"),
        Type::Duration => ("string", "a length of time"),
        Type::Name => ("string", "a person's name"),
        Type::FirstName => ("string", "a person's first name"),
        Type::LastName => ("string", "a person's last name"),
        Type::Phone => ("string", "a phone number"),
        Type::Email => ("string", "an e-mail address"),
        Type::Url => ("string", "an address in the web"),
        Type::Money => ("string", "an amount with its currency"),
        Type::String => ("string", "in the words of the text"),
        Type::Enum { values, .. } => {
            let choices = values.iter().map(|value| json!(value)).chain([Value::Null]);
            let choices: Vec<Value> = choices.collect();
            return json!({ "type": ["string", "null"], "enum": choices });
        }
    };
    json!({ "type": [kind, "null"], "description": words })
}
