//! Orders the IO of conversations: one turn at a time for every session, commit before telling and telling before
//! sending, calls as tasks with an owner, timers, and taking up what a host that died left behind. It decides
//! nothing about conversations; that is `engine`.

mod clock;
mod error;
mod feed;

pub use clock::Clock;
pub use error::Error;
pub use feed::{Feed, FeedEnd, Since};

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bus::Bus;
use crate::catalog::Catalog;
use crate::engine::{Input, Session};
use crate::event::{Encoded, Map, SessionId};
use crate::flow;
use crate::nlu::Classifier;
use crate::store::{Page, Store};
use crate::tool::Registry;

/// How much the runtime takes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Inputs that may wait for one session's turn; one more is [`Error::Busy`].
    pub mailbox_max: usize,
    /// Sessions kept warm in memory.
    pub warm_max: usize,
    /// Bytes of warm sessions, as their stored form counts them.
    pub warm_bytes_max: usize,
    /// After this long without a turn a session's task ends.
    pub idle: Duration,
    /// A session without a turn for this long is deleted; `None` keeps it for ever.
    pub idle_ttl: Option<Duration>,
    /// How long a stopping host lets running turns take.
    pub grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mailbox_max: 256,
            warm_max: 10_000,
            warm_bytes_max: 256 * 1024 * 1024,
            idle: Duration::from_secs(60),
            idle_ttl: Some(Duration::from_secs(30 * 24 * 60 * 60)),
            grace: Duration::from_secs(10),
        }
    }
}

/// What the runtime works with.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Sessions and logs.
    pub store: Store,
    /// Gets every committed batch.
    pub bus: Bus,
    /// The flows.
    pub catalog: Arc<Catalog>,
    /// Understands texts.
    pub classifier: Classifier,
    /// Makes the calls.
    pub tools: Arc<Registry>,
    /// The time of conversations.
    pub clock: Clock,
    /// How much to take on.
    pub options: Options,
}

/// A session to begin.
#[derive(Debug, Clone)]
pub struct New {
    /// On which flow.
    pub flow: Choice,
    /// Its name; none gets a random one.
    pub id: Option<SessionId>,
    /// Laid over the flow's own context.
    pub context: Map,
    /// IANA name; checked.
    pub time_zone: Option<String>,
}

/// Which flow a session begins on.
#[derive(Debug, Clone)]
pub enum Choice {
    /// The current version of this one.
    Current(flow::Id),
    /// One that the client brings.
    Inline(Value),
}

/// What an input came to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The session after the last of `events`, or as it is now.
    pub session: Arc<Session>,
    /// Events of the input's turn and of the turns that it caused, in order.
    pub events: Vec<Encoded>,
    /// Whether nothing more will come of the input.
    pub settled: bool,
    /// Whether the same input was here before, and nothing was run.
    pub replayed: bool,
}

/// The running conversations of this host. A clone is another handle on the same.
#[derive(Debug, Clone)]
pub struct Runtime {}

impl Runtime {
    /// Takes up what an earlier host left behind (pending calls, overdue timers, queues), then takes input.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the store is away.
    pub async fn start(parts: Parts) -> Result<Self, Error> {
        todo!("{parts:?}")
    }

    /// Begins a session and waits for its start like [`Runtime::input`].
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::UnknownFlow`], [`Error::InvalidFlow`], [`Error::BadInput`] (time zone, context).
    pub async fn create(&self, new: New, wait: Duration) -> Result<Answer, Error> {
        todo!("{new:?} {wait:?}")
    }

    /// Takes an input. Returns when nothing more will come of it, the session is over, or `wait` has passed; with a
    /// `wait` of zero right after the commit.
    ///
    /// # Errors
    /// [`Error`]; then the input changed nothing.
    pub async fn input(
        &self,
        id: &SessionId,
        input: Input,
        wait: Duration,
    ) -> Result<Answer, Error> {
        todo!("{id} {input:?} {wait:?}")
    }

    /// The session as it is stored.
    ///
    /// # Errors
    /// [`Error::Unknown`] or [`Error::Unavailable`].
    pub async fn session(&self, id: &SessionId) -> Result<Arc<Session>, Error> {
        todo!("{id}")
    }

    /// Ends the session (`session.ended` `deleted` to its followers), cancels its calls and forgets it. An unknown one
    /// is no error.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn delete(&self, id: &SessionId) -> Result<(), Error> {
        todo!("{id}")
    }

    /// The events after `since`, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::LogTrimmed`], [`Error::LogRewound`], [`Error::Unavailable`].
    pub async fn log(&self, id: &SessionId, since: u64, limit: usize) -> Result<Page, Error> {
        todo!("{id} {since} {limit}")
    }

    /// The events after `since`, first those of the log, then live ones, each exactly once and in order.
    ///
    /// # Errors
    /// As [`Runtime::log`].
    pub async fn follow(&self, id: &SessionId, since: Since) -> Result<Feed, Error> {
        todo!("{id} {since:?}")
    }

    /// Stops taking input, lets running turns commit, ends all feeds.
    pub async fn shutdown(&self) {
        todo!()
    }
}
