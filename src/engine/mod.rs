//! The heart: one pure function from a session and an input to the next session, its events and its
//! wishes. It never waits, reads no clock, draws no random number and does no IO.

mod actions;
mod arrival;
mod calls;
mod cause;
mod clarify;
mod context;
mod draft;
mod fallback;
mod fit;
mod form;
mod hearing;
mod impact;
mod limits;
mod mark;
mod matching;
mod migrate;
mod named;
mod news;
mod outlook;
mod repeat;
mod reply;
mod seen;
mod session;
mod silence;
mod subflow;
mod transit;
mod turn;
#[cfg(test)]
mod tests;

pub use clarify::Choice;
pub use fit::{Stays, fits};
pub use impact::{Group, Impact, Prospect, Verdict};
pub use limits::{
    ACCEPTED_MAX, ACTIONS_MAX, CALLS_MAX, CAUSED_MAX, CONTEXT_BYTES_MAX, DEPTH_MAX, EVENTS_MAX,
    FRAMES_MAX, HOPS_MAX, QUEUE_MAX, SILENCES_MAX,
};
pub use mark::Mark;
pub use migrate::{OUTDATED, Unmapped, migrate, outdated};
pub use news::{News, Teller};
pub use outlook::{Outlook, carry_out, outlook};
pub use repeat::Repeat;
pub use reply::LLM;
pub use seen::{CallSeen, IntentSeen, ResultSeen};
pub use session::{
    Accepted, Came, CameBack, Filling, Frame, Pending, Queued, Session, Silence, Stage, Timer,
    Waits,
};

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::event::Understood;
use crate::event::{CallId, Event, Map, Spent, TimerId, Timestamp, ToolError};
use crate::flow::{self, Linked, Retry, Version};
use crate::slots::Slot;

/// What comes in from outside; each is a turn of its own, except that `Understood` completes the turn of
/// the text it answers for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the events they become")]
pub enum Input {
    /// Enter the start state. The first input of every session.
    Start,
    /// The person wrote or said something.
    Text { text: String, message_id: Option<String> },
    /// The person pressed keys.
    Dtmf { digits: String, message_id: Option<String> },
    /// The answer to [`Effect::Classify`], or a client that understands for itself.
    Understood(Understood),
    /// Another system says something.
    External { name: String, payload: Value, message_id: Option<String> },
    /// The outcome of a call.
    ToolDone { call: CallId, outcome: Outcome },
    /// What a call tells before its outcome.
    Told { call: CallId, news: News },
    /// A timer's time has come.
    Due(TimerId),
    /// Handle the oldest queued arrival, if no call is pending.
    Drain,
    /// The client gives up the pending calls.
    Cancel,
    /// Somebody removes the session; its log gets a last event.
    Delete,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// With a result.
    Done(Done),
    /// With an error, after all attempts.
    Failed(ToolError),
}

/// A tool's result.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Done {
    /// Checked against the tool's schema.
    pub result: Value,
    /// From sending to having it.
    pub ms: u64,
    /// Granted changes to the context: dotted path and value.
    pub patch: Vec<(String, Value)>,
    /// What the tool wants said.
    pub say: Vec<String>,
    /// What its attempts took, where that is known.
    pub spent: Option<Box<Spent>>,
}

/// What the engine wants done after the commit (`Classify`: before it).
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "a timer and its time say all there is")]
pub enum Effect {
    /// Understand this text and come back with [`Input::Understood`]; nothing is stored before that.
    Classify(Box<Classify>),
    /// Call a tool and come back with [`Input::ToolDone`].
    CallTool(Box<Call>),
    /// Give up a call; its outcome is no longer wanted.
    CancelTool(CallId),
    /// Come back with [`Input::Due`] at this time.
    Wake { timer: TimerId, at: Timestamp },
}

/// A text to understand.
#[derive(Debug, Clone, PartialEq)]
pub struct Classify {
    /// As written.
    pub text: String,
    /// The flow whose examples count.
    pub flow: (flow::Id, Version),
    /// The intents that the current state can take; never empty.
    pub among: Vec<String>,
    /// Slots of the state's own intents, before those of global ones: what was asked for.
    pub expecting: Vec<Slot>,
    /// The quick replies that the person was last shown.
    pub choices: Vec<String>,
    /// The last question, where the flow shows it to a language model.
    pub asked: Option<String>,
    /// What of the context the flow shows to a language model, by dotted path.
    pub context: Map,
    /// Personal values that the session knows: the slot that each came from, and what it is.
    pub personal: Vec<(String, String)>,
    /// BCP 47.
    pub language: String,
    /// IANA name.
    pub time_zone: String,
    /// The turn's clock.
    pub now: Timestamp,
}

