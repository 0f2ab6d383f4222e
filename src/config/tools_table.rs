//! `[tools]`: how much every tool is allowed.

use std::time::Duration;

use serde::Deserialize;

use crate::tool;

/// `[tools]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tools {
    /// The longest attempt, milliseconds.
    pub timeout_ms_max: Option<u64>,
    /// Attempts at one call.
    pub attempts_max: Option<u32>,
    /// Calls of one tool at a time.
    pub concurrency_max: Option<usize>,
    /// Calls of all tools of one plugin at a time.
    pub plugin_concurrency_max: Option<usize>,
    /// Calls of all tools at a time.
    pub host_concurrency_max: Option<usize>,
}

impl Tools {
    pub(super) fn options(&self) -> tool::Options {
        let default = tool::Options::default();
        tool::Options {
            timeout_max: self.timeout_ms_max.map_or(default.timeout_max, Duration::from_millis),
            attempts_max: self.attempts_max.unwrap_or(default.attempts_max),
            concurrency_max: self.concurrency_max.unwrap_or(default.concurrency_max),
            plugin_concurrency_max: self
                .plugin_concurrency_max
                .unwrap_or(default.plugin_concurrency_max),
            host_concurrency_max: self.host_concurrency_max.unwrap_or(default.host_concurrency_max),
            ..default
        }
    }
}
