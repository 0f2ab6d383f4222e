//! Tools: one registry over every kind of backend, and for every call one deadline, one schedule of attempts, one
//! limit of calls at a time. It knows nothing of conversations beyond the call itself, and it never panics: whatever
//! a tool does becomes an [`Outcome`](crate::engine::Outcome).

mod registry;
mod for_models;
mod attempts;
mod schedule;
mod schema;
mod effort;
mod parts;
mod contract;
mod entry;
mod gate;
mod standing;
mod trial;
mod understand;
mod meter;
mod function;
mod declared;
mod http;
mod queue;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(feature = "wasm")]
mod wasm;

pub use crate::breaker::BreakerReport;
pub use contract::Contract;
pub use function::Request;
pub use http::Http;
#[cfg(feature = "mcp")]
pub use mcp::{Leash as McpLeash, Mcp, Opening as McpOpening, Pins, Told as McpTold};
pub use meter::Usage;
pub use queue::{Desk, Queue};
pub use registry::{Figures, Registry, TakenBack};
pub use trial::{LogLine, Tried, Try};
pub use understand::{NotUnderstood, Understand};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::event::{ToolError, ToolErrorKind};
use crate::manifest;

/// What the operator allows every tool; a flow and a manifest can only lower it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The longest attempt.
    pub timeout_max: Duration,
    /// Attempts at one call.
    pub attempts_max: u32,
    /// Calls of one tool at a time.
    pub concurrency_max: usize,
    /// Calls of all tools of one plugin at a time.
    pub plugin_concurrency_max: usize,
    /// Calls of all tools at a time.
    pub host_concurrency_max: usize,
    /// Calls of one tool that wait for their place.
    pub queue_max: usize,
    /// The longest wait for a place.
    pub queue_timeout: Duration,
    /// When a closure that keeps failing is left alone; a plugin says it itself.
    pub breaker: manifest::Breaker,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout_max: Duration::from_secs(60),
            attempts_max: 10,
            concurrency_max: 64,
            plugin_concurrency_max: 256,
            host_concurrency_max: 1_000,
            queue_max: 256,
            queue_timeout: Duration::from_millis(500),
            breaker: manifest::Breaker::default(),
        }
    }
}

/// Why a tool is not taken into the registry.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its name is not `plugin/tool`.
    #[error("offer tool `{0}`: its name must read `plugin/tool`")]
    Name(String),
    /// One of its schemas is none.
    #[error("offer tool `{tool}`: its {which} schema is not valid: {why}")]
    Schema {
        /// The registry's name.
        tool: String,
        /// `input` or `output`.
        which: &'static str,
        /// From the schema compiler.
        why: String,
    },
    /// Its plugin cannot be used as it is written and granted.
    #[error(transparent)]
    Manifest(#[from] manifest::Error),
    /// What the operator grants its plugin cannot be meant.
    #[error("read `[grants.{plugin}]`: {why}")]
    Granted {
        /// Which.
        plugin: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no way to call its server.
    #[error("prepare calls to `{host}`: {why}")]
    Client {
        /// Of the URL.
        host: String,
        /// Of TLS.
        why: String,
    },
}

/// One tool for `GET /api/tools`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolReport {
    /// `plugin/tool`.
    pub name: String,
    /// `wasm`, `http`, `queue`, `mcp` or `function`.
    pub backend: &'static str,
    /// For people and language models.
    pub description: String,
    /// JSON Schema of the arguments.
    pub input_schema: Arc<Value>,
    /// JSON Schema of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Arc<Value>>,
    /// Whether the same call may be sent twice.
    pub repeatable: bool,
    /// What it may use.
    pub limits: LimitsReport,
    /// Calls that ended, since the host started.
    pub calls: u64,
    /// Those of them that failed.
    pub errors: u64,
    /// The same by the kind of the error.
    pub errors_by_kind: BTreeMap<ToolErrorKind, u64>,
    /// Calls under way.
    pub running: usize,
    /// Calls that wait for a place.
    pub queued: usize,
    /// Whether calls go through.
    pub breaker: BreakerReport,
    /// Half of the last calls were faster; milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 of the last calls were faster; milliseconds.
    pub p99_ms: f64,
    /// Fuel of the last calls; of tools in a sandbox.
    pub fuel: Usage,
    /// Memory of the last calls, bytes; of tools in a sandbox.
    pub memory: Usage,
}

/// A tool's limits, the smaller of what it asks for and what the operator allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitsReport {
    /// Per attempt.
    pub timeout_ms: u64,
    /// Per call.
    pub max_attempts: u32,
    /// Calls at a time.
    pub concurrency: usize,
    /// Wait for a place.
    pub queue_timeout_ms: u64,
}

/// What an attempt gave: the value before it is checked, and the tool's wishes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Answer {
    pub(crate) value: Value,
    pub(crate) patch: Vec<(String, Value)>,
    pub(crate) say: Vec<String>,
}

/// Why an attempt gave nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) error: ToolError,
    /// Whether it is certain that the tool was not even started, so that even one that must not run twice may be
    /// tried again.
    pub(crate) nothing_ran: bool,
    /// The tool's own wish for the next attempt.
    pub(crate) retry_after: Option<Duration>,
    /// Whether it is the host's doing, so that it says nothing about the tool: no place, no secret, no Redis.
    pub(crate) of_host: bool,
}

impl Failure {
    fn new(kind: ToolErrorKind, message: impl Into<String>) -> Self {
        ToolError::new(kind, message).into()
    }

    fn before_start(kind: ToolErrorKind, message: impl Into<String>) -> Self {
        Self { nothing_ran: true, ..Self::new(kind, message) }
    }

    /// It did not begin, for a reason of the host's own.
    fn of_host(error: ToolError) -> Self {
        Self { nothing_ran: true, of_host: true, ..error.into() }
    }
}

impl From<ToolError> for Failure {
    fn from(error: ToolError) -> Self {
        Self { error, nothing_ran: false, retry_after: None, of_host: false }
    }
}
