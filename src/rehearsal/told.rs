//! What became of cases before a flow goes live, as findings in their file: which do not go as expected, in which step, and
//! what was said up to there.

use std::collections::BTreeSet;

use super::compare::{Line, Mismatch};
use super::guard::Guarded;
use super::judge::said;
use super::play::{Acted, Played};
use crate::engine::Input;
use crate::flow::{Finding, Severity, Text};

/// Cases that are told one by one.
const FAILED_MAX: usize = 20;

/// Steps before the one that parted from what was expected.
const STEPS_MAX: usize = 3;

/// Characters of one thing that was said or expected.
const CHARS_MAX: usize = 200;

/// What is to be told of the cases in `text`, the file called `file`.
#[must_use]
pub fn told(file: &str, text: &Text<'_>, guarded: &Guarded) -> Vec<Finding> {
    let teller = Teller { file, text };
    let failed: Vec<&Played> = guarded.failed().collect();
    let mut findings: Vec<Finding> =
        failed.iter().take(FAILED_MAX).filter_map(|played| teller.failed(played)).collect();
    let left = failed.len().saturating_sub(FAILED_MAX);
    if left > 0 {
        let message = format!("{left} more cases do not go as expected");
        findings.push(teller.finding(("case.failed", Severity::Error), "", message));
    }
    if guarded.out_of_time > 0 {
        let all = guarded.out_of_time + guarded.played.len();
        let message =
            format!("{} of {all} cases were not played for want of time", guarded.out_of_time);
        findings.push(teller.finding(("case.unplayed", Severity::Warning), "", message));
    }
    findings
}

/// Where it is told.
struct Teller<'t> {
    file: &'t str,
    text: &'t Text<'t>,
}

impl Teller<'_> {
    fn failed(&self, played: &Played) -> Option<Finding> {
        let place = played.steps.iter().position(|step| !step.mismatches.is_empty())?;
        let step = played.steps.get(place)?;
        let different = step.mismatches.first()?;
        let before = played.steps.get(place.saturating_sub(STEPS_MAX)..=place).unwrap_or_default();
        let message = format!(
            "`{}` does not go as expected: {}; {}",
            played.name,
            difference(different),
            before.iter().map(spoken).collect::<Vec<_>>().join(" "),
        );
        let at = step.at.as_deref().unwrap_or(&played.at);
        Some(self.finding(("case.failed", Severity::Error), at, message))
    }

    fn finding(
        &self,
        (code, severity): (&'static str, Severity),
        at: &str,
        message: String,
    ) -> Finding {
        let spot = self.text.spots(&BTreeSet::from([at])).remove(at);
        let (line, column) = spot.map_or((1, 1), |spot| (spot.line, spot.column));
        let hint = match severity {
            Severity::Error => "see the whole conversation with `cicerone test`",
            Severity::Warning => {
                "give them more with `tests_ms_max` of `[publishing]`, or play all with `cicerone test`"
            }
        };
        Finding {
            code,
            severity,
            file: Some(self.file.to_owned()),
            path: at.to_owned(),
            line,
            column,
            length: 1,
            message,
            suggestion: Some(hint.to_owned()),
            fix: None,
        }
    }
}

fn difference(mismatch: &Mismatch) -> String {
    let of = |is: fn(&Line) -> Option<&String>| {
        let lines: Vec<&str> =
            mismatch.lines.iter().filter_map(is).map(|line| line.trim()).collect();
        if lines.is_empty() { "nothing".to_owned() } else { short(&lines.join(" ")) }
    };
    let expected = of(|line| match line {
        Line::Missing(text) => Some(text),
        Line::Same(_) | Line::Extra(_) => None,
    });
    let came = of(|line| match line {
        Line::Extra(text) => Some(text),
        Line::Same(_) | Line::Missing(_) => None,
    });
    format!("{}: expected {expected}, came {came}", mismatch.what)
}

/// A step in one line: what came in, and what was answered.
fn spoken(step: &Acted) -> String {
    let heard = match &step.input {
        Some(Input::Text { text, .. }) => format!("› {} ", short(text)),
        Some(Input::Dtmf { digits, .. }) => format!("› keys {digits} "),
        Some(Input::Understood(understood)) => {
            format!("› {} ", understood.intent.as_deref().unwrap_or("noise"))
        }
        Some(Input::External { name, .. }) => format!("› event {name} "),
        Some(_) | None => String::new(),
    };
    let told = said(&step.events);
    let told = if told.is_empty() { "nothing".to_owned() } else { short(&told.join(" ")) };
    format!("{heard}‹ {told}")
}

fn short(text: &str) -> String {
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
