//! What a tool is told about the call it answers. It holds plain data and asks the host for nothing.

use std::time::Duration;

/// The call that a tool answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The same for every attempt at one call: the key that makes a repeated call harmless.
    pub call_id: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When the host gives up, in milliseconds since the Unix epoch.
    pub deadline_ms: u64,
    /// The conversation.
    pub session_id: String,
    /// The flow it runs.
    pub flow: String,
    /// The state that called.
    pub state: String,
    /// The person's language, as BCP 47, where it is known.
    pub locale: Option<String>,
    /// W3C trace context, to pass on in outgoing requests.
    pub traceparent: Option<String>,
    /// What newer hosts tell besides.
    pub extra: Vec<(String, String)>,
}

impl Context {
    /// A first attempt at the call `call_id`, for tests.
    #[must_use]
    pub fn new(call_id: impl Into<String>) -> Self {
        Self {
            call_id: call_id.into(),
            attempt: 1,
            deadline_ms: u64::MAX,
            session_id: "session".to_owned(),
            flow: "flow".to_owned(),
            state: "State".to_owned(),
            locale: None,
            traceparent: None,
            extra: Vec::new(),
        }
    }

    /// How long the host still waits, by its own clock.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        crate::runtime::remaining()
    }
}
