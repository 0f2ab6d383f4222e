//! Flows for clients of `/mcp`: each current flow is a tool that begins a conversation, or goes on with one, and gives
//! what is said.

use std::sync::Arc;

use rmcp::model::{CallToolResult, ContentBlock, ErrorData, Tool};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::answer::status;
use crate::api::input::text_input;
use crate::api::problem::Problem;
use crate::api::{Parts, body};
use crate::event::{Encoded, Map};
use crate::flow::{self, Flow};
use crate::runtime::{Answer, Choice, New};

/// What their names begin with; no plugin's tool is named so as long as no plugin is named `flow`.
const PREFIX: &str = "flow__";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    session_id: Option<String>,
    text: Option<String>,
}

#[derive(Serialize)]
struct Said<'a> {
    session_id: &'a str,
    /// What the flow says and asks.
    messages: Vec<String>,
    /// Answers that it offers.
    suggestions: Vec<Value>,
    state: &'a str,
    status: &'static str,
    /// Whether nothing more will come of it.
    settled: bool,
}

pub(super) fn list(parts: &Parts) -> Vec<Tool> {
    let current = parts.catalog.current();
    current.linked.iter().map(offered).collect()
}

/// The current flow that this tool's name means.
pub(super) fn named(parts: &Parts, name: &str) -> Option<flow::Id> {
    let id = flow::Id::from(name.strip_prefix(PREFIX)?);
    let current = parts.catalog.current();
    current.linked.current(&id).map(|flow| flow.id.clone())
}

fn offered(flow: &Arc<Flow>) -> Tool {
    let name = &flow.meta.name;
    let about = flow.meta.description.as_deref().unwrap_or("A conversation.");
    let about = format!(
        "{name}: {about} Call it without `session_id` to begin; it answers with one, and with what to tell the person."
    );
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "session_id": { "type": "string", "description": "Of the conversation to go on with; none begins one." },
            "text": { "type": "string", "description": "What the person says." },
        },
    });
    let schema = schema.as_object().cloned().unwrap_or_default();
    Tool::new(format!("{PREFIX}{}", flow.id), about, schema)
}

/// Begins or goes on. Mistakes of the client's are results too, so that a model can mend them.
pub(super) async fn call(
    parts: &Parts,
    flow: flow::Id,
    args: Map,
) -> Result<CallToolResult, ErrorData> {
    let args: Args = serde_json::from_value(Value::Object(args))
        .map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
    match talk(parts, flow, args).await {
        Ok((answer, before)) => Ok(said(&answer, &before)),
        Err(problem) => {
            let mut failed =
                CallToolResult::error(vec![ContentBlock::text(problem.message().to_owned())]);
            let (code, retryable) = (problem.code(), problem.is_temporary());
            failed.structured_content = Some(json!({ "code": code, "retryable": retryable }));
            Ok(failed)
        }
    }
}

/// The last answer, and the events of the beginning if that was another.
async fn talk(
    parts: &Parts,
    flow: flow::Id,
    args: Args,
) -> Result<(Answer, Vec<Encoded>), Problem> {
    let wait = parts.options.wait;
    let Some(id) = args.session_id else {
        // What cannot be said begins nothing.
        let input = args.text.map(|text| text_input(parts, text, None)).transpose()?;
        let new =
            New { flow: Choice::Current(flow), id: None, context: Map::new(), time_zone: None };
        let begun = parts.runtime.create(new, wait).await?;
        let Some(input) = input.filter(|_| begun.session.is_active()) else {
            return Ok((begun, Vec::new()));
        };
        let answer = parts.runtime.input(&begun.session.id, input, wait).await?;
        return Ok((answer, begun.events));
    };
    let id = body::session_id(&id)?;
    let session = parts.runtime.session(&id).await?;
    if session.frames.first().map(|frame| &frame.flow) != Some(&flow) {
        let message = format!("session `{id}` is not one of flow `{flow}`");
        return Err(Problem::new(404, "session.unknown", message));
    }
    let text = args.text.unwrap_or_default();
    let input = text_input(parts, text, None)?;
    Ok((parts.runtime.input(&id, input, wait).await?, Vec::new()))
}

fn said(answer: &Answer, before: &[Encoded]) -> CallToolResult {
    let session = &answer.session;
    let (mut messages, mut suggestions) = (Vec::new(), Vec::new());
    for event in before.iter().chain(&answer.events) {
        let Ok(event) = serde_json::from_str::<Value>(&event.json) else { continue };
        if !matches!(event.get("type").and_then(Value::as_str), Some("say" | "ask")) {
            continue;
        }
        messages.extend(event.get("text").and_then(Value::as_str).map(str::to_owned));
        // Those of the last message are in force.
        suggestions =
            event.get("suggestions").and_then(Value::as_array).cloned().unwrap_or_default();
    }
    let content = messages.iter().map(|text| ContentBlock::text(text.clone())).collect();
    let said = Said {
        session_id: session.id.as_str(),
        messages,
        suggestions,
        state: &session.frame().state,
        status: status(session.is_active()),
        settled: answer.settled,
    };
    let mut result = CallToolResult::success(content);
    result.structured_content = Some(json!(said));
    result
}
