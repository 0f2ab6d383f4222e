//! `plugin test`: what the cases of a file say, what is told when something is not as expected, for whom, and with which
//! exit code. With the committed component, so that no compiler is needed.

use std::fs;

use serde_json::{Value, json};

use super::run;
use crate::host::{Place, Ran};

/// The shipped place, with the cases that ship with the reservations.
fn shipped() -> Place {
    let place = Place::shipped();
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/plugins/reservations/plugin.test.json");
    fs::copy(cases, place.path("plugins/reservations/plugin.test.json")).unwrap();
    place
}

/// What comes of one case of the reservations' tools.
fn tried(case: Value) -> Value {
    let place = shipped();
    let ran = with_cases(&place, json!([case]), &["--json"]);
    let verdict: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!(ran.code == Some(0), verdict["ok"] == true, "{ran:?}");
    verdict["cases"][0].clone()
}

fn with_cases(place: &Place, cases: Value, options: &[&str]) -> Ran {
    fs::write(place.path("cases.json"), json!({ "cases": cases }).to_string()).unwrap();
    let args = ["plugin", "test", "plugins/reservations", "--no-build", "--file", "cases.json"];
    run(place, &[&args[..], options].concat())
}

fn free(expect: Value) -> Value {
    let args = json!({ "date": "2026-03-05", "time": "19:00", "partySize": 4 });
    json!({ "name": "free", "tool": "check-availability", "args": args, "expect": expect })
}

/// The difference that is told of a case with this expectation.
#[track_caller]
fn told(case: Value, what: &str, lines: &[&str]) {
    let tried = tried(case);
    let told = tried["mismatches"].as_array().unwrap();
    let found = told.iter().find(|one| one["what"] == what).unwrap_or_else(|| panic!("{tried:#}"));
    for line in lines {
        let diff = found["diff"].as_array().unwrap();
        assert!(diff.iter().any(|one| one.as_str().unwrap().contains(line)), "{line}: {found:#}");
    }
}

#[test]
fn the_shipped_cases_are_as_expected() {
    let place = shipped();
    let ran = run(&place, &["plugin", "test", "plugins/reservations", "--no-build"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.out.contains("ok a table is free in an empty book"), "{}", ran.out);
    assert!(ran.out.contains("fuel") && ran.out.contains("0 not as expected"), "{}", ran.out);
}

#[test]
fn another_result_is_shown_beside_the_expected_one() {
    told(
        free(json!({ "result": { "ok": false, "alternatives": [] } })),
        "expect.result",
        &["-   \"ok\": false", "+   \"ok\": true"],
    );
    let result_has = json!({ "resultHas": { "reason": "full" } });
    told(free(result_has), "expect.resultHas", &["-   \"reason\": \"full\""]);
    assert_eq!(tried(free(json!({ "resultHas": { "ok": true } })))["ok"], true);
}

#[test]
fn an_error_is_none_without_being_expected_and_the_other_way_round() {
    let mut past = free(json!({}));
    past["args"]["date"] = json!("2025-03-05");
    past["args"]["time"] = json!("at seven");
    told(past.clone(), "expect", &["- a result", "time.invalid"]);
    past["expect"] = json!({ "error": { "kind": "tool", "code": "time.invalid" } });
    assert_eq!(tried(past.clone())["ok"], true);
    past["expect"] = json!({ "error": { "code": "slot.past", "message": "no such words" } });
    told(past, "expect.error", &["slot.past", "time.invalid", "no such words"]);
    told(free(json!({ "error": { "kind": "tool" } })), "expect.error", &["+ the result"]);
}

#[test]
fn what_is_said_changed_and_kept_is_looked_at() {
    told(free(json!({ "say": ["Welcome"] })), "expect.say", &["-   \"Welcome\""]);
    told(free(json!({ "patch": { "/booking": 1 } })), "expect.patch", &["-   \"/booking\": 1"]);
    let kept = json!({ "kv": { "plugin": { "page/2026-03-05/19:00": { "entries": [] } } } });
    told(free(kept), "expect.kv", &["+     \"page/2026-03-05/19:00\": null"]);
}

#[test]
fn nothing_of_a_case_is_left_for_the_next() {
    let page = json!({ "entries": [
        { "id": "A", "call": "other.1", "guests": 40, "name": "Ada", "phone": "1" }
    ] });
    let mut full = free(json!({ "resultHas": { "ok": false } }));
    full["kv"] = json!({ "plugin": { "page/2026-03-05/19:00": page } });
    let place = shipped();
    let ran = with_cases(&place, json!([full, free(json!({ "resultHas": { "ok": true } }))]), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_case_that_cannot_be_run_is_not_as_expected() {
    let with = |key: &str, value: Value| {
        let mut case = free(json!({}));
        case[key] = value;
        case
    };
    told(with("tool", json!("check")), "tool", &["check-availability"]);
    told(with("now", json!("noon")), "now", &["RFC 3339"]);
    told(with("limits", json!({ "memory": "lots" })), "limits, config", &["`lots` is no size"]);
    told(with("limits", json!({ "tea": 1 })), "limits, config", &["unknown field `tea`"]);
}

#[test]
fn a_mistake_in_the_file_is_told_with_its_place() {
    let place = shipped();
    let mut case = free(json!({}));
    case["expect"] = json!({ "results": 1 });
    let ran = with_cases(&place, json!([free(json!({})), case]), &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    assert!(
        ran.err.contains("at `cases[1].expect.results`: unknown field `results`"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("line 1 column"), "{}", ran.err);
    let ran = run(&place, &["plugin", "test", "plugins/orders", "--no-build"]);
    assert!(ran.err.contains("could not read `plugins/orders/plugin.test.json`"), "{ran:?}");
}

#[test]
fn a_filter_leaves_cases_out_and_a_build_server_gets_its_xml() {
    let place = shipped();
    let ran = run(
        &place,
        &[
            "plugin",
            "test",
            "plugins/reservations",
            "--no-build",
            "--filter",
            "nobody",
            "--junit",
            "verdict.xml",
        ],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("1 case(s), 0 not as expected, 6 left out"), "{}", ran.out);
    let xml = fs::read_to_string(place.path("verdict.xml")).unwrap();
    assert!(xml.contains("<testsuite name=\"reservations\" tests=\"1\" failures=\"0\""), "{xml}");
    assert!(xml.contains("classname=\"reservations.check-availability\""), "{xml}");
}

#[test]
fn the_schema_of_the_file_is_what_the_types_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/plugin-test.schema.json");
    let current = format!("{:#}\n", cicerone::author::trial::schema());
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(path, &current).unwrap();
    }
    assert!(
        fs::read_to_string(path).unwrap() == current,
        "run the tests once with UPDATE_SCHEMAS=1 and look at the difference"
    );
}
