//! What plugins keep for themselves, as the store's door speaks of it: where a value is, how much there may be, how long
//! it lasts. It holds no logic.

use crate::event::{SessionId, Timestamp};

/// A namespace of a plugin's own data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Space {
    /// Whose.
    pub plugin: String,
    /// Of one conversation, or of the plugin as a whole.
    pub session: Option<SessionId>,
}

/// The place of one value among a plugin's own data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// In which namespace.
    pub space: Space,
    /// Under which name.
    pub key: String,
}

/// What holds for a write to a plugin's own data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How much the plugin may keep.
    pub quota: Quota,
    /// How long the value lasts from `now` on; `None` is until it is deleted.
    pub ttl_ms: Option<u64>,
    /// When the write happens.
    pub now: Timestamp,
}

/// How much a plugin may keep; counted over all its spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of one value.
    pub value_max: u64,
    /// Bytes of all keys and values.
    pub bytes_max: u64,
    /// Keys.
    pub keys_max: u64,
}

/// What a write to a plugin's own data came to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KvError {
    /// The value is larger than this.
    #[error("store the value: at most {0} bytes are allowed")]
    TooLarge(u64),
    /// The plugin's data would be larger than this, in bytes or in keys.
    #[error("store the value: the plugin may keep {0} bytes or keys in all; delete some")]
    Quota(u64),
    /// The value is not a number to count with.
    #[error("increment the value: it is not a whole number")]
    NotANumber,
    /// The store is away.
    #[error("reach the store: {0}")]
    Unavailable(String),
}
