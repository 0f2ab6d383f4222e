//! What is asked: the messages of one request, and the ways to make a model answer in a form. What a person wrote is in
//! one JSON object of its own, and nowhere else.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{Trouble, schema};
use crate::engine::Classify;
use crate::event::clean;
use crate::flow::{Flow, Intent, ResponseFormat};
use crate::nlu::mask::{Mask, TooMuch, hidden};
use crate::slots::{Moment, Slot};

/// What a model is told.
const PROMPT: &str = include_str!("prompt.md");

/// Examples of one intent that the model sees.
const EXAMPLES_MAX: usize = 6;

/// Characters of each.
const EXAMPLE_CHARS_MAX: usize = 160;

/// Characters of an intent's description.
const DESCRIPTION_CHARS_MAX: usize = 400;

/// Intents that a model chooses among; more are left to the host alone.
const INTENTS_MAX: usize = 200;

/// Name of the one function, where a model answers by a call.
const FUNCTION: &str = "understand";

/// One text to understand, as a model is asked about it.
#[derive(Debug)]
pub(super) struct Ask {
    model: String,
    messages: Vec<Value>,
    schema: Value,
    /// The word for no intent.
    pub(super) none: String,
}

/// How a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) format: ResponseFormat,
    /// Whether it is told to answer the same to the same.
    pub(super) steady: bool,
}

impl Manner {
    /// The next to try when a server does not take this one, which it said in these words.
    pub(super) fn next(self, words: &str) -> Option<Self> {
        if self.steady && words.contains("temperature") {
            return Some(Self { steady: false, ..self });
        }
        let format = match self.format {
            ResponseFormat::JsonSchema => ResponseFormat::Tools,
            ResponseFormat::Tools => ResponseFormat::JsonObject,
            ResponseFormat::JsonObject => return None,
        };
        Some(Self { format, ..self })
    }
}

impl Ask {
    pub(super) fn new(
        flow: &Flow,
        query: &Classify,
        mask: &mut Mask<'_>,
        moment: &Moment,
    ) -> Result<Self, Trouble> {
        if query.among.len() > INTENTS_MAX {
            return Err(Trouble::TooLarge("the choice of intents"));
        }
        let mut none = "NONE".to_owned();
        while query.among.contains(&none) {
            none.push('_');
        }
        let system = PROMPT
            .replace("{none}", &none)
            .replace("{language}", &query.language)
            .replace("{today}", &moment.now.strftime("%A, %Y-%m-%d").to_string())
            .replace("{intents}", &intents(flow, &query.among));
        let user = user(query, mask)?;
        Ok(Self {
            model: flow.nlu.model.clone().unwrap_or_default(),
            messages: vec![
                json!({ "role": "system", "content": system }),
                json!({ "role": "user", "content": user }),
            ],
            schema: schema::of(flow, &query.among, &none),
            none,
        })
    }

    /// The body of the request.
    pub(super) fn body(&self, manner: Manner) -> Vec<u8> {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(self.model));
        body.insert("messages".to_owned(), json!(self.messages));
        if manner.steady {
            body.insert("temperature".to_owned(), json!(0));
        }
        match manner.format {
            ResponseFormat::JsonSchema => {
                let schema = json!({ "name": FUNCTION, "strict": true, "schema": self.schema });
                let format = json!({ "type": "json_schema", "json_schema": schema });
                body.insert("response_format".to_owned(), format);
            }
            ResponseFormat::Tools => {
                let function = json!({
                    "name": FUNCTION,
                    "description": "Tells what the person means.",
                    "parameters": self.schema,
                });
                body.insert(
                    "tools".to_owned(),
                    json!([{ "type": "function", "function": function }]),
                );
                let choice = json!({ "type": "function", "function": { "name": FUNCTION } });
                body.insert("tool_choice".to_owned(), choice);
            }
            ResponseFormat::JsonObject => {
                body.insert("response_format".to_owned(), json!({ "type": "json_object" }));
            }
        }
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// Asks once more, with what was wrong about the answer.
    pub(super) fn repair(&mut self, why: &str) {
        let why = format!(
            "That answer cannot be used: {why}. Answer the same message again, with one JSON object that has `intent`, `confidence`, `corrects` and `slots` as told above."
        );
        self.messages.push(json!({ "role": "assistant", "content": "{}" }));
        self.messages.push(json!({ "role": "user", "content": why }));
    }
}

/// What the model sees of the person, as one JSON object.
fn user(query: &Classify, mask: &mut Mask<'_>) -> Result<String, TooMuch> {
    let mut data = Map::new();
    if let Some(asked) = &query.asked {
        data.insert("asked".to_owned(), mask.hide(asked, &[])?.into());
    }
    if !query.context.is_empty() {
        let context = Value::Object(query.context.clone());
        data.insert("context".to_owned(), hidden(context, mask)?);
    }
    data.insert("text".to_owned(), mask.hide(&query.text, &query.expecting)?.into());
    Ok(Value::Object(data).to_string())
}

/// The intents, one JSON object a line.
fn intents(flow: &Flow, among: &[String]) -> String {
    let mut lines = String::new();
    for name in among {
        let Some(intent) = flow.intents.get(name) else { continue };
        if writeln!(lines, "{}", described(name, intent)).is_err() {
            break;
        }
    }
    lines
}

fn described(name: &str, intent: &Intent) -> Value {
    let examples = intent.examples.iter().take(EXAMPLES_MAX);
    let examples: Vec<String> = examples.map(|text| clean(text, EXAMPLE_CHARS_MAX)).collect();
    let slots: Vec<&str> = intent
        .slots
        .iter()
        .filter(|slot| !slot.pii)
        .map(|slot: &Slot| slot.name.as_str())
        .collect();
    let mut described = json!({ "intent": name, "examples": examples, "slots": slots });
    if let (Some(words), Some(fields)) = (&intent.description, described.as_object_mut()) {
        fields.insert("description".to_owned(), clean(words, DESCRIPTION_CHARS_MAX).into());
    }
    described
}
