//! Why a tool has no answer, in words that a flow can branch on. It never carries a stack trace or other insides.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// What sort of failure it was. The set is closed; detail goes into [`Error::with_code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The arguments make no sense together, though they fit the schema.
    InvalidInput,
    /// There is no such thing.
    NotFound,
    /// The tool could not say who it is.
    Unauthenticated,
    /// The tool, or the person, may not do this.
    Forbidden,
    /// Somebody else was first, or the thing is in another state.
    Conflict,
    /// Too many calls.
    RateLimited,
    /// Something the tool needs is away.
    Unavailable,
    /// The tool is at fault.
    Internal,
}

impl ErrorKind {
    /// The contract's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid-input",
            Self::NotFound => "not-found",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate-limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

/// Why a tool has no answer.
///
/// ```
/// # use cicerone_sdk::Error;
/// let error = Error::conflict("the table has just been taken").with_code("table.taken");
/// assert!(!error.retryable);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// What sort of failure it was.
    pub kind: ErrorKind,
    /// Short and stable, for branches in flows: `card_declined`.
    pub code: Option<String>,
    /// For people: a lower-case fragment that says what went wrong and, where possible, what to do.
    pub message: String,
    /// Whether the same call may succeed later; the host then tries again if the tool allows it.
    pub retryable: bool,
    /// How long to wait before that.
    pub retry_after: Option<Duration>,
    /// Anything else worth telling.
    pub details: Option<Box<Value>>,
}

impl Error {
    /// A failure of this kind; `RateLimited` and `Unavailable` are taken as passing, the others as lasting.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            code: None,
            message: message.to_string(),
            retryable: matches!(kind, ErrorKind::RateLimited | ErrorKind::Unavailable),
            retry_after: None,
            details: None,
        }
    }

    /// The arguments make no sense together.
    #[must_use]
    pub fn invalid_input(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// This may not be done.
    #[must_use]
    pub fn forbidden(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Forbidden, message)
    }

    /// Somebody else was first.
    #[must_use]
    pub fn conflict(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    /// Something is away for a while.
    #[must_use]
    pub fn unavailable(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// The tool is at fault.
    #[must_use]
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// With a short stable code for branches in flows.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Marked as worth another attempt, after this long.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retryable = true;
        self.retry_after = Some(wait);
        self
    }

    /// Marked as worth another attempt, or as not.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// With anything else worth telling.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}
