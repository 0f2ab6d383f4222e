//! What came of the cases: a line for each flow, a transcript for each case that did not go as expected.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::find::{Cases, Found};
use super::play::Ended;
use crate::cli::paint;
use crate::engine::Input;
use crate::event::{Event, Kind, Map};
use crate::rehearsal::compare::{Line, Mismatch};
use crate::rehearsal::{Acted, Coverage, PartKind};

/// Everything for a person.
pub(super) fn show(found: &Found, ended: &[Ended], took: Duration) {
    for wrong in &found.wrong {
        for finding in &wrong.findings {
            paint::line(paint::finding(&wrong.file, &wrong.text, finding));
        }
        let (no, file) = ("no".red().bold().to_string(), wrong.file.display());
        paint::line(format_args!("{no} {file}: {} mistake(s) in the file", wrong.findings.len()));
    }
    for (number, suite) in found.suites.iter().enumerate() {
        let of_it: Vec<&Ended> = ended.iter().filter(|one| one.suite == number).collect();
        if of_it.is_empty() {
            continue;
        }
        let failed: Vec<&&Ended> = of_it.iter().filter(|one| !one.is_fine()).collect();
        let mark = if failed.is_empty() {
            "ok".green().bold().to_string()
        } else {
            "no".red().bold().to_string()
        };
        let what = match failed.len() {
            0 => format!("{} case(s)", of_it.len()),
            some => format!("{} case(s), {some} not as expected", of_it.len()),
        };
        paint::line(format_args!("{mark} {}: {what}", suite.cases.flow));
        failed.iter().for_each(|one| transcript(suite, one));
    }
    let failed = ended.iter().filter(|one| !one.is_fine()).count();
    let left_out: usize =
        found.suites.iter().map(|suite| suite.cases.scripts.len()).sum::<usize>() - ended.len();
    let left = if left_out == 0 { String::new() } else { format!(", {left_out} left out") };
    let all = ended.len();
    paint::line(format_args!("{all} case(s), {failed} not as expected{left}, took {took:.1?}"));
}

/// The conversation up to where it parted from what was expected, and the difference.
fn transcript(suite: &Cases, one: &Ended) {
    let place = |at: Option<&str>| line_of(suite, at.unwrap_or(&one.played.at));
    let name = one.played.name.bold().to_string();
    paint::line(format_args!("  {} {name}", "✗".red()));
    paint::line(format_args!("    {} {}", "-->".blue().bold(), location(&suite.file, place(None))));
    let mut later = 0;
    let mut is_over = false;
    for step in &one.played.steps {
        if is_over {
            later += usize::from(!step.mismatches.is_empty());
            continue;
        }
        said(step);
        if !step.mismatches.is_empty() {
            let at = location(&suite.file, place(step.at.as_deref()));
            let (minus, plus) = ("- expected".red(), "+ came".green());
            paint::line(format_args!(
                "    {} {at}   {minus} {plus}",
                "not as expected at".red().bold()
            ));
            step.mismatches.iter().for_each(difference);
            is_over = true;
        }
    }
    if later > 0 {
        paint::line(format_args!("      {}", format!("and so {later} later step(s)").dimmed()));
    }
}

fn location(file: &Path, line: usize) -> String {
    format!("{}:{line}", file.display())
}

fn line_of(suite: &Cases, at: &str) -> usize {
    suite.text.spots(&BTreeSet::from([at])).get(at).map_or(1, |spot| spot.line)
}

/// What a step was, and what came of it, as people would tell it.
fn said(step: &Acted) {
    if step.after_ms > 0 {
        paint::line(format_args!("      {}", format!("… {}", waited(step.after_ms)).dimmed()));
    }
    match &step.input {
        Some(Input::Text { text, .. }) => {
            paint::line(format_args!("    {} {text}", "›".cyan().bold()));
        }
        Some(Input::Understood(understood)) => {
            let intent = understood.intent.as_deref().unwrap_or("noise");
            let slots = Value::Object(Map::clone(&understood.slots));
            paint::line(format_args!("    {} {intent} {slots}", "› intent".cyan().bold()));
        }
        Some(Input::Dtmf { digits, .. }) => {
            paint::line(format_args!("    {} {digits}", "› keys".cyan().bold()));
        }
        Some(Input::External { name, payload, .. }) => {
            paint::line(format_args!("    {} {name} {payload}", "› event".cyan().bold()));
        }
        Some(Input::Cancel) => paint::line(format_args!("    {}", "› cancel".cyan().bold())),
        None
        | Some(
            Input::Start
            | Input::ToolDone { .. }
            | Input::Told { .. }
            | Input::Due(_)
            | Input::Drain
            | Input::Delete,
        ) => {}
    }
    for event in &step.events {
        if let Some(line) = told(event) {
            paint::line(format_args!("      {line}"));
        }
    }
}

