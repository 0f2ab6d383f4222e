//! One turn: step, understand, commit. Until the commit nothing has happened outside, so that a turn which another
//! host overtook is simply made again. It tells nobody and sends nothing; that is for whoever asked for the turn.

use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, warn};

use super::{Error, Parts};
use crate::catalog;
use crate::engine::{self, Classify, Effect, Input, Session, Step, Understood};
use crate::event::{Encoded, Event, SessionId, Timestamp};
use crate::flow::Linked;
use crate::store::{self, Commit, News, Summary};

/// How often a turn is made again because another was first.
const RETRIES_MAX: u32 = 5;

/// Longest pause before the first of them; doubles from there.
const PAUSE_MS: u64 = 4;

/// A turn that is stored.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) session: Arc<Session>,
    /// None when the input changed nothing.
    pub(super) events: Vec<Encoded>,
    /// The arrival that it goes back to.
    pub(super) root: u64,
    pub(super) effects: Vec<Effect>,
    /// Size of the session as stored.
    pub(super) bytes: usize,
}

/// A text and what it was understood as, kept while a turn is made again.
type Heard = Option<(Classify, Understood)>;

impl Parts {
    /// The session as it is stored.
    pub(super) async fn load(&self, id: &SessionId) -> Result<Option<(Session, usize)>, Error> {
        let Some(stored) = self.store.load(id).await? else { return Ok(None) };
        let session = serde_json::from_str(&stored.data).map_err(|error| {
            Error::Unavailable(format!("session `{id}` cannot be read: {error}"))
        })?;
        Ok(Some((session, stored.data.len())))
    }

    /// Makes the turn of `input` on `session`, again on the stored session if another was first.
    pub(super) async fn turn(&self, session: Arc<Session>, input: &Input) -> Result<Turn, Error> {
        let now = self.clock.now();
        let mut heard = None;
        let mut session = session;
        for retry in 0..=RETRIES_MAX {
            if retry > 0 {
                pause(retry).await;
                let id = session.id.clone();
                let stored = self.load(&id).await?;
                session = Arc::new(stored.ok_or(Error::Unknown(id))?.0);
            }
            match self.attempt(&session, input, now, &mut heard).await {
                Err(Attempt::Overtaken) if session.seq == 0 => {
                    return Err(Error::Exists(session.id.clone()));
                }
                Err(Attempt::Overtaken) => debug!(session = %session.id, "Another turn was first."),
                Err(Attempt::Refused(error)) => return Err(error),
                Ok(turn) => return Ok(turn),
            }
        }
        warn!(session = %session.id, "Other turns were first too often.");
        Err(Error::Unavailable(format!("other turns of session `{}` were first", session.id)))
    }

    async fn attempt(
        &self,
        session: &Arc<Session>,
        input: &Input,
        now: Timestamp,
        heard: &mut Heard,
    ) -> Result<Turn, Attempt> {
        let root = root(session, input);
        // A clock that was set back must not make a log whose times run backwards.
        let now = now.max(session.updated_at);
        let step = self.step(session, input, now, heard).await?;
        if step.events.is_empty() {
            let (session, bytes) = (Arc::clone(session), 0);
            return Ok(Turn { session, events: Vec::new(), root, effects: Vec::new(), bytes });
        }
        let events: Vec<Encoded> = step.events.iter().map(Event::encode).collect();
        let commit = commit_of(&step.session, session.seq, root, &events)?;
        let bytes = commit.data.len();
        self.store.commit(commit).await?;
        Ok(Turn { session: Arc::new(step.session), events, root, effects: step.effects, bytes })
    }

    /// The engine's step, with the understanding of a text between its halves.
    async fn step(
        &self,
        session: &Arc<Session>,
        input: &Input,
        now: Timestamp,
        heard: &mut Heard,
    ) -> Result<Step, Error> {
        let flows = self.catalog.linked_for(session).await?;
        let mut step = engine::step(&flows, Session::clone(session), input.clone(), now)?;
        let classify = step.effects.iter().position(|wish| matches!(wish, Effect::Classify(_)));
        let Some(place) = classify else { return Ok(step) };
        let Effect::Classify(query) = step.effects.remove(place) else { return Ok(step) };
        let understood = match heard.take() {
            Some((asked, understood)) if asked == query => understood,
            _ => self.understand(&flows, &query).await?,
        };
        *heard = Some((query, understood.clone()));
        let rest = engine::step(&flows, step.session, Input::Understood(understood), now)?;
        step.events.extend(rest.events);
        step.effects.extend(rest.effects);
        Ok(Step { session: rest.session, events: step.events, effects: step.effects })
    }

