//! Events of a plugin's own, for whoever follows the conversation: `booked` of the plugin `shop` is
//! `plugin.shop.booked`.

use std::fmt;

use serde::Serialize;

use crate::host;

/// Why an event is not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// `plugin.toml` does not ask for this topic, or the operator does not grant it.
    NotGranted,
    /// The payload is over this many bytes, or no JSON that can be stored.
    TooLarge(u64),
    /// A call may publish this many.
    Quota(u64),
    /// The payload cannot be written as JSON.
    WrongType(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGranted => {
                f.write_str("this topic is not granted; ask for it in `[capabilities]`")
            }
            Self::TooLarge(max) => write!(f, "the payload is no JSON of at most {max} bytes"),
            Self::Quota(max) => write!(f, "a call may publish {max} events"),
            Self::WrongType(why) => write!(f, "the payload cannot be written: {why}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for crate::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotGranted => Self::forbidden(error),
            Error::TooLarge(_) | Error::Quota(_) | Error::WrongType(_) => Self::internal(error),
        }
    }
}

/// Publishes a JSON value.
///
/// # Errors
/// [`Error`].
pub fn publish<T: Serialize + ?Sized>(topic: &str, payload: &T) -> Result<(), Error> {
    let payload =
        serde_json::to_string(payload).map_err(|error| Error::WrongType(error.to_string()))?;
    host::publish(topic, payload)
}
