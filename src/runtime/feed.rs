//! One follower of one session: the log from where it left off, then what happens, each event exactly once. It keeps
//! nothing for a follower that is too slow; that one is told to resume.

use crate::event::Encoded;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// After the event of this `seq`; 0 is the beginning.
    Seq(u64),
    /// With what happens from now on.
    Live,
}

/// Why a feed gives no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedEnd {
    /// The session is over (ended or deleted) and every event was given.
    #[error("follow on: the session is over")]
    Over,
    /// The follower was too slow; it should resume after the last `seq` it has.
    #[error("keep up with the events; resume from the last `seq` received")]
    Lagged,
    /// The host is stopping; resume in a moment.
    #[error("follow on: the host is stopping")]
    Stopping,
}

/// The events of one session for one follower.
#[derive(Debug)]
pub struct Feed {}

impl Feed {
    /// `seq` of the last event when the feed began.
    #[must_use]
    pub fn head(&self) -> u64 {
        todo!()
    }

    /// The next events, at least one, in order. Dropping the future loses none.
    ///
    /// # Errors
    /// [`FeedEnd`], for ever after.
    pub async fn next(&mut self) -> Result<Vec<Encoded>, FeedEnd> {
        todo!()
    }
}
