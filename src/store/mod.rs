//! Where sessions, their logs, flow versions and plugins' own data are kept: one door, and behind it the embedded
//! store (SQLite) or Redis. It stores bytes and numbers; it decides nothing about conversations.

mod embedded;

pub use embedded::Embedded;

use std::sync::Arc;

use crate::event::{Encoded, SessionId, Timestamp};
use crate::flow;

/// The closed set of stores. Both pass the same test suite.
#[derive(Debug, Clone)]
pub enum Store {
    /// A directory of this machine, for one host.
    Embedded(Embedded),
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log does not end where the turn began: another turn was first. Load and step again.
    #[error("commit the turn: the log of session `{session}` no longer ends at {expected}")]
    Conflict {
        /// Whose log.
        session: SessionId,
        /// Where it was thought to end.
        expected: u64,
    },
    /// The store is away or full; trying later may help.
    #[error("reach the store: {0}")]
    Unavailable(String),
    /// What is stored cannot be read.
    #[error("read what is stored: {0}")]
    Corrupt(String),
    /// The directory cannot be used.
    #[error("open the data directory: {0}")]
    Open(String),
}

/// A turn as it is stored: all of it or nothing.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Whose.
    pub session: SessionId,
    /// `seq` of the last event that the log must have; 0 creates the session.
    pub expected: u64,
    /// The events of the turn; at least one, numbered from `expected + 1` on.
    pub events: Vec<Encoded>,
    /// The session after the turn, as JSON.
    pub data: Arc<str>,
    /// When somebody must look at it again; `None` is never.
    pub due: Option<Timestamp>,
    /// What a list of sessions shows.
    pub summary: Summary,
}

/// What a list of sessions shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The outermost flow.
    pub flow: flow::Id,
    /// Its version.
    pub version: flow::Version,
    /// The state in the innermost flow.
    pub state: String,
    /// Whether input is still taken.
    pub active: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When its last turn was.
    pub updated_at: Timestamp,
}

/// A stored session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// `seq` of the last event.
    pub seq: u64,
    /// The session as JSON.
    pub data: Arc<str>,
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Exactly the events after the asked-for number, in order, at most as many as asked for.
    pub events: Vec<Encoded>,
    /// `seq` of the first event that is still kept; 0 if the log is empty.
    pub first: u64,
    /// `seq` of the last event.
    pub head: u64,
}

/// Which sessions to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this flow.
    pub flow: Option<flow::Id>,
    /// Active or ended ones.
    pub active: Option<bool>,
    /// After this one, in the order of ids.
    pub after: Option<SessionId>,
    /// At most this many.
    pub limit: usize,
}

/// A namespace of a plugin's own data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Space {
    /// Whose.
    pub plugin: String,
    /// Of one conversation, or of the plugin as a whole.
    pub session: Option<SessionId>,
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
    /// The plugin's data would be larger than this.
    #[error("store the value: the plugin may keep {0} in all")]
    Quota(u64),
    /// The value is not a number to count with.
    #[error("increment the value: it is not a whole number")]
    NotANumber,
    /// The store is away.
    #[error("reach the store: {0}")]
    Unavailable(String),
}
