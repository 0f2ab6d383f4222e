//! Who understands texts, seen with the intents: that vectors have examples to be compared with, and not too many.

use super::super::report::{Place, Problem, Report};
use super::super::{Flow, limit};

pub(super) fn check(flow: &Flow, report: &mut Report) {
    if flow.nlu.embeddings.is_some() {
        check_examples(flow, report);
    }
}

fn check_examples(flow: &Flow, report: &mut Report) {
    let place = || Place::Key("/nlu/embeddings".to_owned());
    let count: usize = flow.intents.values().map(|intent| intent.examples.len()).sum();
    if count > limit::PLACED_MAX {
        let max = limit::PLACED_MAX;
        let message =
            format!("there are {count} examples to get vectors for; at most {max} may be");
        let problem = Problem::error("limit.placed", place(), message);
        report.add(problem.suggest("a dozen different ones of each intent say enough"));
    } else if count == 0 {
        let message = "no intent has an example that a text could be near to";
        let problem = Problem::warning("nlu.embeddings", place(), message);
        report.add(problem.suggest("write `examples` for the intents, or leave it out"));
    }
}
