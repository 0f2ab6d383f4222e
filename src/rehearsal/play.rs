//! One case under way: the engine on one side, on the other the steps, the answers of tools and a time that passes only
//! when a step says so. What a plugin is to answer is asked of the caller; everything else is here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::compare::{Mismatch, instead};
use super::judge::judge;
use super::reply::{Replies, Reply};
use super::script::{Act, Script, Suite, What};
use crate::engine::{
    self, Call, Classify, Effect, Input, Mark, Outcome, Session, Understood, step_marked,
};
use crate::event::{CallId, Event, Map, SessionId, Timestamp, ToolError, ToolErrorKind};
use crate::flow::{self, Flow, Linked};

/// Turns of one case; a case that has more goes round in a circle.
pub const TURNS_MAX: usize = 10_000;

/// The session that every case is in.
const SESSION: &str = "case";

/// How a text is understood.
pub type Understand<'a> = dyn Fn(&Flow, &Classify) -> Understood + Sync + 'a;

/// What all cases are played on.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// The flows.
    pub flows: &'a Linked,
    /// Whoever understands texts.
    pub understand: &'a Understand<'a>,
}

impl std::fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("flows", &self.flows).finish_non_exhaustive()
    }
}

/// What came of a case.
#[derive(Debug, Clone)]
pub struct Played {
    /// The sentence that it proves.
    pub name: String,
    /// JSON pointer of the case.
    pub at: String,
    /// The beginning, and then the steps.
    pub steps: Vec<Acted>,
    /// The parts of flows that it went through.
    pub marks: Vec<Mark>,
    /// The conversation at its end.
    pub session: Session,
}

/// What came of a step.
#[derive(Debug, Clone)]
pub struct Acted {
    /// JSON pointer of the step; none for a beginning that no step looks at.
    pub at: Option<String>,
    /// How much time passed before it.
    pub after_ms: u64,
    /// What was done.
    pub input: Option<Input>,
    /// What happened.
    pub events: Vec<Event>,
    /// Where the conversation was then.
    pub came: Came,
    /// Whether somebody looks at it.
    pub is_looked_at: bool,
    /// Everything that is not as expected.
    pub mismatches: Vec<Mismatch>,
}

/// Where a conversation is.
#[derive(Debug, Clone, PartialEq)]
pub struct Came {
    /// The innermost flow.
    pub flow: flow::Id,
    /// Its state.
    pub state: String,
    /// Its context.
    pub context: Arc<Map>,
    /// Why it ended, once it has.
    pub ended: Option<String>,
    /// Why the input was not taken.
    pub refused: Option<String>,
}

impl Played {
    /// Whether everything is as expected.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.steps.iter().all(|step| step.mismatches.is_empty())
    }

    /// Every event, in order.
    pub fn log(&self) -> impl Iterator<Item = &Event> {
        self.steps.iter().flat_map(|step| &step.events)
    }
}

/// A case under way.
#[derive(Debug)]
pub struct Play<'a> {
    stage: Stage<'a>,
    script: &'a Script,
    session: Session,
    now: Timestamp,
    /// How far time passes in this step.
    until: Timestamp,
    /// The step under way.
    place: usize,
    phase: Phase,
    /// Answers given, by tool.
    given: BTreeMap<String, usize>,
    coming: Vec<Coming>,
    wanted: VecDeque<Call>,
    turns: usize,
    events: Vec<Event>,
    refused: Option<String>,
    troubles: Vec<Mismatch>,
    steps: Vec<Acted>,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Wait,
    Act,
    Look,
}

/// An outcome on its way.
#[derive(Debug)]
struct Coming {
    at: Timestamp,
    call: CallId,
    outcome: Outcome,
}

impl<'a> Play<'a> {
    /// Before the beginning; none when the flow of the suite is not among those of the stage.
    #[must_use]
    pub fn new(stage: Stage<'a>, suite: &Suite, script: &'a Script) -> Option<Self> {
        let flow = stage.flows.current(&suite.flow)?;
        let id = SessionId::new(SESSION).ok()?;
        let mut session = Session::new(id, flow, script.context.clone(), script.begins);
        session.time_zone.clone_from(&script.time_zone);
        let now = script.begins;
        Some(Self {
            stage,
            script,
            session,
            now,
            until: now,
            place: 0,
            phase: Phase::Wait,
            given: BTreeMap::new(),
            coming: Vec::new(),
            wanted: VecDeque::new(),
            turns: 0,
            events: Vec::new(),
            refused: None,
            troubles: Vec::new(),
            steps: Vec::new(),
            marks: Vec::new(),
        })
    }

