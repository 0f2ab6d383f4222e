//! What is left of another's answer about a text when it is checked: an intent that can be taken, and values that are what
//! their slots hold. Whoever gave it, a language model or a plugin, is believed nothing else.

use serde_json::{Number, Value};

use super::mask::Mask;
use super::{Command, Filled, Reply};
use crate::engine::Classify;
use crate::event::clean;
use crate::flow::{Flow, Intent};
use crate::slots::{self, Moment, Slot, Type};

/// Characters of a value that is a free text.
const VALUE_CHARS_MAX: usize = 1_000;

/// An answer, unchecked.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::nlu) enum Chosen {
    Intent { name: String, confidence: f64, given: Vec<Given> },
    Cancel,
    None { confidence: f64 },
}

/// A value of an answer, in whatever form.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::nlu) struct Given {
    pub(in crate::nlu) filled: Filled,
    /// Whether it takes another back.
    pub(in crate::nlu) corrects: bool,
}

/// One text, and what an answer about it is checked against.
pub(in crate::nlu) struct Check<'a> {
    pub(in crate::nlu) flow: &'a Flow,
    pub(in crate::nlu) query: &'a Classify,
    pub(in crate::nlu) moment: &'a Moment,
    pub(in crate::nlu) mask: &'a Mask<'a>,
}

impl Check<'_> {
    /// The commands of an answer, or why it is of no use.
    pub(in crate::nlu) fn reply(
        &self,
        chosen: Chosen,
        classifier: &str,
    ) -> Result<Reply, &'static str> {
        let (name, confidence, given) = match chosen {
            Chosen::Intent { name, confidence, given } => (name, confidence, given),
            Chosen::None { confidence } => return Ok(Reply::noise(confidence, classifier)),
            Chosen::Cancel => {
                let commands = vec![Command::Cancel];
                return Ok(Reply { commands, ..Reply::noise(0.0, classifier) });
            }
        };
        let visible = self.query.among.contains(&name);
        let intent = self.flow.intents.get(&name).filter(|_| visible);
        let intent = intent.ok_or("`intent` is none of the names")?;
        let values = self.values(intent, &given)?;
        let command = |Given { filled, corrects }| match corrects {
            true => Command::CorrectSlot(filled),
            false => Command::SetSlot(filled),
        };
        let intent = Command::Intent { name, confidence };
        let commands = std::iter::once(intent).chain(values.into_iter().map(command)).collect();
        Ok(Reply { commands, ..Reply::noise(0.0, classifier) })
    }

    /// What the slots of the intent hold: the values that are what they should be, and what the host finds by itself of
    /// what the other did not see, or left out though it must be there.
    fn values(&self, intent: &Intent, given: &[Given]) -> Result<Vec<Given>, &'static str> {
        let mut values: Vec<Given> = Vec::new();
        for slot in intent.slots.iter().filter(|slot| !slot.pii) {
            let said = given.iter().find(|given| given.filled.name == slot.name);
            values.extend(said.and_then(|said| {
                let value = self.value(slot, &said.filled.value)?;
                Some(Given { filled: Filled { value, ..said.filled.clone() }, ..*said })
            }));
        }
        let is_there =
            |values: &[Given], slot: &Slot| values.iter().any(|one| one.filled.name == slot.name);
        let is_open = |slot: &&Slot| (slot.pii || slot.required) && !is_there(&values, slot);
        let mut open: Vec<Slot> = intent.slots.iter().filter(is_open).cloned().collect();
        let is_asked = |slot: &Slot| self.query.expecting.iter().any(|e| e.name == slot.name);
        open.sort_by_key(|slot| !is_asked(slot));
        let asked = open.iter().filter(|slot| is_asked(slot)).count();
        let words = slots::Text::read(&self.query.text, &self.query.language);
        let corrects = given.iter().any(|given| given.corrects);
        for found in words.extract_asked(&open, asked, self.moment) {
            let filled = Filled {
                name: found.slot,
                value: found.value,
                span: Some(found.span),
                confidence: found.confidence,
            };
            values.push(Given { filled, corrects });
        }
        if intent.slots.iter().any(|slot| slot.required && !is_there(&values, slot)) {
            return Err("a slot without which the intent does not hold is missing");
        }
        Ok(values)
    }

    /// The other's value as the slot holds it; nothing when it is no such value.
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
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let text = number.to_string();
        text.strip_suffix(".0").and_then(|text| text.parse().ok())
    })
}
