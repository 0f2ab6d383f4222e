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
    /// What its attempts took, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Box<Spent>>,
}

/// What a call took of the host, all its attempts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Spent {
    /// Waiting for a place, and for a thread of the guests' own; microseconds.
    pub queue_us: u64,
    /// Making sandboxes, microseconds.
    pub instantiate_us: u64,
    /// In the tool's own code, microseconds.
    pub guest_us: u64,
    /// In the host on the tool's behalf, waiting included, microseconds.
    pub host_us: u64,
    /// Of the deterministic budget.
    pub fuel: u64,
    /// The most memory that one attempt had, bytes.
    pub memory: u64,
    /// What it sent out and got back, bytes.
    pub egress_bytes: u64,
    /// Lines that it logged.
    pub log_lines: u64,
}

impl Spent {
    /// With another attempt.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            queue_us: self.queue_us.saturating_add(other.queue_us),
            instantiate_us: self.instantiate_us.saturating_add(other.instantiate_us),
            guest_us: self.guest_us.saturating_add(other.guest_us),
            host_us: self.host_us.saturating_add(other.host_us),
            fuel: self.fuel.saturating_add(other.fuel),
            memory: self.memory.max(other.memory),
            egress_bytes: self.egress_bytes.saturating_add(other.egress_bytes),
            log_lines: self.log_lines.saturating_add(other.log_lines),
        }
    }

    /// Whether a sandbox was used: of a tool that runs somewhere else nothing but its wait is known.
    #[must_use]
    pub const fn is_measured(&self) -> bool {
        self.fuel > 0 || self.memory > 0
    }
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
            spent: None,
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
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Timeout,
        Self::Fuel,
        Self::Memory,
        Self::Limit,
        Self::Trap,
        Self::Tool,
        Self::Unavailable,
        Self::BadArgs,
        Self::BadResult,
        Self::Denied,
        Self::Lost,
        Self::Cancelled,
    ];

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
