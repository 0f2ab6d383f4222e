//! The words every room speaks: ids, time, and the events of a conversation as clients, the log and
//! other systems see them. It never decides anything and never reads a clock.

mod alternative;
mod host;
mod id;
mod kind;
mod text;
mod time;
mod tool;
mod understood;
#[cfg(test)]
mod tests;

pub use alternative::Alternative;
pub use host::Host;
pub use id::{CallId, HostId, IdError, SessionId, TimerId};
pub use kind::{BUILT_IN_TYPES, Kind};
pub use text::clean;
pub use time::Timestamp;
pub use tool::{Spent, ToolError, ToolErrorKind};
pub use understood::Understood;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A JSON object, in the order its author wrote it.
pub type Map = serde_json::Map<String, serde_json::Value>;

/// One event of a session's log. On the wire it is one flat JSON object: `type`, the fields of
/// the kind, then `sessionId`, `seq`, `timestamp`, `turn`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    #[serde(flatten)]
    pub kind: Kind,
    /// Whose log it is in.
    #[serde(rename = "sessionId")]
    pub session_id: SessionId,
    /// 1, 2, 3 … per session, without gaps.
    pub seq: u64,
    /// Milliseconds since the Unix epoch; the same for all events of a turn.
    pub timestamp: Timestamp,
    /// Number of the arrival that caused it.
    pub turn: u64,
}

impl Event {
    /// The event as its wire bytes, made once and shared by log, bus and sockets.
    ///
    /// # Panics
    /// Never: every field of an event is representable in JSON.
    #[must_use]
    pub fn encode(&self) -> Encoded {
        let json = serde_json::to_string(self).expect("an event is always representable in JSON");
        Encoded { seq: self.seq, turn: self.turn, json: json.into() }
    }
}

/// An event as it is stored, published and sent: its wire bytes with the two numbers that order it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The event's place in the log.
    pub seq: u64,
    /// The arrival that caused it.
    pub turn: u64,
    /// The flat JSON object.
    pub json: Arc<str>,
}
