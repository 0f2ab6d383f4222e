//! Where sessions, their logs, flow versions and plugins' own data are kept: one door, and behind it the embedded
//! store (SQLite) or Redis. It stores bytes and numbers; it decides nothing about conversations.

/// Hands a call to the store that is behind the door.
macro_rules! to {
    ($door:ident.$method:ident($($argument:expr),*)) => {
        match $door {
            Self::Embedded(store) => store.$method($($argument),*).await,
            // Boxed, so that who awaits a store need not carry the deepest of them.
            Self::Redis(store) => Box::pin(store.$method($($argument),*)).await,
        }
    };
}

mod embedded;
mod history;
mod kv;
mod redis;
mod share;

pub use embedded::Embedded;
pub use history::{Draft, How, Note, Publication, Used};
pub use kv::{Entry, KvError, Quota, Space, Terms};
pub use redis::Redis;
pub use share::{SHARDS, Share};

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::event::{Encoded, HostId, SessionId, Timestamp};
use crate::flow;
use crate::link::{Link, OpenError};

/// The closed set of stores. Both pass the same test suite.
#[derive(Debug, Clone)]
pub enum Store {
    /// A directory of this machine, for one host.
    Embedded(Embedded),
    /// Redis, for any number of hosts.
    Redis(Redis),
}

/// Bytes of events on one page, unless the first alone is larger.
const PAGE_BYTES_MAX: usize = 1 << 20;

impl Store {
    /// Opens the embedded store in a directory, which is made if it is missing and then belongs to this host alone.
    pub async fn open(directory: &Path) -> Result<Self, Error> {
        Embedded::open(directory).await.map(Self::Embedded)
    }

    /// The store in the Redis that this link leads to.
    pub async fn redis(link: Link) -> Result<Self, OpenError> {
        Redis::open(link).await.map(Self::Redis)
    }

