//! From what is current and the texts that changed to what is current next. Pure: no file, no clock, no catalog.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::{Current, Plan, Reading};
use crate::flow::{self, Finding, Flow, Known, Linked, Offers, Version};

/// What a flow's file is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It has this text.
    Text(String),
    /// It has the text that was rejected before; what kept it from loading may have changed.
    Again(String),
    /// It has a text that must not run, as was found by trying or because it is none; perhaps not for the first time.
    Failed { findings: Vec<Finding>, again: bool },
    /// It is gone.
    Gone,
}

impl Change {
    /// Whether it was told before what is wrong with it.
    const fn is_again(&self) -> bool {
        matches!(self, Self::Again(_) | Self::Failed { again: true, .. })
    }

    /// The same after a trial that it did not pass.
    pub(super) fn failed(before: Option<&Self>, findings: Vec<Finding>) -> Self {
        Self::Failed { findings, again: before.is_some_and(Self::is_again) }
    }
}

/// What a change came to, for the log and for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// New sessions get this version.
    Reloaded { id: flow::Id, version: Version, findings: Vec<Finding> },
    /// What was current stays so.
    Rejected { id: flow::Id, current: Option<Version>, findings: Vec<Finding> },
    /// No new sessions; running ones go on.
    Retired { id: flow::Id },
    /// It stays in force, and something that it leads to or calls is there no more.
    Misses { id: flow::Id, findings: Vec<Finding> },
}

type Loaded = Result<(Flow, Vec<Finding>), Vec<Finding>>;

/// Works out what changed texts and offers come to. A flow that does not load leaves its old version in force, and
/// so does one that refers to a new flow that does not load.
pub(super) fn plan(
    old: &Current,
    changes: &BTreeMap<flow::Id, Change>,
    offers: &Arc<Offers>,
) -> (Plan, Vec<News>) {
    let mut builder = Builder {
        old,
        linked: Linked::default(),
        files: old.files.clone(),
        changed: Vec::new(),
        retired: Vec::new(),
        news: Vec::new(),
    };
    let (known, loaded) = load_all(old, changes, offers);
    for flow in old.linked.iter().filter(|flow| !changes.contains_key(&flow.id)) {
        builder.unchanged(flow, &known, offers);
    }
    for (id, change) in changes {
        if *change == Change::Gone {
            builder.gone(id);
        }
    }
    for (id, loaded) in loaded {
        match loaded {
            Ok((flow, findings)) => builder.accept(flow, findings),
            Err(findings) => {
                let again = changes.get(&id).is_some_and(Change::is_again);
                builder.reject(id, findings, again);
            }
        }
    }
    let next = Current {
        linked: Arc::new(builder.linked),
        offers: Arc::clone(offers),
        files: builder.files,
        ..Current::default()
    };
    let (changed, retired) = (builder.changed, builder.retired);
    let plan = Plan { next, changed, retired, ..Plan::default() };
    (plan, builder.news)
}

/// Loads every changed text among the flows that there will be. A new flow that does not load is none that others
/// can refer to, so it is taken out and the others are loaded again, until nothing changes.
fn load_all(
    old: &Current,
    changes: &BTreeMap<flow::Id, Change>,
    offers: &Offers,
) -> (BTreeSet<flow::Id>, BTreeMap<flow::Id, Loaded>) {
    let gone = |id: &&flow::Id| changes.get(*id) != Some(&Change::Gone);
    let running = old.linked.iter().map(|flow| &flow.id);
    let mut flows: BTreeSet<flow::Id> =
        running.chain(changes.keys()).filter(gone).cloned().collect();
    loop {
        let known = Known { flows: &flows, offers };
        let texts = changes.iter().filter_map(|(id, change)| match change {
            Change::Text(text) | Change::Again(text) => Some((id, text)),
            Change::Failed { .. } | Change::Gone => None,
        });
        let mut loaded: BTreeMap<flow::Id, Loaded> =
            texts.map(|(id, text)| (id.clone(), flow::load(id, text, known))).collect();
        let failed = changes.iter().filter_map(|(id, change)| match change {
            Change::Failed { findings, .. } => Some((id.clone(), Err(findings.clone()))),
            Change::Text(_) | Change::Again(_) | Change::Gone => None,
        });
        loaded.extend(failed);
        let before = flows.len();
        let missing = |id: &flow::Id| {
            loaded.get(id).is_some_and(Result::is_err) && old.linked.current(id).is_none()
        };
        flows.retain(|id| !missing(id));
        if flows.len() == before {
            return (flows, loaded);
        }
    }
}

