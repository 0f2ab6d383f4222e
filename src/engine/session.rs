//! A conversation between two inputs: all that the engine remembers of it, which is what is stored. No logic of turns.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::clarify::Choice;
use super::hearing::Understanding;
use super::{CallSeen, Input, IntentSeen, ResultSeen};
use crate::event::{CallId, HostId, Map, SessionId, TimerId, Timestamp};
use crate::flow::{self, Version};

/// Version of the stored form; a higher one than this is refused.
const SCHEMA: u32 = 1;

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Version of the stored form.
    #[serde(deserialize_with = "known_schema")]
    pub schema: u32,
    /// Its name.
    pub id: SessionId,
    /// `seq` of the last event; 0 before the first.
    pub seq: u64,
    /// Number of the last arrival; 0 before the first.
    pub turn: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// When its last turn was.
    pub updated_at: Timestamp,
    /// IANA name; wins over the flow's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Why it ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// The flows it is in, the outermost first; never empty.
    #[serde(deserialize_with = "some_frames")]
    pub frames: Vec<Frame>,
    /// Calls without an outcome.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// Delayed transitions of the states that it is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<Timer>,
    /// Arrivals that wait for the pending call.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub queue: VecDeque<Queued>,
    /// The last inputs with an id of their sender's, oldest first.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub accepted: VecDeque<Accepted>,
    /// Unhandled inputs in a row.
    #[serde(default)]
    pub unhandled: u32,
    /// Silences in a row.
    #[serde(default, skip_serializing_if = "Silence::is_none")]
    pub silence: Silence,
    /// How far the form of the current state is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Filling>,
    /// The last question, for asking again: text and quick replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Arc<(String, Vec<String>)>>,
    /// What the person was asked to choose between, when the last text was between two intents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clarifying: Vec<Choice>,
    /// The last understood intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_intent: Option<Arc<IntentSeen>>,
    /// The last call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_call: Option<Arc<CallSeen>>,
    /// The last result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_result: Option<Arc<ResultSeen>>,
    /// The text whose understanding is outstanding inside a turn; never stored.
    #[serde(skip)]
    pub(super) understanding: Option<Understanding>,
}

/// One flow that the session is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The flow.
    pub flow: flow::Id,
    /// Its version.
    pub version: Version,
    /// The state in it.
    pub state: Arc<str>,
    /// What it remembers.
    pub context: Arc<Map>,
    /// What the caller passed.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub params: Arc<Map>,
    /// What the last flow that it called came back with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Arc<Value>>,
    /// What goes on here when the flow that it called comes back; the innermost frame has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Box<Waits>>,
}

/// A list of actions that waits for a called flow.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Waits {
    /// The next action of the state's `onEnter`.
    pub next: usize,
    /// What came of earlier calls of the same list; it is handled when the list is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Came>,
    /// The last question that was asked here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Arc<(String, Vec<String>)>>,
    /// Whether what is called is a part of the same flow, which works on the context of this frame.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shares: bool,
}

/// What came of a call in a list of actions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Came {
    /// A tool's result.
    Tool(Arc<ResultSeen>),
    /// A flow's end.
    Flow(CameBack),
}

/// The end of a called flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CameBack {
    /// Its context.
    pub result: Arc<Value>,
}

fn known_schema<'d, D: Deserializer<'d>>(from: D) -> Result<u32, D::Error> {
    let schema = u32::deserialize(from)?;
    if schema > SCHEMA {
        let message =
            format!("it has the form {schema}, and this host knows {SCHEMA}; use a newer one");
        return Err(D::Error::custom(message));
    }
    Ok(schema)
}

fn some_frames<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<Frame>, D::Error> {
    let frames = Vec::deserialize(from)?;
    if frames.is_empty() {
        return Err(D::Error::custom("it is in no flow"));
    }
    Ok(frames)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_outermost(frame: &usize) -> bool {
    *frame == 0
}

fn is_empty(map: &Arc<Map>) -> bool {
    map.is_empty()
}

/// A call without an outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Its id.
    pub call: CallId,
    /// The flow's name for the tool.
    pub name: String,
    /// As sent, for sending it again after a crash.
    pub args: Map,
    /// When it was first sent.
    pub sent_at: Timestamp,
    /// When it is given up.
    pub deadline: Timestamp,
    /// The arrival of a person, a client or a timer that it goes back to.
    pub root: u64,
    /// The state it was called from.
    pub state: String,
    /// The next action of the state's `onEnter`, once the outcome is in.
    pub next: usize,
    /// The host that is at work on it, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<HostId>,
    /// What came of earlier calls of the same list; it is handled when the list is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Came>,
}

