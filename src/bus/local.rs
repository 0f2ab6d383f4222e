//! The bus within one process: a bounded queue for each listener, found by session. It never waits for a listener and
//! keeps nothing for a session that nobody listens to.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use super::{Closed, Heard, Shared};
use crate::event::SessionId;
use crate::figures::Count;

/// Batches, or events of the host, that may wait for one listener; with one more it lags.
const BACKLOG_MAX: usize = 64;

/// Batches of a session that are known again when they come from outside, too.
const TOLD_MAX: usize = 4;

/// Batches of this host's own that may be on their way back; of more, the oldest are not known again.
const AWAITED_MAX: usize = 1024;

/// Locks that the sessions are spread over, so that two turns seldom meet at one.
const SHARDS: usize = 16;

/// The bus within this process.
#[derive(Debug, Clone, Default)]
pub struct Local {
    hub: Arc<Hub>,
}

/// Who listens to what.
#[derive(Debug, Default)]
struct Hub {
    sessions: [Mutex<HashMap<SessionId, Line>>; SHARDS],
    host: Mutex<Vec<Sink<Arc<str>>>>,
    next: AtomicU64,
    closed: AtomicBool,
    /// How often a session's listeners were told that they may have missed something.
    missed: Count,
}

/// The listeners of one session.
#[derive(Debug, Default)]
struct Line {
    sinks: Vec<Sink<Heard>>,
    /// The last events of the batches that they were given last, the newest at the end: what comes from outside, too, is
    /// told apart by them.
    told: VecDeque<Arc<str>>,
    /// The last events of the batches of this host's own that have not come back from outside yet, the oldest first.
    awaited: VecDeque<Arc<str>>,
}

/// The hub's end of one listener's queue.
#[derive(Debug)]
struct Sink<T> {
    number: u64,
    queue: mpsc::Sender<T>,
    lagged: Arc<AtomicBool>,
}

/// The listener's end of its queue.
#[derive(Debug)]
struct Source<T> {
    number: u64,
    queue: mpsc::Receiver<T>,
    lagged: Arc<AtomicBool>,
}

/// Gets the batches of one session; dropping it ends the subscription.
#[derive(Debug)]
pub struct Listener {
    source: Source<Heard>,
    session: SessionId,
    hub: Arc<Hub>,
}

/// Gets the events of the host itself; dropping it ends the subscription.
#[derive(Debug)]
pub struct HostListener {
    source: Source<Arc<str>>,
    hub: Arc<Hub>,
}

impl Local {
    pub(super) fn publish(&self, batch: &Shared) {
        let mut sessions = self.hub.shard(&batch.session);
        let Some(line) = sessions.get_mut(&batch.session) else { return };
        let Some(last) = batch.events.last() else { return };
        // It came from outside before it was told here.
        if line.told.contains(&last.json) {
            return;
        }
        let heard = Heard::Batch(Arc::clone(batch));
        line.sinks.retain(|sink| sink.takes(&heard));
        if line.told.len() >= TOLD_MAX {
            line.told.pop_front();
        }
        line.told.push_back(Arc::clone(&last.json));
        if batch.last || line.sinks.is_empty() {
            sessions.remove(&batch.session);
        }
    }

    /// As [`Self::publish`], for a batch that will come back from outside: it is known again, however late that is.
    pub(super) fn publish_own(&self, batch: &Shared) {
        if let (Some(line), Some(last)) =
            (self.hub.shard(&batch.session).get_mut(&batch.session), batch.events.last())
            && !line.told.contains(&last.json)
        {
            if line.awaited.len() >= AWAITED_MAX {
                line.awaited.pop_front();
            }
            line.awaited.push_back(Arc::clone(&last.json));
        }
        self.publish(batch);
    }

    /// Tells the session's listeners that they may have missed something.
    pub(super) fn missed(&self, session: &SessionId) {
        self.hub.missed.add(1);
        if let Some(line) = self.hub.shard(session).get_mut(session) {
            line.sinks.retain(|sink| sink.takes(&Heard::Missed));
        }
    }

    /// Whether anybody listens to the session.
    pub(super) fn is_listened(&self, session: &SessionId) -> bool {
        self.hub.shard(session).contains_key(session)
    }

    /// Whether a published turn, whose events stand at its end, is one that the listeners have heard.
    pub(super) fn has_told(&self, session: &SessionId, published: &[u8]) -> bool {
        let mut lines = self.hub.shard(session);
        let Some(line) = lines.get_mut(session) else { return false };
        let events = published.strip_suffix(b"]}").unwrap_or(published);
        // What comes back comes in order: those before it will not come any more.
        let own = line.awaited.iter().position(|last| events.ends_with(last.as_bytes()));
        if let Some(own) = own {
            line.awaited.drain(..=own);
            return true;
        }
        line.told.iter().rev().any(|last| events.ends_with(last.as_bytes()))
    }

    pub(super) fn subscribe(&self, session: &SessionId) -> Listener {
        let (sink, source) = self.hub.queue();
        let mut sessions = self.hub.shard(session);
        // Under the lock that `close` takes too: a listener is either seen by it or ended here.
        if !self.hub.closed.load(Ordering::SeqCst) {
            sessions.entry(session.clone()).or_default().sinks.push(sink);
        }
        drop(sessions);
        Listener { source, session: session.clone(), hub: Arc::clone(&self.hub) }
    }