fn waited(ms: u64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let mut rest = ms;
    let parts = units.iter().filter_map(|(unit, each)| {
        let count = rest / each;
        rest %= each;
        (count > 0).then(|| format!("{count}{unit}"))
    });
    parts.collect::<Vec<_>>().join(" ")
}

fn told(event: &Event) -> Option<String> {
    Some(match &event.kind {
        Kind::Say { text, .. } | Kind::Ask { text, .. } => text.clone(),
        Kind::FsmTransition { from, to, trigger, .. } => {
            format!("[{from} → {to}] by {trigger}").dimmed().to_string()
        }
        Kind::NluIntent(understood) => {
            let slots = Value::Object(Map::clone(&understood.slots));
            format!("understood as {} {slots}", understood.intent.as_deref().unwrap_or("noise"))
                .dimmed()
                .to_string()
        }
        Kind::StateUpdated { changed } => {
            format!("= {}", Value::Object(changed.clone())).dimmed().to_string()
        }
        Kind::ToolCall { name, args, .. } => {
            format!("→ {name} {}", Value::Object(Map::clone(args))).dimmed().to_string()
        }
        Kind::ToolResult { name, result, .. } => format!("← {name} {result}").dimmed().to_string(),
        Kind::ToolError { name, error, .. } => {
            format!("← {name} failed: {} {}", error.kind.as_str(), error.message)
                .yellow()
                .to_string()
        }
        Kind::Error { code, message } => format!("error {code}: {message}").red().to_string(),
        Kind::GuardError { at, message } => format!("guard at {at}: {message}").red().to_string(),
        Kind::SessionEnded { reason } => {
            format!("the conversation is over: {reason}").dimmed().to_string()
        }
        Kind::Transfer { to } => format!("handed over to {to}").dimmed().to_string(),
        Kind::Custom { name, data } => format!("{name} {data}").dimmed().to_string(),
        Kind::IntentUnhandled { .. } => "not handled".dimmed().to_string(),
        _ => return None,
    })
}

fn difference(mismatch: &Mismatch) {
    paint::line(format_args!("      {}", mismatch.what.bold()));
    for line in &mismatch.lines {
        paint::line(match line {
            Line::Same(text) => format!("          {text}"),
            Line::Missing(text) => format!("        {} {}", "-".red(), text.red()),
            Line::Extra(text) => format!("        {} {}", "+".green(), text.green()),
        });
    }
}

/// The same for a program.
pub(super) fn as_json(found: &Found, ended: &[Ended], covered: &Coverage) -> Value {
    let files: Vec<Value> = found
        .wrong
        .iter()
        .map(|wrong| json!({ "file": wrong.file, "findings": wrong.findings }))
        .collect();
    let cases: Vec<Value> =
        ended.iter().filter_map(|one| case(found.suites.get(one.suite)?, one)).collect();
    let failed = ended.iter().filter(|one| !one.is_fine()).count();
    let coverage: BTreeMap<&str, Value> =
        covered.iter().map(|(flow, _)| (flow.as_str(), shares(covered, flow))).collect();
    json!({
        "ok": failed == 0 && found.is_fine(), "failed": failed, "files": files,
        "cases": cases, "coverage": coverage,
    })
}

fn shares(covered: &Coverage, flow: &crate::flow::Id) -> Value {
    let shares = PartKind::ALL.map(|kind| {
        let share = covered.share(flow, kind);
        (kind.plural().to_owned(), json!({ "hit": share.hit, "of": share.of }))
    });
    Value::Object(shares.into_iter().collect())
}

fn case(suite: &Cases, one: &Ended) -> Option<Value> {
    let mismatches = one.played.steps.iter().flat_map(|step| {
        let line = line_of(suite, step.at.as_deref().unwrap_or(&one.played.at));
        step.mismatches.iter().map(move |mismatch| {
            let lines = mismatch.lines.iter().map(|line| match line {
                Line::Same(text) => format!("  {text}"),
                Line::Missing(text) => format!("- {text}"),
                Line::Extra(text) => format!("+ {text}"),
            });
            json!({ "line": line, "what": mismatch.what, "diff": lines.collect::<Vec<_>>() })
        })
    });
    Some(json!({
        "flow": suite.cases.flow.as_str(), "name": one.played.name, "file": suite.file,
        "line": line_of(suite, &one.played.at), "ok": one.is_fine(),
        "took_us": u64::try_from(one.took.as_micros()).unwrap_or(u64::MAX),
        "mismatches": mismatches.collect::<Vec<_>>(),
    }))
}
