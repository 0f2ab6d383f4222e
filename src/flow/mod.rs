//! Flows: as their authors write them (`model`), as the engine runs them (`compiled`), and the way from
//! one to the other with every mistake located (`parse`, `check`, `compile`). A [`Flow`] that exists is
//! valid. It never reads a file: text comes in.

mod compiled;
mod finding;
mod id;
mod offers;

pub use compiled::{
    Action, After, Arm, Assign, Busy, FallbackStep, Flow, Intent, Meta, Outcome, Path, Pattern,
    Retry, State, Target, Tool, Transition, Trigger, Verb,
};
pub use finding::{Finding, Severity};
pub use id::{Id, Version};
pub use offers::{NotOffered, Offer, Offers};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// Text to a valid flow, with its warnings.
///
/// # Errors
/// Every mistake at once, located; warnings among them.
pub fn load(id: &Id, text: &str, known: Known<'_>) -> Result<(Flow, Vec<Finding>), Vec<Finding>> {
    todo!("{id} {text} {known:?}")
}

/// A text as patterns and exact answers compare it: trimmed, NFC, case folded.
#[must_use]
pub fn fold(text: &str) -> String {
    todo!("{text}")
}
