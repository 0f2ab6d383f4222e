//! The operator's secrets, which stay with the host. A tool gets a text that means nothing and puts it into a header or
//! the body of a request; the host swaps it for the value, on the way to the hosts that the secret is for.

use std::fmt;

use crate::host;

/// Why there is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// `plugin.toml` does not ask for it, or the operator does not grant it.
    NotGranted,
    /// The operator has not set it.
    Missing,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotGranted => "the secret is not granted; ask for it in `[capabilities]`",
            Self::Missing => "the operator has not set the secret",
        })
    }
}

impl std::error::Error for Error {}

impl From<Error> for crate::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotGranted => Self::forbidden(error).with_code("secret.not-granted"),
            Error::Missing => {
                Self::unavailable(error).with_retryable(false).with_code("secret.missing")
            }
        }
    }
}

/// What stands for the secret in this call. It must not be changed: an encoded one is not found.
///
/// # Errors
/// [`Error`].
pub fn placeholder(name: &str) -> Result<String, Error> {
    host::secret_placeholder(name)
}

/// The secret itself, where `plugin.toml` and the operator say `expose = true`.
///
/// # Errors
/// [`Error`].
pub fn reveal(name: &str) -> Result<String, Error> {
    host::secret_reveal(name)
}
