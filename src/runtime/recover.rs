//! Taking up what nobody is at work on: overdue timers, calls whose host died, queues, and from time to time what has
//! come near in the store. It looks only; what comes of it are ordinary turns.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::Error;
use super::mailbox::Origin;
use super::timers::{HORIZON_MS, stopped};
use super::work::{Command, Inner};
use crate::engine::{Call, Input, Outcome, Pending, Session};
use crate::event::{SessionId, Timestamp, ToolError, ToolErrorKind};
use crate::store::Share;

/// Sessions that are looked at at the same time after a start.
const AT_ONCE: usize = 16;

/// Sessions that one look into the store brings.
const SWEEP_MAX: usize = 10_000;

/// Sessions that one statement removes.
const EXPIRE_MAX: usize = 500;

/// Between two looks into the store; well below the timers' horizon.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Between two looks at a session whose overdue work could not be done.
const AGAIN_MS: u64 = 1_000;

/// How long after its deadline a call may be sent again. Without such an end a call that kills its host would be sent
/// again at each start for ever.
const RESEND_MAX_MS: u64 = 600_000;

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
        let session = match self.current(id).await {
            Err(Error::Unknown(_)) => return Ok(()),
            other => other?,
        };
        let now = self.parts.clock.now();
        let looked = self.overdue(&session, now).await;
        if let Some(session) = self.mailboxes.warm(id) {
            // What is overdue still is under way or was put off.
            let due = session.due().map(|due| due.max(now.plus_millis(AGAIN_MS)));
            self.timers.set(id, due, now);
        } else if looked.is_err() {
            self.timers.set(id, Some(now.plus_millis(AGAIN_MS)), now);
        }
        looked
    }

    async fn overdue(self: &Arc<Self>, session: &Session, now: Timestamp) -> Result<(), Error> {
        for timer in session.timers.iter().filter(|timer| timer.at <= now) {
            self.go_on(&session.id, Input::Due(timer.id)).await?;
        }
        let orphan = |pending: &&Pending| !self.calls.is_running(&pending.call);
        let session = self.current(&session.id).await?;
        for pending in session.pending.iter().filter(orphan) {
            match self.fate(&session, pending, now).await? {
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

    /// A turn of the host's own; that it has become needless meanwhile is no error.
    async fn go_on(self: &Arc<Self>, id: &SessionId, input: Input) -> Result<(), Error> {
        let session = self.current(id).await?;
        match self.advance(session, &input).await {
            Ok(_) | Err(Error::BadInput(_) | Error::Ended { .. }) => Ok(()),
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

/// Looks at every session that an earlier host left waiting.
pub(super) async fn take_up(inner: Arc<Inner>, waiting: Vec<SessionId>) {
    let _at_work = inner.at_work.begin();
    let look = |id: SessionId| {
        let looked = inner.have_looked_at(&id);
        async move { drop(looked.await) }
    };
    stream::iter(waiting).for_each_concurrent(AT_ONCE, look).await;
}

/// From time to time brings near wake-ups into memory and removes sessions that nobody uses, until the runtime stops.
pub(super) async fn sweep(inner: Weak<Inner>) -> Option<Infallible> {
    let mut phase = inner.upgrade()?.phase.subscribe();
    loop {
        inner.upgrade()?.look_into_store().await;
        tokio::select! {
            () = stopped(&mut phase) => return None,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
    }
}

impl Inner {
    async fn look_into_store(self: &Arc<Self>) {
        if let Err(error) = self.bring_near().await {
            warn!(%error, "The store's wake-ups could not be read.");
        }
        if let Err(error) = self.expire().await {
            warn!(%error, "Unused sessions could not be removed.");
        }
    }

    async fn bring_near(self: &Arc<Self>) -> Result<(), Error> {
        let until = self.parts.clock.now().plus_millis(HORIZON_MS);
        let near = self.parts.store.due(until, &Share::all(), SWEEP_MAX).await?;
        let unknown = near.into_iter().filter(|id| !self.timers.has(id)).collect();
        take_up(Arc::clone(self), unknown).await;
        Ok(())
    }

    async fn expire(&self) -> Result<(), Error> {
        let now = self.parts.clock.now().as_millis();
        // Where sessions are kept for ever, some are deleted all the same and leave flows behind.
        let before = self.parts.options.idle_ttl.map_or(i64::MIN, |ttl| {
            now.saturating_sub(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX))
        });
        let before = Timestamp::from_millis(before);
        loop {
            let gone = self.parts.store.expire(before, EXPIRE_MAX).await?;
            for id in &gone {
                self.mailboxes.keep(id, None);
                self.parts.bus.end(id);
            }
            if gone.len() < EXPIRE_MAX {
                return Ok(());
            }
        }
    }
}
