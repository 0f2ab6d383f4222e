//! Why an input, a new session or a question to the log was refused, in variants that a caller acts on. It holds no
//! status codes.

use crate::event::SessionId;
use crate::flow::{self, Finding};

/// Why it could not be done; nothing has changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No such session.
    #[error("find session `{0}`")]
    Unknown(SessionId),
    /// The id of a new session is taken.
    #[error("create session `{0}`: it exists already")]
    Exists(SessionId),
    /// The session takes no input any more.
    #[error("take the input: the session has ended ({reason})")]
    Ended {
        /// Why it ended.
        reason: String,
    },
    /// No such flow.
    #[error("find flow `{flow}`{}", .suggestion.as_ref().map(|id| format!("; did you mean `{id}`?")).unwrap_or_default())]
    UnknownFlow {
        /// What was asked for.
        flow: flow::Id,
        /// The nearest name.
        suggestion: Option<flow::Id>,
    },
    /// The flow that the client brought does not compile.
    #[error("load the flow: {} problem(s)", .0.len())]
    InvalidFlow(Vec<Finding>),
    /// As many messages as may wait for the pending call are waiting.
    #[error(
        "queue the input: {max} wait already; send it again when the pending tool call is done"
    )]
    QueueFull {
        /// The limit.
        max: usize,
    },
    /// As many inputs as may wait for the session's turn are waiting.
    #[error("take the input: {max} inputs of this session wait already; send it again in a moment")]
    Busy {
        /// The limit.
        max: usize,
    },
    /// The id of the input was used for another input.
    #[error("take the input: its id was used for another input of this session; use a new one")]
    IdempotencyMismatch,
    /// The log no longer has the events right after `since`.
    #[error("read the log that far back: its first event is {first}")]
    LogTrimmed {
        /// `seq` of the first event that is kept.
        first: u64,
    },
    /// The log does not reach as far as `since`.
    #[error("read the log from there: its last event is {head}")]
    LogRewound {
        /// `seq` of the last event.
        head: u64,
    },
    /// A turn that nobody stores did not come to an end; what its tools did stays done.
    #[error("end the turn in {0}; the state from before is still good")]
    Unfinished(String),
    /// The store is away, or other hosts were first too often; trying later may help.
    #[error("reach what is stored: {0}")]
    Unavailable(String),
    /// The host is stopping.
    #[error("take the input: the host is stopping; send it again in a moment")]
    Closed,
    /// The input cannot be meant; the text completes *could not …*.
    #[error("{0}")]
    BadInput(String),
    /// The intent that a client names is none of the flow's.
    #[error("{0}")]
    UnknownIntent(String),
}
