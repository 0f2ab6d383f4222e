//! The workbench of one step: the session under change, the events so far, and what expressions see. It knows how
//! to number, to evaluate and to fail as a whole; what happens is decided in its neighbours.

use std::cell::Cell;
use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::draft::Draft;
use super::hearing::Understanding;
use super::limits::{ACTIONS_MAX, EVENTS_MAX};
use super::{Accepted, Effect, Error, Mark, Session, Step};
use crate::event::{Event, Kind, Map, Timestamp};
use crate::flow::{Flow, Linked, State};
use crate::script::{Data, Expression, Incoming, Scope, SessionNames, Template};

/// Events that most steps come to.
const EVENTS_USUAL: usize = 3;

/// Why a step is discarded as a whole; it becomes the event `error`.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn limit(what: &'static str, max: usize) -> Self {
        Self::new(what, format!("one turn may not go over {max}; look for a loop in the flow"))
    }
}

/// What expressions see beside the context; it lives for one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Vars<'a> {
    /// None is no slots.
    pub(super) slot: Option<Arc<Map>>,
    /// None is null.
    pub(super) error: Option<Arc<Value>>,
    pub(super) input: Incoming<'a>,
}

/// For what a step does not have.
static NOTHING: LazyLock<Arc<Value>> = LazyLock::new(Arc::default);
static NO_SLOTS: LazyLock<Arc<Map>> = LazyLock::new(Arc::default);

/// One step in the making.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) flows: &'a Linked,
    /// The flow of the innermost frame.
    pub(super) flow: &'a Flow,
    /// As it is stored.
    pub(super) before: &'a Session,
    /// As it becomes, but for what the step as a whole adds in [`Self::finish`].
    pub(super) session: Draft<'a>,
    pub(super) now: Timestamp,
    pub(super) vars: Vars<'a>,
    pub(super) effects: Vec<Effect>,
    /// Automatic transitions so far.
    pub(super) hops: usize,
    /// States entered so far.
    pub(super) entries: usize,
    /// Whether the person did something in this step.
    pub(super) heard: bool,
    /// Whether that is the answer to a question which of two intents is meant.
    pub(super) is_answer: bool,
    /// The arrival that this step goes back to.
    pub(super) root: u64,
    /// Number that the events carry.
    pub(super) number: u64,
    /// Number of the last arrival.
    arrived: u64,
    /// Of the last event.
    pub(super) seq: u64,
    /// The arrival, if its sender gave it an id.
    pub(super) accepted: Option<Accepted>,
    /// The text that is to be understood before the turn goes on.
    pub(super) understanding: Option<Understanding>,
    /// None when nobody asks.
    pub(super) marks: Option<Vec<Mark>>,
    events: Vec<Event>,
    actions: usize,
    /// Where among the states of the flow the last one was that was looked for.
    place: Cell<usize>,
}

impl<'a> Turn<'a> {
    /// `flow` is that of the session's innermost frame.
    pub(super) fn begin(
        flows: &'a Linked,
        flow: &'a Flow,
        before: &'a Session,
        now: Timestamp,
    ) -> Self {
        let number = before.turn;
        Self {
            flows,
            flow,
            before,
            session: before.into(),
            now,
            vars: Vars::default(),
            effects: Vec::new(),
            hops: 0,
            entries: 0,
            heard: false,
            is_answer: false,
            root: number,
            number,
            arrived: number,
            seq: before.seq,
            accepted: None,
            understanding: None,
            marks: None,
            events: Vec::with_capacity(EVENTS_USUAL),
            actions: 0,
            place: Cell::new(0),
        }
    }

    /// The next arrival: it gets a number, and everything in this step goes back to it.
    pub(super) fn arrive(&mut self) {
        self.arrived += 1;
        self.number = self.arrived;
        self.root = self.number;
    }

    /// Adds an event to the log.
    pub(super) fn push(&mut self, kind: Kind) {
        self.seq += 1;
        self.events.push(Event {
            kind,
            session_id: self.before.id.clone(),
            seq: self.seq,
            timestamp: self.now,
            turn: self.number,
        });
    }

    /// Runs the part of the step that may fail; if it does, all it did is undone and the failure is an event.
    pub(super) fn attempt_whole(&mut self, react: impl FnOnce(&mut Self) -> Result<(), Failure>) {
        let before = (self.session.clone(), self.flow, self.seq);
        let (events, effects) = (self.events.len(), self.effects.len());
        let marks = self.marks.as_ref().map_or(0, Vec::len);
        if let Err(failure) = react(self) {
            (self.session, self.flow, self.seq) = before;
            self.events.truncate(events);
            self.effects.truncate(effects);
            self.marks.iter_mut().for_each(|all| all.truncate(marks));
            self.push(Kind::Error { code: failure.code.to_owned(), message: failure.message });
        }
    }

    /// Closes the step.
    pub(super) fn finish(mut self) -> Step {
        let session = &mut *self.session;
        (session.seq, session.turn, session.updated_at) = (self.seq, self.arrived, self.now);
        session.understanding = self.understanding.take();
        self.mind_silence();
        let timers = &self.session.timers;
        // A state that was left again in this very turn wants no wake-up any more.
        self.effects.retain(|wish| match wish {
            Effect::Wake { timer, .. } => timers.iter().any(|set| set.id == *timer),
            Effect::Classify(_) | Effect::CallTool(_) | Effect::CancelTool(_) => true,
        });
        self.note_accepted();
        let marks = self.marks.unwrap_or_default();
        Step {
            session: self.session.into_session(),
            events: self.events,
            effects: self.effects,
            marks,
        }
    }