struct Builder<'a> {
    old: &'a Current,
    linked: Linked,
    files: BTreeMap<flow::Id, Reading>,
    changed: Vec<Arc<Flow>>,
    retired: Vec<flow::Id>,
    news: Vec<News>,
}

impl Builder<'_> {
    /// Stays in force whatever is noticed about it: a tool or another flow that is gone is a finding, not a reason
    /// to stop serving.
    fn unchanged(&mut self, flow: &Arc<Flow>, known: &BTreeSet<flow::Id>, offers: &Arc<Offers>) {
        self.linked.activate(Arc::clone(flow));
        let rejected = self.files.get(&flow.id).is_some_and(|reading| reading.rejected);
        let same_world = *offers == self.old.offers
            && self.old.linked.iter().all(|other| known.contains(&other.id));
        if rejected || same_world {
            return;
        }
        let known = Known { flows: known, offers };
        let mut findings = match flow::load(&flow.id, &flow.definition.to_string(), known) {
            Ok((_, findings)) => findings,
            Err(findings) => {
                let before = self.files.get(&flow.id).map(|reading| &reading.findings);
                if before != Some(&findings) {
                    let (id, findings) = (flow.id.clone(), findings.clone());
                    self.news.push(News::Misses { id, findings });
                }
                findings
            }
        };
        findings.extend(self.beside(&flow.id));
        self.files.insert(flow.id.clone(), Reading { rejected: false, findings });
    }

    /// What was noticed in files beside a flow that goes on as it is.
    fn beside(&self, id: &flow::Id) -> Vec<Finding> {
        let reading = self.files.get(id).filter(|reading| !reading.rejected);
        let findings = reading.into_iter().flat_map(|reading| &reading.findings);
        findings.filter(|finding| finding.file.is_some()).cloned().collect()
    }

    fn gone(&mut self, id: &flow::Id) {
        let known = self.files.remove(id).is_some();
        if self.old.linked.current(id).is_some() {
            self.retired.push(id.clone());
        }
        if known {
            self.news.push(News::Retired { id: id.clone() });
        }
    }

    fn accept(&mut self, flow: Flow, mut findings: Vec<Finding>) {
        let (id, version) = (flow.id.clone(), flow.version.clone());
        let running = self.old.linked.current(&id).filter(|old| old.version == version);
        if running.is_some() {
            findings.extend(self.beside(&id));
        }
        let reading = Reading { rejected: false, findings: findings.clone() };
        let before = self.files.insert(id.clone(), reading);
        if let Some(running) = running {
            self.linked.activate(Arc::clone(running));
        } else {
            let flow = Arc::new(flow);
            self.changed.push(Arc::clone(&flow));
            self.linked.activate(flow);
        }
        // White space is no change, but the end of a rejection is news.
        if running.is_none() || before.is_some_and(|before| before.rejected) {
            self.news.push(News::Reloaded { id, version, findings });
        }
    }

    fn reject(&mut self, id: flow::Id, findings: Vec<Finding>, again: bool) {
        let running = self.old.linked.current(&id);
        if let Some(running) = running {
            self.linked.activate(Arc::clone(running));
        }
        let current = running.map(|flow| flow.version.clone());
        let reading = Reading { rejected: true, findings: findings.clone() };
        let before = self.files.insert(id.clone(), reading.clone());
        if !again || before != Some(reading) {
            self.news.push(News::Rejected { id, current, findings });
        }
    }
}
