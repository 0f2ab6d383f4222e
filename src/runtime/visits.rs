//! The way of one session through its flows, told from its events: where it is, where it was before, and what of that is
//! counted. Pure: an event at a time.

use std::collections::BTreeSet;

use crate::event::{Kind, ToolErrorKind};
use crate::rollout::Counted;

/// Something that is counted, of one flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) flow: String,
    /// The version, where the event says it.
    pub(super) version: Option<String>,
    pub(super) what: What,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A session began.
    Begun,
    /// The state in which a flow begins was entered.
    Started,
    /// A state was entered, for the first time in this session or again.
    Entered { state: String, first: bool },
    /// A state was left.
    Left { state: String },
    /// A transition was taken.
    Went { from: String, to: String, trigger: String },
    /// The session ended; `state` is the innermost flow's, if that is this flow.
    Ended { state: Option<String>, reason: String },
    /// Nothing took what the person said.
    Unhandled { state: String },
    /// A session came from another version, or went to one.
    Moved { state: String, came: bool },
    /// This happened in this flow for the first time in the session.
    First(Counted),
}

/// One flow on the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
struct At {
    flow: String,
    /// Empty while it is the one that the flow begins with.
    state: String,
}

/// Where a session was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Visits {
    stack: Vec<At>,
    reached: BTreeSet<(String, String)>,
    firsts: BTreeSet<(String, Counted)>,
}

impl Visits {
    /// Takes an event, and gives what of it is counted.
    pub(super) fn take(&mut self, kind: &Kind) -> Vec<Seen> {
        match kind {
            Kind::SessionCreated { flow, version, .. } => {
                self.stack = vec![At { flow: flow.clone(), state: String::new() }];
                let seen = |what| Seen { flow: flow.clone(), version: Some(version.clone()), what };
                let mut begun = vec![seen(What::Begun), seen(What::Started)];
                begun.extend(self.first(Counted::Session));
                begun
            }
            Kind::FsmTransition { from, to, flow, trigger, .. } => {
                self.go((from, to), flow, trigger)
            }
            Kind::SessionMigrated { flow, from, to, state } => self.moved(flow, (from, to), state),
            Kind::IntentUnhandled { current_state, .. } => {
                self.name_start(current_state);
                let mut seen = self.here(|at| What::Unhandled { state: at.state.clone() });
                seen.extend(self.first(Counted::Unhandled));
                seen
            }
            // What was called off has not failed.
            Kind::ToolError { error, .. } if error.kind == ToolErrorKind::Cancelled => Vec::new(),
            Kind::ToolError { .. } => self.first(Counted::ToolError).into_iter().collect(),
            Kind::Error { .. } | Kind::GuardError { .. } => {
                self.first(Counted::Error).into_iter().collect()
            }
            Kind::SessionEnded { reason } => {
                let ended = |at: &At, state| Seen {
                    flow: at.flow.clone(),
                    version: None,
                    what: What::Ended { state, reason: reason.clone() },
                };
                // Who left by `:end` is in no state any more.
                let state =
                    |at: &At| Some(at.state.clone()).filter(|state| !state.starts_with(':'));
                let inner = self.stack.last().map(|at| ended(at, state(at)));
                let outer = self.stack.first().filter(|_| self.stack.len() > 1);
                inner.into_iter().chain(outer.map(|at| ended(at, None))).collect()
            }
            Kind::UserText { .. }
            | Kind::UserDtmf { .. }
            | Kind::UserEvent { .. }
            | Kind::NluIntent(_)
            | Kind::Say { .. }
            | Kind::Ask { .. }
            | Kind::Transfer { .. }
            | Kind::Hangup {}
            | Kind::ToolCall { .. }
            | Kind::ToolResult { .. }
            | Kind::ToolProgress { .. }
            | Kind::ModelChunk { .. }
            | Kind::ModelDone { .. }
            | Kind::StateUpdated { .. }
            | Kind::TimerDue { .. }
            | Kind::Custom { .. } => Vec::new(),
        }
    }

