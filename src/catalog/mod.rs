//! What is current: every flow that new sessions can begin on, as one immutable value that is swapped
//! whole, and the way to every older version that a session is still on. It reads no files and runs no flow.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::Session;
use crate::flow::{self, Finding, Flow, Linked, Offers, Version};
use crate::store::Store;

/// Why the catalog has no flow to give.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No current flow has this id.
    #[error("find flow `{flow}`{}", .suggestion.as_ref().map(|id| format!("; did you mean `{id}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        flow: flow::Id,
        /// The current flow with the nearest name.
        suggestion: Option<flow::Id>,
    },
    /// A session is on a version that neither this host nor the store has.
    #[error("find version {version} of flow `{flow}`")]
    Gone {
        /// The flow.
        flow: flow::Id,
        /// The version.
        version: Version,
    },
    /// The flow does not compile.
    #[error("load flow `{flow}`: {} problem(s)", .findings.len())]
    Invalid {
        /// The flow.
        flow: flow::Id,
        /// Every mistake and warning, located.
        findings: Vec<Finding>,
    },
    /// The store is away; trying later may help.
    #[error("reach the store: {0}")]
    Unavailable(String),
}

/// Everything current at one moment. Whoever holds it sees no change.
#[derive(Debug, Clone, Default)]
pub struct Current {
    /// The flows that new sessions can begin on.
    pub linked: Arc<Linked>,
    /// The tools that flows were checked against.
    pub offers: Arc<Offers>,
    /// By file: what was noticed in it the last time it was read, and whether that is what runs.
    pub files: BTreeMap<flow::Id, Reading>,
}

/// What the last reading of a flow's file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The file's text is not what runs: it was rejected.
    pub rejected: bool,
    /// Mistakes of a rejected text, or warnings about the current one.
    pub findings: Vec<Finding>,
}

/// A flow as `GET /api/flows` lists it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its id.
    pub id: flow::Id,
    /// The current version; none when its only text so far was rejected.
    pub flow: Option<Arc<Flow>>,
    /// The last reading of its file.
    pub reading: Reading,
}

/// The next state of the catalog, all of it or nothing.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Becomes what is current.
    pub next: Current,
    /// Flows that are new or changed; they are stored before anybody can see them.
    pub changed: Vec<Arc<Flow>>,
    /// Flows that are no longer current.
    pub retired: Vec<flow::Id>,
}

/// The flows of this host.
#[derive(Debug)]
pub struct Catalog {
    current: arc_swap::ArcSwap<Current>,
    store: Store,
}

impl Catalog {
    /// A catalog without flows. Versions that sessions are on are read from `store`.
    #[must_use]
    pub fn new(store: Store, offers: Offers) -> Self {
        let current = Current { offers: Arc::new(offers), ..Current::default() };
        Self { current: arc_swap::ArcSwap::from_pointee(current), store }
    }

    /// Everything current at this moment.
    #[must_use]
    pub fn current(&self) -> Arc<Current> {
        self.current.load_full()
    }

    /// The flows that this session can reach: the current ones and the versions that it is on.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Unavailable`] when a version that it is on cannot be had.
    pub async fn linked_for(&self, session: &Session) -> Result<Arc<Linked>, Error> {
        todo!("{session:?} {:?}", self.store)
    }

    /// The current version of a flow.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn find(&self, id: &flow::Id) -> Result<Arc<Flow>, Error> {
        todo!("{id}")
    }

    /// One version of a flow, current or not.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Unavailable`].
    pub async fn version(&self, id: &flow::Id, version: &Version) -> Result<Arc<Flow>, Error> {
        todo!("{id} {version}")
    }

    /// A flow that a client brought: it gets the id `inline-<hash>`, is stored, and is never current.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem.
    pub async fn inline(&self, definition: &Value) -> Result<Arc<Flow>, Error> {
        todo!("{definition}")
    }

    /// Stores what changed, then makes the plan current, whole.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; then nothing changed.
    pub async fn replace(&self, plan: Plan) -> Result<(), Error> {
        todo!("{plan:?}")
    }

    /// All flows in the order of their ids, those whose file was rejected among them.
    #[must_use]
    pub fn flows(&self) -> Vec<Listed> {
        todo!()
    }
}
