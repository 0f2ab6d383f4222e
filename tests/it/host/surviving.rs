//! A host that is killed or stopped: what it has said is kept, and the next one on the same data goes on.

use serde_json::{Value, json};

use super::client::{find, types, within};
use super::listening::echoing;
use super::ways_in::TEXTS;
use super::{Host, Place};
use crate::guest::{ENDLESS, Guest};

/// Calls the tool of the tests' guest on the first text.
fn calling(idempotent: bool) -> String {
    json!({
        "meta": { "name": "Calling" },
        "start": "Open",
        "tools": { "Do": { "uses": "testing/do", "timeout_ms": 300_000, "idempotent": idempotent } },
        "states": {
            "Open": {
                "onEnter": [{ "ask": "Shall I?" }],
                "transitions": [{ "pattern": ":default", "to": "Working" }],
            },
            "Working": {
                "onEnter": [{ "tool": "Do" }],
                "transitions": [
                    { "onToolResult": "Do", "to": "Done" },
                    { "onToolError": "Do", "to": "Failed" },
                ],
            },
            "Done": { "final": true, "onEnter": [{ "say": "Done." }] },
            "Failed": { "final": true, "onEnter": [{ "say": "Failed." }] },
        },
    })
    .to_string()
}

/// The tests' guest as a plugin of the place.
fn install(place: &Place, call: &'static str) {
    let limits = "[limits]\nfuel = \"off\"\ntimeout = \"5m\"";
    crate::guest::write(&place.path("plugins/testing"), &Guest::that(call).bytes(), limits);
}

/// Kills a host while its tool runs, and starts another whose tool answers; the session's log at its end.
async fn killed_during_a_call(idempotent: bool) -> Vec<Value> {
    let place = Place::with_flow("calling", &calling(idempotent));
    install(&place, ENDLESS);
    let host = Host::start(&place);
    let session = host.begin("calling").await;
    let path = format!("/api/sessions/{session}/input?wait_ms=0");
    let taken = host.post(&path, json!({ "text": "go on" })).await;
    assert_eq!((taken.status, &taken.body["settled"]), (202, &json!(false)));
    let running = async || host.get("/api/tools").await.ok()["tools"][0]["running"] == 1;
    host.until("the tool's start", running).await;
    host.kill();
    install(&place, "");
    let host = Host::start(&place);
    let mut socket = host.dial(&format!("id={session}")).await;
    socket.until("session.ended").await;
    host.log(&session).await
}

#[tokio::test]
async fn a_host_killed_during_a_call_sends_it_again_and_the_session_goes_on() {
    let log = killed_during_a_call(true).await;
    assert_eq!(types(&log).iter().filter(|kind| **kind == "tool.call").count(), 1);
    assert_eq!(find(&log, "tool.result")["result"], json!({ "ok": true }));
    assert_eq!(find(&log, "say")["text"], "Done.");
}

#[tokio::test]
async fn a_call_that_must_not_run_twice_is_lost_with_its_host_and_the_flow_is_told() {
    let log = killed_during_a_call(false).await;
    assert_eq!(find(&log, "tool.error")["error"]["kind"], "lost");
    assert_eq!(find(&log, "say")["text"], "Failed.");
}

#[tokio::test]
async fn every_answer_outlives_the_host_that_gave_it() {
    let place = Place::shipped();
    let mut host = Host::start(&place);
    let session = host.begin("reservation").await;
    for text in TEXTS {
        host.say(&session, text).await;
        let before = host.log(&session).await;
        host.kill();
        host = Host::start(&place);
        assert_eq!(host.log(&session).await, before);
    }
    let seen = host.get(&format!("/api/sessions/{session}")).await.ok();
    assert_eq!((&seen["currentState"], &seen["status"]), (&json!("Goodbye"), &json!("ended")));
}

#[tokio::test]
async fn a_host_that_is_asked_to_stop_says_so_to_its_sockets_and_ends_well() {
    let place = echoing();
    let mut host = Host::start(&place);
    let session = host.begin("echo").await;
    let mut socket = host.dial(&format!("id={session}&since=live")).await;
    let mut listener = host.listen(&format!("/api/sessions/{session}/stream?since=live")).await;
    assert_eq!(socket.next().await.unwrap()["type"], "session.started");
    host.terminate();
    assert_eq!(socket.close_code().await, Some(1012));
    assert!(listener.next().await.is_none());
    let status = host.ended().await;
    assert_eq!(status.code(), Some(0), "{}", host.said());
    // And whoever resumes there misses nothing.
    let host = Host::start(&place);
    let mut socket = host.dial(&format!("id={session}")).await;
    socket.until("ask").await;
}

#[tokio::test]
async fn a_call_that_outlasts_a_stopping_host_is_taken_up_by_the_next() {
    let place = Place::with_flow("calling", &calling(true));
    install(&place, ENDLESS);
    let mut host = Host::start(&place);
    let session = host.begin("calling").await;
    let path = format!("/api/sessions/{session}/input?wait_ms=0");
    host.post(&path, json!({ "text": "go on" })).await.ok();
    host.terminate();
    assert_eq!(host.ended().await.code(), Some(0), "{}", host.said());
    install(&place, "");
    let host = Host::start(&place);
    let mut socket = host.dial(&format!("id={session}")).await;
    let log = within("the end", socket.until("session.ended")).await;
    assert_eq!(find(&log, "say")["text"], "Done.");
}
