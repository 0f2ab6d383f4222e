//! What is current: every flow that new sessions can begin on, as one immutable value that is swapped
//! whole, and the way to every older version that a session is still on. It reads no files and runs no flow.

mod canary;
mod newer;
mod older;
mod states;

pub use canary::{Canary, Compared};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::Value;
use tracing::error;

use crate::flow::{self, Finding, Flow, Known, Linked, Offers, Version};
use crate::nlu::Classifier;
use crate::store::{self, Active, Note, Store};
use older::Older;
use states::States;

pub use newer::{Newer, Replaced, Way};

/// From here on, 0 to 1, a flow's name is taken for a misspelling of another.
const LIKENESS_MIN: f64 = 0.8;

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
    /// Another host has changed what is current; look at it and decide again.
    #[error("publish the flows: another host was first")]
    Overtaken,
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
    /// By flow: what some new sessions begin on instead.
    pub canaries: BTreeMap<flow::Id, Canary>,
    /// By file: what was noticed in it the last time it was read, and whether that is what runs.
    pub files: BTreeMap<flow::Id, Reading>,
    /// By flow, when its versions were replaced; the catalog itself fills it in.
    pub replaced: BTreeMap<flow::Id, Arc<Replaced>>,
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
    /// What becomes current on every host.
    pub publish: Option<Publish>,
}

/// A change of what new sessions begin on, everywhere.
#[derive(Debug, Clone)]
pub struct Publish {
    /// By flow; `None` is nothing.
    pub changes: Vec<(flow::Id, Option<Version>)>,
    /// The store's epoch in which that was decided.
    pub epoch: u64,
    /// Who, when, why.
    pub note: Note,
}

/// The flows of this host.
#[derive(Debug)]
pub struct Catalog {
    current: ArcSwap<Current>,
    older: Older,
    states: States,
    store: Store,
    classifier: Option<Classifier>,
}

impl Catalog {
    /// A catalog without flows. Versions that sessions are on are read from `store`.
    #[must_use]
    pub fn new(store: Store, offers: impl Into<Arc<Offers>>) -> Self {
        let current = Current { offers: offers.into(), ..Current::default() };
        let current = ArcSwap::from_pointee(current);
        let (older, states) = (Older::default(), States::default());
        Self { current, older, states, store, classifier: None }
    }

    /// Has `classifier` learn what a flow needs before anybody can begin on it, so that no turn waits for that.
    #[must_use]
    pub fn teaching(self, classifier: Classifier) -> Self {
        Self { classifier: Some(classifier), ..self }
    }

    /// Everything current at this moment.
    #[must_use]
    pub fn current(&self) -> Arc<Current> {
        self.current.load_full()
    }

