//! What the loaded flows call things, so that a name that nobody knows is found before anything is played.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::LLM;
use crate::event::BUILT_IN_TYPES;
use crate::flow::{Flow, Linked, Verb};

/// What the loaded flows call things.
pub(super) struct Names {
    pub(super) states: BTreeMap<String, BTreeSet<String>>,
    pub(super) tools: BTreeSet<String>,
    pub(super) intents: BTreeSet<String>,
    /// What each intent carries, where any flow says it.
    pub(super) slots: BTreeMap<String, BTreeSet<String>>,
    /// What forms ask for, which an intent may carry as well.
    pub(super) asked: BTreeSet<String>,
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
            slots: carried(flows()),
            asked: flows().flat_map(|flow| asked(flow)).collect(),
            events: flows().flat_map(|flow| emitted(flow)).chain(built_in()).collect(),
        }
    }
}

fn carried<'f>(flows: impl Iterator<Item = &'f Arc<Flow>>) -> BTreeMap<String, BTreeSet<String>> {
    let mut carried: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, intent) in flows.flat_map(|flow| &flow.intents) {
        let names = intent.slots.iter().map(|slot| slot.name.clone());
        carried.entry(name.clone()).or_default().extend(names);
    }
    carried.retain(|_, slots| !slots.is_empty());
    carried
}

fn asked(flow: &Flow) -> impl Iterator<Item = String> {
    let forms = flow.states.values().filter_map(|state| state.form.as_ref());
    forms.flat_map(|form| form.slots.iter().map(|slot| slot.slot.name.clone()))
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
