//! What is declared and not used, read and not written, called and not heard of again.

use std::collections::BTreeSet;

use super::super::compile::{Call, FlowCall, Uses};
use super::super::locate::escape;
use super::super::report::{Place, Problem, Report};
use super::super::suggest::did_you_mean;
use super::super::{Flow, Known, Severity, Target, Tool, Transition, Trigger};

pub(super) fn check(flow: &Flow, uses: &Uses, known: Known<'_>, report: &mut Report) {
    for name in flow.intents.keys().filter(|name| !uses.intents.contains(*name)) {
        let place = Place::Key(format!("/intents/{}", escape(name)));
        let message = format!("intent `{name}` sets nothing off");
        let problem = Problem::warning("intent.unused", place, message);
        report.add(problem.suggest("add a transition with `onIntent`, or remove it"));
    }
    for tool in flow.tools.values() {
        check_tool(tool, uses, known, report);
    }
    for call in &uses.calls {
        check_call(flow, call, report);
    }
    for call in &uses.flow_calls {
        check_flow_call(flow, call, report);
    }
    check_reads(may_be_called(flow), uses, report);
}

fn check_tool(tool: &Tool, uses: &Uses, known: Known<'_>, report: &mut Report) {
    let at = format!("/tools/{}", escape(&tool.name));
    let is_called = uses.calls.iter().any(|call| call.tool == tool.name);
    if !is_called && !uses.lent.contains(&tool.name) {
        let message = format!("tool `{}` is never called", tool.name);
        let problem = Problem::warning("tool.unused", Place::Key(at.clone()), message);
        report.add(problem.suggest("call it with a `tool` action, or remove it"));
    }
    let offer = known.offers.find(&tool.name, tool.uses.as_deref()).ok();
    let is_repeatable = tool.idempotent || offer.is_some_and(|offer| offer.repeatable);
    if tool.retry.max_attempts > 1 && !is_repeatable {
        let place = Place::Key(format!("{at}/retry"));
        let message = format!("tool `{}` is repeated but not `idempotent`", tool.name);
        let problem = Problem::warning("retry.not_idempotent", place, message);
        report.add(problem.suggest("a call may take effect twice: see that it cannot, and say so"));
    }
}

fn check_call(flow: &Flow, call: &Call, report: &mut Report) {
    let Some(state) = flow.states.get(&call.state) else { return };
    if state.is_final {
        let place = Place::Key(format!("{}/tool", call.at));
        let message = "the session may end before this call is done: the state is final";
        let problem = Problem::warning("tool.in_final", place, message);
        report.add(problem.suggest("call it in a state before this one"));
        return;
    }
    let is_handled = flow.ways_of(state).any(|one| handles_error(one, call));
    if call.is_entry && !is_handled {
        let place = Place::Key(format!("{}/tool", call.at));
        let message = format!("nothing happens when `{}` fails", call.tool);
        let problem = Problem::warning("tool.unhandled_error", place, message);
        let hint = format!("add a transition with `\"onToolError\": \"{}\"`", call.tool);
        report.add(problem.suggest(hint));
    }
}

fn handles_error(transition: &Transition, call: &Call) -> bool {
    matches!(&transition.trigger, Trigger::ToolError(tool) if *tool == call.tool)
}

/// A called flow may come back at any time; if nothing takes that up, the conversation stands still.
fn check_flow_call(flow: &Flow, call: &FlowCall, report: &mut Report) {
    let Some(state) = flow.states.get(&call.state) else { return };
    let goes_on = |one: &Transition| matches!(one.trigger, Trigger::FlowResult(_) | Trigger::Auto);
    if state.is_final || flow.ways_of(state).any(goes_on) {
        return;
    }
    let place = Place::Key(format!("{}/call", call.at));
    let message = format!("nothing happens when `{}` comes back", call.flow);
    let problem = Problem::warning("call.unhandled", place, message);
    report.add(problem.suggest("add a transition with `\"onFlowResult\": \"end\"`"));
}

/// Whether it goes back to a caller, who may have given its context anything as `params`.
fn may_be_called(flow: &Flow) -> bool {
    let own = flow.states.values().flat_map(|state| &state.transitions);
    own.chain(&flow.transitions).any(|transition| {
        let mut targets = transition.branch.iter().map(|arm| &arm.to).chain(&transition.to);
        targets.any(|target| matches!(target, Target::Leave(_)))
    })
}

/// Warns once of each path that is read and never written; where a caller may have written it, only if it is nearly one
/// that the flow writes.
fn check_reads(may_be_called: bool, uses: &Uses, report: &mut Report) {
    let mut told = BTreeSet::new();
    for (path, at) in &uses.reads {
        let Some(path) = path.strip_prefix("ctx.") else { continue };
        if is_written(path, &uses.writes) || !told.insert(path) {
            continue;
        }
        if report.is_full(Severity::Warning) {
            return;
        }
        let near = did_you_mean(path, uses.writes.iter().map(String::as_str));
        if may_be_called && near.is_none() {
            continue;
        }
        let message = format!("`ctx.{path}` is read, but the flow never writes it");
        let problem = Problem::warning("context.unwritten", Place::Value(at.clone()), message);
        let hint = near.unwrap_or_else(|| {
            "write it with `assign` or `set`, or give it a value in `context`".to_owned()
        });
        report.add(problem.suggest(hint));
    }
}

/// Whether the path itself, a part of it or something around it is written.
fn is_written(path: &str, writes: &BTreeSet<String>) -> bool {
    let mut around = std::iter::successors(Some(path), |inner| {
        inner.rfind('.').and_then(|dot| inner.get(..dot))
    });
    let part = format!("{path}.");
    around.any(|outer| writes.contains(outer))
        || writes.range(part.clone()..).next().is_some_and(|next| next.starts_with(&part))
}
