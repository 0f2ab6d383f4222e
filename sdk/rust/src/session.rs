//! The conversation's context, read only, and only the paths granted in `plugin.toml`. To change it, answer with
//! [`Reply::patch`](crate::Reply::patch).

use std::fmt;

use serde::de::DeserializeOwned;

use crate::host;

/// Why the context cannot be read at a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// `plugin.toml` does not ask for this path, or the operator does not grant it.
    NotGranted,
    /// Not a JSON Pointer; with the host's words.
    BadPointer(String),
    /// There is a value, and it is not of the wanted type.
    WrongType(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGranted => {
                f.write_str("the context is not granted here; ask for it in `[capabilities]`")
            }
            Self::BadPointer(why) => write!(f, "not a JSON Pointer: {why}"),
            Self::WrongType(why) => write!(f, "the context holds another type: {why}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for crate::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotGranted => Self::forbidden(error),
            Error::BadPointer(_) | Error::WrongType(_) => Self::internal(error),
        }
    }
}

/// The value at a JSON Pointer such as `/cart/items`, if there is one.
///
/// # Errors
/// [`Error::NotGranted`], [`Error::BadPointer`], and [`Error::WrongType`] when the value is no `T`.
pub fn get<T: DeserializeOwned>(pointer: &str) -> Result<Option<T>, Error> {
    let Some(text) = host::session_get(pointer)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| Error::WrongType(error.to_string()))
}
