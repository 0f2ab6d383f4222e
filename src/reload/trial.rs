//! What else a flow must pass before it is published, after it has loaded: whatever the host was given for that, such as
//! the flow's own conversation tests, within a time. It knows no check itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::timeout;

use crate::catalog::Plan;
use crate::flow::{self, Finding, Flow, Linked, Severity, Version};

/// A version that somebody wants to publish.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The version.
    pub flow: Arc<Flow>,
    /// All flows as they would be with it.
    pub linked: Arc<Linked>,
}

/// Tries a candidate; findings that are errors keep it from being published.
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

impl Trial {
    /// What keeps which of the published flows from it.
    pub(super) async fn failed(
        &self,
        plan: &Plan,
        published: &[(flow::Id, Option<Version>)],
    ) -> BTreeMap<flow::Id, Vec<Finding>> {
        let mut failed = BTreeMap::new();
        if self.checks.is_empty() {
            return failed;
        }
        let wanted: BTreeSet<&flow::Id> = published.iter().map(|(id, _)| id).collect();
        for flow in plan.changed.iter().filter(|flow| wanted.contains(&flow.id)) {
            let (flow, linked) = (Arc::clone(flow), Arc::clone(&plan.next.linked));
            let id = flow.id.clone();
            let findings = self.findings(&Candidate { flow, linked }).await;
            if findings.iter().any(|finding| finding.severity == Severity::Error) {
                failed.insert(id, findings);
            }
        }
        failed
    }

    async fn findings(&self, candidate: &Candidate) -> Vec<Finding> {
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

fn too_slow(budget: Duration) -> Finding {
    Finding {
        code: "trial.timeout",
        severity: Severity::Error,
        path: String::new(),
        line: 1,
        column: 1,
        length: 1,
        message: format!("its tests took longer than {} ms", budget.as_millis()),
        suggestion: Some("let them do less, or take the slowest out of the gate".to_owned()),
        fix: None,
    }
}
