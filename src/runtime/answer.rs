//! What comes of an input, gathered turn by turn until nothing more will come, and rebuilt from the log when the
//! same input comes again. It never runs anything.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::phase::Phase;
use super::timers::stopped;
use super::turn::Turn;
use super::{Answer, Error};
use crate::engine::{Accepted, Session};
use crate::event::{Encoded, SessionId};
use crate::store::{self, Store};

/// Events read at a time when an answer is rebuilt.
const PAGE: usize = 512;

/// An answer as far as it is known; the last value is the whole.
pub(super) type Ticket = watch::Receiver<Answer>;

/// The mailbox's end of a [`Ticket`].
#[derive(Debug)]
pub(super) struct Waiter {
    /// Number of the arrival whose consequences are waited for.
    root: u64,
    answer: watch::Sender<Answer>,
}

/// Starts an answer: a ticket for the caller, and a waiter if more may come.
pub(super) fn begin(root: u64, answer: Answer) -> (Ticket, Option<Waiter>) {
    let settled = answer.settled;
    let root = root_of(&answer.session, root);
    let (sender, ticket) = watch::channel(answer);
    (ticket, (!settled).then_some(Waiter { root, answer: sender }))
}

/// The arrival whose consequences are those of `arrival`: what comes of a text that was joined to another comes of that
/// one.
pub(super) fn root_of(session: &Session, arrival: u64) -> u64 {
    let joined = session.queue.iter().find(|queued| queued.merged.contains(&arrival));
    joined.map_or(arrival, |queued| queued.turn)
}

impl Waiter {
    /// Takes in a turn of the session; `false` when nothing more will come or nobody listens any more.
    pub(super) fn hear(&self, turn: &Turn) -> bool {
        if self.is_gone() {
            return false;
        }
        let settled = turn.held.session.is_settled(self.root);
        let caused = turn.root == self.root;
        if !settled && !caused {
            return true;
        }
        self.answer.send_modify(|answer| {
            answer.session = Arc::clone(&turn.held.session);
            answer.settled = settled;
            if caused {
                answer.events.extend_from_slice(&turn.events);
            }
        });
        !settled
    }

    pub(super) fn is_gone(&self) -> bool {
        self.answer.is_closed()
    }
}

/// Waits until the answer is whole, `wait` has passed, or the host stops.
pub(super) async fn settled(
    mut ticket: Ticket,
    wait: Duration,
    mut phase: watch::Receiver<Phase>,
) -> Answer {
    if !wait.is_zero() {
        tokio::select! {
            biased;
            // An error means that the waiter is gone: what is known then is all there will be.
            _ = ticket.wait_for(|answer| answer.settled) => {}
            () = stopped(&mut phase) => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    ticket.borrow().clone()
}

/// The answer to an input that was here before, from the log.
pub(super) async fn again(
    store: &Store,
    session: Arc<Session>,
    accepted: &Accepted,
) -> Result<Answer, Error> {
    let root = accepted.turns.first().copied().unwrap_or_default();
    let settled = session.is_settled(root);
    let events = caused(store, &session.id, accepted).await?;
    Ok(Answer { session, events, settled, replayed: true })
}

/// The events that an input caused; none when the log no longer has them all.
async fn caused(store: &Store, id: &SessionId, accepted: &Accepted) -> Result<Vec<Encoded>, Error> {
    let mut events = Vec::new();
    let mut since = accepted.first.saturating_sub(1);
    while since < accepted.last {
        let page = store.events(id, since, PAGE).await.map_err(Error::from)?;
        let page = page.ok_or_else(|| Error::Unknown(id.clone()))?;
        if page.first > since.saturating_add(1) {
            return Ok(Vec::new());
        }
        let Some(last) = page.events.last().map(|event| event.seq) else { break };
        since = last;
        let ours =
            |event: &Encoded| event.seq <= accepted.last && accepted.turns.contains(&event.turn);
        events.extend(page.events.into_iter().filter(ours));
    }
    Ok(events)
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
