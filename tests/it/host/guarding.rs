//! Conversations beside a flow as its gate: a version with which they do not go as expected is not published by whatever way,
//! and it is said which one, where, and how it went.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Listener;
use super::{Host, Place};

/// A flow that brings something to drink.
fn hello(brings: &str) -> Value {
    json!({
        "meta": { "name": "Hello" }, "start": "Start",
        "states": {
            "Start": { "onEnter": [{ "ask": "Tea?" }], "transitions": [{ "pattern": "yes", "to": "Tea" }] },
            "Tea": { "onEnter": [{ "say": brings }], "final": true },
        },
    })
}

fn cases(brings: &str) -> String {
    let case = json!({ "name": "tea is brought", "steps": [
        { "expect": { "says": ["Tea?"] } },
        { "user": "yes", "expect": { "says": [brings], "ended": "final" } },
    ] });
    format!("{:#}\n", json!({ "cases": [case] }))
}

fn place() -> Place {
    let place = Place::with_flow("hello", &hello("Here you are.").to_string());
    place.write_cases(&cases("Here you are."));
    place
}

impl Place {
    fn write_cases(&self, text: &str) {
        fs::write(self.path("flows/hello.test.json"), text).unwrap();
    }
}

/// The next event about flows, and what was noticed.
async fn told(news: &mut Listener, kind: &str) -> Vec<Value> {
    let heard = news.until(kind).await;
    heard.last().unwrap().data["findings"].as_array().cloned().unwrap_or_default()
}

/// What somebody who begins now and says yes is told.
async fn brought(host: &Host) -> String {
    let session = host.begin("hello").await;
    let answer = host.say(&session, "yes").await;
    let events = answer["events"].as_array().unwrap();
    let said = events.iter().find(|event| event["type"] == "say").unwrap();
    said["text"].as_str().unwrap().to_owned()
}

