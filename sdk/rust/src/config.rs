//! The operator's settings from `plugin.toml`. Never secrets.

use std::fmt::Display;
use std::str::FromStr;

use crate::{Error, host};

/// The setting `key` as it is written, if it is.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    host::config_get(key)
}

/// The setting `key` as a `T`, or `default` where it is not written.
///
/// ```
/// # fn main() -> Result<(), cicerone_sdk::Error> {
/// let seats: u32 = cicerone_sdk::config::get_or("seats", 40)?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `internal` with the code `config.invalid` when what is written is no `T`.
pub fn get_or<T: FromStr>(key: &str, default: T) -> Result<T, Error>
where
    T::Err: Display,
{
    let Some(text) = get(key) else { return Ok(default) };
    text.parse().map_err(|error| {
        Error::internal(format_args!("the setting `{key}` cannot be `{text}`: {error}"))
            .with_code("config.invalid")
    })
}
