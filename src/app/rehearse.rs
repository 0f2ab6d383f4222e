//! The cases that lie beside a flow, as a check that a version passes before it is published: played in this process with
//! texts understood offline, for as long as there is time. No plugin is called.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::flow::{Finding, Flow, Severity, Text};
use crate::nlu::{Classifier, Offline};
use crate::rehearsal::{Stage, guard, read, told};
use crate::reload::{Candidate, Cases, Trial, TryFlow};
use crate::tool::Contract;

/// The trial of a host; without time nothing is played.
pub(super) fn trial(classifier: &Classifier, tests: Duration) -> Trial {
    let trial = Trial::default();
    if tests.is_zero() {
        return trial;
    }
    let offline = match classifier {
        // What is learnt for a trial is learnt for those who talk.
        Classifier::Offline(offline) => Arc::clone(offline),
        Classifier::Joined(joined) => Arc::clone(joined.offline()),
        Classifier::Custom(_) => Arc::default(),
    };
    Trial { checks: vec![check(offline, tests)], budget: trial.budget + tests }
}

fn check(offline: Arc<Offline>, tests: Duration) -> TryFlow {
    Arc::new(move |candidate: Candidate| {
        let offline = Arc::clone(&offline);
        Box::pin(async move {
            if candidate.cases.is_empty() {
                return Vec::new();
            }
            let id = candidate.flow.id.clone();
            let played = tokio::task::spawn_blocking(move || play(&candidate, &offline, tests));
            played.await.unwrap_or_else(|error| {
                tracing::error!(flow = %id, %error, "The conversations beside a flow could not be played.");
                Vec::new()
            })
        })
    })
}

/// Learning does not count: it is done for whoever talks with the flow all the same.
fn play(candidate: &Candidate, offline: &Offline, tests: Duration) -> Vec<Finding> {
    offline.warm(&candidate.flow);
    let understand = |flow: &Flow, query: &crate::engine::Classify| offline.classify(flow, query);
    let stage = Stage { flows: &candidate.linked, understand: &understand };
    let begun = Instant::now();
    let mut findings = Vec::new();
    for Cases { file, text, wrong } in &candidate.cases {
        let text = Text::named(file, text);
        let suite = match wrong {
            Some(wrong) => Err(vec![wrong.clone()]),
            None => read(&candidate.flow.id, &text, &candidate.linked, &fits),
        };
        match suite {
            Ok(suite) => {
                let guarded = guard(stage, &suite, &|| begun.elapsed() < tests);
                findings.extend(told(file, &text, &guarded));
            }
            Err(wrong) => {
                let in_file = |finding| Finding { file: Some(file.clone()), ..finding };
                findings.extend(wrong.into_iter().map(in_file));
            }
        }
    }
    // They are those of what runs now, and whoever goes back must not be held up by them.
    if candidate.is_return {
        findings.iter_mut().for_each(|finding| finding.severity = Severity::Warning);
    }
    findings
}

/// Whether what a case makes a tool give fits a flow's schema.
///
/// # Errors
/// Why not.
pub fn fits(schema: &Value, result: &Value) -> Result<(), String> {
    let contract = Contract::new(&json!({}), Some(schema))?;
    contract.check_result(result).map_err(|error| error.message)
}
