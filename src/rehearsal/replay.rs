//! A conversation once more, from its log: the same inputs, understandings, outcomes and times. On the version that it was
//! on it gives the same log; on a draft it shows where the conversation would have gone another way. Nothing is called and
//! nobody is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::arrivals::{Arrival, What, arrivals};
use super::play::Understand;
use crate::engine::{self, Classify, Effect, Input, Session, Step, Understood, Unmapped, step};
use crate::event::{CallId, Event, Kind, Map, SessionId, Timestamp};
use crate::flow::{self, Flow, Linked};

/// What is replayed.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    /// The log from its beginning.
    pub log: &'a [Event],
    /// The flows, with the version that the conversation began on.
    pub flows: &'a Linked,
    /// In place of every version of the flow of its id, wherever the conversation came into that.
    pub draft: Option<&'a Arc<Flow>>,
    /// For texts that were not left to a classifier then and would be now.
    pub understand: &'a Understand<'a>,
}

impl std::fmt::Debug for Past<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Past").field("events", &self.log.len()).finish_non_exhaustive()
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Replayed {
    /// Every event, as the log would be now.
    pub events: Vec<Event>,
    /// The conversation after them.
    pub session: Session,
    /// Arrivals that came to something else; the last of them may be one after which nothing more could be replayed.
    pub differences: Vec<Difference>,
    /// Why the rest was not replayed.
    pub stopped: Option<String>,
}

/// An arrival that came to something else.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `seq` of its first event in the log.
    pub seq: u64,
    /// Whether other words were found on the same way, or another way was taken.
    pub same_way: bool,
    /// What the log has.
    pub then: Vec<Event>,
    /// What it came to now.
    pub now: Vec<Event>,
}

/// Why a log cannot be replayed at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReplayError {
    /// Its beginning is gone.
    #[error("replay the conversation: its log begins at {first}; the beginning was trimmed")]
    Trimmed {
        /// The first event that is left.
        first: u64,
    },
    /// There is nothing.
    #[error("replay the conversation: its log is empty")]
    Empty,
    /// The version that it was on is nowhere.
    #[error("replay the conversation: version {version} of flow `{flow}` is not there")]
    NoFlow {
        /// The flow.
        flow: flow::Id,
        /// The version.
        version: flow::Version,
    },
    /// A draft of a flow that it never came into would show nothing.
    #[error(
        "replay the conversation with a draft of flow `{flow}`: it was never in that, only in {}",
        list(.entered)
    )]
    NotEntered {
        /// Of which flow the draft is.
        flow: flow::Id,
        /// Where the conversation was.
        entered: BTreeSet<flow::Id>,
    },
}

