//! Calls of other flows: that they stand where they can come back to.

use super::super::compile::{FlowCall, Uses};
use super::super::report::{Place, Problem, Report};

pub(super) fn check(uses: &Uses, report: &mut Report) {
    for call in uses.flow_calls.iter().filter(|call| !call.is_entry) {
        report.add(in_exit(call));
    }
}

/// What is called on the way out would come back to a state that is left.
fn in_exit(call: &FlowCall) -> Problem {
    let message = "a flow cannot be called in `onExit`: it would come back to a state that is left";
    let problem = Problem::error("call.in_exit", Place::Key(format!("{}/call", call.at)), message);
    problem.suggest("call it in the `onEnter` of a state in between")
}