    /// The conversation's time.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Goes on until a plugin is to be called, whose outcome is then brought by [`Self::answer`]; none at the end.
    pub fn go_on(&mut self) -> Option<Call> {
        loop {
            if let Some(call) = self.wanted.pop_front() {
                return Some(call);
            }
            if self.phase != Phase::Wait && self.turn_due() {
                continue;
            }
            let script = self.script;
            let act = script.acts.get(self.place)?;
            match self.phase {
                Phase::Wait => {
                    self.until = self.now.plus_millis(act.after_ms);
                    self.phase = Phase::Act;
                }
                Phase::Act => {
                    self.now = self.until;
                    self.phase = Phase::Look;
                    self.act(act);
                }
                Phase::Look => {
                    self.look(act);
                    self.place += 1;
                    self.phase = Phase::Wait;
                }
            }
        }
    }

    /// Brings the outcome of a call that [`Self::go_on`] asked for.
    pub fn answer(&mut self, call: &CallId, outcome: Outcome) {
        self.coming.push(Coming { at: self.now, call: call.clone(), outcome });
    }

    /// What came of it.
    #[must_use]
    pub fn end(self) -> Played {
        Played {
            name: self.script.name.clone(),
            at: self.script.at.clone(),
            steps: self.steps,
            marks: self.marks,
            session: self.session,
        }
    }

    fn act(&mut self, act: &Act) {
        let taken = match &act.what {
            What::Nothing => Ok(()),
            What::Input(input) => self.step(input, None),
            What::Understood(input, understood) => self.step(input, Some(understood.as_ref())),
        };
        self.refused = taken.err().map(|error| format!("could not {error}"));
    }

    fn look(&mut self, act: &Act) {
        let frame = self.session.frame();
        let came = Came {
            flow: frame.flow.clone(),
            state: frame.state.to_string(),
            context: Arc::clone(&frame.context),
            ended: self.session.ended.clone(),
            refused: self.refused.take(),
        };
        let events = std::mem::take(&mut self.events);
        let mut mismatches = std::mem::take(&mut self.troubles);
        mismatches.extend(judge(&act.expect, &events, &came));
        let input = match &act.what {
            What::Nothing => None,
            What::Input(input) | What::Understood(input, _) => Some(input.clone()),
        };
        self.steps.push(Acted {
            at: act.at.clone(),
            after_ms: act.after_ms,
            input,
            events,
            came,
            is_looked_at: act.expect != Default::default(),
            mismatches,
        });
    }

    /// Makes the next turn that is due; none is an answer.
    fn turn_due(&mut self) -> bool {
        let Some((at, input)) = self.due().filter(|(at, _)| *at <= self.until) else {
            return false;
        };
        if self.turns >= TURNS_MAX {
            if self.troubles.is_empty() {
                let came = format!("more than {TURNS_MAX} turns");
                self.troubles.push(instead("step", "an end of what happens by itself", &came));
            }
            return false;
        }
        self.now = self.now.max(at);
        // An outcome that nobody waits for any more changes nothing.
        drop(self.step(&input, None));
        true
    }

    /// What happens next by itself, and when; what waits in the queue before outcomes, these before timers.
    fn due(&mut self) -> Option<(Timestamp, Input)> {
        let session = &self.session;
        if !session.is_active() {
            return None;
        }
        if session.pending.is_empty() && !session.queue.is_empty() {
            return Some((self.now, Input::Drain));
        }
        let timer = session.timers.iter().min_by_key(|timer| timer.at);
        let each = self.coming.iter().enumerate();
        let outcome =
            each.min_by_key(|(_, coming)| coming.at).map(|(place, coming)| (place, coming.at));
        match (outcome, timer) {
            (Some((place, at)), timer) if timer.is_none_or(|timer| at <= timer.at) => {
                if at > self.until {
                    return None;
                }
                let Coming { call, outcome, .. } = self.coming.remove(place);
                Some((at, Input::ToolDone { call, outcome }))
            }
            (_, Some(timer)) => Some((timer.at, Input::Due(timer.id))),
            (_, None) => None,
        }
    }

