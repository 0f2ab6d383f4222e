//! How often what happened on which version of a flow, counted from committed turns beside their way: a turn leaves what
//! matters of it in a queue and goes on. When the queue is full it is not counted, and it is counted how often that was.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use lru::LruCache;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tracing::{debug, warn};

use super::Parts;
use super::turn::Turn;
use super::visits::{Seen, Visits, What};
use crate::catalog::Catalog;
use crate::event::{Encoded, Event, SessionId, Timestamp};
use crate::figures::Count;
use crate::flow::{self, Version};
use crate::rollout::Counted;
use crate::store::{Store, Used};

/// Turns that wait to be counted.
const WAITING_MAX: usize = 10_000;

/// Sessions whose way is remembered; that of another is read from its log.
const WAYS_MAX: NonZeroUsize = NonZeroUsize::new(10_000).expect("10 000 is not zero");

/// Events of a log that are read to know a session's way.
const LOG_MAX: usize = 10_000;

/// Between two writings of what was counted.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Different things that are counted before they are written at once.
const KEYS_MAX: usize = 5_000;

/// What separates the parts of a counted transition.
const BETWEEN: char = '\u{1f}';

/// Types that are counted; of the others nothing is looked at.
const COUNTED: [&str; 8] = [
    "fsm.transition",
    "session.created",
    "session.ended",
    "session.migrated",
    "intent.unhandled",
    "tool.error",
    "guard.error",
    "error",
];

/// The way of turns to where they are counted.
#[derive(Debug)]
pub(super) struct Tally {
    queue: mpsc::Sender<Heard>,
    /// Other hosts may go on with a session, which is seen by a gap between two turns.
    shared: bool,
    missed: Count,
}

/// What the counting hears.
#[derive(Debug)]
enum Heard {
    Turn(Told),
    /// Somebody wants it written now.
    Write(oneshot::Sender<()>),
}

/// What matters of a turn.
#[derive(Debug)]
struct Told {
    session: SessionId,
    /// `seq` of the first and the last event of the turn.
    seqs: (u64, u64),
    flows: Vec<(flow::Id, Version)>,
    /// When the session began.
    began: Timestamp,
    at: Timestamp,
    events: Vec<Encoded>,
    ended: bool,
}

impl Tally {
    /// Counts until nobody tells anything any more.
    pub(super) fn begin(parts: &Parts) -> Self {
        let (queue, heard) = mpsc::channel(WAITING_MAX);
        let (store, catalog) = (parts.store.clone(), Arc::clone(&parts.catalog));
        let shared = store.is_shared();
        tokio::spawn(Box::pin(Counting::new(store, catalog).run(heard)));
        Self { queue, shared, missed: Count::default() }
    }

    /// Takes a committed turn; never waits.
    pub(super) fn take(&self, turn: &Turn) {
        let events: Vec<Encoded> =
            turn.events.iter().filter(|event| is_counted(event)).cloned().collect();
        let ends = (turn.events.first(), turn.events.last());
        let (Some(first), Some(last)) = ends else { return };
        if events.is_empty() && !self.shared {
            return;
        }
        let session = &turn.held.session;
        let flows = session.frames.iter().map(|frame| (frame.flow.clone(), frame.version.clone()));
        let told = Told {
            session: session.id.clone(),
            seqs: (first.seq, last.seq),
            flows: flows.collect(),
            began: session.created_at,
            at: session.updated_at,
            events,
            ended: !session.is_active(),
        };
        if self.queue.try_send(Heard::Turn(told)).is_err() {
            self.missed.add(1);
        }
    }

    /// Returns when what was told before is written.
    pub(super) async fn written(&self) {
        let (done, written) = oneshot::channel();
        if self.queue.send(Heard::Write(done)).await.is_ok() && written.await.is_err() {
            debug!("The counting has ended.");
        }
    }

    pub(super) fn missed(&self) -> u64 {
        self.missed.read()
    }
}