    async fn understand(&self, flows: &Linked, query: &Classify) -> Result<Understood, Error> {
        let (id, version) = &query.flow;
        let flow = flows.get(id, version).ok_or_else(|| {
            Error::Unavailable(format!("flow `{id}` in version {version} is not loaded"))
        })?;
        Ok(self.classifier.classify(flow, query).await)
    }
}

/// The arrival of a person, a client or a timer that this input's events go back to.
fn root(session: &Session, input: &Input) -> u64 {
    let own = session.turn.saturating_add(1);
    match input {
        Input::ToolDone { call, .. } => {
            let pending = session.pending.iter().find(|pending| pending.call == *call);
            pending.map_or(own, |pending| pending.root)
        }
        Input::Cancel => session.pending.first().map_or(own, |pending| pending.root),
        Input::Drain => session.queue.front().map_or(own, |queued| queued.turn),
        Input::Start
        | Input::Text { .. }
        | Input::Dtmf { .. }
        | Input::Understood(_)
        | Input::External { .. }
        | Input::Due(_)
        | Input::Delete => own,
    }
}

fn commit_of(
    session: &Session,
    expected: u64,
    root: u64,
    events: &[Encoded],
) -> Result<Commit, Error> {
    let data = serde_json::to_string(session)
        .map_err(|error| Error::Unavailable(format!("the session cannot be written: {error}")))?;
    let outermost = session.frames.first().unwrap_or_else(|| session.frame());
    Ok(Commit {
        session: session.id.clone(),
        expected,
        follows: None,
        events: events.to_vec(),
        data: data.into(),
        due: session.due(),
        summary: Summary {
            flow: outermost.flow.clone(),
            version: outermost.version.clone(),
            state: session.frame().state.clone(),
            active: session.is_active(),
            created_at: session.created_at,
            updated_at: session.updated_at,
        },
        news: News { root, settled: session.is_settled(root), last: !session.is_active() },
    })
}

/// Waits a little, not always the same, so that two hosts do not meet again and again.
async fn pause(retry: u32) {
    let longest = PAUSE_MS << retry.min(8);
    let mut byte = [0_u8; 1];
    // Without chance the pause is the longest.
    let share = getrandom::fill(&mut byte).map_or(255, |()| u64::from(byte[0]));
    tokio::time::sleep(Duration::from_millis(1 + longest * share / 255)).await;
}

/// Why an attempt at a turn stored nothing.
enum Attempt {
    Overtaken,
    Refused(Error),
}

impl From<Error> for Attempt {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<store::Error> for Attempt {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Conflict { .. } => Self::Overtaken,
            store::Error::Unavailable(_) | store::Error::Corrupt(_) | store::Error::Open(_) => {
                Self::Refused(error.into())
            }
        }
    }
}

impl From<engine::Error> for Error {
    fn from(error: engine::Error) -> Self {
        let words = error.to_string();
        match error {
            engine::Error::Ended { reason } => Self::Ended { reason },
            engine::Error::QueueFull { max } => Self::QueueFull { max },
            engine::Error::UnknownFlow { .. } => Self::Unavailable(words),
            engine::Error::NotPending(_)
            | engine::Error::NoTimer(_)
            | engine::Error::OutOfOrder(_)
            | engine::Error::TooLarge { .. }
            | engine::Error::UnknownIntent { .. } => Self::BadInput(words),
        }
    }
}

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Self {
        match error {
            catalog::Error::Unknown { flow, suggestion } => Self::UnknownFlow { flow, suggestion },
            catalog::Error::Invalid { findings, .. } => Self::InvalidFlow(findings),
            catalog::Error::Gone { .. } | catalog::Error::Unavailable(_) => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}
