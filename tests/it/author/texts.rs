//! Texts in `plugin.test.json` and on the command line: what comes of them, what is told, and what is refused with its
//! place. With the committed component, so that no compiler is needed.

use std::fs;

use serde_json::{Value, json};

use super::run;
use crate::host::{Place, Ran};

/// A place with the example that understands texts, and its cases.
fn shipped() -> Place {
    let place = Place::empty();
    fs::create_dir_all(place.path("plugins/wording")).unwrap();
    for file in ["plugin.toml", "wording.wasm", "plugin.test.json"] {
        let from = concat!(env!("CARGO_MANIFEST_DIR"), "/plugins/wording/");
        fs::copy(format!("{from}{file}"), place.path(&format!("plugins/wording/{file}"))).unwrap();
    }
    place
}

fn with_cases(cases: &Value) -> Ran {
    let place = shipped();
    fs::write(place.path("cases.json"), json!({ "cases": cases }).to_string()).unwrap();
    let args =
        ["plugin", "test", "plugins/wording", "--no-build", "--file", "cases.json", "--json"];
    run(&place, &args)
}

/// A case of a text that books, with these keys in place of its own.
fn case(changes: Value) -> Value {
    let mut case = json!({
        "name": "a text", "text": "covers for 5",
        "intents": { "BOOK": { "slots": { "size": "integer", "day": "date" } }, "CANCEL": {} },
    });
    let Value::Object(changes) = changes else { panic!("{changes}") };
    case.as_object_mut().unwrap().extend(changes);
    case
}

/// The difference that is told of a case.
#[track_caller]
fn told(case: Value, what: &str, lines: &[&str]) {
    let ran = with_cases(&json!([case]));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let verdict: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    let tried = &verdict["cases"][0];
    assert_eq!(tried["tool"], "@classify");
    let told = tried["mismatches"].as_array().unwrap();
    let found = told.iter().find(|one| one["what"] == what).unwrap_or_else(|| panic!("{tried:#}"));
    for line in lines {
        let diff = found["diff"].as_array().unwrap();
        assert!(diff.iter().any(|one| one.as_str().unwrap().contains(line)), "{line}: {found:#}");
    }
}

/// A file that is refused, with the place in its second case.
#[track_caller]
fn refused(second: Value, place: &str, why: &str) {
    let ran = with_cases(&json!([case(json!({})), second]));
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    let said = format!("at `cases[1]{place}`: ");
    assert!(ran.err.contains(&said) && ran.err.contains(why), "{said}{why}\n{}", ran.err);
}