    fn go(&mut self, (from, to): (&str, &str), flow: &str, trigger: &str) -> Vec<Seen> {
        match trigger {
            "call" => {
                self.name_start(from);
                self.stack.push(At { flow: flow.to_owned(), state: to.to_owned() });
                let entered = self.entered();
                return [entered].into_iter().chain(self.first(Counted::Session)).collect();
            }
            "return" => {
                self.stack.pop();
                return Vec::new();
            }
            _ => {}
        }
        let mut seen = Vec::new();
        // Flows above the one that goes on were left without a word.
        if self.stack.iter().any(|at| at.flow == flow) {
            while self.stack.len() > 1 && self.stack.last().is_some_and(|at| at.flow != flow) {
                seen.extend(self.here(|at| What::Left { state: at.state.clone() }));
                self.stack.pop();
            }
        }
        self.name_start(from);
        seen.extend(self.here(|at| What::Left { state: at.state.clone() }));
        let (from, to) = (from.to_owned(), to.to_owned());
        seen.extend(self.here(|_| What::Went {
            from,
            to: to.clone(),
            trigger: trigger.to_owned(),
        }));
        if to.starts_with(':') {
            if let Some(at) = self.stack.last_mut() {
                at.state = to;
            }
            return seen;
        }
        let next = At { flow: flow.to_owned(), state: to };
        match self.stack.last_mut() {
            Some(at) => *at = next,
            None => self.stack.push(next),
        }
        seen.push(self.entered());
        seen.extend(self.first(Counted::Session));
        seen
    }

    fn moved(&mut self, flow: &str, (from, to): (&str, &str), state: &str) -> Vec<Seen> {
        // It may be the caller of the one that the conversation is in.
        let place = self.stack.iter().rposition(|at| at.flow == flow);
        let place = place.unwrap_or_else(|| self.stack.len().saturating_sub(1));
        let Some(at) = self.stack.get_mut(place) else { return Vec::new() };
        let old = std::mem::replace(&mut at.state, state.to_owned());
        let flow = at.flow.clone();
        self.reached.insert((flow.clone(), state.to_owned()));
        let old = if old.is_empty() { state.to_owned() } else { old };
        let seen = |version: &str, state: String, came| Seen {
            flow: flow.clone(),
            version: Some(version.to_owned()),
            what: What::Moved { state, came },
        };
        vec![seen(from, old, false), seen(to, state.to_owned(), true)]
    }

    /// Where a flow begins is first said by what comes after.
    fn name_start(&mut self, state: &str) {
        if let Some(at) = self.stack.last_mut().filter(|at| at.state.is_empty()) {
            state.clone_into(&mut at.state);
            self.reached.insert((at.flow.clone(), at.state.clone()));
        }
    }

    fn here(&self, what: impl FnOnce(&At) -> What) -> Vec<Seen> {
        let seen = |at: &At| Seen { flow: at.flow.clone(), version: None, what: what(at) };
        self.stack.last().map(seen).into_iter().collect()
    }

    fn first(&mut self, counted: Counted) -> Option<Seen> {
        let flow = self.stack.last()?.flow.clone();
        let is_new = self.firsts.insert((flow.clone(), counted));
        is_new.then_some(Seen { flow, version: None, what: What::First(counted) })
    }

