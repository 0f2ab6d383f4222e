//! Turns of a conversation that nobody stores: the same steps, calls included, from a session that comes in to one that
//! goes out. Nothing is committed, told or woken.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::phase::Phase;
use super::{Error, Runtime, check, random_id, time_zone};
use crate::engine::{Call, Effect, Input, Session, Step, Teller};
use crate::event::{Event, Map, SessionId};
use crate::flow;

/// Steps of one turn; a flow that calls a tool over and over has no end of them.
const STEPS_MAX: usize = 256;

/// What a turn came to.
#[derive(Debug, Clone)]
pub struct Stateless {
    /// The conversation from here on.
    pub session: Session,
    /// All that happened, in order.
    pub events: Vec<Event>,
}

impl Runtime {
    /// A conversation on the current version of `flow` that has not begun.
    ///
    /// # Errors
    /// [`Error::UnknownFlow`], [`Error::BadInput`] (time zone).
    pub fn unstored(
        &self,
        flow: &flow::Id,
        context: Map,
        zone: Option<String>,
    ) -> Result<Session, Error> {
        let flow = self.inner.parts.catalog.find(flow)?;
        let now = self.inner.parts.clock.now();
        let mut session = Session::new(self.unstored_id()?, &flow, context, now);
        session.time_zone = zone.map(time_zone).transpose()?;
        Ok(session)
    }

    /// A name for one turn: what it calls is not taken for the call of another turn from the same state.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without a source of chance.
    #[expect(clippy::unused_self, reason = "beside what it is for")]
    pub fn unstored_id(&self) -> Result<SessionId, Error> {
        random_id()
    }

    /// Takes `session` through its timers that are due, and `input`, and all that comes of it. A session that has not begun
    /// begins. When the flow has changed meanwhile it moves as the flow says.
    ///
    /// # Errors
    /// [`Error`]; nothing has changed but what tools have done.
    pub async fn stateless(
        &self,
        session: Session,
        input: Option<Input>,
        wait: Duration,
    ) -> Result<Stateless, Error> {
        if *self.inner.phase.borrow() != Phase::Open {
            return Err(Error::Closed);
        }
        input.as_ref().map_or(Ok(()), check)?;
        let _at_work = self.inner.at_work.begin();
        let turn =
            Turn { runtime: self, done: Stateless { session, events: Vec::new() }, steps: 0 };
        timeout(wait, turn.run(input))
            .await
            .map_err(|_elapsed| Error::Unfinished(format!("{} ms", wait.as_millis())))?
    }
}

/// A turn under way.
struct Turn<'a> {
    runtime: &'a Runtime,
    done: Stateless,
    steps: usize,
}

impl Turn<'_> {
    async fn run(mut self, input: Option<Input>) -> Result<Stateless, Error> {
        if self.done.session.seq == 0 {
            self.take(Input::Start).await?;
        } else {
            let calls = self.move_on().await?;
            self.take_all(None, calls).await?;
            if !self.done.session.is_active() {
                return Ok(self.done);
            }
            self.take_due().await?;
        }
        if let Some(input) = input {
            self.take(input).await?;
        }
        Ok(self.done)
    }

    /// Moves to the current versions of its flows as they say, and gives the calls that come of that.
    async fn move_on(&mut self) -> Result<VecDeque<Call>, Error> {
        let parts = &self.runtime.inner.parts;
        let mut way = parts.catalog.way(&self.done.session).await?;
        let (mut calls, now) = (VecDeque::new(), parts.clock.now());
        if let Some(step) = parts.moved(&mut way, &self.done.session, now).await? {
            self.note(step, &mut calls);
        }
        Ok(calls)
    }

    /// What would have happened by itself meanwhile, in its order.
    async fn take_due(&mut self) -> Result<(), Error> {
        loop {
            let now = self.runtime.inner.parts.clock.now();
            let due = self.done.session.timers.iter().filter(|timer| timer.at <= now);
            let Some(timer) = due.min_by_key(|timer| timer.at).map(|timer| timer.id) else {
                return Ok(());
            };
            self.take(Input::Due(timer)).await?;
        }
    }

    /// An input and all that comes of it.
    async fn take(&mut self, input: Input) -> Result<(), Error> {
        self.take_all(Some(input), VecDeque::new()).await
    }

    async fn take_all(
        &mut self,
        mut input: Option<Input>,
        mut calls: VecDeque<Call>,
    ) -> Result<(), Error> {
        loop {
            if let Some(input) = input.take() {
                self.step(&input, &mut calls).await?;
            }
            let next = match calls.pop_front() {
                Some(call) => Some(self.call(&call).await),
                None if !self.done.session.queue.is_empty() => Some(Input::Drain),
                None => None,
            };
            input = next.filter(|_| self.done.session.is_active());
            if input.is_none() {
                return Ok(());
            }
        }
    }

    async fn step(&mut self, input: &Input, calls: &mut VecDeque<Call>) -> Result<(), Error> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Err(Error::Unfinished(format!("{STEPS_MAX} steps")));
        }
        let parts = &self.runtime.inner.parts;
        let session = &self.done.session;
        let now = parts.clock.now().max(session.updated_at);
        let flows = parts.catalog.linked_for(session).await?;
        let step = parts.step(&flows, session, (input, now), &mut None).await?;
        self.note(step, calls);
        Ok(())
    }

    fn note(&mut self, step: Step, calls: &mut VecDeque<Call>) {
        self.done.session = step.session;
        self.done.events.extend(step.events);
        for effect in step.effects {
            match effect {
                Effect::CallTool(call) => calls.push_back(*call),
                Effect::CancelTool(id) => calls.retain(|call| call.id != id),
                Effect::Classify(_) | Effect::Wake { .. } => {}
            }
        }
    }

    async fn call(&self, call: &Call) -> Input {
        // Nobody listens while it runs.
        let teller = Teller::new(|_news| true);
        let outcome = self.runtime.inner.outcome_of(call, &CancellationToken::new(), teller).await;
        Input::ToolDone { call: call.id.clone(), outcome }
    }
}
