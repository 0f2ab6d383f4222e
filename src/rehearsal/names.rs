//! What the loaded flows call things, so that a name that nobody knows is found before anything is played.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::LLM;
use crate::event::BUILT_IN_TYPES;
use crate::flow::{Flow, Linked, Verb};

/// What the loaded flows call things.
pub(super) struct Names {
    pub(super) states: BTreeMap<String, BTreeSet<String>>,
    pub(super) tools: BTreeSet<String>,
    pub(super) intents: BTreeSet<String>,
    pub(super) events: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(flows: &Linked) -> Self {
        let flows = || flows.iter();
        let states = |flow: &Flow| flow.states.keys().cloned().collect();
        Self {
            states: flows().map(|flow| (flow.id.as_str().to_owned(), states(flow))).collect(),
            tools: flows()
                .flat_map(|flow| flow.tools.keys().cloned())
                .chain([LLM.to_owned()])
                .collect(),
            intents: flows().flat_map(|flow| flow.intents.keys().cloned()).collect(),
            events: flows().flat_map(|flow| emitted(flow)).chain(built_in()).collect(),
        }
    }
}

fn built_in() -> impl Iterator<Item = String> {
    BUILT_IN_TYPES.iter().map(|kind| (*kind).to_owned())
}

fn emitted(flow: &Flow) -> impl Iterator<Item = String> {
    let actions =
        flow.states.values().flat_map(|state| state.on_enter.iter().chain(&state.on_exit));
    actions.filter_map(|action| match &action.verb {
        Verb::Emit { name, .. } => Some(name.clone()),
        Verb::Say(_)
        | Verb::Ask { .. }
        | Verb::Set(_)
        | Verb::Tool { .. }
        | Verb::Llm(_)
        | Verb::Call { .. }
        | Verb::Transfer(_)
        | Verb::Hangup => None,
    })
}