/// A delayed transition of a state that the session is in, or the end of a silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Its id.
    pub id: TimerId,
    /// When it is due.
    pub at: Timestamp,
    /// Which entry of the state's `after`; none is a silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<usize>,
    /// Which of the frames the state belongs to, counted from the outermost.
    #[serde(default, skip_serializing_if = "is_outermost")]
    pub frame: usize,
}

/// How far a form is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling {
    /// What was asked.
    pub stage: Stage,
    /// How often in a row.
    pub tries: u32,
}

/// What a form waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing yet: the actions of entering come first.
    Begin,
    /// The value of this slot.
    Slot(String),
    /// A yes, or a word on what is wrong.
    Confirm,
    /// What is wrong.
    Correct,
    /// Nothing: all is there, and its handler is next.
    Done,
    /// Nothing: it is given up, and its handler is next.
    Failed,
}

/// How often in a row the person has said nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Silence {
    /// Steps taken of the ladder that counts here.
    pub rung: u32,
    /// Steps taken of all ladders.
    pub total: u32,
}

impl Silence {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_none(&self) -> bool {
        self.total == 0
    }
}

/// An arrival that waits; its own event is in the log already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    /// The arrival's number.
    pub turn: u64,
    /// The arrival.
    pub input: Input,
    /// Numbers of later arrivals that were joined to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<u64>,
}

/// An input that its sender gave an id, so that sending it again runs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Hash of the id.
    pub key: u64,
    /// Hash of the rest of the input.
    pub body: u64,
    /// First event that it caused.
    pub first: u64,
    /// Last event that it caused so far.
    pub last: u64,
    /// The turns that it caused, its own first.
    pub turns: Vec<u64>,
}

impl Session {
    /// A new session on `flow`, before its [`Input::Start`]. `context` is laid over the flow's own.
    #[must_use]
    pub fn new(id: SessionId, flow: &flow::Flow, context: Map, now: Timestamp) -> Self {
        let mut merged = Map::clone(&flow.context);
        merged.extend(context);
        let frame = Frame {
            flow: flow.id.clone(),
            version: flow.version.clone(),
            state: Arc::clone(&flow.start),
            context: Arc::new(merged),
            params: Arc::default(),
            result: None,
            waits: None,
        };
        Self {
            schema: SCHEMA,
            id,
            seq: 0,
            turn: 0,
            created_at: now,
            updated_at: now,
            time_zone: None,
            ended: None,
            frames: vec![frame],
            pending: Vec::new(),
            timers: Vec::new(),
            queue: VecDeque::new(),
            accepted: VecDeque::new(),
            unhandled: 0,
            silence: Silence::default(),
            form: None,
            asked: None,
            clarifying: Vec::new(),
            last_intent: None,
            last_call: None,
            last_result: None,
            understanding: None,
        }
    }

    /// The innermost frame: where the conversation is.
    ///
    /// # Panics
    /// Never: a session has at least one frame from its first moment on.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        self.frames.last().expect("a session always has a frame")
    }

    /// The place of the innermost frame.
    pub(super) const fn depth(&self) -> usize {
        self.frames.len().saturating_sub(1)
    }

    /// Takes the frames above the one at `depth` off.
    pub(super) fn take_above(&mut self, depth: usize) -> Vec<Frame> {
        self.frames.split_off((depth + 1).min(self.frames.len()))
    }

    /// Whether this is the middle of a turn.
    pub(super) const fn is_understanding(&self) -> bool {
        self.understanding.is_some()
    }

    /// Whether input is still taken.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.ended.is_none()
    }

    /// The earliest moment at which somebody must look at this session even if nothing comes in: a call's
    /// deadline, a timer, or at once for a queue that no call holds up.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        if self.ended.is_some() {
            return None;
        }
        if self.pending.is_empty() && !self.queue.is_empty() {
            return Some(self.updated_at);
        }
        let calls = self.pending.iter().map(|pending| pending.deadline);
        calls.chain(self.timers.iter().map(|timer| timer.at)).min()
    }

    /// Makes `host` the owner of the calls that have none: those of the turn that it is about to store.
    pub fn own_calls(&mut self, host: &HostId) {
        for pending in self.pending.iter_mut().filter(|pending| pending.owner.is_none()) {
            pending.owner = Some(host.clone());
        }
    }

    /// Whether `root`, the number of an input's arrival, has nothing more coming: no call of its own is
    /// pending and it has left the queue.
    #[must_use]
    pub fn is_settled(&self, root: u64) -> bool {
        self.ended.is_some()
            || !(self.pending.iter().any(|pending| pending.root == root)
                || self
                    .queue
                    .iter()
                    .any(|queued| queued.turn == root || queued.merged.contains(&root)))
    }
}
