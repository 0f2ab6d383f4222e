//! One follower of one session: the log from where it left off, then what happens, each event exactly once. It keeps
//! nothing for a follower that is too slow; that one is told to resume.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::debug;

use super::phase::Phase;
use super::timers::stopped;
use super::work::Inner;
use super::{Error, page};
use crate::bus::{Batch, Closed, Heard, Listener, Shared};
use crate::event::{Encoded, SessionId};
use crate::store::{Page, Store};

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
    /// Read or heard already.
    ready: Vec<Encoded>,
    log: Log,
    /// Whether the listener has nothing more to say.
    deaf: bool,
    /// Whether nothing comes after `known`.
    over: bool,
    end: Option<FeedEnd>,
}

/// Where reading on in the log stands.
#[derive(Debug, Default)]
struct Log {
    /// Whether it may have more than is known.
    behind: bool,
    /// A page that is on its way. It comes also to a follower who does other things in between.
    page: JoinSet<Result<Page, Error>>,
    /// What was heard since that was asked for, if it is no more than this.
    meanwhile: Option<Shared>,
    /// Whether it could not be read last time.
    away: bool,
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
            log: Log::default(),
            deaf: false,
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

    /// The next events, at least one, in order: all that have come. Dropping the future loses none.
    ///
    /// # Errors
    /// [`FeedEnd`], for ever after.
    pub async fn next(&mut self) -> Result<Vec<Encoded>, FeedEnd> {
        loop {
            let ready = std::mem::take(&mut self.ready);
            if let Some(last) = ready.last() {
                self.given = last.seq;
                self.last = Some(last.clone());
                return Ok(ready);
            }
            if let Some(end) = self.end {
                return Err(end);
            }
            if self.is_behind() || !self.log.page.is_empty() {
                self.read().await;
            } else if self.over {
                self.end = Some(FeedEnd::Over);
            } else {
                self.listen().await;
            }
        }
    }

    fn is_behind(&self) -> bool {
        self.log.behind || self.reached() < self.known
    }

    /// `seq` of the last event that was given or is about to be.
    fn reached(&self) -> u64 {
        self.ready.last().map_or(self.given, |event| event.seq)
    }

    /// That event.
    fn newest(&self) -> Option<&Encoded> {
        self.ready.last().or(self.last.as_ref())
    }

    /// Reads on in the log. The listener's queue stays empty meanwhile: each that waited there would ask for a page of its
    /// own, long given, while more come in than are taken out.
    async fn read(&mut self) {
        if self.log.page.is_empty() {
            self.ask();
        }
        tokio::select! {
            biased;
            read = self.log.page.join_next() => match read {
                Some(Ok(read)) => self.take(read),
                // It panicked, or the process ends.
                Some(Err(_)) | None => self.log.behind = true,
            },
            heard = self.listener.recv(), if !self.deaf => match heard {
                Ok(Heard::Batch(batch)) => {
                    self.over |= batch.last;
                    // Of more than one, the log tells.
                    self.log.behind |= self.log.meanwhile.replace(batch).is_some();
                }
                Ok(Heard::Missed) => self.log.behind = true,
                Err(Closed::Lagged) => self.end = Some(FeedEnd::Lagged),
                Err(Closed::Ended) => self.deaf = true,
            },
            () = stopped(&mut self.phase), if self.log.away => self.end = Some(FeedEnd::Stopping),
        }
    }

    /// Asks for the next page of the log.
    fn ask(&mut self) {
        // What was told by now is in the log by now.
        while let Some(heard) = self.listener.heard() {
            if let Heard::Batch(batch) = heard {
                self.over |= batch.last;
            }
        }
        (self.log.behind, self.log.meanwhile) = (false, None);
        let (store, session, given) = (self.store.clone(), self.session.clone(), self.given);
        // With the event before, if there is one to compare.
        let since = given.saturating_sub(u64::from(self.last.is_some()));
        self.log.page.spawn(async move {
            let read = match page(&store, &session, since, PAGE).await {
                Err(Error::LogTrimmed { .. }) => page(&store, &session, given, PAGE).await,
                read => read,
            };
            if let Err(error) = &read
                && !is_an_end(error)
            {
                debug!(%session, %error, "A follower waits for the log.");
                tokio::time::sleep(AGAIN).await;
            }
            read
        });
    }

    fn take(&mut self, read: Result<Page, Error>) {
        self.log.away = false;
        match read {
            Ok(page) if self.went_back(&page.events) || page.head < self.given => {
                self.end = Some(FeedEnd::Rewound);
            }
            Ok(mut page) => {
                page.events.retain(|event| event.seq > self.given);
                // The turn that ended the session may be among those that were missed.
                self.over |= page.events.iter().any(|event| event.json.starts_with(ENDED));
                self.known = page.head;
                self.ready = page.events;
                if let Some(batch) = self.log.meanwhile.take() {
                    self.hear(&batch);
                }
            }
            // Deleted while it was being read.
            Err(Error::Unknown(_)) => self.end = Some(FeedEnd::Over),
            Err(Error::LogRewound { .. }) => self.end = Some(FeedEnd::Rewound),
            // A follower who waits for the store learns what became of the log; one who comes again may not.
            Err(_away) => (self.log.behind, self.log.away) = (true, true),
        }
    }

    /// Whether another event stands where the newest did.
    fn went_back(&self, events: &[Encoded]) -> bool {
        let Some(newest) = self.newest() else { return false };
        events.iter().any(|event| event.seq == newest.seq && event.json != newest.json)
    }

    /// Waits for what happens next, and takes in all that has: a follower who asks seldom must not fall behind for that.
    async fn listen(&mut self) {
        let heard = tokio::select! {
            biased;
            heard = self.listener.recv() => heard,
            () = stopped(&mut self.phase) => {
                self.end = Some(FeedEnd::Stopping);
                return;
            }
        };
        let mut heard = match heard {
            Ok(heard) => Some(heard),
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
        while let Some(some) = heard {
            match some {
                Heard::Batch(batch) => self.hear(&batch),
                Heard::Missed => self.log.behind = true,
            }
            // What waits behind this is in the log that is read next.
            let goes_on = self.end.is_none() && !self.is_behind();
            heard = if goes_on { self.listener.heard() } else { None };
        }
    }

    /// Takes in a batch where the log was read and heard up to the newest event.
    fn hear(&mut self, batch: &Batch) {
        if self.went_back(&batch.events) {
            self.end = Some(FeedEnd::Rewound);
            return;
        }
        self.over |= batch.last;
        let reached = self.reached();
        let new = batch.events.iter().filter(|event| event.seq > reached);
        let new: Vec<Encoded> = new.cloned().collect();
        let (Some(first), Some(last)) = (new.first(), new.last()) else {
            // Come late, or written in place of what was given: the log tells.
            self.log.behind |= batch.events.last().is_some_and(|last| !self.knows(last));
            return;
        };
        self.known = self.known.max(last.seq);
        // A batch that does not follow on was overtaken on its way: the log has what is missing.
        if first.seq == reached.saturating_add(1) {
            self.ready.extend(new);
        }
    }

    /// Whether it is the last event given, or one that is about to be.
    fn knows(&self, event: &Encoded) -> bool {
        self.last.as_ref() == Some(event) || self.ready.contains(event)
    }
}

/// Whether the log will not be there later either.
fn is_an_end(error: &Error) -> bool {
    matches!(error, Error::Unknown(_) | Error::LogRewound { .. })
}
