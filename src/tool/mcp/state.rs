//! What is known of one server at a moment: whether there is a connection, why not, and what its tools are. Calls wait
//! here for a connection, and never longer than their own deadline.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::{Peer, RoleClient};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::define::Definition;
use super::rights::Reach;
use crate::event::ToolErrorKind;
use crate::tool::Failure;

/// What does not change about a server.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) plugin: String,
    pub(super) reach: Reach,
    pub(super) start_timeout: Duration,
    pub(super) args_max: u64,
    pub(super) output_max: u64,
    /// A secret that the operator has granted and not set.
    pub(super) unset: Option<String>,
}

/// One server.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) facts: Facts,
    state: watch::Sender<State>,
    /// Somebody wants to call it.
    pub(super) wanted: Notify,
    /// A call took too long: it may hang as a whole.
    pub(super) doubted: Notify,
    stopping: CancellationToken,
    definitions: Mutex<Option<Arc<Vec<Definition>>>>,
    /// What was heard last over the connection that there is, and what of it was left out.
    heard: Mutex<Option<Listed>>,
}

/// What can be taken of a list of tools, and what not, and why.
pub(super) type Listed = (Vec<Definition>, Vec<(String, String)>);

/// Whether it can be called.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// Nobody has wanted it yet.
    Asleep,
    /// It is being started.
    Starting,
    /// There.
    Up(Link),
    /// It is left alone until then.
    Down(Instant),
    /// For good.
    Stopped,
}

/// A connection.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) peer: Peer<RoleClient>,
    /// It was cut because the server sent more than it may.
    pub(super) flooded: Arc<AtomicBool>,
}

impl Link {
    pub(super) fn is_flooded(&self) -> bool {
        self.flooded.load(Ordering::Relaxed)
    }
}

impl State {
    /// Whether a call need not wait for another.
    fn is_settled(&self) -> bool {
        match self {
            Self::Asleep | Self::Starting => false,
            Self::Up(link) => !link.peer.is_transport_closed(),
            Self::Down(until) => Instant::now() < *until,
            Self::Stopped => true,
        }
    }
}

impl Server {
    pub(super) fn new(facts: Facts) -> Self {
        Self {
            facts,
            state: watch::Sender::new(State::Asleep),
            wanted: Notify::new(),
            doubted: Notify::new(),
            stopping: CancellationToken::new(),
            definitions: Mutex::default(),
            heard: Mutex::default(),
        }
    }

    pub(super) fn set(&self, state: State) {
        self.state.send_replace(state);
    }

    pub(super) const fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// A connection, as soon as there is one.
    pub(super) async fn link(&self, deadline: Instant) -> Result<Link, Failure> {
        let away = |why: &str| Failure::before_start(ToolErrorKind::Unavailable, why);
        let mut states = self.state.subscribe();
        if !states.borrow().is_settled() {
            self.wanted.notify_one();
        }
        let settled = timeout_at(deadline, states.wait_for(State::is_settled)).await;
        let state = match settled {
            Ok(Ok(state)) => state.clone(),
            Ok(Err(_closed)) => State::Stopped,
            Err(_elapsed) => State::Starting,
        };
        match state {
            State::Up(link) => Ok(link),
            State::Asleep | State::Starting => Err(away("the tool's server is still starting")),
            State::Down(until) => {
                let left = until.saturating_duration_since(Instant::now());
                let failure = away("the tool's server is not there; it will be started again");
                Err(Failure { retry_after: Some(left), ..failure })
            }
            State::Stopped => Err(away("the tool's server was stopped")),
        }
    }

    /// Whether its tools are known, after the first look at the latest.
    pub(super) async fn known(&self, patience: Duration) -> bool {
        let mut states = self.state.subscribe();
        let looked = states.wait_for(|state| {
            self.is_known() || matches!(state, State::Up(_) | State::Down(_) | State::Stopped)
        });
        // Whoever is not known in time is known later.
        drop(timeout(patience, looked).await);
        self.is_known()
    }

    fn is_known(&self) -> bool {
        self.lock().is_some()
    }

    /// What its tools are, as far as that is known and agreed on.
    pub(super) fn definitions(&self) -> Arc<Vec<Definition>> {
        self.lock().clone().unwrap_or_default()
    }

    /// Takes what its tools are; whether that is news.
    pub(super) fn learn(&self, definitions: Option<Vec<Definition>>) -> bool {
        let Some(definitions) = definitions else { return false };
        let mut known = self.lock();
        let news = known.as_deref() != Some(&definitions);
        if news {
            *known = Some(Arc::new(definitions));
        }
        news
    }

    /// Whether this is another list than the last one over this connection.
    pub(super) fn hears(&self, listed: &Listed) -> bool {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let news = heard.as_ref() != Some(listed);
        if news {
            *heard = Some(listed.clone());
        }
        news
    }

    /// A new connection begins.
    pub(super) fn forget_heard(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Vec<Definition>>>> {
        self.definitions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
