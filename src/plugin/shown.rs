//! What holds for a loaded plugin, for people who look at it.

use serde::Serialize;

use super::load::Plugin;

/// What each call may take: the smaller of what the author asks for and what the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// The clock.
    pub timeout_ms: u64,
    /// Instructions; none is no limit.
    pub fuel: Option<u64>,
    /// Of all memories together, bytes.
    pub memory: u64,
    /// Of the arguments, bytes.
    pub args: u64,
    /// Of the result, bytes.
    pub output: u64,
    /// Between tool and host, bytes.
    pub hostcall_bytes: u64,
    /// Log lines.
    pub log_entries: usize,
    /// Bytes of them.
    pub log_bytes: u64,
    /// Calls at a time.
    pub concurrency: usize,
    /// Wait for a place.
    pub queue_timeout_ms: u64,
}

impl Plugin {
    /// What it takes of the host's memory while nobody calls it, bytes: its compiled code with what belongs to it.
    /// Sandboxes that wait for a next call are not in it.
    #[must_use]
    pub fn resident(&self) -> u64 {
        self.known.resident()
    }

    /// What each of its calls may take.
    #[must_use]
    pub fn allowed(&self) -> Allowed {
        let limits = &self.rights.limits;
        let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Allowed {
            timeout_ms: ms(limits.timeout),
            fuel: limits.fuel,
            memory: limits.memory,
            args: limits.args,
            output: limits.output,
            hostcall_bytes: limits.hostcall_bytes,
            log_entries: limits.log_entries,
            log_bytes: limits.log_bytes,
            concurrency: limits.concurrency,
            queue_timeout_ms: ms(limits.queue_timeout),
        }
    }
}
