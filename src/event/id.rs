//! Ids as types that cannot be wrong. It makes none up: ids are derived from input or given.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// Longest session id a client may choose, in bytes.
const SESSION_ID_MAX: usize = 64;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read `{given}` as a session id; use 1 to 64 of the characters A-Z a-z 0-9 _ -")]
pub struct IdError {
    given: String,
}

/// A session's name: 1 to 64 of `A-Z a-z 0-9 _ -`, safe in URLs, keys and file names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// Checks a client's or a generator's text.
    ///
    /// # Errors
    /// [`IdError`] when the text is empty, too long or has other characters.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let fits = !text.is_empty()
            && text.len() <= SESSION_ID_MAX
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if fits {
            return Ok(Self(text.into()));
        }
        Err(IdError { given: text.chars().take(SESSION_ID_MAX).collect() })
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SessionId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(&text)
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tool call's name: the session, when that was created in milliseconds, and the `seq` of the `tool.call` event, with
/// dots between. It is the idempotency key of the call: the same for every attempt and again in a replay, and not that of
/// a call in an earlier session whose id was used again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(Arc<str>);

impl CallId {
    /// The id of the call whose `tool.call` event has this `seq`, in the session that was created then.
    #[must_use]
    pub fn new(session: &SessionId, created_at: Timestamp, seq: u64) -> Self {
        Self(format!("{session}.{}.{seq}", created_at.as_millis()).into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The session that it is a call of; nothing when it was made for none.
    #[must_use]
    pub fn session(&self) -> &str {
        // A session's id has no dot.
        self.0.split_once('.').map_or("", |(session, _)| session)
    }
}

impl From<&str> for CallId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A running host's name, new at every start.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostId(Arc<str>);

impl HostId {
    /// The host with this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A durable timer's name, unique in its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimerId(pub u64);

impl fmt::Display for TimerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
