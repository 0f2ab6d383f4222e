//! Where sessions, their logs, flow versions and plugins' own data are kept: one door, and behind it the embedded
//! store (SQLite) or Redis. It stores bytes and numbers; it decides nothing about conversations.

mod embedded;

pub use embedded::Embedded;

use std::path::Path;
use std::sync::Arc;

use crate::event::{Encoded, SessionId, Timestamp};
use crate::flow;

/// The closed set of stores. Both pass the same test suite.
#[derive(Debug, Clone)]
pub enum Store {
    /// A directory of this machine, for one host.
    Embedded(Embedded),
}

impl Store {
    /// Opens the embedded store in a directory, which is made if it is missing and then belongs to this host alone.
    pub async fn open(directory: &Path) -> Result<Self, Error> {
        Embedded::open(directory).await.map(Self::Embedded)
    }

    /// A session as its last turn left it; `None` if there is no such session.
    pub async fn load(&self, session: &SessionId) -> Result<Option<Stored>, Error> {
        match self {
            Self::Embedded(embedded) => embedded.load(session).await,
        }
    }

    /// Stores a turn. `Ok` means that it outlives a power cut. A caller that gives up waiting has not taken it back.
    pub async fn commit(&self, commit: Commit) -> Result<(), Error> {
        match self {
            Self::Embedded(embedded) => embedded.commit(commit).await,
        }
    }

    /// The events after `since`, at most `limit`; `None` if there is no such session.
    pub async fn events(
        &self,
        session: &SessionId,
        since: u64,
        limit: usize,
    ) -> Result<Option<Page>, Error> {
        match self {
            Self::Embedded(embedded) => embedded.events(session, since, limit).await,
        }
    }

    /// Sessions that somebody must look at by `now`, the earliest first.
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<SessionId>, Error> {
        match self {
            Self::Embedded(embedded) => embedded.due(now, limit).await,
        }
    }

    /// Every session that waits for a call or a timer, the earliest first.
    pub async fn with_due(&self) -> Result<Vec<SessionId>, Error> {
        match self {
            Self::Embedded(embedded) => embedded.with_due().await,
        }
    }

    /// Sessions in the order of their ids.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<(SessionId, Summary)>, Error> {
        match self {
            Self::Embedded(embedded) => embedded.list(filter).await,
        }
    }

    /// Removes a session, its log and what plugins kept for it; `false` if there was none.
    pub async fn delete(&self, session: &SessionId) -> Result<bool, Error> {
        match self {
            Self::Embedded(embedded) => embedded.delete(session).await,
        }
    }

    /// Removes at most `limit` sessions that wait for nothing and had their last turn before `before`, as
    /// [`Store::delete`] does, and says which; also plugins' values whose time was over by then, and flows brought by
    /// clients (`inline-…`) more than an hour ago that no session is on.
    pub async fn expire(&self, before: Timestamp, limit: usize) -> Result<Vec<SessionId>, Error> {
        match self {
            Self::Embedded(embedded) => embedded.expire(before, limit).await,
        }
    }

    /// Keeps a flow version for the sessions that refer to it; the same version again is the same one.
    pub async fn flow_put(
        &self,
        id: &flow::Id,
        version: &flow::Version,
        definition: &str,
    ) -> Result<(), Error> {
        match self {
            Self::Embedded(embedded) => embedded.flow_put(id, version, definition).await,
        }
    }

    /// A flow version's definition, if it was kept.
    pub async fn flow_get(
        &self,
        id: &flow::Id,
        version: &flow::Version,
    ) -> Result<Option<String>, Error> {
        match self {
            Self::Embedded(embedded) => embedded.flow_get(id, version).await,
        }
    }

    /// A plugin's value; `None` if there is none or its time is over.
    pub async fn kv_get(&self, entry: &Entry, now: Timestamp) -> Result<Option<Vec<u8>>, KvError> {
        match self {
            Self::Embedded(embedded) => embedded.kv_get(entry, now).await,
        }
    }

    /// Sets a plugin's value and how long it lasts.
    pub async fn kv_set(&self, entry: &Entry, value: &[u8], terms: Terms) -> Result<(), KvError> {
        match self {
            Self::Embedded(embedded) => embedded.kv_set(entry, value, terms).await,
        }
    }

    /// Removes a plugin's value; `false` if there was none.
    pub async fn kv_delete(&self, entry: &Entry, now: Timestamp) -> Result<bool, KvError> {
        match self {
            Self::Embedded(embedded) => embedded.kv_delete(entry, now).await,
        }
    }

    /// Adds to a value that is a decimal number, missing being 0, and gives the sum. Without a `ttl_ms` in the
    /// terms the value lasts as long as it did before.
    pub async fn kv_increment(&self, entry: &Entry, by: i64, terms: Terms) -> Result<i64, KvError> {
        match self {
            Self::Embedded(embedded) => embedded.kv_increment(entry, by, terms).await,
        }
    }

    /// Sets the value if it is `expected` (`None`: if there is none); `false` if it was not, and nothing changed.
    pub async fn kv_compare_and_set(
        &self,
        entry: &Entry,
        expected: Option<&[u8]>,
        value: &[u8],
        terms: Terms,
    ) -> Result<bool, KvError> {
        match self {
            Self::Embedded(embedded) => {
                embedded.kv_compare_and_set(entry, expected, value, terms).await
            }
        }
    }

    /// Whether the store takes writes now.
    pub async fn ping(&self) -> Result<(), Error> {
        match self {
            Self::Embedded(embedded) => embedded.ping().await,
        }
    }

    /// Stores what is waiting and lets go of the directory; later calls get [`Error::Unavailable`].
    pub async fn close(&self) -> Result<(), Error> {
        match self {
            Self::Embedded(embedded) => embedded.close().await,
        }
    }
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The turn does not continue the log: another turn was first, or the session is gone. Load and step again.
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
    /// Exactly the events after the asked-for number, in order, at most as many as asked for and, from the second on,
    /// no more than fit into a mebibyte: where the log ends says `head`, not a short page.
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
