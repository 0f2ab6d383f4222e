//! What else a flow must pass before it is published, after it has loaded: whatever the host was given for that, such as
//! the cases that lie beside the flow, within a time. It knows no check itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::plan::News;
use crate::catalog::Plan;
use crate::flow::{self, Finding, Flow, Linked, Severity, Version};

/// A file of cases beside a flow, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cases {
    /// Its name.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Why that is no text, if it cannot be read as one.
    pub wrong: Option<Finding>,
}

/// What lies beside each flow.
pub(super) type CasesByFlow = BTreeMap<flow::Id, Vec<Cases>>;

/// A version that somebody wants to publish.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The version.
    pub flow: Arc<Flow>,
    /// All flows as they would be with it.
    pub linked: Arc<Linked>,
    /// What lies beside its file.
    pub cases: Vec<Cases>,
    /// Whether it ran before and is gone back to, perhaps in a hurry.
    pub is_return: bool,
}

/// Tries a candidate; findings that are errors keep it from being published, and warnings are told.
pub type TryFlow = Arc<dyn Fn(Candidate) -> BoxFuture<'static, Vec<Finding>> + Send + Sync>;

/// The checks beyond loading.
#[derive(Clone)]
pub struct Trial {
    /// Each of them tries every candidate.
    pub checks: Vec<TryFlow>,
    /// How long all of them together may take for one candidate; longer is an error.
    pub budget: Duration,
}

impl Default for Trial {
    fn default() -> Self {
        Self { checks: Vec::new(), budget: Duration::from_secs(10) }
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks = self.checks.len();
        f.debug_struct("Trial").field("checks", &checks).field("budget", &self.budget).finish()
    }
}

/// What trying the published flows of a plan came to.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// Those that must not run, and why.
    pub(super) failed: BTreeMap<flow::Id, Vec<Finding>>,
    /// What was noticed of others.
    noticed: BTreeMap<flow::Id, Vec<Finding>>,
}

impl Trial {
    /// Tries what is published with a plan.
    pub(super) async fn of(
        &self,
        plan: &Plan,
        published: &[(flow::Id, Option<Version>)],
        cases: &CasesByFlow,
        is_return: bool,
    ) -> Tried {
        let mut tried = Tried::default();
        let wanted: BTreeSet<&flow::Id> = published.iter().map(|(id, _)| id).collect();
        for flow in plan.changed.iter().filter(|flow| wanted.contains(&flow.id)) {
            let (flow, linked) = (Arc::clone(flow), Arc::clone(&plan.next.linked));
            let (id, cases) = (flow.id.clone(), cases.get(&flow.id).cloned().unwrap_or_default());
            let findings = self.findings(&Candidate { flow, linked, cases, is_return }).await;
            let is_error = |finding: &Finding| finding.severity == Severity::Error;
            let came_to =
                if findings.iter().any(is_error) { &mut tried.failed } else { &mut tried.noticed };
            came_to.insert(id, findings);
        }
        tried
    }

    /// Everything that the checks have to say of a candidate.
    pub(super) async fn findings(&self, candidate: &Candidate) -> Vec<Finding> {
        let all = async {
            let mut findings = Vec::new();
            for check in &self.checks {
                findings.extend(check(candidate.clone()).await);
            }
            findings
        };
        timeout(self.budget, all).await.unwrap_or_else(|_late| vec![too_slow(self.budget)])
    }
}

impl Tried {
    /// Has what was noticed told with what the flows came to.
    pub(super) fn tell(self, plan: &mut Plan, news: &mut [News]) {
        for (id, findings) in self.noticed {
            let Some(reading) = plan.next.files.get_mut(&id).filter(|reading| !reading.rejected)
            else {
                continue;
            };
            reading.findings.extend(findings.iter().cloned());
            for one in &mut *news {
                if let News::Reloaded { id: of, findings: told, .. } = one
                    && *of == id
                {
                    told.extend(findings.iter().cloned());
                }
            }
        }
    }
}

fn too_slow(budget: Duration) -> Finding {
    Finding {
        code: "trial.timeout",
        severity: Severity::Error,
        file: None,
        path: String::new(),
        line: 1,
        column: 1,
        length: 1,
        message: format!("its tests took longer than {} ms", budget.as_millis()),
        suggestion: Some("let them do less, or take the slowest out of the gate".to_owned()),
        fix: None,
    }
}
