//! What clients get to see of a session and of its events.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::{CallSeen, IntentSeen, ResultSeen, Session};
use crate::event::{Encoded, Map, Timestamp};

/// Events as their stored bytes, not parsed and written again.
pub(super) type RawEvents = Vec<Box<RawValue>>;

pub(super) fn raw(events: &[Encoded]) -> RawEvents {
    let raw = |event: &Encoded| RawValue::from_string(event.json.to_string());
    events.iter().filter_map(|event| raw(event).ok()).collect()
}

/// `active` or `ended`.
pub(super) const fn status(active: bool) -> &'static str {
    if active { "active" } else { "ended" }
}

/// `GET /api/sessions/{id}`
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub(super) struct SessionView<'a> {
    session_id: &'a str,
    flow: &'a str,
    version: &'a str,
    current_state: &'a str,
    /// `active` or `ended`
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_reason: Option<&'a str>,
    #[schema(value_type = Object)]
    context: &'a Map,
    #[schema(value_type = Option<Object>)]
    last_intent: Option<&'a IntentSeen>,
    #[schema(value_type = Option<Object>)]
    last_tool_call: Option<&'a CallSeen>,
    #[schema(value_type = Option<Object>)]
    last_tool_result: Option<&'a ResultSeen>,
    seq: u64,
    #[schema(value_type = i64)]
    created_at: Timestamp,
    #[schema(value_type = i64)]
    updated_at: Timestamp,
}

impl<'a> From<&'a Session> for SessionView<'a> {
    fn from(session: &'a Session) -> Self {
        let frame = session.frame();
        Self {
            session_id: session.id.as_str(),
            flow: frame.flow.as_str(),
            version: frame.version.as_str(),
            current_state: &frame.state,
            status: status(session.is_active()),
            ended_reason: session.ended.as_deref(),
            context: &frame.context,
            last_intent: session.last_intent.as_deref(),
            last_tool_call: session.last_call.as_deref(),
            last_tool_result: session.last_result.as_deref(),
            seq: session.seq,
            created_at: session.created_at,
            updated_at: session.updated_at,
        }
    }
}
