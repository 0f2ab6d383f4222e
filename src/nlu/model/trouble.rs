//! Why a language model gave no answer that is of use: for the log and the event in a word, for the operator in a
//! sentence. Neither has a word of the server or of the person.

use std::time::Duration;

use crate::event::ToolErrorKind;
use crate::nlu::mask::TooMuch;

/// What went wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The operator does not allow the server; with what to do about it.
    #[error("{0}")]
    Denied(String),
    /// It failed too often, and is left alone.
    #[error("the server failed too often and is left alone for {} ms", .0.as_millis())]
    LeftAlone(Duration),
    /// There was no answer in time.
    #[error("there was no answer in time")]
    Timeout,
    /// There is no connection, or it was lost.
    #[error("the server cannot be reached: {0}")]
    Unreachable(&'static str),
    /// The server does not take the request, or cannot just now.
    #[error("the server answered with status {status}")]
    Status {
        /// Of HTTP.
        status: u16,
        /// Its wish for the next attempt.
        retry_after: Option<Duration>,
    },
    /// More was to be sent or came than may be.
    #[error("{0} is too large")]
    TooLarge(&'static str),
    /// What came is no answer.
    #[error("the answer is of no use: {0}")]
    BadAnswer(&'static str),
}

impl From<TooMuch> for Trouble {
    fn from(_: TooMuch) -> Self {
        Self::TooLarge("the personal data")
    }
}

impl Trouble {
    /// In a word, as the event `nlu.intent` has it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Denied(_) => "denied",
            Self::LeftAlone(_) => "left-alone",
            Self::Timeout => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Status { status: 429, .. } => "rate-limited",
            Self::Status { .. } => "status",
            Self::TooLarge(_) => "too-large",
            Self::BadAnswer(_) => "bad-answer",
        }
    }

    /// Whether another attempt may go better.
    pub(super) const fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            Self::Denied(_)
            | Self::LeftAlone(_)
            | Self::Timeout
            | Self::TooLarge(_)
            | Self::BadAnswer(_) => false,
        }
    }

    /// What it says of the server's health; nothing where it is our own doing.
    pub(super) const fn kind(&self) -> Option<ToolErrorKind> {
        match self {
            Self::Timeout => Some(ToolErrorKind::Timeout),
            Self::Unreachable(_) | Self::Status { status: 408 | 425 | 429 | 500.., .. } => {
                Some(ToolErrorKind::Unavailable)
            }
            Self::TooLarge(_) | Self::BadAnswer(_) => Some(ToolErrorKind::BadResult),
            Self::Denied(_) | Self::LeftAlone(_) | Self::Status { .. } => None,
        }
    }
}
