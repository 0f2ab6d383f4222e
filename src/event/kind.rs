//! The kinds of event, one variant per wire `type`. Wire names are written here and nowhere else.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CallId, Map, Spent, TimerId, ToolError, Understood};

/// What happened; on the wire tagged by `type`. Most are small, and a turn moves them about: what is large is boxed or shared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[expect(missing_docs, reason = "the fields are described in docs/events.md by their wire names")]
pub enum Kind {
    /// Always the first event of a log.
    #[serde(rename = "session.created")]
    SessionCreated {
        flow: String,
        version: String,
        /// What it began with beyond the flow's own context.
        #[serde(default, skip_serializing_if = "is_empty")]
        context: Box<Map>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<String>,
    },
    /// The person wrote or said something.
    #[serde(rename = "user.text")]
    UserText {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
    },
    /// The person pressed keys.
    #[serde(rename = "user.dtmf")]
    UserDtmf {
        digits: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
    },
    /// Another system told the session something.
    #[serde(rename = "user.event")]
    UserEvent {
        name: String,
        payload: Box<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
    },
    /// What the text was understood as; `intent` is null for noise.
    #[serde(rename = "nlu.intent")]
    NluIntent(Box<Understood>),
    #[serde(rename = "say")]
    Say {
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suggestions: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_ref: Option<String>,
    },
    #[serde(rename = "ask")]
    Ask {
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suggestions: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_ref: Option<String>,
    },
    #[serde(rename = "transfer")]
    Transfer { to: String },
    #[serde(rename = "hangup")]
    Hangup {},
    #[serde(rename = "session.ended")]
    SessionEnded { reason: String },
    /// Once per call; attempts are in the outcome.
    #[serde(rename = "tool.call")]
    ToolCall { tool_call_id: CallId, name: String, args: Arc<Map> },
    #[serde(rename = "tool.result")]
    ToolResult {
        tool_call_id: CallId,
        name: String,
        result: Arc<Value>,
        ms: u64,
        /// What else the tool wanted: changes to the context by dotted path, and words to the person.
        #[serde(default, skip_serializing_if = "is_empty")]
        patch: Box<Map>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        say: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<Box<Spent>>,
    },
    #[serde(rename = "tool.error")]
    ToolError { tool_call_id: CallId, name: String, error: Box<ToolError> },
    #[serde(rename = "tool.progress")]
    ToolProgress {
        tool_call_id: CallId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<u8>,
        message: String,
    },
    /// A language model goes on writing its reply.
    #[serde(rename = "model.chunk")]
    ModelChunk { tool_call_id: CallId, delta: String },
    /// What is said: the reply as a whole, or with `error` the flow's own words.
    #[serde(rename = "model.done")]
    ModelDone {
        tool_call_id: CallId,
        text: String,
        ms: u64,
        /// The tools that it had called.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<Value>,
        #[serde(default, skip_serializing_if = "is_empty")]
        patch: Box<Map>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<Box<ToolError>>,
    },
    #[serde(rename = "fsm.transition")]
    FsmTransition {
        from: Arc<str>,
        to: Arc<str>,
        flow: Arc<str>,
        trigger: Cow<'static, str>,
        /// Of the flow, where this is the way into it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<Arc<str>>,
    },
    /// `changed` maps dotted paths to their new values.
    #[serde(rename = "state.updated")]
    StateUpdated { changed: Map },
    /// A delayed transition's time has come, or a silence has lasted long enough.
    #[serde(rename = "timer.due")]
    TimerDue { timer: TimerId },
    /// A guard failed at run time and counts as false; `at` is its JSON pointer in the flow.
    #[serde(rename = "guard.error")]
    GuardError { at: String, message: String },
    #[serde(rename = "intent.unhandled")]
    IntentUnhandled {
        intent: Option<String>,
        confidence: f64,
        #[serde(rename = "currentState")]
        current_state: String,
        text: String,
    },
    #[serde(rename = "session.migrated")]
    SessionMigrated {
        /// Which of the flows that it is in; earlier logs do not say.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        flow: String,
        from: String,
        to: String,
        state: String,
    },
    #[serde(rename = "error")]
    Error { code: String, message: String },
    /// A flow's own event (`emit`); its name is the `type`.
    #[serde(untagged)]
    Custom {
        #[serde(rename = "type")]
        name: String,
        data: Value,
    },
}

fn is_empty(map: &Map) -> bool {
    map.is_empty()
}

/// Every wire `type` that the host itself uses: a flow may not `emit` under one of these names.
pub const BUILT_IN_TYPES: &[&str] = &[
    "session.started",
    "session.created",
    "session.ended",
    "session.migrated",
    "user.text",
    "user.dtmf",
    "user.event",
    "nlu.intent",
    "say",
    "ask",
    "transfer",
    "hangup",
    "tool.call",
    "tool.result",
    "tool.error",
    "tool.progress",
    "model.chunk",
    "model.done",
    "fsm.transition",
    "state.updated",
    "timer.due",
    "guard.error",
    "intent.unhandled",
    "error",
];
