//! Tool calls under way: a task for each, owned by the runtime, whose outcome is the session's next input. It keeps no
//! schedule of attempts; that is the registry's.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, debug_span, warn};

use super::mailbox::Origin;
use super::news::Relay;
use super::phase::Phase;
use super::work::{Command, Inner};
use super::{Error, elsewhere};
use crate::engine::{Call, Input, LLM, Outcome, Teller};
use crate::event::{CallId, SessionId, ToolError, ToolErrorKind};

/// How long after its deadline a call that gives no outcome is given up.
const LATE: Duration = Duration::from_secs(1);

/// Between two attempts to store an outcome while the store is away: from here, doubling,
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// to here.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// The calls of this host that have no outcome yet.
#[derive(Debug, Default)]
pub(super) struct Calls {
    running: Mutex<HashMap<CallId, CancellationToken>>,
}

impl Calls {
    /// Whether this host is at work on the call.
    pub(super) fn is_running(&self, call: &CallId) -> bool {
        self.lock().contains_key(call)
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Gives a call up: its outcome is not wanted any more.
    pub(super) fn cancel(&self, call: &CallId) {
        let cancelled = self.lock().remove(call);
        if let Some(cancelled) = cancelled {
            cancelled.cancel();
        }
    }

    /// Gives all calls up; who starts next takes them up from the store.
    pub(super) fn cancel_all(&self) {
        self.lock().drain().for_each(|(_, cancelled)| cancelled.cancel());
    }

    /// `None` if the call is under way already.
    fn begin(&self, call: &CallId) -> Option<CancellationToken> {
        let mut running = self.lock();
        if running.contains_key(call) {
            return None;
        }
        let cancelled = CancellationToken::new();
        running.insert(call.clone(), cancelled.clone());
        Some(cancelled)
    }

    fn end(&self, call: &CallId) {
        self.lock().remove(call);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CallId, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Sends a call out.
    pub(super) fn call(self: &Arc<Self>, session: &SessionId, call: Call) {
        let Some(cancelled) = self.calls.begin(&call.id) else { return };
        let span = debug_span!("call", call = %call.id, tool = %call.name);
        let (inner, session) = (Arc::clone(self), session.clone());
        let at_work = self.at_work.begin();
        let work = async move {
            let _at_work = at_work;
            fault!("call.begun");
            let outcome = inner.wanted_outcome(&session, &call, &cancelled).await;
            fault!("call.ended");
            if !cancelled.is_cancelled() {
                inner.deliver(&session, &call.id, outcome).await;
                fault!("call.delivered");
                inner.calls.end(&call.id);
            }
        };
        tokio::spawn(work.instrument(span));
    }

    /// The outcome; the call is given up as soon as it is known that another host took the wish back.
    async fn wanted_outcome(
        self: &Arc<Self>,
        session: &SessionId,
        call: &Call,
        cancelled: &CancellationToken,
    ) -> Outcome {
        let mut work = pin!(self.outcome(session, call, cancelled));
        tokio::select! {
            biased;
            outcome = &mut work => return outcome,
            () = elsewhere::taken_back(self, session, &call.id) => {}
        }
        debug!(%session, call = %call.id, "A call was taken back on another host.");
        self.calls.cancel(&call.id);
        work.await
    }

    /// What it tells meanwhile is told before its outcome.
    async fn outcome(
        self: &Arc<Self>,
        session: &SessionId,
        call: &Call,
        cancelled: &CancellationToken,
    ) -> Outcome {
        let (mut relay, teller) = Relay::new(self, session, &call.id);
        let outcome = {
            let work = pin!(self.outcome_of(call, cancelled, teller));
            tokio::select! {
                biased;
                outcome = work => outcome,
                never = relay.pass_on() => match never {},
            }
        };
        relay.rest().await;
        outcome
    }

    /// The outcome, whatever the call waits for.
    pub(super) async fn outcome_of(
        &self,
        call: &Call,
        cancelled: &CancellationToken,
        teller: Teller,
    ) -> Outcome {
        let left = call.deadline.millis_since(self.parts.clock.now());
        let patience = Duration::from_millis(left) + LATE;
        let work = async {
            if call.name == LLM {
                self.parts.reply(call, cancelled, teller).await
            } else {
                self.parts.tools.call_telling(call, cancelled, teller).await
            }
        };
        match timeout(patience, work).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => {
                let message = format!("tool `{}` gave no outcome in {left} ms", call.name);
                Outcome::Failed(ToolError::new(ToolErrorKind::Timeout, message))
            }
        }
    }

    /// Brings an outcome to its session, however long the store is away.
    async fn deliver(self: &Arc<Self>, session: &SessionId, call: &CallId, outcome: Outcome) {
        let input = Input::ToolDone { call: call.clone(), outcome };
        let mut pause = PAUSE_MIN;
        while *self.phase.borrow() != Phase::Stopped {
            match self.take_in(session, input.clone()).await {
                Ok(()) => return,
                Err(Error::Unavailable(why)) => {
                    warn!(%session, %call, why, "A tool's outcome waits for the store.");
                    sleep(pause).await;
                    pause = PAUSE_MAX.min(pause * 2);
                }
                Err(error) => {
                    debug!(%session, %call, %error, "A tool's outcome came too late.");
                    return;
                }
            }
        }
    }

    /// An input of the host's own; returns after the commit.
    pub(super) async fn take_in(
        self: &Arc<Self>,
        session: &SessionId,
        input: Input,
    ) -> Result<(), Error> {
        let (reply, taken) = oneshot::channel();
        let command = Command::Input { input: Box::new(input), reply };
        self.submit(session, command, Origin::Host)?;
        let gone = |_gone| Error::Unavailable("the turn was not made".to_owned());
        taken.await.map_err(gone)?.map(drop)
    }
}
