//! Calls of other flows and of language models: that they stand where they can come back to, and that there is a model.

use super::super::Flow;
use super::super::compile::{FlowCall, Uses};
use super::super::report::{Place, Problem, Report};

pub(super) fn check(flow: &Flow, uses: &Uses, report: &mut Report) {
    check_replies(flow, uses, report);
    for call in uses.flow_calls.iter().filter(|call| !call.is_entry) {
        report.add(in_exit(call));
    }
}

fn check_replies(flow: &Flow, uses: &Uses, report: &mut Report) {
    for (at, state, is_entry) in &uses.replies {
        let place = || Place::Key(format!("{at}/llm"));
        if flow.nlu.model.is_none() {
            let problem = Problem::error("nlu.model", place(), "the flow names no language model");
            report.add(problem.suggest(r#"write `"nlu": {"model": "…"}` beside `states`"#));
        }
        if !is_entry {
            let message = "a reply cannot be waited for in `onExit`: it would find the state left";
            let problem = Problem::error("llm.in_exit", place(), message);
            report.add(problem.suggest("ask for it in the `onEnter` of a state in between"));
        } else if flow.states.get(state).is_some_and(|state| state.is_final) {
            let message = "the session may end before this reply is there: the state is final";
            let problem = Problem::warning("llm.in_final", place(), message);
            report.add(problem.suggest("ask for it in a state before this one"));
        }
    }
}

/// What is called on the way out would come back to a state that is left.
fn in_exit(call: &FlowCall) -> Problem {
    let message = "a flow cannot be called in `onExit`: it would come back to a state that is left";
    let problem = Problem::error("call.in_exit", Place::Key(format!("{}/call", call.at)), message);
    problem.suggest("call it in the `onEnter` of a state in between")
}
