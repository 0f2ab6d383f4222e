//! What one attempt in a sandbox took: for the trace, for metrics, and for a person who tries a tool.

use std::time::Duration;

use serde::Serialize;

use crate::event::ToolErrorKind;

/// What one attempt took.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CallReport {
    /// Waiting for a thread of the guests' own; none when it was done before it needed one.
    pub queue: Duration,
    /// Making the sandbox.
    pub instantiate: Duration,
    /// In the guest's own code.
    pub guest: Duration,
    /// In the host on the guest's behalf, waiting included.
    pub host: Duration,
    /// Of the deterministic budget.
    pub fuel: u64,
    /// The most memory it had, bytes.
    pub memory: u64,
    /// Bytes of its requests to servers and of their answers.
    pub egress: u64,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// How it failed; `None` is that it did not.
    pub failed: Option<ToolErrorKind>,
}

/// One line that a guest logged, cleaned and bounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// What it says.
    pub message: String,
    /// What goes with it.
    pub fields: Vec<(String, String)>,
}
