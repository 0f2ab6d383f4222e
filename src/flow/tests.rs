//! The door of the room, tested: texts in, findings out. Every code of a finding has a test that makes it.

mod accepted;
mod beside;
mod refused;
mod mistaken;
mod limits;
mod warned;
mod any_csm;
mod calling;
mod csm;
mod csm_host;
mod silent;
mod forming;
mod moving;
mod understanding;
mod differing;
mod drawn;
mod reservation;
mod random;

use std::collections::BTreeSet;

use expect_test::Expect;
use serde_json::{Value, json};

use super::*;

/// Loads a flow where these flows and tools are known.
fn load_with(text: &str, offers: &Offers) -> Result<(Flow, Vec<Finding>), Vec<Finding>> {
    let flows = BTreeSet::from([Id::from("test"), Id::from("billing")]);
    load(&Id::from("test"), text, Known { flows: &flows, offers })
}

/// Compares the findings of a text, one a line: `severity code line:column+length path: message (suggestion)`.
#[track_caller]
fn check(text: &str, expected: &Expect) {
    check_with(text, &Offers::default(), expected);
}

#[track_caller]
fn check_with(text: &str, offers: &Offers, expected: &Expect) {
    let findings = match load_with(text, offers) {
        Ok((_, warnings)) => warnings,
        Err(findings) => findings,
    };
    let lines: Vec<String> = findings.iter().map(line).collect();
    expected.assert_eq(&lines.join("\n"));
}

fn line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let Finding { code, line, column, length, path, message, .. } = finding;
    let hint = finding.suggestion.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{severity} {code} {line}:{column}+{length} {path}: {message}{hint}")
}

/// A flow of two states, its parts merged with `parts`; its JSON is one line.
fn flow(parts: &Value) -> String {
    let mut whole = json!({
        "meta": {"name": "Test"},
        "start": "A",
        "states": {
            "A": {"transitions": [{"to": "B"}]},
            "B": {"final": true},
        },
    });
    for (key, part) in parts.as_object().unwrap() {
        whole[key] = part.clone();
    }
    whole.to_string()
}

/// A flow whose state `A` is this.
fn state(a: &Value) -> String {
    flow(&json!({"states": {"A": a, "B": {"final": true}}}))
}

/// A flow whose state `A` has this transition, with an intent and a tool to name.
fn transition(one: &Value) -> String {
    flow(&json!({
        "intents": {"YES": {"examples": ["yes"]}},
        "tools": {"Look": {"args": {"what": "string"}}},
        "states": {
            "A": {
                "onEnter": [{"tool": "Look", "args": {"what": "x"}}],
                "transitions": [
                    one,
                    {"onIntent": "YES", "to": "B"},
                    {"onToolError": "Look", "to": "B"},
                ],
            },
            "B": {"final": true},
        },
    }))
}

/// A flow whose state `A` has this action.
fn action(one: &Value) -> String {
    state(&json!({"onEnter": [one], "transitions": [{"to": "B"}]}))
}

fn offer(name: &str, args: Value, result: Option<Value>) -> Offer {
    Offer {
        name: name.to_owned(),
        args: args.into(),
        result: result.map(Into::into),
        repeatable: false,
    }
}

/// The tool of [`transition`].
fn look() -> Offers {
    let args = json!({"type": "object", "properties": {"what": {"type": "string"}}});
    Offers::new([offer("eyes/look", args, None)])
}