    /// What kind it is, in a word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Embedded(_) => "embedded",
            Self::Redis(_) => "redis",
        }
    }

    /// Whether other hosts may be at work on the same sessions.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        match self {
            Self::Embedded(_) => false,
            Self::Redis(_) => true,
        }
    }

    /// A session as its last turn left it; `None` if there is no such session.
    pub async fn load(&self, session: &SessionId) -> Result<Option<Stored>, Error> {
        to!(self.load(session))
    }

    /// Stores a turn, and gives the tag that the next one may name. `Ok` means that it outlives a power cut. A caller
    /// that gives up waiting has not taken it back.
    pub async fn commit(&self, commit: Commit) -> Result<Tag, Error> {
        to!(self.commit(commit))
    }

    /// The events after `since`, at most `limit`; `None` if there is no such session.
    pub async fn events(
        &self,
        session: &SessionId,
        since: u64,
        limit: usize,
    ) -> Result<Option<Page>, Error> {
        to!(self.events(session, since, limit))
    }

    /// Sessions of this share that somebody must look at by `now`, the earliest first.
    pub async fn due(
        &self,
        now: Timestamp,
        share: &Share,
        limit: usize,
    ) -> Result<Vec<SessionId>, Error> {
        to!(self.due(now, share, limit))
    }

    /// Every session that waits for a call or a timer, the earliest first.
    pub async fn with_due(&self) -> Result<Vec<SessionId>, Error> {
        to!(self.with_due())
    }

    /// Moves the moment at which somebody must look at a session, without a turn; nothing happens if its log no longer
    /// ends at `seq`.
    pub async fn put_off(
        &self,
        session: &SessionId,
        seq: u64,
        due: Timestamp,
    ) -> Result<(), Error> {
        to!(self.put_off(session, seq, due))
    }

    /// Says that this host is alive for another `lease`, and gives all that are, in order, this one among them.
    pub async fn beat(&self, host: &HostId, lease: Duration) -> Result<Vec<HostId>, Error> {
        to!(self.beat(host, lease))
    }

    /// Says that this host stops.
    pub async fn leave(&self, host: &HostId) -> Result<(), Error> {
        to!(self.leave(host))
    }

    /// Sessions in the order of their ids.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<(SessionId, Summary)>, Error> {
        to!(self.list(filter))
    }

    /// The first `limit` sessions after this one that still take input, as their last turns left them, in the order of
    /// their ids; fewer only at the end.
    pub async fn live(
        &self,
        after: Option<&SessionId>,
        limit: usize,
    ) -> Result<Vec<(SessionId, Arc<str>)>, Error> {
        to!(self.live(after, limit))
    }

    /// Removes a session, its log and what plugins kept for it; `false` if there was none.
    pub async fn delete(&self, session: &SessionId) -> Result<bool, Error> {
        to!(self.delete(session))
    }

    /// Removes at most `limit` sessions that wait for nothing and had their last turn before `before`, as
    /// [`Store::delete`] does, and says which; also plugins' values whose time was over by then, and flows brought by
    /// clients (`inline-…`) more than an hour ago that no session is on.
    pub async fn expire(&self, before: Timestamp, limit: usize) -> Result<Vec<SessionId>, Error> {
        to!(self.expire(before, limit))
    }

    /// Keeps a flow version for the sessions that refer to it; the same version again is the same one.
    pub async fn flow_put(
        &self,
        id: &flow::Id,
        version: &flow::Version,
        definition: &str,
    ) -> Result<(), Error> {
        to!(self.flow_put(id, version, definition))
    }

    /// A flow version's definition, if it was kept.
    pub async fn flow_get(
        &self,
        id: &flow::Id,
        version: &flow::Version,
    ) -> Result<Option<String>, Error> {
        to!(self.flow_get(id, version))
    }

    /// Says which versions new sessions begin on from now on; a flow with `None` takes no new ones. All of it, or nothing
    /// if `epoch` is over: then another host was first, and the answer is `None`. Each change becomes a publication with
    /// this note. Gives the epoch that this begins; without a change the one that was.
    pub async fn activate(
        &self,
        changes: &[(flow::Id, Option<flow::Version>)],
        epoch: u64,
        note: &Note,
    ) -> Result<Option<u64>, Error> {
        to!(self.activate(changes, epoch, note))
    }

    /// The versions that new sessions begin on.
    pub async fn active(&self) -> Result<Active, Error> {
        to!(self.active())
    }

    /// That of one flow.
    pub async fn active_of(&self, id: &flow::Id) -> Result<Option<flow::Version>, Error> {
        to!(self.active_of(id))
    }

    /// How often that has changed; made to be asked often.
    pub async fn epoch(&self) -> Result<u64, Error> {
        to!(self.epoch())
    }

    /// A plugin's value; `None` if there is none or its time is over.
    pub async fn kv_get(&self, entry: &Entry, now: Timestamp) -> Result<Option<Vec<u8>>, KvError> {
        to!(self.kv_get(entry, now))
    }

    /// Sets a plugin's value and how long it lasts.
    pub async fn kv_set(&self, entry: &Entry, value: &[u8], terms: Terms) -> Result<(), KvError> {
        to!(self.kv_set(entry, value, terms))
    }

    /// Removes a plugin's value; `false` if there was none.
    pub async fn kv_delete(&self, entry: &Entry, now: Timestamp) -> Result<bool, KvError> {
        to!(self.kv_delete(entry, now))
    }

    /// Adds to a value that is a decimal number, missing being 0, and gives the sum. Without a `ttl_ms` in the
    /// terms the value lasts as long as it did before.
    pub async fn kv_increment(&self, entry: &Entry, by: i64, terms: Terms) -> Result<i64, KvError> {
        to!(self.kv_increment(entry, by, terms))
    }

    /// Sets the value if it is `expected` (`None`: if there is none); `false` if it was not, and nothing changed.
    pub async fn kv_compare_and_set(
        &self,
        entry: &Entry,
        expected: Option<&[u8]>,
        value: &[u8],
        terms: Terms,
    ) -> Result<bool, KvError> {
        to!(self.kv_compare_and_set(entry, expected, value, terms))
    }

    /// Whether the store takes writes now.
    pub async fn ping(&self) -> Result<(), Error> {
        to!(self.ping())
    }

    /// Stores what is waiting and lets go of the directory; later calls get [`Error::Unavailable`].
    pub async fn close(&self) -> Result<(), Error> {
        to!(self.close())
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
    /// The tag of the turn before, by which a turn that another history has in its place is told from it; `None` takes
    /// any.
    pub follows: Option<Tag>,
    /// The events of the turn; at least one, numbered from `expected + 1` on.
    pub events: Vec<Encoded>,
    /// The session after the turn, as JSON.
    pub data: Arc<str>,
    /// When somebody must look at it again; `None` is never.
    pub due: Option<Timestamp>,
    /// What a list of sessions shows.
    pub summary: Summary,
    /// What listeners on other hosts learn beside the events.
    pub news: News,
}

impl Commit {
    /// Where the log ends afterwards, if the events continue it without a gap.
    fn head(&self) -> Option<u64> {
        let numbers = (self.expected..).skip(1);
        let gapless = self.events.iter().zip(numbers).all(|(event, number)| event.seq == number);
        self.events.last().filter(|_| gapless).map(|event| event.seq)
    }
}

/// What a turn means for those who follow the session or wait for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// The arrival of a person, client or timer that its events go back to.
    pub root: u64,
    /// Whether nothing more will come of that arrival.
    pub settled: bool,
    /// Whether the session is over.
    pub last: bool,
}

/// A turn's own mark, unlike that of any other: two turns with the same number in two histories of a log (a store that
/// lost its newest writes has gone on with others) have different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tag(pub u64);

/// The versions that new sessions begin on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Active {
    /// By which this store is told from any other.
    pub store: String,
    /// Counts the changes.
    pub epoch: u64,
    /// By flow.
    pub versions: BTreeMap<flow::Id, flow::Version>,
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
    /// Of the last turn.
    pub tag: Tag,
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
