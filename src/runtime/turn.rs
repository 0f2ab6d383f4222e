//! One turn: step, understand, commit. Until the commit nothing has happened outside, so that a turn which another
//! host overtook is simply made again. It tells nobody and sends nothing; that is for whoever asked for the turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{debug, warn};

use super::hosts::Owner;
use super::{Error, Parts, moving};
use crate::catalog;
use crate::engine::{self, Accepted, Classify, Effect, Input, Repeat, Session, Step, Understood};
use crate::event::{Encoded, Event, SessionId, Timestamp};
use crate::flow::Linked;
use crate::store::{self, Commit, News, Summary, Tag};

/// How often a turn is made again because another was first.
const RETRIES_MAX: u32 = 5;

/// Longest pause before the first of them; doubles from there.
const PAUSE_MS: u64 = 4;

/// A session as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) session: Arc<Session>,
    /// Of its last turn; none before the first.
    pub(super) tag: Option<Tag>,
    /// Size of its stored form.
    pub(super) bytes: usize,
}

impl Held {
    /// One that is not stored yet.
    pub(super) fn new(session: Session) -> Self {
        Self { session: Arc::new(session), tag: None, bytes: 0 }
    }
}

/// A turn that is stored.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) held: Held,
    /// None when the input changed nothing.
    pub(super) events: Vec<Encoded>,
    /// The arrival that it goes back to.
    pub(super) root: u64,
    pub(super) effects: Vec<Effect>,
    /// The same input was here before: what it was taken as then.
    pub(super) before: Option<Accepted>,
    /// How long the store took.
    pub(super) stored: Duration,
}

impl Turn {
    /// One that changes nothing.
    fn none(held: Held, root: u64) -> Self {
        Self {
            held,
            events: Vec::new(),
            root,
            effects: Vec::new(),
            before: None,
            stored: Duration::ZERO,
        }
    }
}

/// A text and what it was understood as, kept while a turn is made again.
pub(super) type Heard = Option<(Classify, Understood)>;

impl Parts {
    /// The session as it is stored.
    pub(super) async fn load(&self, id: &SessionId) -> Result<Option<Held>, Error> {
        let Some(stored) = self.store.load(id).await? else { return Ok(None) };
        let session = serde_json::from_str(&stored.data).map_err(|error| {
            Error::Unavailable(format!("session `{id}` cannot be read: {error}"))
        })?;
        let (session, bytes) = (Arc::new(session), stored.data.len());
        Ok(Some(Held { session, tag: Some(stored.tag), bytes }))
    }

    /// Makes the turn of `input` on `session`, again on the stored session if another was first. Nothing is run if the
    /// same input was here before, at whatever host.
    pub(super) async fn turn(
        &self,
        mut held: Held,
        input: &Input,
        owner: Option<&Owner>,
    ) -> Result<Turn, Error> {
        let now = self.clock.now();
        let mut heard = None;
        // Whether this is the session as it is; another host may have gone on with one that was warm here.
        let mut fresh = owner.is_none() || held.session.seq == 0;
        for retry in 0..=RETRIES_MAX {
            if retry > 0 {
                pause(retry).await;
                let (id, seq) = (held.session.id.clone(), held.session.seq);
                held = self.load(&id).await?.ok_or(Error::Unknown(id))?;
                if held.session.seq < seq {
                    let head = held.session.seq;
                    warn!(session = %held.session.id, seq, head, "The store lost a session's newest turns.");
                }
                fresh = true;
                fault!("turn.loaded-again");
            }
            match held.session.repeat(input) {
                Repeat::New => {}
                // Even what was taken may be gone again, with a store that lost it.
                Repeat::Mismatch | Repeat::Same(_) if !fresh => continue,
                Repeat::Mismatch => return Err(Error::IdempotencyMismatch),
                Repeat::Same(before) => {
                    let root = before.turns.first().copied().unwrap_or_default();
                    return Ok(Turn { before: Some(before), ..Turn::none(held, root) });
                }
            }
            match self.attempt(&held, input, (now, owner), &mut heard).await {
                Err(Attempt::Overtaken) if held.session.seq == 0 => {
                    return Err(Error::Exists(held.session.id.clone()));
                }
                Err(Attempt::Overtaken) => {
                    debug!(session = %held.session.id, "Another turn was first.");
                }
                Err(Attempt::Refused(error)) if fresh || !is_of_the_session(&error) => {
                    return Err(error);
                }
                Ok(turn) if fresh || !turn.events.is_empty() => return Ok(turn),
                Err(Attempt::Refused(_)) | Ok(_) => {
                    debug!(session = %held.session.id, "An old copy has no use for an input.");
                }
            }
        }
        let id = &held.session.id;
        warn!(session = %id, "Other turns were first too often.");
        Err(Error::Unavailable(format!("other turns of session `{id}` were first")))
    }

