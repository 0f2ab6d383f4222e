//! Events of the host itself: what happened to its flows and plugins. They belong to no session.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Timestamp;

/// One host event; on the wire `{type, id, version?, findings?, timestamp}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// `flow.reloaded`, `flow.rejected`, `flow.rollout`, `flow.rolled-back`, `plugin.reloaded` or `plugin.rejected`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The flow or plugin.
    pub id: String,
    /// The version now in force, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why it was refused, or what was noticed: objects with code, message, line, column, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Value>,
    /// When.
    pub timestamp: Timestamp,
}
