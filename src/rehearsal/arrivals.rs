//! A log as the arrivals that it came of: which input each was, what the classifier said of it, when it was.

use std::sync::Arc;

use serde_json::json;

use crate::engine::{Done, Input, News, OUTDATED, Outcome, Understood};
use crate::event::{Event, Kind, TimerId, Timestamp};

/// An arrival of a log.
#[derive(Debug)]
pub(super) struct Arrival<'l> {
    pub(super) what: What,
    /// As the log has it, for a text.
    pub(super) understood: Option<Understood>,
    pub(super) now: Timestamp,
    /// Everything that came of it.
    pub(super) events: &'l [Event],
}

/// Which input an arrival was.
#[derive(Debug)]
pub(super) enum What {
    Input(Input),
    /// An event that a call told.
    TellsOne(News),
    /// This timer, or the earliest that is due.
    Timer(TimerId),
    /// A move to a newer version of a flow, before whatever came.
    Moved {
        flow: String,
        from: String,
        to: String,
    },
    /// The end of a conversation that had no place in a newer version.
    Outdated,
    /// Nothing that is known here.
    Unknown(&'static str),
}

/// The arrivals of a log that begins with its first event.
pub(super) fn arrivals(log: &[Event]) -> Vec<Arrival<'_>> {
    let mut last = 0;
    let mut all = Vec::new();
    for events in log.chunk_by(|a, b| a.turn == b.turn) {
        let Some(first) = events.first() else { continue };
        let is_new = first.turn > last;
        last = last.max(first.turn);
        // What waited is handled under the number that it came under.
        let what = match events.last().map(|last| &last.kind) {
            Some(Kind::SessionEnded { reason }) if reason == OUTDATED => What::Outdated,
            _ if is_new => what(&first.kind),
            _ => What::Input(Input::Drain),
        };
        let is_understanding = |event: &&Event| is_understanding(is_new, first, event);
        let understood = events.iter().find(is_understanding);
        let understood = understood.and_then(|event| understood_as(&event.kind));
        all.push(Arrival { what, understood, now: first.timestamp, events });
    }
    all
}

/// A client's own understanding is the arrival itself.
fn is_understanding(is_new: bool, first: &Event, event: &Event) -> bool {
    matches!(event.kind, Kind::NluIntent(_)) && (!is_new || event.seq != first.seq)
}

fn understood_as(kind: &Kind) -> Option<Understood> {
    match kind {
        Kind::NluIntent(understood) => Some(Understood::clone(understood)),
        _ => None,
    }
}

fn what(first: &Kind) -> What {
    What::Input(match first.clone() {
        Kind::SessionCreated { .. } => Input::Start,
        Kind::UserText { text, message_id } => Input::Text { text, message_id },
        Kind::UserDtmf { digits, message_id } => Input::Dtmf { digits, message_id },
        Kind::UserEvent { name, payload, message_id } => {
            Input::External { name, payload: *payload, message_id }
        }
        Kind::NluIntent(understood) => Input::Understood(*understood),
        Kind::ToolResult { tool_call_id, result, ms, patch, say, spent, .. } => Input::ToolDone {
            call: tool_call_id,
            outcome: Outcome::Done(Done {
                result: Arc::unwrap_or_clone(result),
                ms,
                patch: patch.into_iter().collect(),
                say,
                spent,
            }),
        },
        Kind::ToolError { tool_call_id, error, .. }
        | Kind::ModelDone { tool_call_id, error: Some(error), .. } => {
            Input::ToolDone { call: tool_call_id, outcome: Outcome::Failed(*error) }
        }
        Kind::ToolProgress { tool_call_id, percent, message } => {
            Input::Told { call: tool_call_id, news: News::Progress { percent, message } }
        }
        Kind::ModelChunk { tool_call_id, delta } => {
            Input::Told { call: tool_call_id, news: News::Chunk { delta } }
        }
        Kind::ModelDone { tool_call_id, text, ms, calls, patch, error: None } => {
            let result = json!({ "text": text, "calls": calls });
            let patch = patch.into_iter().collect();
            let done = Done { result, ms, patch, ..Done::default() };
            Input::ToolDone { call: tool_call_id, outcome: Outcome::Done(done) }
        }
        Kind::Custom { name, data } => return What::TellsOne(News::Event { name, data }),
        Kind::TimerDue { timer } => return What::Timer(timer),
        Kind::SessionEnded { .. } => Input::Delete,
        Kind::SessionMigrated { flow, from, to, .. } => return What::Moved { flow, from, to },
        Kind::Say { .. }
        | Kind::Ask { .. }
        | Kind::Transfer { .. }
        | Kind::Hangup {}
        | Kind::ToolCall { .. }
        | Kind::FsmTransition { .. }
        | Kind::StateUpdated { .. }
        | Kind::GuardError { .. }
        | Kind::IntentUnhandled { .. }
        | Kind::Error { .. } => return What::Unknown("an event that begins no arrival"),
    })
}
