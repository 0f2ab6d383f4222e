//! A log as the arrivals that it came of: which input each was, what the classifier said of it, when it was.

use crate::engine::{Done, Input, News, Outcome, Understood};
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
        let what = if is_new { what(&first.kind) } else { What::Input(Input::Drain) };
        let is_understanding = |event: &&Event| is_understanding(is_new, first, event);
        let understood = events.iter().find(is_understanding);
        let understood = understood.and_then(|event| understood_as(&event.kind));
        all.push(Arrival { what, understood, now: first.timestamp, events });
    }
    all
}

/// A client's own understanding is the arrival itself.
fn is_understanding(is_new: bool, first: &Event, event: &Event) -> bool {
    matches!(event.kind, Kind::NluIntent { .. }) && (!is_new || event.seq != first.seq)
}

fn understood_as(kind: &Kind) -> Option<Understood> {
    let Kind::NluIntent { intent, confidence, slots, classifier, ms, message_id, alternatives } =
        kind.clone()
    else {
        return None;
    };
    Some(Understood { intent, confidence, slots, classifier, ms, message_id, alternatives })
}

fn what(first: &Kind) -> What {
    What::Input(match first.clone() {
        Kind::SessionCreated { .. } => Input::Start,
        Kind::UserText { text, message_id } => Input::Text { text, message_id },
        Kind::UserDtmf { digits, message_id } => Input::Dtmf { digits, message_id },
        Kind::UserEvent { name, payload, message_id } => {
            Input::External { name, payload, message_id }
        }
        Kind::NluIntent { .. } => match understood_as(first) {
            Some(understood) => Input::Understood(understood),
            None => return What::Unknown("nlu.intent"),
        },
        Kind::ToolResult { tool_call_id, result, ms, patch, say, spent, .. } => Input::ToolDone {
            call: tool_call_id,
            outcome: Outcome::Done(Done {
                result,
                ms,
                patch: patch.into_iter().collect(),
                say,
                spent,
            }),
        },
        Kind::ToolError { tool_call_id, error, .. } => {
            Input::ToolDone { call: tool_call_id, outcome: Outcome::Failed(error) }
        }
        Kind::ToolProgress { tool_call_id, percent, message } => {
            Input::Told { call: tool_call_id, news: News::Progress { percent, message } }
        }
        Kind::Custom { name, data } => return What::TellsOne(News::Event { name, data }),
        Kind::TimerDue { timer } => return What::Timer(timer),
        Kind::SessionEnded { .. } => Input::Delete,
        Kind::SessionMigrated { .. } => return What::Unknown("session.migrated"),
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
