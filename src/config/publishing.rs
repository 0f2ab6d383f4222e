//! `[publishing]`: what a version of a flow passes before it is current.

use std::time::Duration;

use serde::Deserialize;

/// Milliseconds for the conversations beside a flow.
const TESTS_MS: u64 = 2_000;

/// `[publishing]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Publishing {
    /// How long the conversations beside a flow may take, milliseconds; what there is no time for is left out, and 0 leaves
    /// out all.
    pub tests_ms_max: Option<u64>,
}

impl Publishing {
    pub(super) fn tests(&self) -> Duration {
        Duration::from_millis(self.tests_ms_max.unwrap_or(TESTS_MS))
    }
}
