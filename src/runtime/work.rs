//! What a session's task does: one command after the other, each turn told and sent out before the next begins. It
//! is the only place that knows all parts of the runtime.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::{oneshot, watch};
use tracing::{Instrument, debug, debug_span, error, warn};

use super::answer::{self, Ticket};
use super::calls::Calls;
use super::figures::Figures;
use super::hosts::Hosts;
use super::mailbox::{Mailboxes, Origin};
use super::phase::{AtWork, Phase, Working};
use super::recover::AGAIN_MS;
use super::tally::Tally;
use super::timers::Timers;
use super::turn::{Held, Turn};
use super::{Answer, Error, Parts};
use crate::bus::Batch;
use crate::engine::{Effect, Input, Session};
use crate::event::SessionId;

/// A turn that fails after so long makes those that waited for it fail as well.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a session's task is asked to do.
#[derive(Debug)]
pub(super) enum Command {
    /// Start this session, which is not stored yet.
    Begin { session: Box<Session>, reply: Reply },
    /// Take an input.
    Input { input: Box<Input>, reply: Reply },
    /// See to what is overdue or was left behind.
    Look { done: oneshot::Sender<()> },
    /// End the session and forget it.
    Delete { reply: oneshot::Sender<Result<(), Error>> },
}

/// Told once the input is committed or refused.
pub(super) type Reply = oneshot::Sender<Result<Ticket, Error>>;

/// The runtime behind its handles.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) parts: Parts,
    pub(super) mailboxes: Mailboxes<Command>,
    pub(super) calls: Calls,
    pub(super) timers: Arc<Timers>,
    pub(super) hosts: Hosts,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) at_work: AtWork,
    pub(super) figures: Figures,
    pub(super) tally: Tally,
}

impl Inner {
    /// Whether other hosts may be at work on the same sessions.
    pub(super) fn is_shared(&self) -> bool {
        self.parts.store.is_shared()
    }

    /// Puts a command into the session's mailbox and sees to it that somebody works on it.
    pub(super) fn submit(
        self: &Arc<Self>,
        id: &SessionId,
        command: Command,
        origin: Origin,
    ) -> Result<(), Error> {
        // Counted before the look at the phase, so that no shutdown falls between this and the first turn.
        let at_work = self.at_work.begin();
        if origin == Origin::Client && *self.phase.borrow() != Phase::Open {
            return Err(Error::Closed);
        }
        if self.mailboxes.push(id, command, origin)? {
            // Boxed, because a task's future is copied several times before it is first polled.
            tokio::spawn(Box::pin(Arc::clone(self).work(id.clone(), at_work)));
        }
        Ok(())
    }

    /// Works until the mailbox is empty.
    async fn work(self: Arc<Self>, id: SessionId, _at_work: Working) {
        while let Some(command) = self.mailboxes.next(&id) {
            // A panic is a bug of ours; it must not leave a session that nobody works on any more.
            let done = AssertUnwindSafe(self.obey(&id, command)).catch_unwind().await;
            if done.is_err() {
                error!(session = %id, "A turn panicked; nothing of it is stored.");
                self.mailboxes.keep(&id, None);
            }
        }
    }

    async fn obey(self: &Arc<Self>, id: &SessionId, command: Command) {
        let begun = Instant::now();
        let away = match command {
            Command::Begin { session, reply } => {
                let begun = self.begin(id, *session).await;
                answer_to(reply, begun)
            }
            Command::Input { input, reply } => {
                let taken = self.take(id, &input).await;
                answer_to(reply, taken)
            }
            Command::Look { done } => {
                let looked = self.look(id).await;
                if let Err(error) = &looked {
                    warn!(session = %id, %error, "A session's overdue work was put off.");
                }
                drop(done);
                matches!(looked, Err(Error::Unavailable(_)))
            }
            Command::Delete { reply } => {
                let deleted = self.remove(id).await;
                answer_to(reply, deleted)
            }
        };
        if away && begun.elapsed() >= PATIENCE {
            self.refuse_waiting(id);
        }
        self.drain(id).await;
    }

    /// Who waited while the store did not answer is not made to wait for as long again.
    fn refuse_waiting(&self, id: &SessionId) {
        let why =
            || Error::Unavailable("the turn before it could not be stored in time".to_owned());
        for command in
            self.mailboxes.take_waiting(id, |waiting| !matches!(waiting, Command::Look { .. }))
        {
            match command {
                Command::Begin { reply, .. } | Command::Input { reply, .. } => {
                    answer_to(reply, Err(why()));
                }
                Command::Delete { reply } => {
                    answer_to(reply, Err(why()));
                }
                Command::Look { done } => drop(done),
            }
        }
    }

    async fn begin(self: &Arc<Self>, id: &SessionId, session: Session) -> Result<Ticket, Error> {
        // Elsewhere it may have been deleted since; the commit will tell.
        if !self.is_shared() && self.mailboxes.warm(id).is_some() {
            return Err(Error::Exists(id.clone()));
        }
        let turn = self.advance(Held::new(session), &Input::Start).await?;
        Ok(self.ticket(id, turn))
    }

    async fn take(self: &Arc<Self>, id: &SessionId, input: &Input) -> Result<Ticket, Error> {
        let held = self.current(id).await?;
        let turn = self.advance(held, input).await?;
        let Some(before) = &turn.before else { return Ok(self.ticket(id, turn)) };
        let answer = answer::again(&self.parts.store, turn.held.session, before).await?;
        Ok(self.ticket_of(id, turn.root, answer))
    }