    /// Whether the person was told or asked something in this step.
    pub(super) fn tells(&self) -> bool {
        let tells = |event: &Event| matches!(event.kind, Kind::Say { .. } | Kind::Ask { .. });
        self.events.iter().any(tells)
    }

    /// Whether anything was logged in this step.
    pub(super) const fn is_silent(&self) -> bool {
        self.events.is_empty()
    }

    /// The state that the conversation is in.
    pub(super) fn state<'f>(&self, flow: &'f Flow) -> Result<&'f State, Failure> {
        let id = &self.session.frame().state;
        // Most look for the one that was looked for before.
        let last = flow.states.get_index(self.place.get());
        if let Some((_, state)) = last.filter(|(_, state)| state.id == *id) {
            return Ok(state);
        }
        let Some((place, _, state)) = flow.states.get_full(&**id) else {
            let message = format!("flow `{}` has no state `{id}`", flow.id);
            return Err(Failure::new("target.unknown", message));
        };
        self.place.set(place);
        Ok(state)
    }

    /// The flow of a frame, counted from the outermost.
    pub(super) fn flow_at(&self, frame: usize) -> Option<&'a Flow> {
        let frame = self.session.frames.get(frame)?;
        self.flows.get(&frame.flow, &frame.version).map(Arc::as_ref)
    }

    pub(super) fn count_action(&mut self) -> Result<(), Failure> {
        self.actions += 1;
        if self.actions > ACTIONS_MAX {
            return Err(Failure::limit("limit.actions", ACTIONS_MAX));
        }
        self.check_events()
    }

    pub(super) fn check_events(&self) -> Result<(), Failure> {
        if self.events.len() > EVENTS_MAX {
            return Err(Failure::limit("limit.events", EVENTS_MAX));
        }
        Ok(())
    }

    /// Whether a guard is true; a guard that fails is false and an event.
    pub(super) fn holds(&mut self, guard: Option<&Expression>, ctx: &Arc<Map>, at: &str) -> bool {
        let Some(guard) = guard else { return true };
        let result = self.with_scope(ctx, |scope| guard.is_true(scope));
        self.value_or_event(result, at).unwrap_or(false)
    }

    /// A template's text for a person; empty, and an event, when it fails.
    pub(super) fn text(&mut self, template: &Template, at: &str) -> String {
        if let Some(text) = template.plain() {
            return text.to_owned();
        }
        let ctx = &self.session.frame().context;
        let result = self.with_scope(ctx, |scope| template.text(scope));
        self.value_or_event(result, at).unwrap_or_default()
    }

    /// The value of JSON with templates; null, and an event, when it fails.
    pub(super) fn data(&mut self, data: &Data, ctx: &Arc<Map>, at: &str) -> Value {
        let result = self.with_scope(ctx, |scope| data.eval(scope));
        self.value_or_event(result, at).unwrap_or_default()
    }

    /// The arguments of a call; a call without them all is not made.
    pub(super) fn args(&self, tool: &str, data: &Data) -> Result<Map, Failure> {
        self.object(data, &format!("the arguments of tool `{tool}`"))
    }

    /// What is passed on as a whole or not at all.
    pub(super) fn object(&self, data: &Data, what: &str) -> Result<Map, Failure> {
        let refused =
            |why| Failure::new("args.failed", format!("{what} cannot be computed: {why}"));
        let ctx = &self.session.frame().context;
        match self.with_scope(ctx, |scope| data.eval(scope)) {
            Ok(Value::Object(args)) => Ok(args),
            Ok(_) => Err(refused("they are no object".to_owned())),
            Err(error) => Err(refused(error.message)),
        }
    }

    fn with_scope<T>(&self, ctx: &Arc<Map>, run: impl FnOnce(&Scope<'_>) -> T) -> T {
        let frame = self.session.frame();
        let nothing = &*NOTHING;
        let tool = self.session.last_result.as_ref().map_or(nothing, |last| &last.result);
        let result = frame.result.as_ref().unwrap_or(nothing);
        run(&Scope {
            ctx,
            slot: self.vars.slot.as_ref().unwrap_or(&NO_SLOTS),
            tool,
            result,
            error: self.vars.error.as_ref().unwrap_or(nothing),
            input: &self.vars.input,
            params: &frame.params,
            session: SessionNames {
                id: self.session.id.as_str(),
                flow: frame.flow.as_str(),
                state: &frame.state,
            },
        })
    }

    fn value_or_event<T>(
        &mut self,
        result: Result<T, crate::script::Error>,
        at: &str,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.push(Kind::GuardError { at: at.to_owned(), message: error.message });
                None
            }
        }
    }
}

/// The flow of the session's innermost frame.
pub(super) fn flow_of<'a>(flows: &'a Linked, session: &Session) -> Result<&'a Flow, Error> {
    let frame = session.frame();
    let found = flows.get(&frame.flow, &frame.version).map(Arc::as_ref);
    found.ok_or_else(|| Error::UnknownFlow {
        flow: frame.flow.clone(),
        version: frame.version.clone(),
    })
}