#[track_caller]
fn is_the_failing_case(finding: &Value, severity: &str) {
    assert_eq!(
        (&finding["code"], &finding["severity"], &finding["file"], &finding["path"]),
        (
            &json!("case.failed"),
            &json!(severity),
            &json!("hello.test.json"),
            &json!("/cases/0/steps/1")
        ),
        "{finding:#}"
    );
    let line = 1 + cases("").lines().position(|line| line.contains("\"user\"")).unwrap();
    // The step's own bracket stands before what the person says.
    assert_eq!(finding["line"], line - 1, "{finding:#}");
    let message = finding["message"].as_str().unwrap();
    for part in ["`tea is brought`", "expect.says", "Here you are.", "Coffee!", "› yes ‹ Coffee!"]
    {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[tokio::test]
async fn a_saved_flow_that_talks_otherwise_is_refused_with_the_case_until_its_cases_say_so_too() {
    let place = place();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    place.write_flow("hello", &hello("Coffee!").to_string());
    let findings = told(&mut news, "flow.rejected").await;
    is_the_failing_case(&findings[0], "error");
    assert_eq!(brought(&host).await, "Here you are.");
    let listed = host.get("/api/flows").await.ok()["flows"][0].clone();
    assert_eq!((&listed["status"], &listed["findings"]), (&json!("rejected"), &json!(findings)));
    // Looked at again because the cases changed: the flow itself was not touched.
    place.write_cases(&cases("Coffee!"));
    assert_eq!(told(&mut news, "flow.reloaded").await, [] as [Value; 0]);
    assert_eq!(brought(&host).await, "Coffee!");
}

#[tokio::test]
async fn cases_in_yaml_guard_as_well() {
    let place = place();
    fs::remove_file(place.path("flows/hello.test.json")).unwrap();
    let yaml = "cases:\n- name: tea is brought\n  steps:\n  - user: yes\n    expect: { says: [Here you are.] }\n";
    fs::write(place.path("flows/hello.test.yaml"), yaml).unwrap();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    place.write_flow("hello", &hello("Coffee!").to_string());
    let finding = &told(&mut news, "flow.rejected").await[0];
    assert_eq!(
        (&finding["code"], &finding["file"], &finding["line"]),
        (&json!("case.failed"), &json!("hello.test.yaml"), &json!(4)),
        "{finding:#}"
    );
    assert_eq!(brought(&host).await, "Here you are.");
}

#[tokio::test]
async fn cases_that_are_changed_alone_are_looked_at_and_what_is_current_goes_on() {
    let place = place();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    place.write_cases(&cases("Here you are.").replace("Here you are.", "Coffee!"));
    let findings = told(&mut news, "flow.reloaded").await;
    assert_eq!(
        (&findings[0]["code"], &findings[0]["severity"]),
        (&json!("case.failed"), &json!("warning"))
    );
    let listed = host.get("/api/flows").await.ok()["flows"][0].clone();
    assert_eq!((&listed["status"], &listed["findings"]), (&json!("active"), &json!(findings)));
    assert_eq!(brought(&host).await, "Here you are.");
    place.write_cases("{ \"cases\": [{}] }");
    let findings = told(&mut news, "flow.reloaded").await;
    assert_eq!(
        (&findings[0]["code"], &findings[0]["file"]),
        (&json!("key.missing"), &json!("hello.test.json"))
    );
    place.write_cases(&cases("Here you are."));
    assert_eq!(told(&mut news, "flow.reloaded").await, [] as [Value; 0]);
    assert_eq!(host.get("/api/flows").await.ok()["flows"][0]["findings"], json!([]));
}

#[tokio::test]
async fn a_draft_that_talks_otherwise_is_told_and_not_published_and_nobody_is_kept_from_going_back()
{
    let place = place();
    let host = Host::start(&place);
    let seen = host.get("/api/flows/hello").await.header("etag").unwrap().to_owned();
    let draft = json!({ "definition": hello("Coffee!") });
    host.ask(Method::PUT, "/api/flows/hello", Some(&seen), draft).await.ok();
    let verdict = host.post("/api/flows/hello/validate", json!({})).await.ok();
    assert_eq!((&verdict["isValid"], &verdict["warnings"]), (&json!(false), &json!([])));
    is_the_failing_case(&verdict["errors"][0], "error");
    let refused = host.post("/api/flows/hello/publish", json!({})).await;
    refused.refused(422, "flow.invalid");
    assert_eq!(brought(&host).await, "Here you are.");
    // With cases that agree it is published; going back then is not kept by them.
    place.write_cases(&cases("Coffee!"));
    host.post("/api/flows/hello/publish", json!({})).await.ok();
    assert_eq!(brought(&host).await, "Coffee!");
    let back = host.post("/api/flows/hello/rollback", json!({ "version": "1" })).await.ok();
    assert_eq!(back["status"], "published");
    assert_eq!(
        (&back["findings"][0]["code"], &back["findings"][0]["severity"]),
        (&json!("case.failed"), &json!("warning")),
        "{back:#}"
    );
    assert_eq!(brought(&host).await, "Here you are.");
}

#[tokio::test]
async fn cases_without_time_are_left_out_and_told_or_all_of_them_are_not_wanted() {
    let place = place();
    let many: Vec<Value> = (0..2_000)
        .map(|number| json!({ "name": format!("case {number}"), "steps": [{ "user": "yes" }] }))
        .collect();
    place.write_cases(&json!({ "cases": many }).to_string());
    fs::write(place.path("cicerone.toml"), "[publishing]\ntests_ms_max = 1\n").unwrap();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    place.write_flow("hello", &hello("Coffee!").to_string());
    let findings = told(&mut news, "flow.reloaded").await;
    assert_eq!(findings.len(), 1, "{findings:?}");
    let told_so = findings[0]["message"].as_str().unwrap();
    assert_eq!(findings[0]["code"], "case.unplayed");
    assert!(told_so.contains("of 2000 cases were not played"), "{told_so}");
    assert_eq!(brought(&host).await, "Coffee!");
    drop(host);
    fs::write(place.path("cicerone.toml"), "[publishing]\ntests_ms_max = 0\n").unwrap();
    place.write_cases(&cases("Coffee!"));
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    place.write_flow("hello", &hello("Nothing.").to_string());
    assert_eq!(told(&mut news, "flow.reloaded").await, [] as [Value; 0]);
    assert_eq!(brought(&host).await, "Nothing.");
}
