//! The flow as a graph: states that cannot be reached, states that cannot be left, branches that may fall through.

use std::collections::BTreeSet;

use super::super::locate::escape;
use super::super::report::{Place, Problem, Report};
use super::super::{FallbackStep, Flow, State, Target, Transition, Verb};

pub(super) fn check(flow: &Flow, report: &mut Report) {
    check_reached(flow, report);
    for state in flow.states.values() {
        check_way_out(flow, state, report);
    }
    let own = flow.states.values().flat_map(|state| &state.transitions);
    for transition in own.chain(&flow.transitions) {
        check_else(transition, report);
    }
}

fn check_reached(flow: &Flow, report: &mut Report) {
    let mut reached = BTreeSet::new();
    let mut open = vec![&*flow.start];
    while let Some(name) = open.pop() {
        let Some(state) = flow.states.get(name) else { continue };
        if !reached.insert(name) {
            continue;
        }
        open.extend(begun(state));
        for target in targets(flow, state) {
            match target {
                Target::State(next) => open.push(next),
                // The context decides: it may be any state.
                Target::Lookup(_) => return,
                Target::Flow(_) | Target::Leave(_) => {}
            }
        }
    }
    for name in flow.states.keys().filter(|name| !reached.contains(name.as_str())) {
        let place = Place::Key(format!("/states/{}", escape(name)));
        let message = format!("no way leads to state `{name}`");
        let problem = Problem::warning("state.unreachable", place, message);
        report.add(problem.suggest("add a transition to it, or remove it"));
    }
}

/// States in which calls from here begin.
fn begun(state: &State) -> impl Iterator<Item = &str> {
    state.on_enter.iter().filter_map(|action| match &action.verb {
        Verb::Call { begin, .. } => begin.as_deref(),
        Verb::Say(_)
        | Verb::Ask { .. }
        | Verb::Set(_)
        | Verb::Tool { .. }
        | Verb::Llm(_)
        | Verb::Transfer(_)
        | Verb::Hangup
        | Verb::Emit { .. } => None,
    })
}

fn check_way_out(flow: &Flow, state: &State, report: &mut Report) {
    let hangs_up = state.on_enter.iter().any(|action| matches!(action.verb, Verb::Hangup));
    if state.is_final || hangs_up {
        return;
    }
    let own = Target::State(state.id.clone());
    if targets(flow, state).into_iter().all(|target| *target == own) {
        let place = Place::Key(format!("/states/{}", escape(&state.id)));
        let message = format!("no way leads out of state `{}`", state.id);
        let problem = Problem::warning("state.stuck", place, message);
        report.add(problem.suggest("add a transition, or make it `final`"));
    }
}

fn check_else(transition: &Transition, report: &mut Report) {
    let may_fall =
        transition.to.is_none() && transition.branch.iter().all(|arm| arm.when.is_some());
    if may_fall && !transition.branch.is_empty() {
        let place = Place::Key(format!("{}/branch", transition.at));
        let message =
            "no arm of the branch is `else`: when none is true, the transition does not match";
        let problem = Problem::warning("branch.no_else", place, message);
        report.add(problem.suggest(r#"end it with `{"when": "else", "to": …}`, or add `to`"#));
    }
}

/// Everywhere one can get to from a state.
fn targets<'f>(flow: &'f Flow, state: &'f State) -> Vec<&'f Target> {
    if state.is_final {
        return Vec::new();
    }
    let steps = state.no_match.as_ref().unwrap_or(&flow.no_match);
    let silence = state.silence.as_ref().or(flow.silence.as_ref());
    let silences = silence.into_iter().flat_map(|silence| &silence.steps);
    let ways = flow.ways_of(state).flat_map(exits);
    let delays = state.after.iter().map(|after| &after.to);
    ways.chain(delays).chain(steps.iter().chain(silences).filter_map(step_target)).collect()
}

fn exits(transition: &Transition) -> impl Iterator<Item = &Target> {
    transition.branch.iter().map(|arm| &arm.to).chain(&transition.to)
}

fn step_target(step: &FallbackStep) -> Option<&Target> {
    step.to.as_ref()
}