fn is_counted(event: &Encoded) -> bool {
    let kind = event.json.strip_prefix(r#"{"type":""#);
    kind.is_some_and(|rest| COUNTED.iter().any(|kind| rest.starts_with(kind)))
}

struct Counting {
    store: Store,
    catalog: Arc<Catalog>,
    /// By session: where it was, up to which event.
    ways: LruCache<SessionId, (u64, Visits)>,
    counts: BTreeMap<(flow::Id, Version, String), u64>,
}

impl Counting {
    fn new(store: Store, catalog: Arc<Catalog>) -> Self {
        Self { store, catalog, ways: LruCache::new(WAYS_MAX), counts: BTreeMap::new() }
    }

    async fn run(mut self, mut heard: mpsc::Receiver<Heard>) {
        let mut next = Instant::now() + WRITE_EVERY;
        loop {
            let told = tokio::select! {
                told = heard.recv() => told,
                () = sleep_until(next), if !self.counts.is_empty() => {
                    self.write().await;
                    next = Instant::now() + WRITE_EVERY;
                    continue;
                }
            };
            match told {
                Some(Heard::Turn(told)) => self.count(told).await,
                Some(Heard::Write(done)) => {
                    self.write().await;
                    if done.send(()).is_err() {
                        debug!("Nobody waits for the counts any more.");
                    }
                }
                None => return self.write().await,
            }
            if self.counts.len() > KEYS_MAX {
                self.write().await;
            }
        }
    }

    async fn count(&mut self, told: Told) {
        if told.flows.iter().all(|(flow, _)| flow.as_str().starts_with("inline-")) {
            return;
        }
        if told.events.is_empty() {
            return self.pass_over(&told);
        }
        let mut visits = self.way(&told).await;
        for event in &told.events {
            let Ok(event) = serde_json::from_str::<Event>(&event.json) else { continue };
            for seen in visits.take(&event.kind) {
                self.add(seen, &told).await;
            }
        }
        if told.ended {
            self.ways.pop(&told.session);
        } else {
            self.ways.put(told.session, (told.seqs.1, visits));
        }
    }

    /// A turn without anything that is counted. Where the way of its session is not known, its log is read only when
    /// there is something to count.
    fn pass_over(&mut self, told: &Told) {
        if let Some((seq, visits)) = self.ways.pop(&told.session)
            && seq == told.seqs.0.saturating_sub(1)
        {
            self.ways.put(told.session.clone(), (told.seqs.1, visits));
        }
    }

    /// Where the session was before this turn: as it is remembered, or, when another host went on with it, as its log
    /// tells.
    async fn way(&mut self, told: &Told) -> Visits {
        let before = told.seqs.0.saturating_sub(1);
        if before == 0 {
            return Visits::default();
        }
        let shared = self.store.is_shared();
        let fits = |seq: u64| seq == before || (!shared && seq < before);
        match self.ways.pop(&told.session) {
            Some((seq, visits)) if fits(seq) => visits,
            Some(_) | None => self.read(&told.session, before).await,
        }
    }

    async fn read(&self, session: &SessionId, before: u64) -> Visits {
        let mut visits = Visits::default();
        let Ok(Some(page)) = self.store.events(session, 0, LOG_MAX).await else {
            return visits;
        };
        for event in page.events.iter().filter(|event| event.seq <= before && is_counted(event)) {
            if let Ok(event) = serde_json::from_str::<Event>(&event.json) {
                visits.take(&event.kind);
            }
        }
        visits
    }

    async fn add(&mut self, seen: Seen, told: &Told) {
        let flow = flow::Id::from(seen.flow.as_str());
        let known = told.flows.iter().rev().find(|(id, _)| *id == flow);
        let version = match (seen.version, known) {
            (Some(version), _) => Some(version.as_str().into()),
            (None, Some((_, version))) => Some(version.clone()),
            // It was called and came back in one turn.
            (None, None) => {
                let side = self.catalog.begin(&flow, &told.session);
                side.ok().map(|flow| flow.version.clone())
            }
        };
        let Some(version) = version else { return };
        let of = (flow, version);
        match seen.what {
            What::Begun => {
                self.more(&of, "begun".to_owned());
                self.more(&of, format!("day:{}", day(told.at)));
            }
            What::Started => {
                let start = self.start(&of).await;
                self.more(&of, format!("reached:{start}"));
                self.more(&of, format!("entered:{start}"));
            }
            What::Entered { state, first } => {
                if first {
                    self.more(&of, format!("reached:{state}"));
                }
                self.more(&of, format!("entered:{state}"));
            }
            What::Left { state } => self.more(&of, format!("left:{state}")),
            What::Went { from, to, trigger } => {
                self.more(&of, format!("went:{from}{BETWEEN}{to}{BETWEEN}{trigger}"));
            }
            What::Ended { state, reason } => {
                if let Some(mut state) = state {
                    if state.is_empty() {
                        state = self.start(&of).await;
                    }
                    self.more(&of, format!("over:{state}{BETWEEN}{reason}"));
                }
                self.more(&of, format!("ended:{reason}"));
            }
            What::Unhandled { state } => self.more(&of, format!("unhandled:{state}")),
            What::Moved { state, came } => {
                self.more(&of, format!("{}:{state}", if came { "came" } else { "moved" }));
            }
            What::First(counted) => self.compare(&of, counted, told.began),
        }
    }

    /// Counts for both sides while some new sessions begin on another version than the rest.
    fn compare(&mut self, of: &(flow::Id, Version), counted: Counted, began: Timestamp) {
        let current = self.catalog.current();
        let Some(canary) = current.canaries.get(&of.0) else { return };
        let old = current.linked.current(&of.0).is_some_and(|flow| flow.version == of.1);
        if !old && canary.rollout.version != of.1 {
            return;
        }
        if let Some(key) = canary.rollout.key(counted, began) {
            self.more(of, key);
        }
    }

    /// The state in which a version begins; empty when it cannot be had.
    async fn start(&self, (flow, version): &(flow::Id, Version)) -> String {
        let found = self.catalog.version(flow, version).await;
        found.map(|flow| flow.start.to_string()).unwrap_or_default()
    }

    fn more(&mut self, (flow, version): &(flow::Id, Version), what: String) {
        *self.counts.entry((flow.clone(), version.clone(), what)).or_default() += 1;
    }

    async fn write(&mut self) {
        let counts = std::mem::take(&mut self.counts);
        let used = |((flow, version, what), count)| Used { flow, version, what, count };
        let used: Vec<Used> = counts.into_iter().map(used).collect();
        if used.is_empty() {
            return;
        }
        // Some of it may have been counted, so it is not sent again.
        if let Err(error) = self.store.count_more(&used).await {
            warn!(%error, "What happened on the flows in the last second was not counted.");
        }
    }
}

/// The date in UTC.
fn day(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    time.strftime("%Y-%m-%d").to_string()
}
