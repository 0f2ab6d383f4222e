//! Small durable state, one name space per plugin. Calls run at the same time, in sandboxes that share nothing else:
//! what two of them may change goes through [`Space::update`], [`Space::increment`] or [`Space::compare_and_set`].

use std::fmt;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::host;

/// How often [`Space::update`] tries before it says that the key is contended.
pub const UPDATES_MAX: u32 = 64;

/// Who shares the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The calls of one conversation; gone when it is.
    Session,
    /// All calls of the plugin.
    Plugin,
}

/// Why the state cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// `plugin.toml` does not ask for this scope, or the operator does not grant it.
    NotGranted,
    /// The value is over this many bytes.
    TooLarge(u64),
    /// All values together are over this quota.
    Quota(u64),
    /// The store is away, or the key changes faster than it can be updated.
    Unavailable(String),
    /// There is a value, and it is not of the wanted type.
    WrongType(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGranted => {
                f.write_str("this scope of `kv` is not granted; ask for it in `[capabilities]`")
            }
            Self::TooLarge(max) => write!(f, "the value is larger than {max} bytes"),
            Self::Quota(max) => write!(f, "the plugin's state would pass its quota of {max}"),
            Self::Unavailable(why) => write!(f, "the state cannot be reached: {why}"),
            Self::WrongType(why) => write!(f, "the state holds another type: {why}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for crate::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotGranted => Self::forbidden(error),
            Error::Unavailable(_) => Self::unavailable(error),
            Error::TooLarge(_) | Error::Quota(_) | Error::WrongType(_) => Self::internal(error),
        }
    }
}

/// The state of one scope.
#[derive(Debug, Clone, Copy)]
pub struct Space {
    scope: Scope,
    ttl: Option<Duration>,
}

/// The state that all calls of the plugin share.
#[must_use]
pub const fn plugin() -> Space {
    Space { scope: Scope::Plugin, ttl: None }
}

/// The state that the calls of this conversation share.
#[must_use]
pub const fn session() -> Space {
    Space { scope: Scope::Session, ttl: None }
}

impl Space {
    /// The same, but what it writes is gone after `ttl`.
    #[must_use]
    pub const fn for_at_most(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// The JSON value of `key`, if there is one.
    ///
    /// # Errors
    /// [`Error::WrongType`] when it is no `T`; else what the host says.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        self.get_bytes(key)?.as_deref().map(decode).transpose()
    }

    /// Writes a JSON value, whatever was there.
    ///
    /// # Errors
    /// What the host says.
    pub fn set<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<(), Error> {
        self.set_bytes(key, &encode(value)?)
    }

    /// The bytes of `key`, if it is there.
    ///
    /// # Errors
    /// What the host says.
    pub fn get_bytes(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        host::kv_get(self.scope, key)
    }

    /// Writes bytes, whatever was there.
    ///
    /// # Errors
    /// What the host says.
    pub fn set_bytes(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        host::kv_set(self.scope, key, value, self.ttl_ms())
    }

    /// Removes `key`; says whether it was there.
    ///
    /// # Errors
    /// What the host says.
    pub fn delete(&self, key: &str) -> Result<bool, Error> {
        host::kv_delete(self.scope, key)
    }

    /// Adds to a counter, which begins at 0, and gives the sum, in one step.
    ///
    /// # Errors
    /// What the host says.
    pub fn increment(&self, key: &str, by: i64) -> Result<i64, Error> {
        host::kv_increment(self.scope, key, by, self.ttl_ms())
    }

    /// Writes `value` if the bytes of `key` are still `expected`; says whether they were.
    ///
    /// # Errors
    /// What the host says.
    pub fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, Error> {
        host::kv_compare_and_set(self.scope, key, expected, value, self.ttl_ms())
    }

    /// Changes a JSON value as one step, though others change it too: `change` gets what is there and gives what
    /// shall be there, and runs again when somebody was faster. Gives what was written.
    ///
    /// ```
    /// # use cicerone_sdk::{Error, kv};
    /// # fn main() -> Result<(), Error> {
    /// let seats = kv::plugin().update("seats/19:00", |taken: Option<u32>| match taken.unwrap_or(0) + 4 {
    ///     taken if taken > 40 => Err(Error::conflict("the house is full")),
    ///     taken => Ok(taken),
    /// })?;
    /// # assert_eq!(seats, 4); Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What `change` says; [`Error::Unavailable`] after [`UPDATES_MAX`] attempts; else what the host says.
    pub fn update<T, E>(
        &self,
        key: &str,
        mut change: impl FnMut(Option<T>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<Error>,
    {
        for _ in 0..UPDATES_MAX {
            let before = self.get_bytes(key)?;
            let after = change(before.as_deref().map(decode).transpose()?)?;
            let bytes = encode(&after)?;
            if before.as_deref() == Some(bytes.as_slice()) {
                return Ok(after);
            }
            if self.compare_and_set(key, before.as_deref(), &bytes)? {
                return Ok(after);
            }
        }
        Err(Error::Unavailable(format!("`{key}` changed {UPDATES_MAX} times during one update"))
            .into())
    }

    fn ttl_ms(&self) -> Option<u64> {
        self.ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX))
    }
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| Error::WrongType(error.to_string()))
}

fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| Error::WrongType(error.to_string()))
}
