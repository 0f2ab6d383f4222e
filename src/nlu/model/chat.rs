//! One reply in the making: rounds in which a model says something or wants tools called. It calls none itself, and what
//! it says leaves marks for personal data only on the way to the server.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::server::{Refusal, Server};
use super::stream::{Sum, Wish};
use super::{Models, Trouble};
use crate::flow::Flow;
use crate::nlu::mask::Mask;
use crate::slots::Moment;

/// What a model is told about the reply.
const PROMPT: &str = include_str!("reply.md");

/// Characters of a task.
const TASK_CHARS_MAX: usize = 32_000;

/// Bytes of a tool's result that the model sees.
const RESULT_BYTES_MAX: usize = 16 << 10;

/// Longest mark that may be cut between two pieces of a reply.
const MARK_BYTES_MAX: usize = 32;

/// What a reply begins with.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The flow that wants it.
    pub flow: &'a Flow,
    /// When and in which language.
    pub moment: &'a Moment,
    /// What it is to say, in the words of the flow.
    pub task: &'a str,
    /// What the person wrote, if they did.
    pub text: Option<&'a str>,
    /// The tools that may be called meanwhile.
    pub tools: Vec<ChatTool>,
    /// The context, whose personal values do not leave.
    pub context: &'a Map<String, Value>,
}

/// A tool that a model may want called.
#[derive(Debug, Clone)]
pub struct ChatTool {
    /// The flow's name for it.
    pub name: String,
    /// For the model.
    pub description: String,
    /// JSON Schema of the arguments.
    pub args: Value,
}

/// What a model said in one round.
#[derive(Debug)]
pub enum Said {
    /// The reply, whole.
    Text(String),
    /// Calls, each of which wants an answer.
    Calls(Vec<Wanted>),
}

/// A call that a model wants.
#[derive(Debug)]
pub struct Wanted {
    /// Under this the answer is given.
    pub id: String,
    /// The flow's name for the tool; what the model says, where it has no such tool.
    pub name: String,
    /// None when they are no JSON object.
    pub args: Option<Map<String, Value>>,
}

/// A conversation with a model about one reply.
#[derive(Debug)]
pub struct Chat<'a> {
    server: &'a Server,
    mask: Mask<'a>,
    model: String,
    messages: Vec<Value>,
    tools: Vec<ChatTool>,
    /// Whether the model is told to keep to what is likely; some servers take no such word.
    steady: bool,
}

impl Models {
    /// Begins a reply. Sends nothing.
    ///
    /// # Errors
    /// [`Trouble`] when the flow may not ask a model, or the task cannot be sent.
    pub fn chat<'a>(&'a self, opening: Opening<'a>) -> Result<Chat<'a>, Trouble> {
        let Opening { flow, moment, task, text, tools, context } = opening;
        let server = self.server(flow)?;
        let mut mask = Mask::of(flow, moment).knowing(&flow.personal_values(context));
        if task.chars().count() > TASK_CHARS_MAX {
            return Err(Trouble::TooLarge("the task"));
        }
        let task = mask.hide_whole(task)?;
        let system = PROMPT
            .replace("{language}", &moment.language)
            .replace("{today}", &moment.now.strftime("%A, %Y-%m-%d").to_string())
            .replace("{task}", &task);
        let mut messages = vec![json!({ "role": "system", "content": system })];
        let data = match text {
            Some(text) => json!({ "text": mask.hide_whole(text)? }),
            None => json!({}),
        };
        messages.push(json!({ "role": "user", "content": data.to_string() }));
        let model = flow.nlu.model.clone().unwrap_or_default();
        Ok(Chat { server, mask, model, messages, tools, steady: true })
    }
}

