//! One follower of one session: the log from where it left off, then what happens, each event exactly once. It keeps
//! nothing for a follower that is too slow; that one is told to resume.

use std::time::Duration;

use tokio::sync::watch;
use tracing::debug;

use super::phase::Phase;
use super::timers::stopped;
use super::work::Inner;
use super::{Error, page};
use crate::bus::{Closed, Heard, Listener};
use crate::event::{Encoded, SessionId};
use crate::store::Store;

/// Events of the log that are read at a time.
const PAGE: usize = 256;

/// How the event begins after which none comes.
const ENDED: &str = r#"{"type":"session.ended","#;

/// Between two attempts to read a log while the store is away.
const AGAIN: Duration = Duration::from_millis(250);

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
    /// The store lost its newest events and has gone on without them; begin again from the log.
    #[error("follow on: the log went back, and what was received last is no longer in it")]
    Rewound,
    /// The host is stopping; resume in a moment.
    #[error("follow on: the host is stopping")]
    Stopping,
}

/// The events of one session for one follower.
#[derive(Debug)]
pub struct Feed {
    session: SessionId,
    store: Store,
    listener: Listener,
    phase: watch::Receiver<Phase>,
    /// Of the log when the feed began.
    head: u64,
    /// The log is read up to here before live batches count.
    known: u64,
    /// `seq` of the last event given.
    given: u64,
    /// The last event given, by which a log that went back and on is told from the one that was.
    last: Option<Encoded>,
    /// Read already.
    ready: Vec<Encoded>,
    /// Whether the log may have more than is known.
    behind: bool,
    /// Whether nothing comes after `known`.
    over: bool,
    end: Option<FeedEnd>,
}

impl Feed {
    /// Subscribes first and reads the log then, so that nothing falls between.
    pub(super) async fn begin(inner: &Inner, id: &SessionId, since: Since) -> Result<Self, Error> {
        let listener = inner.parts.bus.subscribe(id);
        let session = inner.session(id).await?;
        let given = match since {
            Since::Seq(seq) => seq,
            Since::Live => session.seq,
        };
        let store = inner.parts.store.clone();
        let read = page(&store, id, given, PAGE).await?;
        Ok(Self {
            session: id.clone(),
            store,
            listener,
            phase: inner.phase.subscribe(),
            head: read.head,
            known: read.head,
            given,
            last: None,
            ready: read.events,
            behind: false,
            over: !session.is_active(),
            end: None,
        })
    }

    /// `seq` of the last event when the feed began.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Whether the session is over and nothing is left to give.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over && self.ready.is_empty() && self.given >= self.known
    }

    /// The next events, at least one, in order. Dropping the future loses none.
    ///
    /// # Errors
    /// [`FeedEnd`], for ever after.
    pub async fn next(&mut self) -> Result<Vec<Encoded>, FeedEnd> {
        loop {
            if let Some(end) = self.end {
                return Err(end);
            }
            let ready = std::mem::take(&mut self.ready);
            if let Some(last) = ready.last() {
                self.given = last.seq;
                self.last = Some(last.clone());
                return Ok(ready);
            }
            if self.behind || self.given < self.known {
                self.read().await;
            } else if self.over {
                self.end = Some(FeedEnd::Over);
            } else {
                self.listen().await;
            }
        }
    }

    async fn read(&mut self) {
        // With the event before, if there is one to compare.
        let since = self.given.saturating_sub(u64::from(self.last.is_some()));
        let read = match page(&self.store, &self.session, since, PAGE).await {
            Err(Error::LogTrimmed { .. }) => {
                page(&self.store, &self.session, self.given, PAGE).await
            }
            read => read,
        };
        match read {
            Ok(page) if self.went_back(&page.events) || page.head < self.given => {
                self.end = Some(FeedEnd::Rewound);
            }
            Ok(mut page) => {
                self.behind = false;
                page.events.retain(|event| event.seq > self.given);
                // The turn that ended the session may be among those that were missed.
                self.over |= page.events.iter().any(|event| event.json.starts_with(ENDED));
                self.known = page.head;
                self.ready = page.events;
            }
            // Deleted while it was being read.
            Err(Error::Unknown(_)) => self.end = Some(FeedEnd::Over),
            Err(Error::LogRewound { .. }) => self.end = Some(FeedEnd::Rewound),
            // A follower who waits for the store learns what became of the log; one who comes again may not.
            Err(error) => {
                debug!(session = %self.session, %error, "A follower waits for the log.");
                self.behind = true;
                tokio::select! {
                    () = stopped(&mut self.phase) => self.end = Some(FeedEnd::Stopping),
                    () = tokio::time::sleep(AGAIN) => {}
                }
            }
        }
    }

    /// Whether another event stands where the last one given did.
    fn went_back(&self, events: &[Encoded]) -> bool {
        let Some(last) = &self.last else { return false };
        events.iter().any(|event| event.seq == last.seq && event.json != last.json)
    }

    /// Whether the last of them is the last one given.
    fn ends_with(&self, events: &[Encoded]) -> bool {
        let (Some(last), Some(given)) = (events.last(), &self.last) else { return false };
        last.seq == given.seq && last.json == given.json
    }

    async fn listen(&mut self) {
        let heard = tokio::select! {
            biased;
            heard = self.listener.recv() => heard,
            () = stopped(&mut self.phase) => {
                self.end = Some(FeedEnd::Stopping);
                return;
            }
        };
        let batch = match heard {
            Ok(Heard::Batch(batch)) => batch,
            Ok(Heard::Missed) => {
                self.behind = true;
                return;
            }
            Err(Closed::Lagged) => {
                self.end = Some(FeedEnd::Lagged);
                return;
            }
            Err(Closed::Ended) => {
                let stopping = *self.phase.borrow() != Phase::Open;
                self.end = Some(if stopping { FeedEnd::Stopping } else { FeedEnd::Over });
                return;
            }
        };
        if self.went_back(&batch.events) {
            self.end = Some(FeedEnd::Rewound);
            return;
        }
        self.over |= batch.last;
        let new = batch.events.iter().filter(|event| event.seq > self.given);
        let new: Vec<Encoded> = new.cloned().collect();
        let (Some(first), Some(last)) = (new.first(), new.last()) else {
            // Come late, or written in place of what was given: the log tells.
            if !batch.events.is_empty() && !self.ends_with(&batch.events) {
                self.behind = true;
            }
            return;
        };
        self.known = last.seq;
        // A batch that does not follow on was overtaken on its way: the log has what is missing.
        if first.seq == self.given.saturating_add(1) {
            self.ready = new;
        }
    }
}
