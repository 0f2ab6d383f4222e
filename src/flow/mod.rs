//! Flows: as their authors write them (`model`), as the engine runs them (`compiled`), and the way from
//! one to the other with every mistake located (`parse`, `check`, `compile`). A [`Flow`] that exists is
//! valid. It never reads a file: text comes in.

mod id;
mod finding;
mod offers;
mod compiled;
mod personal;
mod limit;
mod model;
mod locate;
mod report;
mod written;
mod yaml;
mod text;
mod decode;
mod wider;
mod suggest;
mod canonical;
mod graph;
mod shape;
mod parse;
mod csm;
mod compile;
mod check;
mod diff;
#[cfg(test)]
mod tests;

pub use crate::script::fold;
pub use compiled::{
    Action, After, Arm, Assign, Busy, ByName, Embeddings, FallbackStep, Flow, Form, FormSlot,
    Intent, Llm, Meta, Migration, Mode, Nlu, Outcome, Path, Pattern, Policy, ResponseFormat, Retry,
    Sessions, Silence, State, Target, Tool, Transition, Transitions, Trigger, Verb,
};
pub use csm::{csm_state, import};
pub use decode::{decoded, unreadable};
pub use diff::{Difference, Part, Way, diff};
pub use finding::{Finding, Fix, Severity};
pub use graph::{Edge, Graph, Node, NodeKind};
pub use id::{Id, Version};
pub use offers::{NotOffered, Offer, Offers, Unfit};
pub use personal::Personal;
pub use shape::schema;
pub use suggest::nearest;
pub use text::Text;
pub use wider::is_wider;
pub(crate) use written::Written;
pub use written::{Spot, spots, twice};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use parse::Parsed;
use report::{Place, Problem, Report};

/// The flows that a session can reach: what is current by id, and every version that is still in use.
#[derive(Debug, Clone, Default)]
pub struct Linked {
    current: BTreeMap<Id, Arc<Flow>>,
    versions: BTreeMap<(Id, Version), Arc<Flow>>,
}

impl Linked {
    /// The version that new sessions of this flow get.
    #[must_use]
    pub fn current(&self, id: &Id) -> Option<&Arc<Flow>> {
        self.current.get(id)
    }

    /// One version of a flow, current or not.
    #[must_use]
    pub fn get(&self, id: &Id, version: &Version) -> Option<&Arc<Flow>> {
        if let Some(flow) = self.current.get(id).filter(|flow| flow.version == *version) {
            return Some(flow);
        }
        self.versions.get(&(id.clone(), version.clone()))
    }

    /// All current flows in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Flow>> {
        self.current.values()
    }

    /// Makes `flow` the current one of its id; the one before it stays reachable by its version.
    pub fn activate(&mut self, flow: Arc<Flow>) {
        if let Some(old) = self.current.insert(flow.id.clone(), flow) {
            self.keep(old);
        }
    }

    /// Makes `flow` reachable by its version only.
    pub fn keep(&mut self, flow: Arc<Flow>) {
        self.versions.insert((flow.id.clone(), flow.version.clone()), flow);
    }

    /// Retires a flow: no new sessions, running ones go on.
    pub fn retire(&mut self, id: &Id) {
        if let Some(old) = self.current.remove(id) {
            self.keep(old);
        }
    }
}

/// What a flow may refer to beyond itself.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Every flow that will be loaded with it.
    pub flows: &'a BTreeSet<Id>,
    /// Every tool on offer.
    pub offers: &'a Offers,
}

/// Names of events that are the host's own: a flow may not `emit` under them. The same list as
/// `event::BUILT_IN_TYPES`, which this room does not use; a test compares them.
pub const RESERVED_EVENTS: &[&str] = &[
    "session.started",
    "session.created",
    "session.ended",
    "session.migrated",
    "user.text",
    "user.dtmf",
    "user.event",
    "nlu.intent",
    "say",
    "ask",
    "transfer",
    "hangup",
    "tool.call",
    "tool.result",
    "tool.error",
    "tool.progress",
    "model.chunk",
    "model.done",
    "fsm.transition",
    "state.updated",
    "timer.due",
    "guard.error",
    "intent.unhandled",
    "error",
];

/// The version of a flow with this text, whether it compiles or not; `None` if it is no JSON.
#[must_use]
pub fn version_of(text: &str) -> Option<Version> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    canonical::version(&serde_json::from_str(text).ok()?)
}

/// Text to a valid flow, with its warnings.
///
/// # Errors
/// Every mistake at once, located; warnings among them.
pub fn load(id: &Id, text: &str, known: Known<'_>) -> Result<(Flow, Vec<Finding>), Vec<Finding>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::default();
    let flow = read(id, text, known, &mut report);
    let is_refused = report.has_errors();
    let findings = report.locate(text);
    match flow {
        Some(flow) if !is_refused => Ok((flow, findings)),
        Some(_) | None => Err(findings),
    }
}

/// What of a flow that runs would no longer fit if the tools of `after` were on offer in place of those of `before`: what it
/// gives them, and what it reads of their results.
#[must_use]
pub fn unfit(flow: &Flow, before: &Offers, after: &Offers) -> Vec<Unfit> {
    let text = flow.definition.to_string();
    let mut report = Report::default();
    let Some(Parsed { definition, model, .. }) = parse::parse(&text, &mut report) else {
        return Vec::new();
    };
    let flows = BTreeSet::from([flow.id.clone()]);
    let known = Known { flows: &flows, offers: before };
    let version = flow.version.clone();
    let (_, uses) = compile::compile(&flow.id, version, (definition, &model), known, &mut report);
    check::unfit(flow, &uses, before, after)
}

/// A flow that came as JSON and not as a file, with its warnings. Its id is made of its version; findings are located
/// in its pretty-printed text.
///
/// # Errors
/// As [`load`].
pub fn load_inline(
    definition: &Value,
    known: Known<'_>,
) -> Result<(Flow, Vec<Finding>), Vec<Finding>> {
    let version = canonical::version(definition);
    let name = version.as_ref().map_or("unnamed", Version::short);
    let id = Id::from(format!("inline-{name}").as_str());
    load(&id, &format!("{definition:#}"), known)
}

fn read(id: &Id, text: &str, known: Known<'_>, report: &mut Report) -> Option<Flow> {
    let Parsed { definition, model, origins } = parse::parse(text, report)?;
    let Some(version) = canonical::version(&definition) else {
        let place = Place::Value(String::new());
        report.add(Problem::error("number.inexact", place, "a number has no canonical form"));
        return None;
    };
    let before = report.count();
    let (mut flow, uses) = compile::compile(id, version, (definition, &model), known, report);
    check::check(&flow, &uses, known, report);
    if let Some(origins) = origins {
        report.relocate(before, |place| origins.place(place));
        let definition = Arc::clone(&flow.definition);
        for state in flow.states.values_mut() {
            state.transitions.show_patterns(|at| {
                let place = origins.place(&Place::Value(format!("{at}/pattern")));
                definition.pointer(place.pointer())?.as_str().map(str::to_owned)
            });
        }
    }
    Some(flow)
}
