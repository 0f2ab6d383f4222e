//! What came back, in the shapes in which servers give it, and what is left of it when it is checked: an intent that can
//! be taken, and values that are what their slots hold.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::mask::Mask;
use super::schema;
use crate::engine::Classify;
use crate::event::clean;
use crate::flow::{Flow, Intent};
use crate::nlu::{Command, Filled, Reply};
use crate::slots::{self, Moment, Slot, Type};

/// How sure a model is that does not say it.
const CONFIDENCE: f64 = 0.8;

/// Characters of a value that is a free text.
const VALUE_CHARS_MAX: usize = 1_000;

/// A completion, as far as it is looked at. Servers leave parts out.
#[derive(Debug, Deserialize)]
struct Completion {
    #[serde(default)]
    choices: Vec<Choice>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    message: Option<Message>,
}

#[derive(Debug, Default, Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<Content>,
    #[serde(default)]
    tool_calls: Option<Vec<ToolCall>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}

#[derive(Debug, Deserialize)]
struct ToolCall {
    function: Function,
}

#[derive(Debug, Deserialize)]
struct Function {
    /// JSON text; some servers give the object itself.
    arguments: Value,
}

/// The object that a model answered with, or why there is none.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let completion: Completion =
        serde_json::from_slice(body).map_err(|_error| "it is no completion")?;
    let message = completion.choices.into_iter().next().and_then(|choice| choice.message);
    let message = message.ok_or("it has no choices")?;
    let called = message.tool_calls.unwrap_or_default().into_iter().next();
    if let Some(call) = called {
        return match call.function.arguments {
            Value::Object(fields) => Ok(fields),
            Value::String(text) => inside(&text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                Err("it is no JSON object")
            }
        };
    }
    match message.content {
        Some(Content::Text(text)) => inside(&text),
        Some(Content::Parts(parts)) => {
            inside(&parts.into_iter().map(|part| part.text).collect::<String>())
        }
        None => Err("it is empty"),
    }
}

/// The JSON object in a text; some models put words or a fence around it.
fn inside(text: &str) -> Result<Map<String, Value>, &'static str> {
    let begin = text.find('{').ok_or("it is no JSON object")?;
    let end = text.rfind('}').ok_or("it is no whole JSON object")?;
    let object = text.get(begin..=end).unwrap_or_default();
    serde_json::from_str(object).map_err(|_error| "it is no whole JSON object")
}

/// One text, and what an answer about it is checked against.
pub(super) struct Check<'a> {
    pub(super) flow: &'a Flow,
    pub(super) query: &'a Classify,
    pub(super) moment: &'a Moment,
    pub(super) mask: &'a Mask<'a>,
    /// The word for no intent.
    pub(super) none: &'a str,
}

impl Check<'_> {
    /// The commands of an answer, or why it is of no use.
    pub(super) fn reply(&self, answer: &Map<String, Value>) -> Result<Reply, &'static str> {
        let chosen = match answer.get("intent") {
            Some(Value::String(name)) if name == self.none => None,
            Some(Value::String(name)) => Some(name),
            Some(Value::Null) => None,
            Some(_) | None => return Err("`intent` is missing or no text"),
        };
        let confidence = answer.get("confidence").and_then(Value::as_f64);
        let confidence = confidence.unwrap_or(CONFIDENCE).clamp(0.0, 1.0);
        let none = Map::new();
        let given = match answer.get("slots") {
            Some(Value::Object(given)) => given,
            Some(Value::Null) | None => &none,
            Some(_) => return Err("`slots` is no object"),
        };
        let Some(name) = chosen else { return Ok(Reply::noise(0.0, "model")) };
        let visible = self.query.among.contains(name);
        let intent = self.flow.intents.get(name).filter(|_| visible);
        let intent = intent.ok_or("`intent` is none of the names")?;
        let corrects = answer.get("corrects") == Some(&Value::Bool(true));
        let values = self.values(intent, given, confidence)?;
        let set =
            |value| if corrects { Command::CorrectSlot(value) } else { Command::SetSlot(value) };
        let intent = Command::Intent { name: name.clone(), confidence };
        let commands = std::iter::once(intent).chain(values.into_iter().map(set)).collect();
        Ok(Reply { commands, classifier: "model".to_owned(), alternatives: Vec::new() })
    }

    /// What the slots of the intent hold: the model's values that are what they should be, and what the host finds by
    /// itself of what the model did not see, or left out though it must be there.
    fn values(
        &self,
        intent: &Intent,
        given: &Map<String, Value>,
        confidence: f64,
    ) -> Result<Vec<Filled>, &'static str> {
        let among = &self.query.among;
        let may_fill = |slot: &&Slot| schema::slots_of(self.flow, among).any(|open| open == *slot);
        let mut values: Vec<Filled> = Vec::new();
        for slot in intent.slots.iter().filter(may_fill) {
            let value = given.get(&slot.name).and_then(|value| self.value(slot, value));
            values.extend(value.map(|value| Filled {
                name: slot.name.clone(),
                value,
                span: None,
                confidence,
            }));
        }
        let is_open = |slot: &&Slot| {
            (slot.pii || slot.required) && !values.iter().any(|value| value.name == slot.name)
        };
        let mut open: Vec<Slot> = intent.slots.iter().filter(is_open).cloned().collect();
        let is_asked = |slot: &Slot| self.query.expecting.iter().any(|e| e.name == slot.name);
        open.sort_by_key(|slot| !is_asked(slot));
        let asked = open.iter().filter(|slot| is_asked(slot)).count();
        let words = slots::Text::read(&self.query.text, &self.query.language);
        for found in words.extract_asked(&open, asked, self.moment) {
            values.push(Filled {
                name: found.slot,
                value: found.value,
                span: Some(found.span),
                confidence: found.confidence,
            });
        }
        let is_filled = |slot: &Slot| values.iter().any(|value| value.name == slot.name);
        if intent.slots.iter().any(|slot| slot.required && !is_filled(slot)) {
            return Err("a slot without which the intent does not hold is missing");
        }
        Ok(values)
    }

    /// The model's value as the slot holds it; nothing when it is no such value.
    fn value(&self, slot: &Slot, value: &Value) -> Option<Value> {
        let text = match (value, &slot.kind) {
            (Value::Bool(_), Type::Boolean) | (Value::Number(_), Type::Number | Type::Percent) => {
                return Some(value.clone());
            }
            (Value::Number(number), Type::Integer | Type::Ordinal) => {
                return whole(number).map(Value::from);
            }
            (Value::Number(number), _) => number.to_string(),
            (Value::String(text), _) => self.mask.show(text),
            (Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_), _) => return None,
        };
        match &slot.kind {
            Type::String => {
                let text = clean(text.trim(), VALUE_CHARS_MAX);
                (!text.is_empty()).then(|| text.into())
            }
            Type::Enum { values, .. } if values.contains(&text) => Some(text.into()),
            _ => {
                let wanted = [slot.clone()];
                slots::extract(&text, &wanted, self.moment).into_iter().next().map(|one| one.value)
            }
        }
    }
}

/// A whole number, however it is written.
fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let text = number.to_string();
        text.strip_suffix(".0").and_then(|text| text.parse().ok())
    })
}