/// A tool to call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The same for every attempt: the idempotency key.
    pub id: CallId,
    /// The flow's name for the tool.
    pub name: String,
    /// Backend and tool, when the flow says it.
    pub uses: Option<String>,
    /// An object.
    pub args: Map,
    /// Schema of the result as the flow declares it, when it does.
    pub result_schema: Option<Arc<Value>>,
    /// The flow it is called from.
    pub flow: flow::Id,
    /// That flow's version.
    pub version: Version,
    /// The state it is called from.
    pub state: String,
    /// BCP 47.
    pub locale: String,
    /// Per attempt.
    pub timeout_ms: u64,
    /// The schedule of attempts.
    pub retry: Retry,
    /// By the flow's word; the tool's own word may make it so too.
    pub idempotent: bool,
    /// When the whole call is given up.
    pub deadline: Timestamp,
    /// The context at the time of the call, of which a tool sees the granted parts.
    pub context: Arc<Map>,
}

/// What one input did.
#[derive(Debug)]
pub struct Step {
    /// The session after it.
    pub session: Session,
    /// What happened, in order; numbered on from the log's end.
    pub events: Vec<Event>,
    /// What is to be done.
    pub effects: Vec<Effect>,
    /// Which parts of flows it went through, in order; only [`step_marked`] notes them.
    pub marks: Vec<Mark>,
}

/// Why an input changed nothing at all. A tool's failure, a guard's failure and a person's nonsense are
/// events, not errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session has ended.
    #[error("take the input: the session has ended ({reason})")]
    Ended {
        /// Why it ended.
        reason: String,
    },
    /// No such call is pending: it was answered, cancelled or never made.
    #[error("take the outcome: no call `{0}` is pending")]
    NotPending(CallId),
    /// No such timer is set.
    #[error("take the wake-up: no timer `{0}` is set")]
    NoTimer(TimerId),
    /// The queue of arrivals is full.
    #[error(
        "queue the input: {max} wait already; send it again when the pending tool call is done"
    )]
    QueueFull {
        /// The limit.
        max: usize,
    },
    /// The flow version that the session is on was not passed in.
    #[error("find flow `{flow}` in version {version}")]
    UnknownFlow {
        /// Its id.
        flow: flow::Id,
        /// Its version.
        version: Version,
    },
    /// Anything before `Start`, `Start` twice, or anything but `Understood` while a text waits for it.
    #[error("take the input: {0}")]
    OutOfOrder(&'static str),
    /// What came in could not be stored and loaded again.
    #[error(
        "take the input: its {what} is larger than {CONTEXT_BYTES_MAX} bytes or deeper than {DEPTH_MAX} levels"
    )]
    TooLarge {
        /// Which part.
        what: &'static str,
    },
    /// A client named an intent that the flow does not have.
    #[error("take the intent: flow `{flow}` has no intent `{intent}`{}", .nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownIntent {
        /// The flow.
        flow: flow::Id,
        /// What was named.
        intent: String,
        /// The flow's intent with the most similar name.
        nearest: Option<String>,
    },
}

/// One turn, or its first half when the effects begin with [`Effect::Classify`].
///
/// # Errors
/// [`Error`] when the input is refused.
pub fn step(
    flows: &Linked,
    session: &Session,
    input: &Input,
    now: Timestamp,
) -> Result<Step, Error> {
    let flow = turn::flow_of(flows, session)?;
    let mut turn = turn::Turn::begin(flows, flow, session, now);
    arrival::take(&mut turn, input)?;
    Ok(turn.finish())
}

/// The same, with a note of every state, transition, arm of a branch and step of a fallback that it went through.
///
/// # Errors
/// As [`step`].
pub fn step_marked(
    flows: &Linked,
    session: &Session,
    input: &Input,
    now: Timestamp,
) -> Result<Step, Error> {
    let flow = turn::flow_of(flows, session)?;
    let mut turn = turn::Turn::begin(flows, flow, session, now).marking();
    arrival::take(&mut turn, input)?;
    Ok(turn.finish())
}