    /// The current version of a flow.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn find(&self, id: &flow::Id) -> Result<Arc<Flow>, Error> {
        let current = self.current.load();
        current.linked.current(id).cloned().ok_or_else(|| Error::Unknown {
            flow: id.clone(),
            suggestion: nearest(id, current.linked.iter().map(|flow| &flow.id)),
        })
    }

    /// One version of a flow, current or not.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Unavailable`].
    pub async fn version(&self, id: &flow::Id, version: &Version) -> Result<Arc<Flow>, Error> {
        let current = self.current();
        let canary = current.canaries.get(id).map(|canary| &canary.flow);
        let canary = canary.filter(|flow| flow.version == *version);
        let known = current.linked.get(id, version).or(canary).cloned();
        if let Some(flow) = known.or_else(|| self.older.get(id, version)) {
            return Ok(flow);
        }
        let stored = self.store.flow_get(id, version).await.map_err(unavailable)?;
        let gone = || Error::Gone { flow: id.clone(), version: version.clone() };
        let flow =
            Arc::new(load_older(id, &stored.ok_or_else(gone)?, &current).map_err(|findings| {
                error!(flow = %id, %version, ?findings, "A stored flow no longer loads.");
                gone()
            })?);
        self.teach(&flow).await;
        self.older.keep(&flow);
        Ok(flow)
    }

    /// A version of a flow that is current or in use here, by what is known of it.
    #[must_use]
    pub fn recognise(&self, id: &flow::Id, is: impl Fn(&Version) -> bool) -> Option<Arc<Flow>> {
        let current = self.current.load();
        let canary = current.canaries.get(id).map(|canary| &canary.flow);
        let mut known = current.linked.current(id).into_iter().chain(canary);
        let known = known.find(|flow| is(&flow.version)).cloned();
        known.or_else(|| self.older.find(id, is))
    }

    /// A text as it would run now, with its warnings; nothing is kept.
    ///
    /// # Errors
    /// Every finding, located in the text.
    pub fn check(&self, id: &flow::Id, text: &str) -> Result<(Flow, Vec<Finding>), Vec<Finding>> {
        let current = self.current.load();
        load(id, text, &current.linked, &current.offers)
    }

    /// A flow that a client brought: it gets the id `inline-<hash>`, is stored, and is never current.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem.
    pub async fn inline(&self, definition: &Value) -> Result<Arc<Flow>, Error> {
        let current = self.current();
        let nameless = flow::Id::from("inline");
        let loaded = load(&nameless, &definition.to_string(), &current.linked, &current.offers);
        let (mut flow, _warnings) =
            loaded.map_err(|findings| Error::Invalid { flow: nameless, findings })?;
        flow.id = flow::Id::from(format!("inline-{}", flow.version.short()).as_str());
        self.put(&flow).await?;
        let flow = Arc::new(flow);
        self.teach(&flow).await;
        self.older.keep(&flow);
        Ok(flow)
    }

    /// The versions that new sessions begin on, as the store has them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn active(&self) -> Result<Active, Error> {
        self.store.active().await.map_err(unavailable)
    }

    /// Where other hosts may change that: the epoch that the store is in.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn shared_epoch(&self) -> Result<Option<u64>, Error> {
        if !self.store.is_shared() {
            return Ok(None);
        }
        self.store.epoch().await.map(Some).map_err(unavailable)
    }

    /// The text of a version that the store has.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn definition(
        &self,
        id: &flow::Id,
        version: &Version,
    ) -> Result<Option<String>, Error> {
        self.store.flow_get(id, version).await.map_err(unavailable)
    }

    /// Stores what changed, tells the store what becomes current with it, then makes the plan current, whole.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Overtaken`]; then nothing changed here. What the store was told by then is found there
    /// with the next look at it.
    pub async fn replace(&self, plan: Plan) -> Result<(), Error> {
        for flow in &plan.changed {
            self.put(flow).await?;
            self.teach(flow).await;
        }
        if let Some(Publish { changes, epoch, note }) = &plan.publish
            && !changes.is_empty()
        {
            let activated = self.store.activate(changes, *epoch, note).await;
            activated.map_err(unavailable)?.ok_or(Error::Overtaken)?;
        }
        let current = self.current.load_full();
        let changed: Vec<flow::Id> = plan.changed.iter().map(|flow| flow.id.clone()).collect();
        let mut next = plan.next.with_canaries_of(&current);
        next.replaced = self.replaced(&changed).await?;
        let next = Arc::new(next);
        let before = self.current.swap(Arc::clone(&next));
        before.canaries.values().for_each(|canary| self.older.keep(&canary.flow));
        let left = |flow: &&Arc<Flow>| next.linked.get(&flow.id, &flow.version).is_none();
        before.linked.iter().filter(left).for_each(|flow| self.older.keep(flow));
        Ok(())
    }

    async fn put(&self, flow: &Flow) -> Result<(), Error> {
        let text = flow.definition.to_string();
        self.store.flow_put(&flow.id, &flow.version, &text).await.map_err(unavailable)
    }

    /// Learning takes up to a second of computing, which must not hold up the turns of others.
    async fn teach(&self, flow: &Arc<Flow>) {
        let Some(classifier) = self.classifier.clone() else { return };
        let flow = Arc::clone(flow);
        let id = flow.id.clone();
        if tokio::task::spawn_blocking(move || classifier.warm(&flow)).await.is_err() {
            error!(flow = %id, "Learning a flow's examples failed; it is tried again with the first text.");
        }
    }

    /// All flows in the order of their ids, those whose file was rejected among them.
    #[must_use]
    pub fn flows(&self) -> Vec<Listed> {
        let current = self.current.load();
        let running = current.linked.iter().map(|flow| &flow.id);
        let ids: BTreeSet<&flow::Id> = running.chain(current.files.keys()).collect();
        let listed = |id: &flow::Id| Listed {
            id: id.clone(),
            flow: current.linked.current(id).cloned(),
            reading: current.files.get(id).cloned().unwrap_or_default(),
        };
        ids.into_iter().map(listed).collect()
    }
}

/// Text to a flow among those that are current.
fn load(
    id: &flow::Id,
    text: &str,
    linked: &Linked,
    offers: &Offers,
) -> Result<(Flow, Vec<Finding>), Vec<Finding>> {
    let mut flows: BTreeSet<flow::Id> = linked.iter().map(|flow| flow.id.clone()).collect();
    flows.insert(id.clone());
    flow::load(id, text, Known { flows: &flows, offers })
}

/// A version from the store. That tools have changed or flows were removed since must not take it from the sessions
/// that are on it: it is loaded as if no tool were known and every flow that it names were there.
fn load_older(id: &flow::Id, text: &str, current: &Current) -> Result<Flow, Vec<Finding>> {
    let mut flows = BTreeSet::from([id.clone()]);
    // What is no JSON is found out and explained by the loading itself.
    add_targets(&serde_json::from_str(text).unwrap_or_default(), &mut flows);
    let load = |offers: &Offers| flow::load(id, text, Known { flows: &flows, offers });
    load(&current.offers)
        .or_else(|_findings| load(&Offers::default()))
        .map(|(flow, _warnings)| flow)
}

/// Adds every flow that a definition names as a target or calls.
fn add_targets(definition: &Value, flows: &mut BTreeSet<flow::Id>) {
    match definition {
        Value::String(text) => {
            let name = text.strip_prefix("flow:").or_else(|| text.strip_prefix("machine:"));
            flows.extend(name.map(flow::Id::from));
        }
        Value::Array(items) => items.iter().for_each(|item| add_targets(item, flows)),
        Value::Object(fields) => {
            let called = fields.get("call").and_then(Value::as_str);
            flows.extend(called.map(flow::Id::from));
            fields.values().for_each(|field| add_targets(field, flows));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The name that was probably meant.
fn nearest<'a>(id: &flow::Id, among: impl Iterator<Item = &'a flow::Id>) -> Option<flow::Id> {
    let likeness = |other: &flow::Id| strsim::jaro_winkler(id.as_str(), other.as_str());
    among
        .map(|other| (likeness(other), other))
        .filter(|(likeness, _)| *likeness > LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other.clone())
}

fn unavailable(error: store::Error) -> Error {
    Error::Unavailable(error.to_string())
}
