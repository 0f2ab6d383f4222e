//! What of a session is carried: where it is and what it knows. What only a log or a store can use stays behind.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pack::{self, Reader};
use super::{Mark, Words, mark};
use crate::engine::{Filling, Frame, Session, Silence, Timer, Waits};
use crate::event::{Map, SessionId, Timestamp};
use crate::flow::{self, Flow};

/// The state of a conversation as a token carries it.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// The outermost flow.
    pub(super) flow: flow::Id,
    /// Its version.
    pub(super) mark: Mark,
    seq: u64,
    turn: u64,
    /// The outermost frame, whose context is what differs from the flow's own.
    outermost: Place,
    rest: Rest,
}

/// Where one frame is.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    state: String,
    context: Map,
    result: Option<Arc<Value>>,
    waits: Option<Box<Waits>>,
}

/// What most states have nothing of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Rest {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    frames: Vec<Frame>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    timers: Vec<Timer>,
    #[serde(default, skip_serializing_if = "is_zero")]
    unhandled: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form: Option<Filling>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Arc<(String, Vec<String>)>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Carried {
    /// What is carried of a session between two turns. `flow` is its outermost one.
    #[must_use]
    pub fn of(session: &Session, flow: &Flow) -> Self {
        let (outermost, others) = match session.frames.split_first() {
            Some((first, others)) => (first, others),
            None => (session.frame(), [].as_slice()),
        };
        let own = |(name, value): &(&String, &Value)| flow.context.get(*name) != Some(*value);
        let context = outermost.context.iter().filter(own);
        Self {
            flow: outermost.flow.clone(),
            mark: mark(&outermost.version),
            seq: session.seq,
            turn: session.turn,
            outermost: Place {
                state: outermost.state.to_string(),
                context: context.map(|(name, value)| (name.clone(), value.clone())).collect(),
                result: outermost.result.clone(),
                waits: outermost.waits.clone(),
            },
            rest: Rest {
                frames: others.to_vec(),
                // Nobody is silent who is not connected.
                timers: session
                    .timers
                    .iter()
                    .filter(|timer| timer.after.is_some())
                    .cloned()
                    .collect(),
                unhandled: session.unhandled,
                form: session.form.clone(),
                asked: session.asked.clone(),
                time_zone: session.time_zone.clone(),
            },
        }
    }

    /// A session that goes on from here, under a name of its own. `flow` is the version of [`super::Opened::mark`].
    #[must_use]
    pub fn session(self, id: SessionId, flow: &Flow, now: Timestamp) -> Session {
        let mut session = Session::new(id, flow, self.outermost.context, now);
        session.seq = self.seq;
        session.turn = self.turn;
        if let Some(frame) = session.frames.first_mut() {
            frame.state = self.outermost.state.into();
            frame.result = self.outermost.result;
            frame.waits = self.outermost.waits;
        }
        session.frames.extend(self.rest.frames);
        session.timers = self.rest.timers;
        session.unhandled = self.rest.unhandled;
        session.silence = Silence::default();
        session.form = self.rest.form;
        session.asked = self.rest.asked;
        session.time_zone = self.rest.time_zone;
        session
    }

    /// A place that another kind of token names, and what is known there.
    #[must_use]
    pub fn at(state: &str, context: Map, flow: &Flow) -> Self {
        let outermost = Place { state: state.to_owned(), context, result: None, waits: None };
        let (flow, mark) = (flow.id.clone(), mark(&flow.version));
        Self { flow, mark, seq: 1, turn: 1, outermost, rest: Rest::default() }
    }
}

pub(super) fn write(carried: &Carried, words: &Words, out: &mut Vec<u8>) {
    pack::write_natural(carried.seq, out);
    pack::write_natural(carried.turn, out);
    let place = &carried.outermost;
    pack::write(&Value::String(place.state.clone()), words, out);
    pack::write(&Value::Object(place.context.clone()), words, out);
    let rest = serde_json::to_value(&carried.rest).unwrap_or_default();
    pack::write(&rest, words, out);
    if place.result.is_some() || place.waits.is_some() {
        let waits = serde_json::to_value((&place.result, &place.waits)).unwrap_or_default();
        pack::write(&waits, words, out);
    }
}

pub(super) fn read((flow, mark): (&flow::Id, Mark), words: &Words, body: &[u8]) -> Option<Carried> {
    let mut reader = Reader::new(body, words);
    let (seq, turn) = (reader.natural()?, reader.natural()?);
    let Value::String(state) = reader.value()? else { return None };
    let Value::Object(context) = reader.value()? else { return None };
    let rest: Rest = serde_json::from_value(reader.value()?).ok()?;
    let (result, waits) = if reader.is_done() {
        (None, None)
    } else {
        serde_json::from_value(reader.value()?).ok()?
    };
    let outermost = Place { state, context, result, waits };
    reader.is_done().then_some(Carried { flow: flow.clone(), mark, seq, turn, outermost, rest })
}
