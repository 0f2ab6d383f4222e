//! How a tool call fails, in the words a flow, a client and a metric share.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The failure of a whole call, after all its attempts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ToolError {
    /// Whose fault it was and what sort of thing happened.
    pub kind: ToolErrorKind,
    /// The tool's own short stable code, such as `card_declined`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// For people; a guest's text has been bounded and cleaned.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How many attempts were made; 0 when none was.
    pub attempts: u32,
    /// Whatever else the tool gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<Value>>,
}

impl ToolError {
    /// An error of one attempt that a retry would not help.
    #[must_use]
    pub fn new(kind: ToolErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            message: message.into(),
            retryable: kind.is_retryable(),
            attempts: 1,
            details: None,
        }
    }
}

/// The closed set of ways a call can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolErrorKind {
    /// The clock ran out.
    Timeout,
    /// The deterministic instruction budget ran out.
    Fuel,
    /// The sandbox asked for more memory than it may have.
    Memory,
    /// Output, host calls or logs went over their limit.
    Limit,
    /// The sandbox crashed.
    Trap,
    /// The tool itself said no.
    Tool,
    /// Nobody could take the call: breaker open, queue full, not loaded.
    Unavailable,
    /// The arguments do not fit the tool's schema.
    BadArgs,
    /// The result does not fit the tool's schema.
    BadResult,
    /// The tool wanted something it has no right to.
    Denied,
    /// The host or the tool's server died during the call, and the tool is not idempotent.
    Lost,
    /// The call was given up: the conversation moved on, or the client cancelled.
    Cancelled,
}

impl ToolErrorKind {
    /// The wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::Limit => "limit",
            Self::Trap => "trap",
            Self::Tool => "tool",
            Self::Unavailable => "unavailable",
            Self::BadArgs => "bad-args",
            Self::BadResult => "bad-result",
            Self::Denied => "denied",
            Self::Lost => "lost",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether such a failure is worth another attempt when the tool says nothing of its own.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Timeout | Self::Unavailable | Self::Lost)
    }
}