impl Chat<'_> {
    /// What the model says next; `told` hears its words as they come.
    ///
    /// # Errors
    /// [`Trouble`] when there is nothing of use before the deadline.
    pub async fn round(
        &mut self,
        deadline: Instant,
        told: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Said, Trouble> {
        let sum = loop {
            let body = self.body();
            let mut held = String::new();
            let mut heard = |piece: &str| {
                held.push_str(piece);
                let ready = self.mask.ready(&held, MARK_BYTES_MAX);
                if ready > 0 {
                    let rest = held.split_off(ready);
                    told(&self.mask.show(&held));
                    held = rest;
                }
            };
            match self.server.stream("/chat/completions", &body, deadline.into(), &mut heard).await
            {
                Ok(sum) => {
                    if !held.is_empty() {
                        told(&self.mask.show(&held));
                    }
                    break sum;
                }
                Err(Refusal { words, .. }) if self.steady && words.contains("temperature") => {
                    self.steady = false;
                }
                Err(Refusal { trouble, .. }) => return Err(trouble),
            }
        };
        if sum.is_cut {
            return Err(Trouble::BadAnswer("it was cut off"));
        }
        if sum.wishes.is_empty() {
            let text = self.mask.show(sum.text.trim());
            if text.is_empty() {
                return Err(Trouble::BadAnswer("it is empty"));
            }
            return Ok(Said::Text(text));
        }
        Ok(Said::Calls(self.wanted(&sum)))
    }

    /// What came of a call.
    ///
    /// # Errors
    /// [`Trouble`] when it cannot be sent.
    pub fn answer(&mut self, id: &str, result: &Value) -> Result<(), Trouble> {
        let mut text = result.to_string();
        if text.len() > RESULT_BYTES_MAX {
            text = json!({ "error": "the result is too large to be shown" }).to_string();
        }
        let content = self.mask.hide_whole(&text)?;
        self.messages.push(json!({ "role": "tool", "tool_call_id": id, "content": content }));
        Ok(())
    }

    /// No more calls: the next round is to be words.
    pub fn only_words(&mut self) {
        self.tools.clear();
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(self.model));
        body.insert("messages".to_owned(), json!(self.messages));
        body.insert("stream".to_owned(), json!(true));
        if self.steady {
            body.insert("temperature".to_owned(), json!(0.2));
        }
        if !self.tools.is_empty() {
            let tools: Vec<Value> = self.tools.iter().map(offered).collect();
            body.insert("tools".to_owned(), json!(tools));
        }
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// The calls, and the model's message with them as it must be sent back.
    fn wanted(&mut self, sum: &Sum) -> Vec<Wanted> {
        let as_sent = |wish: &Wish| {
            let args = if wish.args.is_empty() { "{}" } else { &wish.args };
            let function = json!({ "name": wish.name, "arguments": args });
            json!({ "id": wish.id, "type": "function", "function": function })
        };
        let calls: Vec<Value> = sum.wishes.iter().map(as_sent).collect();
        let message = json!({ "role": "assistant", "content": sum.text, "tool_calls": calls });
        self.messages.push(message);
        let wanted = |wish: &Wish| {
            let tool = self.tools.iter().find(|tool| function_name(&tool.name) == wish.name);
            let args = if wish.args.trim().is_empty() { "{}" } else { &wish.args };
            let args = serde_json::from_str::<Map<String, Value>>(args).ok();
            Wanted {
                id: wish.id.clone(),
                name: tool.map_or(&wish.name, |tool| &tool.name).clone(),
                args: args.map(|args| self.shown_args(args)),
            }
        };
        sum.wishes.iter().map(wanted).collect()
    }

    fn shown_args(&self, args: Map<String, Value>) -> Map<String, Value> {
        args.into_iter().map(|(key, value)| (key, self.shown(value))).collect()
    }

    /// A value with the personal data in it.
    fn shown(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.mask.show(&text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.shown(item)).collect(),
            Value::Object(fields) => Value::Object(self.shown_args(fields)),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
        }
    }
}

fn offered(tool: &ChatTool) -> Value {
    let function = json!({
        "name": function_name(&tool.name),
        "description": tool.description,
        "parameters": tool.args,
    });
    json!({ "type": "function", "function": function })
}

/// A tool's name as servers take it.
fn function_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
    name.chars().map(plain).take(64).collect()
}
