//! Taking up what nobody is at work on in a session: overdue timers, calls whose host died, queues. It looks only; what
//! comes of it are ordinary turns.

use std::sync::Arc;

use tokio::sync::oneshot;
use tracing::info;

use super::mailbox::Origin;
use super::turn::Held;
use super::work::{Command, Inner};
use super::{Error, moving};
use crate::engine::{Call, Input, LLM, Outcome, Pending, Session};
use crate::event::{HostId, SessionId, Timestamp, ToolError, ToolErrorKind};

/// Between two looks at a session whose overdue work could not be done.
pub(super) const AGAIN_MS: u64 = 1_000;

/// How long after its deadline a call may be sent again. Without such an end a call that kills its host would be sent
/// again at each start for ever.
const RESEND_MAX_MS: u64 = 600_000;

/// How long after its deadline a call is no longer left to the host that is at work on it, even if that one is alive.
const OVERTIME_MS: u64 = 10_000;

/// What becomes of a call that no host is at work on.
#[derive(Debug)]
enum Fate {
    SendAgain(Box<Call>),
    Failed(ToolError),
}

impl Inner {
    /// Has a session's overdue work done in its own time; the receiver ends when it was.
    pub(super) fn have_looked_at(self: &Arc<Self>, id: &SessionId) -> oneshot::Receiver<()> {
        let (done, looked) = oneshot::channel();
        // The host's own commands are never refused for want of room.
        drop(self.submit(id, Command::Look { done }, Origin::Host));
        looked
    }

    /// Fires overdue timers and takes up calls that nobody is at work on.
    pub(super) async fn look(self: &Arc<Self>, id: &SessionId) -> Result<(), Error> {
        // What is warm here may be old: another host may have gone on with the session.
        let held = if self.is_shared() { self.stored(id).await } else { self.current(id).await };
        let now = self.parts.clock.now();
        let held = match held {
            Ok(held) => held,
            Err(Error::Unknown(_)) => return Ok(()),
            Err(error) => {
                self.timers.set(id, Some(now.plus_millis(AGAIN_MS)), now);
                return Err(error);
            }
        };
        let looked = self.overdue(&held.session, now).await;
        if let Some(held) = self.mailboxes.warm(id) {
            // What is overdue still is under way or was put off.
            let due = held.session.due().map(|due| due.max(now.plus_millis(AGAIN_MS)));
            self.timers.set(id, due, now);
            if self.is_shared() && looked.is_ok() {
                self.put_off(&held, now).await?;
            }
        } else if looked.is_err() {
            self.timers.set(id, Some(now.plus_millis(AGAIN_MS)), now);
        }
        looked
    }

    /// Has the hosts look again at a session with work under way when another lease has passed.
    async fn put_off(&self, held: &Held, now: Timestamp) -> Result<(), Error> {
        let session = &held.session;
        let Some(mut due) = session.due() else { return Ok(()) };
        if !session.pending.is_empty() {
            let soon = if self.hosts.is_sure() { self.hosts.owner().lease_ms } else { AGAIN_MS };
            due = due.min(now.plus_millis(soon));
        }
        let due = due.max(now.plus_millis(AGAIN_MS));
        Ok(self.parts.store.put_off(&session.id, session.seq, due).await?)
    }

    async fn overdue(self: &Arc<Self>, session: &Session, now: Timestamp) -> Result<(), Error> {
        fault!("overdue.found");
        let mut moved = None;
        if self.is_outdated(session, now).await? {
            // A turn without an input: what waits is handled with it, if something does.
            self.go_on(&session.id, Input::Drain).await?;
            moved = Some(self.current(&session.id).await?.session);
        }
        let session = moved.as_deref().unwrap_or(session);
        for timer in session.timers.iter().filter(|timer| timer.at <= now) {
            self.go_on(&session.id, Input::Due(timer.id)).await?;
        }
        let session = self.current(&session.id).await?.session;
        self.orphans(&session, now).await
    }

    /// Calls whose host is gone are sent again, or given up.
    async fn orphans(self: &Arc<Self>, session: &Session, now: Timestamp) -> Result<(), Error> {
        for pending in &session.pending {
            if !self.is_orphan(pending, now).await? {
                continue;
            }
            match self.fate(session, pending, now).await? {
                Fate::SendAgain(call) => {
                    info!(session = %session.id, call = %call.id, "A call is sent again.");
                    self.call(&session.id, *call);
                }
                Fate::Failed(error) => {
                    info!(session = %session.id, call = %pending.call, %error, "A call is given up.");
                    let (call, outcome) = (pending.call.clone(), Outcome::Failed(error));
                    self.go_on(&session.id, Input::ToolDone { call, outcome }).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether the session has been on an older version for longer than it may.
    async fn is_outdated(&self, session: &Session, now: Timestamp) -> Result<bool, Error> {
        let way = self.parts.catalog.way(session).await?;
        Ok(session.is_active() && moving::is_overdue(&way, session, now))
    }

    /// Whether no host is at work on a call, or the one that is has had long enough.
    async fn is_orphan(&self, pending: &Pending, now: Timestamp) -> Result<bool, Error> {
        if self.calls.is_running(&pending.call) {
            return Ok(false);
        }
        let elsewhere = |owner: &&HostId| self.is_shared() && !self.hosts.is_me(owner);
        let Some(owner) = pending.owner.as_ref().filter(elsewhere) else { return Ok(true) };
        let overtime = now > pending.deadline.plus_millis(OVERTIME_MS);
        if !overtime && !self.hosts.is_alive(owner) {
            // It may have come after the last look at who is alive.
            self.hosts.beat(&self.parts.store).await?;
        }
        Ok(self.hosts.is_sure() && (overtime || !self.hosts.is_alive(owner)))
    }

    /// A turn of the host's own; that it has become needless meanwhile is no error.
    async fn go_on(self: &Arc<Self>, id: &SessionId, input: Input) -> Result<(), Error> {
        let held = self.current(id).await?;
        match self.advance(held, &input).await {
            Ok(_) | Err(Error::BadInput(_) | Error::UnknownIntent(_) | Error::Ended { .. }) => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn fate(
        &self,
        session: &Session,
        pending: &Pending,
        now: Timestamp,
    ) -> Result<Fate, Error> {
        let flows = self.parts.catalog.linked_for(session).await?;
        let frame = session.frame();
        let flow = flows.get(&frame.flow, &frame.version);
        let call = flow.and_then(|flow| session.call_again(flow, pending));
        let repeatable = |call: &Call| {
            if call.name == LLM {
                return flow.is_some_and(|flow| self.parts.is_reply_repeatable(flow, call));
            }
            self.parts.tools.is_repeatable(&call.name, call.uses.as_deref(), call.idempotent)
        };
        let Some(mut call) = call.filter(repeatable) else {
            let message = "the host stopped during the call, and the tool may not be called twice";
            return Ok(Fate::Failed(ToolError::new(ToolErrorKind::Lost, message)));
        };
        if now > pending.deadline.plus_millis(RESEND_MAX_MS) {
            let message = "the host stopped during the call and was away for too long";
            return Ok(Fate::Failed(ToolError::new(ToolErrorKind::Timeout, message)));
        }
        // The time that the host was away is not the tool's: it gets as long as at first.
        let total = pending.deadline.millis_since(pending.sent_at);
        call.deadline = pending.deadline.max(now.plus_millis(total));
        Ok(Fate::SendAgain(Box::new(call)))
    }
}