fn list(flows: &BTreeSet<flow::Id>) -> String {
    flows.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

/// Replays a log.
///
/// # Errors
/// [`ReplayError`] when there is no beginning to begin from.
pub fn replay(past: Past<'_>) -> Result<Replayed, ReplayError> {
    let first = past.log.first().ok_or(ReplayError::Empty)?;
    let Kind::SessionCreated { flow, version, context, time_zone } = &first.kind else {
        return Err(ReplayError::Trimmed { first: first.seq });
    };
    let (flow, version) = (flow::Id::from(&**flow), flow::Version::from(&**version));
    let mut flows = past.flows.clone();
    if let Some(draft) = past.draft {
        let entered = entered(past.log);
        if !entered.contains(&draft.id) {
            return Err(ReplayError::NotEntered { flow: draft.id.clone(), entered });
        }
        flows.activate(Arc::clone(draft));
    }
    let begun_on = past.draft.filter(|draft| draft.id == flow);
    let found = begun_on.or_else(|| past.flows.get(&flow, &version));
    let Some(found) = found.cloned() else { return Err(ReplayError::NoFlow { flow, version }) };
    flows.activate(Arc::clone(&found));
    let begun = (first.session_id.clone(), first.timestamp);
    let mut once_more = OnceMore::new(flows, &found, context, begun);
    once_more.draft = past.draft.map(|draft| draft.id.clone());
    once_more.session.time_zone.clone_from(time_zone);
    for arrival in arrivals(past.log) {
        if let Err(why) = once_more.arrive(&arrival, past.understand) {
            once_more.stopped = Some(why);
        }
        if once_more.stopped.is_some() {
            break;
        }
    }
    let OnceMore { session, events, differences, stopped, .. } = once_more;
    Ok(Replayed { events, session, differences, stopped })
}

/// The flows that the conversation came into.
fn entered(log: &[Event]) -> BTreeSet<flow::Id> {
    let flow = |event: &Event| match &event.kind {
        Kind::SessionCreated { flow, .. } => Some(flow::Id::from(flow.as_str())),
        Kind::FsmTransition { flow, .. } => Some(flow::Id::from(&**flow)),
        _ => None,
    };
    log.iter().filter_map(flow).collect()
}

struct OnceMore {
    flows: Linked,
    /// The flow of which a draft is in place of every version.
    draft: Option<flow::Id>,
    session: Session,
    events: Vec<Event>,
    /// Calls under way, with those of the log that they stand for.
    calls: VecDeque<(CallId, CallId)>,
    differences: Vec<Difference>,
    stopped: Option<String>,
}

impl OnceMore {
    fn new(flows: Linked, flow: &Flow, context: &Map, (id, at): (SessionId, Timestamp)) -> Self {
        let session = Session::new(id, flow, context.clone(), at);
        Self {
            flows,
            draft: None,
            session,
            events: Vec::new(),
            calls: VecDeque::new(),
            differences: Vec::new(),
            stopped: None,
        }
    }

    /// Takes an arrival; why nothing more can be replayed, when it cannot.
    fn arrive(&mut self, arrival: &Arrival<'_>, understand: &Understand<'_>) -> Result<(), String> {
        self.enter_versions(arrival.events);
        let could_not = |error: &dyn std::fmt::Display| format!("could not {error}");
        let step = match &arrival.what {
            What::Moved { flow, from, to } => match self.moved(arrival, (flow, from), to)? {
                Some(step) => step,
                None => return Ok(()),
            },
            What::Outdated => {
                let ended = engine::outdated(&self.flows, &self.session, arrival.now);
                ended.map_err(|error| could_not(&error))?
            }
            What::Input(_) | What::TellsOne(_) | What::Timer(_) | What::Unknown(_) => {
                let input = self.input(arrival)?;
                self.step(&input, arrival, understand).map_err(|error| could_not(&error))?
            }
        };
        self.session = step.session.clone();
        self.note_calls(arrival.events, &step.events);
        let (then, now) = (arrival.events, &step.events);
        if gist(then, true) != gist(now, true) {
            let same_way = gist(then, false) == gist(now, false);
            self.differences.push(Difference {
                seq: then.first().map_or(0, |event| event.seq),
                same_way,
                then: then.to_vec(),
                now: now.clone(),
            });
            if !same_way {
                self.stopped = Some("the conversation takes another way from here on".to_owned());
            }
        }
        self.events.extend(step.events);
        Ok(())
    }

    /// The input of an arrival, for the session as it is now.
    fn input(&self, arrival: &Arrival<'_>) -> Result<Input, String> {
        let name_of = |then: &CallId| {
            let known = self.calls.iter().find(|(of_log, _)| of_log == then);
            known
                .map(|(_, now)| now.clone())
                .ok_or_else(|| format!("nothing calls what `{then}` called"))
        };
        Ok(match &arrival.what {
            What::Input(Input::ToolDone { call, outcome }) => {
                Input::ToolDone { call: name_of(call)?, outcome: outcome.clone() }
            }
            What::Input(Input::Told { call, news }) => {
                Input::Told { call: name_of(call)?, news: news.clone() }
            }
            // Which call told an event of its own is not in the log; any of them is as good.
            What::TellsOne(news) => {
                let pending =
                    self.session.pending.first().ok_or("no call is pending that could tell")?;
                Input::Told { call: pending.call.clone(), news: news.clone() }
            }
            What::Input(input) => input.clone(),
            What::Timer(then) => {
                let due = self.session.timers.iter().filter(|timer| timer.at <= arrival.now);
                // On another flow its name is another one.
                let due = due.min_by_key(|timer| (timer.id != *then, timer.at));
                let due = due.ok_or("no timer is due here")?;
                Input::Due(due.id)
            }
            What::Unknown(kind) => return Err(format!("`{kind}` cannot be replayed")),
            What::Moved { .. } | What::Outdated => return Err("a move is no input".to_owned()),
        })
    }

    /// Makes the versions current that the log says flows were entered in.
    fn enter_versions(&mut self, events: &[Event]) {
        for event in events {
            let Kind::FsmTransition { flow, version: Some(version), .. } = &event.kind else {
                continue;
            };
            let id = flow::Id::from(&**flow);
            if self.draft.as_ref() == Some(&id) {
                continue;
            }
            let known = self.flows.get(&id, &flow::Version::from(&**version)).cloned();
            known.into_iter().for_each(|flow| self.flows.activate(flow));
        }
    }

    /// The move to the version that the log names; none for a draft, which is in place of all versions.
    fn moved(
        &self,
        arrival: &Arrival<'_>,
        (flow, from): (&str, &str),
        to: &str,
    ) -> Result<Option<Step>, String> {
        let is_it = |frame: &&engine::Frame| {
            frame.flow.as_str() == flow || flow.is_empty() && frame.version.as_str() == from
        };
        let frame = self.session.frames.iter().find(is_it);
        let id = frame.map(|frame| frame.flow.clone());
        let id = id.ok_or_else(|| format!("it is not in flow `{flow}`"))?;
        if self.draft.as_ref() == Some(&id) {
            let is_plain = |event: &Event| {
                matches!(event.kind, Kind::SessionMigrated { .. } | Kind::StateUpdated { .. })
            };
            if arrival.events.iter().all(is_plain) {
                return Ok(None);
            }
            return Err("another version of the flow began the state anew here".to_owned());
        }
        let version = flow::Version::from(to);
        let to = self.flows.get(&id, &version);
        let to = to.ok_or_else(|| format!("version {version} of flow `{id}` is not there"))?;
        // What stayed is not in the log, so that this is what happened, whatever the flow said then.
        let unmapped = Unmapped::Restarts;
        let moved = engine::migrate(&self.flows, &self.session, to, unmapped, arrival.now);
        moved.map(Some).map_err(|stays| format!("could not {stays}"))
    }

    fn step(
        &self,
        input: &Input,
        arrival: &Arrival<'_>,
        understand: &Understand<'_>,
    ) -> Result<Step, engine::Error> {
        let now = arrival.now;
        let mut done = step(&self.flows, &self.session, input, now)?;
        let query = done.effects.iter().find_map(|effect| match effect {
            Effect::Classify(query) => Some(query.clone()),
            Effect::CallTool(_) | Effect::CancelTool(_) | Effect::Wake { .. } => None,
        });
        if let Some(query) = query {
            let understood = arrival.understood.clone();
            let understood = understood.unwrap_or_else(|| self.understood(&query, understand));
            let understood = Input::Understood(understood);
            let rest = step(&self.flows, &done.session, &understood, now)?;
            done.events.extend(rest.events);
            done.session = rest.session;
        }
        Ok(done)
    }

    fn understood(&self, query: &Classify, understand: &Understand<'_>) -> Understood {
        let flow = self.flows.get(&query.flow.0, &query.flow.1);
        flow.map(|flow| understand(flow, query)).unwrap_or_default()
    }

    /// Calls of the same tool stand for each other, in their order.
    fn note_calls(&mut self, then: &[Event], now: &[Event]) {
        let mut waiting: BTreeMap<&str, VecDeque<&CallId>> = BTreeMap::new();
        for event in now {
            if let Kind::ToolCall { tool_call_id, name, .. } = &event.kind {
                waiting.entry(name).or_default().push_back(tool_call_id);
            }
        }
        for event in then {
            let Kind::ToolCall { tool_call_id, name, .. } = &event.kind else { continue };
            if let Some(id) = waiting.get_mut(name.as_str()).and_then(VecDeque::pop_front) {
                self.calls.push_back((tool_call_id.clone(), id.clone()));
            }
        }
    }
}

/// What of events makes a difference: the way, and the words too if that is wanted. Versions, numbers and the names of
/// calls and timers differ between any two flows.
fn gist(events: &[Event], words: bool) -> Vec<Kind> {
    let told = events.iter().filter(|event| words || !is_words(&event.kind));
    told.map(|event| plain(event.kind.clone())).collect()
}

const fn is_words(kind: &Kind) -> bool {
    matches!(kind, Kind::Say { .. } | Kind::Ask { .. } | Kind::StateUpdated { .. })
}

fn plain(kind: Kind) -> Kind {
    let none = || CallId::from("");
    match kind {
        Kind::SessionCreated { flow, context, time_zone, .. } => {
            Kind::SessionCreated { flow, version: String::new(), context, time_zone }
        }
        Kind::ToolCall { name, args, .. } => Kind::ToolCall { tool_call_id: none(), name, args },
        Kind::ToolResult { name, result, ms, patch, say, spent, .. } => {
            Kind::ToolResult { tool_call_id: none(), name, result, ms, patch, say, spent }
        }
        Kind::ToolError { name, error, .. } => {
            Kind::ToolError { tool_call_id: none(), name, error }
        }
        Kind::ToolProgress { percent, message, .. } => {
            Kind::ToolProgress { tool_call_id: none(), percent, message }
        }
        Kind::ModelChunk { delta, .. } => Kind::ModelChunk { tool_call_id: none(), delta },
        Kind::ModelDone { text, ms, calls, patch, error, .. } => {
            Kind::ModelDone { tool_call_id: none(), text, ms, calls, patch, error }
        }
        Kind::TimerDue { .. } => Kind::TimerDue { timer: crate::event::TimerId(0) },
        Kind::FsmTransition { from, to, flow, trigger, .. } => {
            Kind::FsmTransition { from, to, flow, trigger, version: None }
        }
        other => other,
    }
}
