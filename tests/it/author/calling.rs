//! `plugin call` looks at arguments and results as a host does, and says where they do not fit.

use serde_json::{Value, json};

use super::run;
use crate::guest::{Guest, write};
use crate::host::Place;

/// A plugin with one tool that gives `{"ok":true}` and says that it gives what fits `output`.
fn place(output: &str) -> Place {
    let place = Place::empty();
    let schema =
        r#"{"type":"object","properties":{"guests":{"type":"integer"}},"required":["guests"]}"#;
    let text = Guest { schema, ..Guest::that("") }.text();
    // Behind the description of the tool's arguments: that there is a schema, where, and how long it is.
    let described = format!(
        r#"(data (i32.const 1124) "\01\00\00\00\60\02\00\00\{:02x}\00\00\00") (data (i32.const 608) "{}")"#,
        output.len(),
        output.replace('"', "\\22")
    );
    let begin = "(func $recurse";
    assert!(text.contains(begin));
    let text = text.replacen(begin, &format!("{described} {begin}"), 1);
    write(&place.path("plugins/testing"), &wat::parse_str(text).unwrap(), "");
    place
}

fn called(place: &Place, args: &str) -> (Option<i32>, Value) {
    let ran = run(place, &["plugin", "call", "plugins/testing", "do", "--args", args, "--json"]);
    let said = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    (ran.code, said)
}

#[test]
fn arguments_that_do_not_fit_are_refused_with_their_place_and_nothing_runs() {
    let place = place(r#"{"required":["ok"]}"#);
    let (code, said) = called(&place, r#"{"guests":"four"}"#);
    assert_eq!((code, &said["error"]["kind"]), (Some(1), &json!("bad-args")), "{said:#}");
    let why = said["error"]["message"].as_str().unwrap();
    assert!(why.contains("at `/guests`: ") && why.contains("integer"), "{why}");
    assert_eq!(said["report"]["fuel"], 0, "{said:#}");
    let (code, said) = called(&place, r#"{"guests":4}"#);
    assert_eq!((code, &said["result"]), (Some(0), &json!({ "ok": true })), "{said:#}");
}

#[test]
fn nothing_is_left_where_no_host_is() {
    let place = place("{}");
    let (code, said) = called(&place, r#"{"guests":4}"#);
    assert_eq!(code, Some(0), "{said:#}");
    assert!(!place.path("data").exists());
}

#[test]
fn a_result_that_does_not_fit_is_an_error_with_its_place() {
    let place = place(r#"{"properties":{"ok":{"type":"string"}}}"#);
    let (code, said) = called(&place, r#"{"guests":4}"#);
    assert_eq!((code, &said["error"]["kind"]), (Some(1), &json!("bad-result")), "{said:#}");
    let why = said["error"]["message"].as_str().unwrap();
    assert!(why.contains("at `/ok`: ") && why.contains("string"), "{why}");
    assert!(said["report"]["fuel"].as_u64() > Some(0), "{said:#}");
}
