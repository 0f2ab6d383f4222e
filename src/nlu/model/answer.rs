//! What came back, in the shapes in which servers give it: an intent and values, as yet unchecked.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::stream::spoken;
use crate::nlu::Filled;
use crate::nlu::check::{Chosen, Given};

/// How sure a model is that does not say it.
const CONFIDENCE: f64 = 0.8;

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
    let text = spoken(text);
    let begin = text.find('{').ok_or("it is no JSON object")?;
    let end = text.rfind('}').ok_or("it is no whole JSON object")?;
    let object = text.get(begin..=end).unwrap_or_default();
    serde_json::from_str(object).map_err(|_error| "it is no whole JSON object")
}

/// What an answer in our form says, or why it is none. `none` is the word for no intent.
pub(super) fn chosen(answer: &Map<String, Value>, none: &str) -> Result<Chosen, &'static str> {
    let intent = match answer.get("intent") {
        Some(Value::String(name)) if name == none => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(Value::Null) => None,
        Some(_) | None => return Err("`intent` is missing or no text"),
    };
    let confidence = answer.get("confidence").and_then(Value::as_f64);
    let confidence = confidence.unwrap_or(CONFIDENCE).clamp(0.0, 1.0);
    let nothing = Map::new();
    let given = match answer.get("slots") {
        Some(Value::Object(given)) => given,
        Some(Value::Null) | None => &nothing,
        Some(_) => return Err("`slots` is no object"),
    };
    let corrects = answer.get("corrects") == Some(&Value::Bool(true));
    let given = given.iter().map(|(name, value)| Given {
        filled: Filled { name: name.clone(), value: value.clone(), span: None, confidence },
        corrects,
    });
    Ok(match intent {
        Some(name) => Chosen::Intent { name, confidence, given: given.collect() },
        // How near the nearest was a model cannot say.
        None => Chosen::None { confidence: 0.0 },
    })
}