    pub(super) fn end(&self, session: &SessionId) {
        self.hub.shard(session).remove(session);
    }

    pub(super) fn publish_host(&self, event: &Arc<str>) {
        lock(&self.hub.host).retain(|sink| sink.takes(event));
    }

    pub(super) fn subscribe_host(&self) -> HostListener {
        let (sink, source) = self.hub.queue();
        let mut sinks = lock(&self.hub.host);
        if !self.hub.closed.load(Ordering::SeqCst) {
            sinks.push(sink);
        }
        drop(sinks);
        HostListener { source, hub: Arc::clone(&self.hub) }
    }

    pub(super) fn listeners(&self) -> usize {
        let of_shard = |shard: &Mutex<HashMap<_, Line>>| {
            lock(shard).values().map(|line| line.sinks.len()).sum::<usize>()
        };
        self.hub.sessions.iter().map(of_shard).sum::<usize>() + lock(&self.hub.host).len()
    }

    pub(super) fn missed_count(&self) -> u64 {
        self.hub.missed.read()
    }

    pub(super) fn close(&self) {
        self.hub.closed.store(true, Ordering::SeqCst);
        for shard in &self.hub.sessions {
            lock(shard).clear();
        }
        lock(&self.hub.host).clear();
    }
}

impl Listener {
    /// What happens next. What was in time still comes before the word that no more does. Safe to cancel.
    ///
    /// # Errors
    /// [`Closed::Lagged`], once, if this listener did not keep up; else [`Closed::Ended`].
    pub async fn recv(&mut self) -> Result<Heard, Closed> {
        self.source.recv().await
    }

    /// What has happened by now, if anything waits here; whether nothing more will come says [`Self::recv`].
    pub fn heard(&mut self) -> Option<Heard> {
        self.source.queue.try_recv().ok()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut sessions = self.hub.shard(&self.session);
        let Some(line) = sessions.get_mut(&self.session) else { return };
        line.sinks.retain(|sink| sink.number != self.source.number);
        if line.sinks.is_empty() {
            sessions.remove(&self.session);
        }
    }
}

impl HostListener {
    /// The next event of the host, as [`Listener::recv`] gives the batches of a session.
    ///
    /// # Errors
    /// [`Closed::Lagged`], once, if this listener did not keep up; else [`Closed::Ended`].
    pub async fn recv(&mut self) -> Result<Arc<str>, Closed> {
        self.source.recv().await
    }
}

impl Drop for HostListener {
    fn drop(&mut self) {
        lock(&self.hub.host).retain(|sink| sink.number != self.source.number);
    }
}

impl Hub {
    fn shard(&self, session: &SessionId) -> MutexGuard<'_, HashMap<SessionId, Line>> {
        let sum = session
            .as_str()
            .bytes()
            .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        lock(
            self.sessions
                .get(sum % SHARDS)
                .expect("a remainder of the number of shards is a shard"),
        )
    }

    fn queue<T>(&self) -> (Sink<T>, Source<T>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = mpsc::channel(BACKLOG_MAX);
        let lagged = Arc::new(AtomicBool::new(false));
        let sink = Sink { number, queue: sender, lagged: Arc::clone(&lagged) };
        (sink, Source { number, queue: receiver, lagged })
    }
}

impl<T: Clone> Sink<T> {
    /// Whether the listener is still there and kept up.
    fn takes(&self, item: &T) -> bool {
        match self.queue.try_send(item.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                // Before the sender is dropped, which is what wakes the listener.
                self.lagged.store(true, Ordering::SeqCst);
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

impl<T> Source<T> {
    async fn recv(&mut self) -> Result<T, Closed> {
        match self.queue.recv().await {
            Some(item) => Ok(item),
            None if self.lagged.swap(false, Ordering::SeqCst) => Err(Closed::Lagged),
            None => Err(Closed::Ended),
        }
    }
}

/// A panic while the lock was held cannot have left a list half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Batch;
    use crate::event::Encoded;

    fn batch(seq: u64) -> Shared {
        let json = format!(r#"{{"seq":{seq}}}"#).into();
        let events = vec![Encoded { seq, turn: seq, json }];
        let session = SessionId::new("s").unwrap();
        Arc::new(Batch { session, events, root: seq, settled: true, last: false })
    }

    fn published(batch: &Batch) -> Vec<u8> {
        format!(r#"{{"root":1,"events":[{}]}}"#, batch.events[0].json).into_bytes()
    }

    #[tokio::test]
    async fn what_comes_back_late_is_known_again() {
        let (local, id) = (Local::default(), SessionId::new("s").unwrap());
        let mut listener = local.subscribe(&id);
        let own: Vec<Shared> = (1..=500).map(batch).collect();
        for batch in &own {
            local.publish_own(batch);
            assert_eq!(listener.recv().await, Ok(Heard::Batch(Arc::clone(batch))));
        }
        for batch in &own {
            assert!(local.has_told(&id, &published(batch)), "{batch:?}");
        }
        assert!(!local.has_told(&id, &published(&batch(501))));
        // One that overtakes its host's own word is told once, too.
        local.publish(&own[0]);
        local.publish_own(&own[0]);
        assert!(local.has_told(&id, &published(&own[0])));
        assert!(listener.recv().await.is_ok());
        local.end(&id);
        assert_eq!(listener.recv().await, Err(Closed::Ended));
    }
}
