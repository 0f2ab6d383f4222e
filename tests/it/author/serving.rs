//! `plugin test` with servers in the cases: what the tool asks and what it gets, and what is told when somebody asks for
//! more. With the committed guest that makes the requests which a case says.

use std::fs;

use serde_json::{Value, json};

use super::run;
use crate::host::Place;

const ASKS: &str = "\
[capabilities]
kv = { scopes = [\"plugin\"] }
progress = true
events = { topics = [\"booked\"] }
secrets = [{ name = \"key\", hosts = [\"api.example\"] }]
http = [{ hosts = [\"https://api.example\"], methods = [\"GET\", \"POST\"] }]
";

/// What comes of these cases.
fn verdict(cases: Value) -> Value {
    let place = Place::empty();
    let folder = place.path("plugins/testing");
    crate::guest::write(&folder, &crate::egress::component(), ASKS);
    fs::write(place.path("cases.json"), json!({ "cases": cases }).to_string()).unwrap();
    let args =
        ["plugin", "test", "plugins/testing", "--no-build", "--json", "--file", "cases.json"];
    let ran = run(&place, &args);
    let verdict: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!(ran.code == Some(0), verdict["ok"] == true, "{ran:?}");
    verdict
}

/// A call that asks for this, and what the servers say.
fn case(args: Value, http: Value, expect: Value) -> Value {
    json!({ "name": "asking", "tool": "fetch", "args": args, "http": http, "expect": expect })
}

fn get(path: &str) -> Value {
    json!({ "url": format!("https://api.example{path}") })
}

#[track_caller]
fn fine(case: Value) {
    let verdict = verdict(json!([case]));
    assert_eq!(verdict["ok"], true, "{verdict:#}");
}

/// The difference that is told of the case.
#[track_caller]
fn told(case: Value, what: &str, lines: &[&str]) {
    let verdict = verdict(json!([case]));
    let told = verdict["cases"][0]["mismatches"].as_array().unwrap();
    let found = told.iter().find(|one| one["what"] == what).unwrap_or_else(|| panic!("{told:#?}"));
    for line in lines {
        let diff = found["diff"].as_array().unwrap();
        assert!(diff.iter().any(|one| one.as_str().unwrap().contains(line)), "{line}: {found:#}");
    }
}

#[test]
fn a_case_says_what_servers_answer_and_looks_at_what_they_were_asked() {
    let mut asked = case(
        json!({
            "method": "POST", "url": "https://api.example", "body": "{\"tea\":1,\"milk\":2}",
            "headers": [["X-Key", "Bearer secret(key)"]],
        }),
        json!([{
            "method": "post", "url": "https://api.example", "status": 201, "headers": { "x-a": "1" },
            "body": { "made": true },
        }]),
        json!({
            "resultHas": [{ "status": 201, "body": "{\"made\":true}" }],
            "requests": [{
                "method": "POST", "url": "https://api.example/", "body": { "tea": 1 },
                "headers": { "X-Key": "Bearer s3cret", "accept": null, "accept-encoding": "identity" },
            }],
        }),
    );
    asked["secrets"] = json!({ "key": "s3cret" });
    fine(asked);
}

#[test]
fn the_answers_of_one_url_come_in_order() {
    let mut args = get("/turn");
    args["again"] = json!(1);
    let turn = |body: &str| json!({ "url": "https://api.example/turn", "body": body });
    let http =
        json!([turn("one"), { "url": "https://api.example/other", "body": "other" }, turn("two")]);
    fine(case(args, http, json!({ "resultHas": [{ "body": "one" }, { "body": "two" }] })));
}

#[test]
fn a_request_without_an_answer_is_told_whatever_the_tool_makes_of_it() {
    told(
        case(get("/a?b=c"), json!([]), json!({})),
        "http",
        &["- no request", "+ GET https://api.example/a?b=c"],
    );
    let other = json!([{ "method": "POST", "url": "https://api.example/a" }]);
    told(
        case(get("/a"), other, json!({})),
        "http",
        &["- POST https://api.example/a", "+ GET https://api.example/a"],
    );
    let mut again = get("/a");
    again["again"] = json!(3);
    let one = json!([{ "url": "https://api.example/a" }]);
    told(case(again, one, json!({})), "http", &["- no further request", "+ and 2 more"]);
}

#[test]
fn other_requests_than_expected_are_shown_beside_them() {
    let one = || json!([{ "url": "https://api.example/a" }]);
    let expect = |requests: Value| json!({ "requests": requests });
    let wrong = json!([{ "url": "https://api.example/b", "headers": { "x-a": "1" } }]);
    told(
        case(get("/a"), one(), expect(wrong)),
        "expect.requests",
        &[
            "-     \"url\": \"https://api.example/b\"",
            "+     \"url\": \"https://api.example/a\"",
            "+       \"x-a\": null",
        ],
    );
    told(
        case(get("/a"), one(), expect(json!([]))),
        "expect.requests",
        &["+     \"method\": \"GET\""],
    );
    told(case(get("/a"), one(), expect(json!([{}, {}]))), "expect.requests", &["-   {}"]);
}

#[test]
fn a_server_that_fails_or_takes_long_is_one_that_the_tool_can_be_tried_with() {
    let failing = |error: &str| json!([{ "url": "https://api.example/a", "error": error }]);
    for error in ["dns", "connect", "tls", "timeout", "protocol"] {
        fine(case(get("/a"), failing(error), json!({ "resultHas": [{ "failure": error }] })));
    }
    let mut args = get("/a");
    args["timeoutMs"] = json!(50);
    let slow = json!([{ "url": "https://api.example/a", "delay": "1m" }]);
    fine(case(args, slow, json!({ "resultHas": [{ "failure": "timeout", "sent": true }] })));
}

#[test]
fn what_is_not_granted_reaches_no_server_of_a_case_either() {
    let http = json!([{ "url": "https://other.example/" }]);
    let denied = json!({ "resultHas": [{ "failure": "denied" }], "requests": [] });
    fine(case(json!({ "url": "https://other.example/" }), http, denied.clone()));
    let mut delete = get("/");
    delete["method"] = json!("DELETE");
    fine(case(delete, json!([{ "url": "https://api.example" }]), denied));
}

#[test]
fn a_secret_that_is_not_asked_for_or_an_answer_that_is_none_is_told() {
    let mut other = case(get("/"), json!([]), json!({}));
    other["secrets"] = json!({ "kay": "s3cret" });
    told(other, "secrets", &["- one of key", "+ kay"]);
    let both = json!([{ "url": "https://api.example/", "status": 200, "error": "dns" }]);
    told(case(get("/"), both, json!({})), "http[0]", &["+ both"]);
}

#[test]
fn time_and_chance_are_the_same_each_time() {
    // What was drawn stands in the difference.
    let drawn = || {
        let case = json!({ "name": "drawn", "tool": "draw", "expect": { "result": null } });
        verdict(json!([case]))["cases"][0]["mismatches"].clone()
    };
    let one = drawn();
    assert!(one.to_string().contains("\"wallMs\\\": 1772452800000"), "{one:#}");
    assert_eq!(one, drawn());
}
