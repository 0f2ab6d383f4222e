//! Which parts of flows conversations went through: states, transitions, arms of branches, steps of fallbacks.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::engine::Mark;
use crate::flow::{self, FallbackStep, Flow, Linked, Target, Transition};

/// The parts of all flows, with how often each was gone through.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    flows: BTreeMap<flow::Id, IndexMap<String, Part>>,
}

/// A part of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// The state that it belongs to; none for what the flow says of all.
    pub state: Option<String>,
    /// For people.
    pub label: String,
    /// How often it was gone through.
    pub hits: u64,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// A state.
    State,
    /// A transition, delayed ones among them.
    Transition,
    /// An arm of a branch, or the `to` beside it.
    Branch,
    /// A step of a fallback.
    Fallback,
}

impl PartKind {
    /// In the order in which people read them.
    pub const ALL: [Self; 4] = [Self::State, Self::Transition, Self::Branch, Self::Fallback];

    /// Many of them.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::State => "states",
            Self::Transition => "transitions",
            Self::Branch => "branches",
            Self::Fallback => "fallbacks",
        }
    }
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Gone through.
    pub hit: usize,
    /// There.
    pub of: usize,
}

impl Coverage {
    /// Of these flows, before anything was played.
    #[must_use]
    pub fn of(flows: &Linked) -> Self {
        Self { flows: flows.iter().map(|flow| (flow.id.clone(), parts(flow))).collect() }
    }

    /// Takes the flows of another in; of flows with one id the later counts.
    pub fn join(&mut self, other: Self) {
        self.flows.extend(other.flows);
    }

    /// Adds what a conversation went through.
    pub fn add(&mut self, marks: &[Mark]) {
        for mark in marks {
            let part = self.flows.get_mut(&mark.flow).and_then(|parts| parts.get_mut(&mark.at));
            part.into_iter().for_each(|part| part.hits += 1);
        }
    }

    /// Every flow with its parts by JSON pointer, in the order of the flow.
    pub fn iter(&self) -> impl Iterator<Item = (&flow::Id, &IndexMap<String, Part>)> {
        self.flows.iter()
    }

    /// How much of a flow's parts of one kind was gone through.
    #[must_use]
    pub fn share(&self, flow: &flow::Id, kind: PartKind) -> Share {
        let parts = self.flows.get(flow).into_iter().flat_map(IndexMap::values);
        parts.filter(|part| part.kind == kind).fold(Share::default(), |share, part| Share {
            hit: share.hit + usize::from(part.hits > 0),
            of: share.of + 1,
        })
    }
}

fn parts(flow: &Flow) -> IndexMap<String, Part> {
    let mut all = Parts { parts: IndexMap::new(), state: None };
    for state in flow.states.values() {
        all.state = Some(state.id.to_string());
        let at = format!("/states/{}", state.id.replace('~', "~0").replace('/', "~1"));
        all.add(at, PartKind::State, state.id.to_string());
        state.transitions.iter().for_each(|transition| all.transition(transition));
        for after in &state.after {
            let label = format!("after {} ms → {}", after.ms, after.to.written());
            all.add(after.at.clone(), PartKind::Transition, label);
        }
        all.fallbacks("noMatch", state.no_match.as_deref().unwrap_or_default());
        all.fallbacks("noInput", state.silence.as_ref().map_or(&[], |silence| &silence.steps));
    }
    all.state = None;
    flow.transitions.iter().for_each(|transition| all.transition(transition));
    all.fallbacks("noMatch", &flow.no_match);
    all.fallbacks("noInput", flow.silence.as_ref().map_or(&[], |silence| &silence.steps));
    all.parts
}

struct Parts {
    parts: IndexMap<String, Part>,
    state: Option<String>,
}

impl Parts {
    fn add(&mut self, at: String, kind: PartKind, label: String) {
        if !at.is_empty() {
            self.parts.insert(at, Part { kind, state: self.state.clone(), label, hits: 0 });
        }
    }

    fn transition(&mut self, transition: &Transition) {
        let trigger = transition.label();
        let to = transition.to.as_ref().map(Target::written);
        let label = match &to {
            Some(to) if transition.branch.is_empty() => format!("{trigger} → {to}"),
            Some(_) | None => trigger.clone(),
        };
        self.add(transition.at.clone(), PartKind::Transition, label);
        for arm in &transition.branch {
            let when = if arm.when.is_some() { "when" } else { "else" };
            let label = format!("{trigger}, {when} → {}", arm.to.written());
            self.add(arm.at.clone(), PartKind::Branch, label);
        }
        if let Some(to) = to.filter(|_| !transition.branch.is_empty()) {
            let label = format!("{trigger}, no arm → {to}");
            self.add(format!("{}/to", transition.at), PartKind::Branch, label);
        }
    }

    fn fallbacks(&mut self, which: &str, steps: &[FallbackStep]) {
        for (number, step) in steps.iter().enumerate() {
            let label = format!("{which} {}", number + 1);
            self.add(step.at.clone(), PartKind::Fallback, label);
        }
    }
}