    fn entered(&mut self) -> Seen {
        let at = self.stack.last().cloned();
        let At { flow, state } = at.unwrap_or(At { flow: String::new(), state: String::new() });
        let first = self.reached.insert((flow.clone(), state.clone()));
        Seen { flow, version: None, what: What::Entered { state, first } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{CallId, SessionId, Timestamp, ToolError};

    fn went(flow: &str, from: &str, to: &str, trigger: &str) -> Kind {
        let text = str::to_owned;
        Kind::FsmTransition {
            from: from.into(),
            to: to.into(),
            flow: flow.into(),
            trigger: text(trigger).into(),
            version: None,
        }
    }

    fn brief(seen: &Seen) -> String {
        let flow = &seen.flow;
        match &seen.what {
            What::Begun => format!("{flow} begun"),
            What::Started => format!("{flow} started"),
            What::Entered { state, first } => format!("{flow} enters {state} {first}"),
            What::Left { state } => format!("{flow} leaves {state}"),
            What::Went { from, to, trigger } => format!("{flow} {from} to {to} by {trigger}"),
            What::Ended { state, reason } => format!("{flow} ended {state:?} {reason}"),
            What::Unhandled { state } => format!("{flow} unhandled {state}"),
            What::Moved { state, came } => format!("{flow} moved {state} {came}"),
            What::First(counted) => format!("{flow} first {counted:?}"),
        }
    }

    /// What is counted as often as it happens, or the first times alone.
    fn some(kinds: &[Kind], firsts: bool) -> Vec<String> {
        let mut visits = Visits::default();
        let seen = kinds.iter().flat_map(|kind| visits.take(kind));
        let wanted = seen.filter(|seen| matches!(seen.what, What::First(_)) == firsts);
        wanted.map(|seen| brief(&seen)).collect()
    }

    fn all(kinds: &[Kind]) -> Vec<String> {
        some(kinds, false)
    }

    fn created() -> Kind {
        let (flow, version) = ("a".to_owned(), "1".to_owned());
        Kind::SessionCreated { flow, version, context: Box::default(), time_zone: None }
    }

    #[test]
    fn a_state_is_reached_once_and_entered_often() {
        let ended = Kind::SessionEnded { reason: "final".to_owned() };
        let seen = all(&[
            created(),
            went("a", "S", "T", "pattern"),
            went("a", "T", "S", "pattern"),
            went("a", "S", "T", "auto"),
            ended,
        ]);
        let expected = [
            "a begun",
            "a started",
            "a leaves S",
            "a S to T by pattern",
            "a enters T true",
            "a leaves T",
            "a T to S by pattern",
            "a enters S false",
            "a leaves S",
            "a S to T by auto",
            "a enters T false",
            "a ended Some(\"T\") final",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_called_flow_is_entered_and_left_while_its_caller_stays() {
        let seen = all(&[
            created(),
            went("b", "S", "B", "call"),
            went("b", "B", ":end", "auto"),
            went("a", ":end", "S", "return"),
            went("a", "S", "T", "flow.result:end"),
        ]);
        let expected = [
            "a begun",
            "a started",
            "b enters B true",
            "b leaves B",
            "b B to :end by auto",
            "a leaves S",
            "a S to T by flow.result:end",
            "a enters T true",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn who_goes_to_another_flow_or_out_of_a_called_one_leaves_it() {
        let seen = all(&[
            created(),
            went("b", "S", "B", "intent"),
            went("c", "B", "C", "call"),
            went("b", "B", "B2", "intent"),
        ]);
        let expected = [
            "a begun",
            "a started",
            "a leaves S",
            "a S to B by intent",
            "b enters B true",
            "c enters C true",
            "c leaves C",
            "b leaves B",
            "b B to B2 by intent",
            "b enters B2 true",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn who_moves_to_another_version_is_counted_in_both() {
        let moved = Kind::SessionMigrated {
            flow: "a".to_owned(),
            from: "1".to_owned(),
            to: "2".to_owned(),
            state: "T".to_owned(),
        };
        let seen = all(&[created(), went("a", "S", "Old", "auto"), moved]);
        assert_eq!(seen[5..], ["a moved Old false", "a moved T true"]);
    }

    #[test]
    fn trouble_is_noted_once_for_each_session_and_flow() {
        let failed = |kind| Kind::ToolError {
            tool_call_id: CallId::new(&SessionId::new("s").unwrap(), Timestamp::default(), 1),
            name: "t".to_owned(),
            error: ToolError::new(kind, "").into(),
        };
        let error = || Kind::Error { code: "target.unknown".to_owned(), message: String::new() };
        let guard = Kind::GuardError { at: String::new(), message: String::new() };
        let unhandled = || Kind::IntentUnhandled {
            intent: None,
            confidence: 0.0,
            current_state: "S".to_owned(),
            text: String::new(),
        };
        let seen = [
            created(),
            failed(ToolErrorKind::Cancelled),
            unhandled(),
            unhandled(),
            went("b", "S", "B", "call"),
            failed(ToolErrorKind::Timeout),
            failed(ToolErrorKind::Tool),
            went("b", "B", ":end", "auto"),
            went("a", ":end", "S", "return"),
            guard,
            error(),
            went("b", "S", "B", "call"),
            error(),
        ];
        let expected = [
            "a first Session",
            "a first Unhandled",
            "b first Session",
            "b first ToolError",
            "a first Error",
            "b first Error",
        ];
        assert_eq!(some(&seen, true), expected);
    }
}
