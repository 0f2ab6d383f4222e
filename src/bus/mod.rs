//! Brings committed events to whoever listens, in order: within one host (`local`), or also between hosts (`redis`). It
//! stores nothing: who falls behind is told to resume from the log.

mod local;
mod redis;

pub use local::{HostListener, Listener, Local};
pub use redis::Redis;

use std::sync::Arc;

use crate::event::{Encoded, SessionId};
use crate::link::Link;

/// The closed set of buses.
#[derive(Debug, Clone)]
pub enum Bus {
    /// Within this process.
    Local(Local),
    /// Between the hosts that share a Redis.
    Redis(Redis),
}

impl Bus {
    /// A bus within this process.
    #[must_use]
    pub fn local() -> Self {
        Self::Local(Local::default())
    }

    /// A bus between the hosts that share a Redis. It connects in the background, again and again if it must.
    #[must_use]
    pub fn redis(link: Link) -> Self {
        Self::Redis(Redis::start(link))
    }

    /// Hands a commit's events to the session's listeners in this process, and waits for none of them. A batch that is
    /// the `last` ends them. Those on other hosts learn of it by the commit itself.
    pub fn publish(&self, batch: Shared) {
        match self {
            Self::Local(local) => local.publish(&batch),
            Self::Redis(redis) => redis.local.publish_own(&batch),
        }
    }

    /// Listens to a session from now on. Subscribe first and read the log then, so that nothing falls between.
    #[must_use]
    pub fn subscribe(&self, session: &SessionId) -> Listener {
        match self {
            Self::Local(local) => local.subscribe(session),
            Self::Redis(redis) => redis.subscribe(session),
        }
    }

    /// Ends the listeners of a session that is gone.
    pub fn end(&self, session: &SessionId) {
        self.hub().end(session);
    }

    /// Hands an event of the host itself, as its wire bytes, to whoever watches this host.
    pub fn publish_host(&self, event: Arc<str>) {
        match self {
            Self::Local(local) => local.publish_host(&event),
            Self::Redis(redis) => redis.publish_host(&event),
        }
    }

    /// Watches the host from now on.
    #[must_use]
    pub fn subscribe_host(&self) -> HostListener {
        self.hub().subscribe_host()
    }

    /// How many listen, to sessions and to the host.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.hub().listeners()
    }

    /// How often a session's listeners were told that they may have missed something, and had to read the log.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.hub().missed_count()
    }

    /// Ends all listeners, those to come too: the host stops.
    pub fn close(&self) {
        match self {
            Self::Local(local) => local.close(),
            Self::Redis(redis) => redis.close(),
        }
    }

    fn hub(&self) -> &Local {
        match self {
            Self::Local(local) => local,
            Self::Redis(redis) => &redis.local,
        }
    }
}

/// The events of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Whose.
    pub session: SessionId,
    /// In order, without a gap; never empty.
    pub events: Vec<Encoded>,
    /// The arrival of a person, client or timer that these events go back to.
    pub root: u64,
    /// Whether nothing more will come of that arrival.
    pub settled: bool,
    /// Whether the session is over (ended or deleted).
    pub last: bool,
}

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The events of a commit; perhaps not for the first time, and perhaps not the ones after those heard last.
    Batch(Shared),
    /// Some may have been missed; the log has them.
    Missed,
}

/// Why a listener gets no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It could not keep up; it should read on from the log.
    #[error("keep up with the events; resume from the last `seq` received")]
    Lagged,
    /// The session was deleted, or the host stops.
    #[error("listen on: nothing more will come")]
    Ended,
}

/// A batch shared by all its listeners.
pub type Shared = Arc<Batch>;
