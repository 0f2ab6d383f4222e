//! Forms and what is done with them: that they are filled somewhere, and that somebody hears of it.

use super::super::report::{Place, Problem, Report};
use super::super::{Flow, State, Transition, Trigger};

pub(super) fn check(flow: &Flow, report: &mut Report) {
    for state in flow.states.values() {
        match &state.form {
            Some(form) if state.is_final => report.add(in_final(&form.at)),
            Some(form) => check_done(flow, state, &form.at, report),
            None => state.transitions.iter().for_each(|one| check_form(one, report)),
        }
    }
}

/// The session ends before anything could be asked.
fn in_final(at: &str) -> Problem {
    let message = "a final state ends the session and asks for nothing";
    let problem = Problem::error("form.in_final", Place::Key(at.to_owned()), message);
    problem.suggest("put the form into a state before this one")
}

fn check_done(flow: &Flow, state: &State, at: &str, report: &mut Report) {
    let goes_on = |one: &Transition| matches!(one.trigger, Trigger::Done | Trigger::Auto);
    if flow.ways_of(state).any(goes_on) {
        return;
    }
    let message = "nothing happens when the form has all its values";
    let problem = Problem::warning("form.unhandled", Place::Key(at.to_owned()), message);
    report.add(problem.suggest("add a transition with `\"onDone\": true`"));
}

/// A transition that waits for the form of a state that has none.
fn check_form(transition: &Transition, report: &mut Report) {
    let is_done = matches!(transition.trigger, Trigger::Done);
    if !is_done && !matches!(transition.trigger, Trigger::Fail) {
        return;
    }
    let key = if is_done { "onDone" } else { "onFail" };
    let message = format!("`{key}` never happens here: the state has no `form`");
    let place = Place::Key(format!("{}/{key}", transition.at));
    report.add(Problem::warning("trigger.no_form", place, message).suggest("add a `form`"));
}
