//! The kinds of event, one variant per wire `type`. Wire names are written here and nowhere else.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Alternative, CallId, Map, Spent, TimerId, ToolError};

/// What happened; on the wire tagged by `type`.
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
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        context: Map,
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
        payload: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
    },
    /// What the text was understood as; `intent` is null for noise.
    #[serde(rename = "nlu.intent")]
    NluIntent {
        intent: Option<String>,
        confidence: f64,
        slots: Map,
        classifier: String,
        ms: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        /// The two that it was between, the likelier one first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alternatives: Vec<Alternative>,
    },
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
    ToolCall { tool_call_id: CallId, name: String, args: Map },
    #[serde(rename = "tool.result")]
    ToolResult {
        tool_call_id: CallId,
        name: String,
        result: Value,
        ms: u64,
        /// What else the tool wanted: changes to the context by dotted path, and words to the person.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        patch: Map,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        say: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<Box<Spent>>,
    },
    #[serde(rename = "tool.error")]
    ToolError { tool_call_id: CallId, name: String, error: ToolError },
    #[serde(rename = "tool.progress")]
    ToolProgress {
        tool_call_id: CallId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<u8>,
        message: String,
    },
    #[serde(rename = "fsm.transition")]
    FsmTransition { from: String, to: String, flow: String, trigger: String },
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
    SessionMigrated { from: String, to: String, state: String },
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
