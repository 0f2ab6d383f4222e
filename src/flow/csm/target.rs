//! Where a transition of CSM leads, in our words.

use super::super::report::{Place, Problem};
use super::Import;
use super::model::{Reason, Target, TargetKind, TypedTarget};
use super::whole::Part;

/// Where to, as our transitions have it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// `to`; none stays where it is.
    pub(super) to: Option<String>,
    /// A message that is sent on the way: its id, or a text.
    pub(super) message: Option<Said>,
}

/// What is said on the way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A message with this id.
    Id(String),
    /// This text.
    Text(String),
}

impl Way {
    fn to(target: impl Into<String>) -> Self {
        Self { to: Some(target.into()), message: None }
    }
}

impl Import<'_> {
    /// The way of a target that stands at `at`, from a state of `part`; `None` when the report says why there is none.
    pub(super) fn way(
        &mut self,
        target: &Target,
        (flow, part): (&str, &Part),
        at: &str,
    ) -> Option<Way> {
        match target {
            Target::Text(text) => self.way_of_text(text, (flow, part), at),
            Target::Typed(typed) => self.way_of_typed(typed, (flow, part), at),
        }
    }

    fn way_of_text(&mut self, text: &str, from: (&str, &Part), at: &str) -> Option<Way> {
        if let Some(path) = text.strip_prefix('@') {
            let path = path.strip_prefix("context.").unwrap_or(path);
            return Some(Way::to(format!("@{path}")));
        }
        if let Some(message) = text.strip_prefix("message:") {
            return Some(Way { to: None, message: Some(Said::Id(message.to_owned())) });
        }
        if let Some(flow) = text.strip_prefix("machine:").or_else(|| text.strip_prefix("flow:")) {
            return self.way_to_flow(flow, at);
        }
        match text {
            ":end" | ":cancel" | ":error" => Some(Way::to(text)),
            _ => self.way_to_state(text.strip_prefix("state:").unwrap_or(text), from, at),
        }
    }

    fn way_of_typed(&mut self, target: &TypedTarget, from: (&str, &Part), at: &str) -> Option<Way> {
        match target {
            TypedTarget { kind: TargetKind::State, state_id: Some(state), .. } => {
                self.way_to_state(state, from, &format!("{at}/stateId"))
            }
            TypedTarget { kind: TargetKind::Flow, flow_id: Some(flow), .. } => {
                self.way_to_flow(flow, &format!("{at}/flowId"))
            }
            TypedTarget { kind: TargetKind::Terminal, reason, message, .. } => {
                let to = match reason {
                    None | Some(Reason::Success) => ":end",
                    Some(Reason::Cancel) => ":cancel",
                    Some(Reason::Error | Reason::Timeout) => ":error",
                };
                let message = message.clone().map(Said::Text);
                Some(Way { to: Some(to.to_owned()), message })
            }
            TypedTarget { kind: TargetKind::State, .. } => self.no_target(at, "stateId"),
            TypedTarget { kind: TargetKind::Flow, .. } => self.no_target(at, "flowId"),
        }
    }

    fn no_target(&mut self, at: &str, key: &str) -> Option<Way> {
        let place = Place::Value(at.to_owned());
        self.report.add(Problem::error("csm.target", place, format!("the target has no `{key}`")));
        None
    }

    fn way_to_state(&mut self, state: &str, (flow, part): (&str, &Part), at: &str) -> Option<Way> {
        if part.flow.states.contains_key(state) {
            return Some(Way::to(self.whole.name(flow, state)));
        }
        let message = format!("no state `{state}`");
        let problem = Problem::error("target.unknown", Place::Value(at.to_owned()), message);
        let problem = problem.suggest_name(state, part.flow.states.keys().map(String::as_str));
        let is_flow = self.whole.parts.contains_key(state);
        self.report.add(match is_flow {
            true => problem.suggest(format!("`{state}` is a flow: write `flow:{state}`")),
            false => problem,
        });
        None
    }

    /// A flow of this definition begins at its initial state; any other name is that of another file's flow.
    fn way_to_flow(&mut self, flow: &str, at: &str) -> Option<Way> {
        if let Some(beginning) = self.whole.beginning(flow) {
            return Some(Way::to(beginning));
        }
        if self.whole.initial.is_none() {
            return Some(Way::to(format!("flow:{flow}")));
        }
        self.unknown_flow(flow, at);
        None
    }

    pub(super) fn unknown_flow(&mut self, flow: &str, at: &str) {
        let message = format!("no flow `{flow}`");
        let problem = Problem::error("flow.unknown", Place::Value(at.to_owned()), message);
        let names = self.whole.parts.keys().map(String::as_str);
        self.report.add(problem.suggest_name(flow, names));
    }
}
