//! When somebody must look at a session even if nothing comes in: an index of the near future in memory, over the one
//! that every commit writes into the store. It decides nothing; it has the session looked at.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::phase::Phase;
use super::work::Inner;
use crate::clock::Clock;
use crate::event::{SessionId, Timestamp};

/// How far the index looks ahead; what is due later is found in the store when its time comes near.
pub(super) const HORIZON_MS: u64 = 180_000;

/// The longest sleep, so that a clock that was set forward is noticed.
const NAP_MAX: Duration = Duration::from_secs(10);

/// Near wake-ups, one per session: the earliest.
#[derive(Debug, Default)]
pub(super) struct Timers {
    index: Mutex<Index>,
    sooner: Notify,
}

#[derive(Debug, Default)]
struct Index {
    by_time: BTreeSet<(Timestamp, SessionId)>,
    by_session: HashMap<SessionId, Timestamp>,
}

impl Timers {
    /// Replaces the session's wake-up.
    pub(super) fn set(&self, id: &SessionId, at: Option<Timestamp>, now: Timestamp) {
        let near = at.filter(|at| *at <= now.plus_millis(HORIZON_MS));
        let sooner = self.lock().set(id, near);
        if sooner {
            self.sooner.notify_one();
        }
    }

    /// Whether the session has a wake-up here.
    pub(super) fn has(&self, id: &SessionId) -> bool {
        self.lock().by_session.contains_key(id)
    }

    /// Takes out what is due, and says when the next is.
    fn take_due(&self, now: Timestamp) -> (Vec<SessionId>, Option<Timestamp>) {
        let mut index = self.lock();
        let mut due = Vec::new();
        while let Some((at, _)) = index.by_time.first() {
            if *at > now {
                return (due, Some(*at));
            }
            let Some((_, id)) = index.by_time.pop_first() else { break };
            index.by_session.remove(&id);
            due.push(id);
        }
        (due, None)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    /// `true` if this is now the first of all.
    fn set(&mut self, id: &SessionId, at: Option<Timestamp>) -> bool {
        let before = match at {
            Some(at) => self.by_session.insert(id.clone(), at),
            None => self.by_session.remove(id),
        };
        if before == at {
            return false;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, id.clone()));
        }
        let Some(at) = at else { return false };
        self.by_time.insert((at, id.clone()));
        self.by_time.first().is_some_and(|(_, first)| first == id)
    }
}

/// Has sessions looked at when their time comes, until the runtime stops or is gone.
pub(super) async fn run(inner: Weak<Inner>, timers: Arc<Timers>, clock: Clock) {
    let Some(mut phase) = inner.upgrade().map(|inner| inner.phase.subscribe()) else { return };
    loop {
        let now = clock.now();
        let (due, next) = timers.take_due(now);
        if !due.is_empty() {
            let Some(inner) = inner.upgrade() else { return };
            due.iter().for_each(|id| drop(inner.have_looked_at(id)));
        }
        let nap = next.map_or(NAP_MAX, |at| Duration::from_millis(at.millis_since(now).max(1)));
        tokio::select! {
            () = stopped(&mut phase) => return,
            () = timers.sooner.notified() => {}
            () = tokio::time::sleep(nap.min(NAP_MAX)) => {}
        }
    }
}

/// Returns when the runtime has stopped or is gone.
pub(super) async fn stopped(phase: &mut watch::Receiver<Phase>) {
    // An error means that the sender is gone, and with it the runtime.
    drop(phase.wait_for(|phase| *phase == Phase::Stopped).await);
}