    async fn attempt(
        &self,
        held: &Held,
        input: &Input,
        (now, owner): (Timestamp, Option<&Owner>),
        heard: &mut Heard,
    ) -> Result<Turn, Attempt> {
        // A session begins when it says that it did, which its calls are named after. A clock that was set back must not
        // make a log whose times run backwards.
        let begins = held.session.seq == 0;
        let now = if begins { held.session.created_at } else { now.max(held.session.updated_at) };
        let (mut step, root) = self.whole_step(&held.session, input, now, heard).await?;
        if step.events.is_empty() {
            return Ok(Turn::none(held.clone(), root));
        }
        let events: Vec<Encoded> = step.events.iter().map(Event::encode).collect();
        if let Some(owner) = owner {
            step.session.own_calls(&owner.host);
        }
        let mut commit = commit_of(&step.session, held, root, &events)?;
        if let Some(owner) = owner.filter(|_| !step.session.pending.is_empty()) {
            // By then another host looks whether this one is still at work.
            commit.due = commit.due.map(|due| due.min(now.plus_millis(owner.lease_ms)));
        }
        let bytes = commit.data.len();
        fault!("turn.stepped");
        let began = Instant::now();
        let tag = Some(self.store.commit(commit).await?);
        let stored = began.elapsed();
        fault!("turn.committed");
        let held = Held { session: Arc::new(step.session), tag, bytes };
        Ok(Turn { held, events, root, effects: step.effects, before: None, stored })
    }

    /// The session's move to newer versions, if there is to be one, and the step of `input`; with the arrival that what
    /// comes of it goes back to.
    async fn whole_step(
        &self,
        session: &Session,
        input: &Input,
        now: Timestamp,
        heard: &mut Heard,
    ) -> Result<(Step, u64), Error> {
        let mut way = self.catalog.way(session).await?;
        if !moving::may_move_before(session, input) {
            way.newer.clear();
        }
        let moved = self.moved(&mut way, session, now).await?;
        let Some(mut moved) = moved else {
            let step = self.step(&way.linked, session, (input, now), heard).await?;
            return Ok((step, root(session, input)));
        };
        if moving::is_moot(&moved.session, input) {
            let root = moved.session.turn;
            return Ok((moved, root));
        }
        let root = root(&moved.session, input);
        let mut step = self.step(&way.linked, &moved.session, (input, now), heard).await?;
        moving::remember_with(&mut step.session.accepted, &moved.events, root);
        moved.events.extend(step.events);
        moved.effects.extend(step.effects);
        Ok((Step { session: step.session, ..moved }, root))
    }

    /// The engine's step, with the understanding of a text between its halves.
    pub(super) async fn step(
        &self,
        flows: &Linked,
        session: &Session,
        (input, now): (&Input, Timestamp),
        heard: &mut Heard,
    ) -> Result<Step, Error> {
        let mut step = engine::step(flows, session, input, now)?;
        let classify = step.effects.iter().position(|wish| matches!(wish, Effect::Classify(_)));
        let Some(place) = classify else { return Ok(step) };
        let Effect::Classify(query) = step.effects.remove(place) else { return Ok(step) };
        let query = *query;
        let understood = match heard.take() {
            Some((asked, understood)) if asked == query => understood,
            _ => self.understand(flows, &query).await?,
        };
        fault!("turn.understood");
        *heard = Some((query, understood.clone()));
        let rest = engine::step(flows, &step.session, &Input::Understood(understood), now)?;
        step.events.extend(rest.events);
        step.effects.extend(rest.effects);
        Ok(Step { session: rest.session, ..step })
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
        Input::ToolDone { call, .. } | Input::Told { call, .. } => {
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
    before: &Held,
    root: u64,
    events: &[Encoded],
) -> Result<Commit, Error> {
    let data = serde_json::to_string(session)
        .map_err(|error| Error::Unavailable(format!("the session cannot be written: {error}")))?;
    let outermost = session.frames.first().unwrap_or_else(|| session.frame());
    Ok(Commit {
        session: session.id.clone(),
        expected: before.session.seq,
        follows: before.tag,
        events: events.to_vec(),
        data: data.into(),
        due: session.due(),
        summary: Summary {
            flow: outermost.flow.clone(),
            version: outermost.version.clone(),
            state: session.frame().state.to_string(),
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

/// Whether the same may be taken when the session has gone on.
const fn is_of_the_session(error: &Error) -> bool {
    matches!(
        error,
        Error::Ended { .. }
            | Error::QueueFull { .. }
            | Error::BadInput(_)
            | Error::UnknownIntent(_)
    )
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
            | engine::Error::TooLarge { .. } => Self::BadInput(words),
            engine::Error::UnknownIntent { .. } => Self::UnknownIntent(words),
        }
    }
}

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Self {
        match error {
            catalog::Error::Unknown { flow, suggestion } => Self::UnknownFlow { flow, suggestion },
            catalog::Error::Invalid { findings, .. } => Self::InvalidFlow(findings),
            catalog::Error::Gone { .. }
            | catalog::Error::Overtaken
            | catalog::Error::Unavailable(_) => Self::Unavailable(error.to_string()),
        }
    }
}