    fn step(&mut self, input: &Input, given: Option<&Understood>) -> Result<(), engine::Error> {
        self.turns += 1;
        let flows = self.stage.flows;
        let mut step = step_marked(flows, &self.session, input, self.now)?;
        if let Some(understood) = self.understood(&step.effects, given) {
            let understood = Input::Understood(understood);
            let rest = step_marked(flows, &step.session, &understood, self.now)?;
            step.session = rest.session;
            step.events.extend(rest.events);
            step.effects.extend(rest.effects);
            step.marks.extend(rest.marks);
        }
        self.session = step.session;
        self.events.extend(step.events);
        self.marks.extend(step.marks);
        for effect in step.effects {
            match effect {
                Effect::CallTool(call) => self.call(*call),
                Effect::CancelTool(call) => {
                    self.coming.retain(|coming| coming.call != call);
                    self.wanted.retain(|wanted| wanted.id != call);
                }
                // Timers are in the session.
                Effect::Wake { .. } | Effect::Classify(_) => {}
            }
        }
        Ok(())
    }

    fn understood(&self, effects: &[Effect], given: Option<&Understood>) -> Option<Understood> {
        let query = effects.iter().find_map(|effect| match effect {
            Effect::Classify(query) => Some(query),
            Effect::CallTool(_) | Effect::CancelTool(_) | Effect::Wake { .. } => None,
        })?;
        if let Some(given) = given {
            return Some(given.clone());
        }
        let flow = self.stage.flows.get(&query.flow.0, &query.flow.1);
        let understood = flow.map(|flow| (self.stage.understand)(flow, query)).unwrap_or_default();
        // How long it took is not the same twice.
        Some(Understood { ms: 0, ..understood })
    }

    fn call(&mut self, call: Call) {
        let given = self.given.entry(call.name.clone()).or_default();
        let reply = match self.script.tools.get(&call.name) {
            Some(Replies::Each(reply)) => Some(reply),
            Some(Replies::InTurn(replies)) => replies.get(*given),
            None => None,
        };
        *given += 1;
        match reply {
            Some(Reply::Real) => self.wanted.push_back(call),
            Some(Reply::Made { outcome, after_ms }) => {
                let (outcome, after_ms) = in_time(&call, outcome, *after_ms);
                let at = self.now.plus_millis(after_ms);
                self.coming.push(Coming { at, call: call.id, outcome });
            }
            None => self.unanswered(&call),
        }
    }

    /// A call that the case has no answer for is a mistake of the case, or of the flow.
    fn unanswered(&mut self, call: &Call) {
        let (name, given) = (&call.name, self.given.get(&call.name).copied().unwrap_or_default());
        let expected = match self.script.tools.get(name) {
            Some(_) => format!(
                "at most {} call(s) of `{name}`, which is how many answers it has",
                given - 1
            ),
            None => format!("an answer of `{name}` in `tools`"),
        };
        let args = serde_json::Value::Object(call.args.clone());
        self.troubles.push(instead("tools", &expected, &format!("a call of `{name}` with {args}")));
        let error = ToolError::new(ToolErrorKind::Unavailable, "the case says no answer");
        self.answer(&call.id, Outcome::Failed(error));
    }
}

/// An answer, or the timeout that comes of waiting for it.
fn in_time(call: &Call, outcome: &Outcome, after_ms: u64) -> (Outcome, u64) {
    if after_ms <= call.timeout_ms {
        return (outcome.clone(), after_ms);
    }
    let attempts = if call.idempotent { call.retry.max_attempts.max(1) } else { 1 };
    let wait = if attempts > 1 { call.retry.total_ms(call.timeout_ms) } else { call.timeout_ms };
    let message = format!("tool `{}` gave no answer in {} ms", call.name, call.timeout_ms);
    let error = ToolError::new(ToolErrorKind::Timeout, message);
    (Outcome::Failed(ToolError { attempts, ..error }), wait)
}
