//! Replies that a language model would write: a case says what they are, or that there is none.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::understand;
use crate::flow::{self, Id, Known, Linked, Offers, Text};
use crate::rehearsal::{Stage, guard, read};

fn menu() -> Linked {
    let id = Id::from("menu");
    let known = Known { flows: &BTreeSet::from([id.clone()]), offers: &Offers::default() };
    let written = json!({
        "meta": { "name": "Menu" },
        "start": "A",
        "nlu": { "model": "m" },
        "states": {
            "A": { "onEnter": [{ "llm": "Answer.", "fallback": "Ask at the counter." }, { "ask": "Anything else?" }] }
        }
    });
    let (flow, _) = flow::load(&id, &written.to_string(), known).unwrap();
    let mut linked = Linked::default();
    linked.activate(Arc::new(flow));
    linked
}

/// Whether what is said is as a case with this answer of the model expects it.
fn says(answer: &Value, said: &str) -> bool {
    let expected = json!({ "expect": { "says": [said, "Anything else?"] } });
    let case = json!({ "name": "it", "tools": { "@llm": answer }, "steps": [expected] });
    let (flows, text) = (menu(), json!({ "cases": [case] }).to_string());
    let suite = read(&Id::from("menu"), &Text::json(&text), &flows, &|_, _| Ok(())).unwrap();
    let played = guard(Stage { flows: &flows, understand: &understand }, &suite, &|| true).played;
    played.iter().flat_map(|one| &one.steps).all(|step| step.mismatches.is_empty())
}

#[test]
fn a_model_says_what_the_case_says_and_the_flow_where_it_fails() {
    let soup = json!({ "result": { "text": "We have soup." } });
    let late = json!({ "error": { "kind": "timeout" } });
    assert!(says(&soup, "We have soup."));
    assert!(!says(&soup, "Ask at the counter."));
    assert!(says(&late, "Ask at the counter."));
    assert!(!says(&late, "We have soup."));
}
