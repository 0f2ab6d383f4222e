//! Cases that are changed while their flow stays as it is: what is current is tried with them and goes on whatever comes of
//! it, but it is told. And the same for a text that nobody publishes yet.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::error;

use super::plan::News;
use super::trial::{Candidate, Cases, CasesByFlow, Trial};
use super::work::Work;
use crate::catalog::Plan;
use crate::flow::{self, Finding, Flow, Linked, Severity};

/// The trial and the cases that it needs, for whoever has a text that is not to be published yet.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    trial: Trial,
    /// None before the folder was read once.
    cases: Arc<Mutex<Option<CasesByFlow>>>,
}

impl Desk {
    pub(super) fn new(trial: Trial) -> Self {
        Self { trial, cases: Arc::default() }
    }

    pub(super) async fn findings(&self, flow: Arc<Flow>, linked: Arc<Linked>) -> Vec<Finding> {
        let cases = self.cases(&flow.id);
        self.trial.findings(&Candidate { flow, linked, cases, is_return: false }).await
    }

    fn cases(&self, id: &flow::Id) -> Vec<Cases> {
        let all = self.cases.lock().unwrap_or_else(PoisonError::into_inner);
        all.as_ref().and_then(|all| all.get(id)).cloned().unwrap_or_default()
    }

    /// Takes the cases as they are now; gives those that were there, if anybody has looked before.
    fn replace(&self, cases: CasesByFlow) -> Option<CasesByFlow> {
        self.cases.lock().unwrap_or_else(PoisonError::into_inner).replace(cases)
    }
}

impl Work {
    /// Looks at cases that changed alone. A flow that was tried with them just now is not tried again.
    pub(super) async fn look_beside(&mut self) {
        let now = self.disk.cases().clone();
        let tried = std::mem::take(&mut self.tried);
        let before = self.desk.replace(now.clone());
        if self.parts.trial.checks.is_empty() {
            return;
        }
        let current = self.parts.catalog.current();
        // What a host finds when it starts is no change; it is looked at when there is time.
        let Some(before) = before else {
            let ids = current.linked.iter().map(|flow| &flow.id);
            let untried = ids.filter(|id| now.contains_key(*id) && !tried.contains(*id));
            self.unlooked = untried.cloned().collect();
            return;
        };
        let mut plan = Plan { next: current.as_ref().clone(), ..Plan::default() };
        let mut news = Vec::new();
        for flow in current.linked.iter() {
            let is_rejected = current.files.get(&flow.id).is_some_and(|reading| reading.rejected);
            let is_same = before.get(&flow.id) == now.get(&flow.id);
            if is_rejected || is_same || tried.contains(&flow.id) {
                continue;
            }
            let (of, linked) = (Arc::clone(flow), Arc::clone(&current.linked));
            let noticed = self.desk.findings(of, linked).await;
            let reading = plan.next.files.entry(flow.id.clone()).or_default();
            reading.findings.retain(|finding| finding.file.is_none());
            reading.findings.extend(noticed.into_iter().map(as_warning));
            let (id, version) = (flow.id.clone(), flow.version.clone());
            news.push(News::Reloaded { id, version, findings: reading.findings.clone() });
        }
        self.note_beside(plan, news).await;
    }

    /// Looks at the cases beside one of the flows that were current when the host started.
    pub(super) async fn look_beside_one(&mut self) {
        let Some(id) = self.unlooked.pop_first() else { return };
        let current = self.parts.catalog.current();
        let Some(flow) = current.linked.current(&id) else { return };
        if current.files.get(&id).is_some_and(|reading| reading.rejected) {
            return;
        }
        let (of, linked) = (Arc::clone(flow), Arc::clone(&current.linked));
        let noticed = self.desk.findings(of, linked).await;
        let mut plan = Plan { next: current.as_ref().clone(), ..Plan::default() };
        let reading = plan.next.files.entry(id.clone()).or_default();
        if noticed.is_empty() && reading.findings.iter().all(|finding| finding.file.is_none()) {
            return;
        }
        reading.findings.retain(|finding| finding.file.is_none());
        reading.findings.extend(noticed.into_iter().map(as_warning));
        let (findings, version) = (reading.findings.clone(), flow.version.clone());
        self.note_beside(plan, vec![News::Reloaded { id, version, findings }]).await;
    }

    async fn note_beside(&self, plan: Plan, news: Vec<News>) {
        if news.is_empty() {
            return;
        }
        if let Err(error) = self.parts.catalog.replace(plan).await {
            error!(%error, "What changed cases came to could not be noted.");
        }
        news.into_iter().for_each(|news| self.tell_flow(news));
    }
}

/// What is current stays so.
fn as_warning(finding: Finding) -> Finding {
    Finding { severity: Severity::Warning, ..finding }
}
