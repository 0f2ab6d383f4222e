//! Who understands texts, seen with what there is: that vectors have examples to be compared with, and not too many, and that
//! the plugin is loaded.

use super::super::report::{Place, Problem, Report};
use super::super::suggest::did_you_mean;
use super::super::{Flow, Known, limit};

pub(super) fn check(flow: &Flow, known: Known<'_>, report: &mut Report) {
    if flow.nlu.embeddings.is_some() {
        check_examples(flow, report);
    }
    let plugins = known.offers.who_understands();
    if let Some(plugin) = flow.nlu.plugin.as_ref().filter(|plugin| !plugins.contains(*plugin)) {
        let message = format!(
            "no loaded plugin `{plugin}` understands texts: the host's own answer would hold"
        );
        let place = Place::Value("/nlu/plugin".to_owned());
        let hint = did_you_mean(plugin, plugins.iter().map(String::as_str));
        report.add(Problem::warning("nlu.not_offered", place, message).suggest_if(hint));
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
