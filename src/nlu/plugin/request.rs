//! What a plugin is asked: one text, and the intents that can be taken now. The names are those of
//! `wit/understanding/v1`.

use serde::Serialize;
use serde_json::Value;

use super::PluginTrouble;
use crate::engine::Classify;
use crate::event::Map;
use crate::flow::{self, Flow};
use crate::nlu::mask::{Mask, TooMuch, hidden};
use crate::slots::{self, Moment, Type};

/// Intents that a plugin chooses among; more are left to the host alone, as for language models.
const INTENTS_MAX: usize = 200;

#[derive(Debug, Serialize)]
pub(super) struct Request<'a> {
    pub(super) text: String,
    intents: Vec<Intent<'a>>,
    question: Option<String>,
    context: String,
    locale: &'a str,
    today: String,
    time_zone: &'a str,
    /// The sandbox knows.
    deadline_ms: u64,
    extra: [(); 0],
}

#[derive(Debug, Serialize)]
struct Intent<'a> {
    name: &'a str,
    description: Option<&'a str>,
    examples: &'a [String],
    slots: Vec<Slot<'a>>,
}

#[derive(Debug, Serialize)]
struct Slot<'a> {
    name: &'a str,
    kind: &'static str,
    values: &'a [String],
    required: bool,
    asked: bool,
}

/// The request about a text, without what is personal.
pub(super) fn of<'a>(
    flow: &'a Flow,
    query: &'a Classify,
    mask: &mut Mask<'_>,
    moment: &Moment,
) -> Result<Request<'a>, PluginTrouble> {
    if query.among.len() > INTENTS_MAX {
        return Err(PluginTrouble::TooLarge("the choice of intents"));
    }
    let question = query.asked.as_ref().map(|asked| mask.hide(asked, &[])).transpose()?;
    let context = hidden(Value::Object(query.context.clone()), mask)?.to_string();
    let intents = query.among.iter().filter_map(|name| flow.intents.get_key_value(name));
    Ok(Request {
        text: said(query, mask)?,
        intents: intents.map(|(name, intent)| described(name, intent, query)).collect(),
        question,
        context,
        locale: &query.language,
        today: moment.now.strftime("%Y-%m-%d").to_string(),
        time_zone: &query.time_zone,
        deadline_ms: 0,
        extra: [],
    })
}

fn said(query: &Classify, mask: &mut Mask<'_>) -> Result<String, TooMuch> {
    mask.hide(&query.text, &query.expecting)
}

fn described<'a>(name: &'a str, intent: &'a flow::Intent, query: &Classify) -> Intent<'a> {
    let slots = intent.slots.iter().filter(|slot| !slot.pii).map(|slot| Slot {
        name: &slot.name,
        kind: word(&slot.kind),
        values: match &slot.kind {
            Type::Enum { values, .. } => values,
            _ => &[],
        },
        required: slot.required,
        asked: query.expecting.iter().any(|asked: &slots::Slot| asked.name == slot.name),
    });
    let (description, examples) = (intent.description.as_deref(), intent.examples.as_slice());
    Intent { name, description, examples, slots: slots.collect() }
}

impl Request<'_> {
    /// As JSON.
    pub(super) fn into_map(self) -> Result<Map, PluginTrouble> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) | Err(_) => Err(PluginTrouble::BadAnswer("the request cannot be written")),
        }
    }
}

/// As flows write it.
const fn word(kind: &Type) -> &'static str {
    match kind {
        Type::Number => "number",
        Type::Integer => "integer",
        Type::Percent => "percent",
        Type::Ordinal => "ordinal",
        Type::Boolean => "boolean",
        Type::Date => "date",
        Type::Time => "time",
        Type::Datetime => "datetime",
        Type::Duration => "duration",
        Type::Name => "name",
        Type::FirstName => "first_name",
        Type::LastName => "last_name",
        Type::Phone => "phone",
        Type::Email => "email",
        Type::Url => "url",
        Type::Money => "money",
        Type::String => "string",
        Type::Enum { .. } => "enum",
    }
}
