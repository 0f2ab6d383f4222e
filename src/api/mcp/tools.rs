//! Tools of plugins for clients of `/mcp`: `plugin/tool` is `plugin__tool` there. A tool's failure is a result that says
//! so, in the words that flows get.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::api::Parts;
use crate::engine::{Call, Done, Outcome};
use crate::event::{CallId, Map, ToolError};
use crate::flow::{self, Retry};
use crate::tool::ToolReport;

/// Between a plugin and its tool.
const BETWEEN: &str = "__";

pub(super) fn list(parts: &Parts) -> Vec<Tool> {
    parts.tools.exposed().iter().map(offered).collect()
}

/// The exposed tool of this name.
pub(super) fn named(parts: &Parts, name: &str) -> Option<ToolReport> {
    parts.tools.exposed().into_iter().find(|tool| public(&tool.name) == name)
}

fn public(name: &str) -> String {
    name.replacen('/', BETWEEN, 1)
}

fn offered(tool: &ToolReport) -> Tool {
    let input = tool.input_schema.as_object().cloned().unwrap_or_default();
    let mut offered = Tool::new(public(&tool.name), tool.description.clone(), input);
    offered.output_schema = tool.output_schema.as_deref().and_then(of_object).map(Arc::new);
    if tool.repeatable {
        offered.annotations = Some(ToolAnnotations::default().idempotent(true));
    }
    offered
}

/// Clients take schemas of objects only.
fn of_object(schema: &Value) -> Option<JsonObject> {
    let fields = schema.as_object()?;
    (fields.get("type").and_then(Value::as_str) == Some("object")).then(|| fields.clone())
}

/// One attempt, until it is done or the client gives it up.
pub(super) async fn call(
    parts: &Parts,
    tool: &ToolReport,
    args: Map,
    given_up: &CancellationToken,
) -> CallToolResult {
    let limits = &tool.limits;
    let whole = Duration::from_millis(limits.timeout_ms.saturating_add(limits.queue_timeout_ms));
    let whole = whole.min(parts.options.wait_max);
    let millis = u64::try_from(whole.as_millis()).unwrap_or(u64::MAX);
    let call = Call {
        id: CallId::from(format!("mcp-{}.1", number()).as_str()),
        name: tool.name.clone(),
        uses: None,
        args,
        result_schema: None,
        flow: flow::Id::from("mcp"),
        version: flow::Version::from(""),
        state: "Mcp".to_owned(),
        locale: "en-US".to_owned(),
        timeout_ms: limits.timeout_ms,
        // Whether to try again is up to the client.
        retry: Retry { max_attempts: 1, backoff_ms: 0, max_backoff_ms: 0, jitter: false },
        idempotent: false,
        deadline: parts.tools.now().plus_millis(millis),
        context: Arc::default(),
    };
    match parts.tools.call_exposed(&call, given_up).await {
        Outcome::Done(done) => result(done),
        Outcome::Failed(error) => failure(&error),
    }
}

/// That no other call has.
fn number() -> String {
    let drawn = getrandom::u64().unwrap_or_default();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    format!("{:x}-{drawn:016x}", now.unwrap_or_default().as_micros())
}

fn result(done: Done) -> CallToolResult {
    let Done { result, say, .. } = done;
    let text = match &result {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut content = vec![ContentBlock::text(text)];
    content.extend(say.into_iter().map(ContentBlock::text));
    let mut answer = CallToolResult::success(content);
    answer.structured_content = Some(result).filter(Value::is_object);
    answer
}

fn failure(error: &ToolError) -> CallToolResult {
    let text = format!("{}: {error}", error.kind.as_str());
    let mut answer = CallToolResult::error(vec![ContentBlock::text(text)]);
    answer.structured_content = Some(json!(error));
    answer
}