#[test]
fn the_shipped_cases_are_as_expected() {
    let ran = run(&shipped(), &["plugin", "test", "plugins/wording", "--no-build"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.out.contains("4 case(s), 0 not as expected"), "{}", ran.out);
}

#[test]
fn the_documented_cases_are_as_expected() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/authors.md");
    let docs = fs::read_to_string(docs).unwrap();
    let (_, section) = docs.split_once("\n### Cases of texts\n").unwrap();
    let (_, block) = section.split_once("\n```json\n").unwrap();
    let (block, _) = block.split_once("\n```\n").unwrap();
    let file: Value = serde_json::from_str(block).unwrap();
    let ran = with_cases(&file["cases"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn other_commands_are_shown_beside_the_expected_ones() {
    let expected = json!([{ "intent": "CANCEL" }, { "setSlot": "size", "value": 6 }]);
    let lines = ["- ", "\"CANCEL\"", "\"BOOK\"", "\"value\": 5", "\"value\": 6"];
    told(case(json!({ "expect": { "commands": expected } })), "expect.commands", &lines);
    let one = json!([{ "intent": "BOOK" }]);
    told(case(json!({ "expect": { "commands": one } })), "expect.commands", &["\"setSlot\""]);
    let error = json!({ "error": { "kind": "bad-result" } });
    told(case(json!({ "expect": error })), "expect.error", &["of kind `bad-result`", "\"BOOK\""]);
}

#[test]
fn no_answer_is_an_error_and_a_plugin_without_understanding_is_told() {
    let limits = json!({ "limits": { "fuel": 1000 } });
    told(case(limits), "expect", &["a result", "fuel"]);
    let mut narrow = case(json!({ "limits": { "fuel": 1000 } }));
    narrow["expect"] = json!({ "error": { "kind": "fuel" } });
    let ran = with_cases(&json!([narrow]));
    assert_eq!(ran.code, Some(0), "{ran:?}");

    let place = Place::shipped();
    fs::write(place.path("cases.json"), json!({ "cases": [case(json!({}))] }).to_string()).unwrap();
    let args = ["plugin", "test", "plugins/reservations", "--no-build", "--file", "cases.json"];
    let ran = run(&place, &args);
    assert!(ran.out.contains("a plugin that understands texts"), "{ran:?}");
}

#[test]
fn what_does_not_go_together_is_refused_with_its_place() {
    refused(json!({ "name": "a" }), "", "name the `tool` that is called, or the `text`");
    refused(case(json!({ "tool": "book" })), ".text", "of a tool, or of a text");
    refused(case(json!({ "tool": null })), ".tool", "invalid type: null");
    refused(case(json!({ "args": { "a": 1 } })), ".args", "it goes with `tool` only");
    refused(case(json!({ "expect": { "say": [] } })), ".expect.say", "it goes with `tool` only");
    let tool = json!({ "name": "a", "tool": "book", "timeZone": "UTC" });
    refused(tool, ".timeZone", "it goes with `text` only");
    refused(case(json!({ "intents": {} })), ".intents", "say what the text can mean");
    let odd = json!({ "intents": { "BOOK": { "slots": { "size": "intger" } } } });
    refused(case(odd), ".intents.BOOK.slots.size", "did you mean `integer`?");
    refused(case(json!({ "asked": ["size", "seats"] })), ".asked[1]", "has a slot `seats`");
    refused(case(json!({ "timeZone": "Europe/Atlantis" })), ".timeZone", "Atlantis");
    let two = json!({ "expect": { "commands": [{ "intent": "BOOK", "cancel": true }] } });
    refused(case(two), ".expect.commands[0]", "it is one of `intent`, `setSlot`");
    let valued = json!({ "expect": { "commands": [{ "intent": "BOOK", "value": 4 }] } });
    refused(case(valued), ".expect.commands[0]", "only a slot has a `value`");
    let typo = json!({ "expect": { "commands": [{ "setSlots": "size" }] } });
    refused(case(typo), ".expect.commands[0].setSlots", "unknown field `setSlots`");
}

#[test]
fn a_plugin_is_asked_about_one_text_among_the_intents_of_a_flow() {
    let place = shipped();
    let flow = crate::model::table(&json!({}));
    place.write_flow("table", &flow.to_string());
    let ask = |more: &[&str]| run(&place, &[&["plugin", "ask", "plugins/wording"], more].concat());
    let ran = ask(&["covers for 5", "--flow", "table", "--json"]);
    let said: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!((ran.code, &said["ok"]), (Some(0), &json!(true)), "{said:#}");
    assert_eq!(said["commands"][0], json!({ "intent": "BOOK", "confidence": 0.9 }));
    assert_eq!(
        (&said["commands"][1]["setSlot"], &said["commands"][1]["value"]),
        (&json!("size"), &json!(5))
    );
    let ran = ask(&["covers for 5", "--flow", "table"]);
    assert!(ran.out.contains("\"BOOK\"") && ran.out.contains("fuel"), "{ran:?}");
    let ran = ask(&["scrap it", "--flow", "table", "--state", "Booked"]);
    assert!(ran.out.contains("\"none\": true"), "CANCEL cannot be taken there: {ran:?}");
    let ran = ask(&["covers", "--flow", "table", "--state", "Nowhere"]);
    assert!(ran.code == Some(1) && ran.err.contains("the flow has Start, Booked, Gone"), "{ran:?}");
    let ran = ask(&["covers", "--flow", "nothing"]);
    assert!(ran.err.contains("could not read the flow `flows/nothing.json`"), "{ran:?}");
}