    fn ticket(&self, id: &SessionId, turn: Turn) -> Ticket {
        let (session, events) = (turn.held.session, turn.events);
        let settled = session.is_settled(turn.root);
        self.ticket_of(id, turn.root, Answer { session, events, settled, replayed: false })
    }

    fn ticket_of(&self, id: &SessionId, root: u64, answer: Answer) -> Ticket {
        let (ticket, waiter) = answer::begin(root, answer);
        if let Some(waiter) = waiter {
            self.mailboxes.join(id, waiter);
        }
        ticket
    }

    /// The session, warm or from the store; warm from then on.
    pub(super) async fn current(&self, id: &SessionId) -> Result<Held, Error> {
        match self.mailboxes.warm(id) {
            Some(held) => Ok(held),
            None => self.stored(id).await,
        }
    }

    /// The session from the store, whatever other hosts did with it meanwhile; warm from then on.
    pub(super) async fn stored(&self, id: &SessionId) -> Result<Held, Error> {
        let held = self.parts.load(id).await?;
        fault!("turn.loaded");
        let active = held.clone().filter(|held| held.session.is_active());
        self.mailboxes.keep(id, active);
        held.ok_or_else(|| Error::Unknown(id.clone()))
    }

    /// A turn, and all that follows from its commit: commit, then tell, then send.
    pub(super) async fn advance(
        self: &Arc<Self>,
        held: Held,
        input: &Input,
    ) -> Result<Turn, Error> {
        let id = held.session.id.clone();
        let span = debug_span!("turn", session = %id, flow = %held.session.frame().flow);
        let owner = self.is_shared().then(|| self.hosts.owner());
        let began = Instant::now();
        let made = self.parts.turn(held, input, owner).instrument(span).await;
        let mut turn = made.inspect_err(|error| {
            if matches!(error, Error::Ended { .. }) {
                self.mailboxes.keep(&id, None);
            }
            if matches!(error, Error::Unavailable(_) | Error::Unknown(_)) {
                // What is stored may be another session than the warm one, and may have work that nobody was told of.
                self.mailboxes.keep(&id, None);
                let now = self.parts.clock.now();
                self.timers.set(&id, Some(now.plus_millis(AGAIN_MS)), now);
            }
        })?;
        if turn.events.is_empty() {
            // Perhaps another host went on with it, and this is how it is now.
            self.mailboxes.keep(&id, turn.held.session.is_active().then(|| turn.held.clone()));
        } else {
            self.figures.took(&turn, began.elapsed());
            self.tally.take(&turn);
            let effects = std::mem::take(&mut turn.effects);
            self.tell(&id, &turn);
            fault!("turn.told");
            self.send_out(&id, effects);
            fault!("turn.sent-out");
        }
        Ok(turn)
    }

    fn tell(&self, id: &SessionId, turn: &Turn) {
        let session = &turn.held.session;
        debug!(session = %id, turn = session.turn, seq = session.seq, "A turn was committed.");
        let active = session.is_active();
        self.mailboxes.keep(id, active.then(|| turn.held.clone()));
        self.mailboxes.tell(id, turn);
        self.timers.set(id, session.due(), self.parts.clock.now());
        self.parts.bus.publish(Arc::new(Batch {
            session: id.clone(),
            events: turn.events.clone(),
            root: turn.root,
            settled: session.is_settled(turn.root),
            last: !active,
        }));
    }

    fn send_out(self: &Arc<Self>, id: &SessionId, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::CallTool(call) => self.call(id, *call),
                Effect::CancelTool(call) => self.calls.cancel(&call),
                // Wake-ups are in the session's `due`; a text was understood before the commit.
                Effect::Wake { .. } | Effect::Classify(_) => {}
            }
        }
    }

    /// Handles what waited for a call that is done, before anything that came later.
    async fn drain(self: &Arc<Self>, id: &SessionId) {
        while let Some(held) = self.mailboxes.warm(id) {
            if held.session.queue.is_empty() || !held.session.pending.is_empty() {
                return;
            }
            match self.advance(held, &Input::Drain).await {
                Ok(turn) if !turn.events.is_empty() => {}
                Ok(_) => return,
                Err(error) => {
                    // The session's `due` brings the queue up again.
                    warn!(session = %id, %error, "A queued input was put off.");
                    return;
                }
            }
        }
    }

    async fn remove(self: &Arc<Self>, id: &SessionId) -> Result<(), Error> {
        let held = match self.current(id).await {
            Err(Error::Unknown(_)) => return Ok(()),
            other => other?,
        };
        // Committed like any turn, so that whoever reads the log up to the last moment sees why it ends.
        if held.session.is_active() {
            let turn = self.advance(held.clone(), &Input::Delete).await;
            // Another host ended it first.
            if !matches!(turn, Err(Error::Ended { .. } | Error::Unknown(_))) {
                turn?;
            }
            fault!("session.ended");
            let calls: Vec<_> = held.session.pending.iter().map(|call| &call.call).collect();
            calls.iter().for_each(|call| self.calls.cancel(call));
        }
        self.mailboxes.keep(id, None);
        self.parts.store.delete(id).await?;
        self.timers.set(id, None, self.parts.clock.now());
        self.parts.bus.end(id);
        Ok(())
    }
}

/// Answers whoever asked, if they are still there, and says whether that was that it could not be done now.
fn answer_to<T>(reply: oneshot::Sender<Result<T, Error>>, answer: Result<T, Error>) -> bool {
    let away = matches!(answer, Err(Error::Unavailable(_)));
    if reply.send(answer).is_err() {
        debug!("Nobody waits for this answer any more.");
    }
    away
}
