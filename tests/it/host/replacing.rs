//! Replacing plugins while the host runs: no call fails because of it, and one that does not load takes nobody's place.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::json;

use super::client::find;
use super::{Host, Place};
use crate::guest::Guest;

/// Calls its tool on every text.
pub(super) const LOOP: &str = r#"{
  "meta": { "name": "Loop" },
  "start": "Open",
  "tools": { "Do": { "uses": "testing/do", "timeout_ms": 60000 } },
  "states": {
    "Open": {
      "onEnter": [{ "ask": "Again?" }],
      "transitions": [{ "pattern": ":default", "to": "Working" }]
    },
    "Working": {
      "onEnter": [{ "tool": "Do" }],
      "transitions": [{ "onToolResult": "Do", "to": "Open" }, { "onToolError": "Do", "to": "Failed" }]
    },
    "Failed": { "final": true, "onEnter": [{ "say": "Failed." }] }
  }
}"#;

/// Components that differ and do the same.
pub(super) const SAME: [&str; 4] =
    ["", "(drop (call $left))", "(drop (call $now))", "(drop (call $now)) (drop (call $left))"];

pub(super) fn place() -> Place {
    let place = Place::with_flow("loop", LOOP);
    crate::guest::write(&place.path("plugins/testing"), &Guest::that(SAME[0]).bytes(), "");
    place
}

#[tokio::test]
async fn a_plugin_replaced_under_load_fails_no_call() {
    let place = place();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    let done = AtomicBool::new(false);
    let busy = async || {
        let session = host.begin("loop").await;
        let mut calls = 0;
        while !done.load(Ordering::Relaxed) {
            let taken = host.say(&session, "again").await;
            let log = taken["events"].as_array().unwrap();
            assert_eq!(find(log, "tool.result")["result"], json!({ "ok": true }), "{taken:#}");
            calls += 1;
        }
        calls
    };
    let replace = async {
        for (turn, call) in SAME.iter().skip(1).chain(&SAME[..1]).enumerate() {
            let component = place.path("plugins/testing/testing.wasm");
            let bytes = Guest::that(call).bytes();
            if turn % 2 == 0 {
                // In place, so that half a file can be seen.
                fs::write(component, bytes).unwrap();
            } else {
                let beside = place.path("plugins/testing/testing.wasm.new");
                fs::write(&beside, bytes).unwrap();
                fs::rename(beside, component).unwrap();
            }
            let heard = news.until("plugin.reloaded").await;
            assert_eq!(heard.last().unwrap().data["id"], "testing");
        }
        done.store(true, Ordering::Relaxed);
    };
    let (calls, ()) = tokio::join!(join_all((0..4).map(|_| busy())), replace);
    assert!(calls.iter().all(|calls| *calls > 0), "{calls:?}");
    let tool = &host.get("/api/tools").await.ok()["tools"][0];
    assert_eq!((&tool["calls"], &tool["errors"]), (&json!(calls.iter().sum::<u64>()), &json!(0)));
}

#[tokio::test]
async fn a_component_that_is_built_beside_the_prebuilt_one_takes_its_place() {
    let place = place();
    let host = Host::start(&place);
    let session = host.begin("loop").await;
    let mut news = host.listen("/api/events/stream").await;
    let built = place.path("plugins/testing/target");
    fs::create_dir(&built).unwrap();
    // Twice: what is built again is live again.
    for (call, kind) in [(SAME[1], "tool.result"), ("unreachable", "tool.error")] {
        fs::write(built.join("testing.wasm"), Guest::that(call).bytes()).unwrap();
        news.until("plugin.reloaded").await;
        let taken = host.say(&session, "again").await;
        find(taken["events"].as_array().unwrap(), kind);
    }
}

#[tokio::test]
async fn a_plugin_in_a_folder_of_another_name_is_refused_with_the_name_to_give() {
    let place = place();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    crate::guest::write(&place.path("plugins/other"), &Guest::that(SAME[1]).bytes(), "");
    let heard = news.until("plugin.rejected").await;
    let told = &heard.last().unwrap().data;
    assert_eq!(told["id"], "other");
    let message = told["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("`testing`") && message.contains("`other`"), "{message}");
    // What is in force under that name stays so.
    let session = host.begin("loop").await;
    assert_eq!(host.say(&session, "again").await["state"], "Open");
}

#[tokio::test]
async fn a_plugin_that_does_not_load_is_explained_and_the_old_one_goes_on() {
    let place = place();
    let host = Host::start(&place);
    let session = host.begin("loop").await;
    let mut news = host.listen("/api/events/stream").await;
    fs::write(place.path("plugins/testing/testing.wasm"), "not a component").unwrap();
    let heard = news.until("plugin.rejected").await;
    let told = &heard.last().unwrap().data;
    assert_eq!(told["id"], "testing");
    let message = told["findings"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("could not ") && message.contains("damaged"), "{message}");
    assert_eq!(host.say(&session, "again").await["state"], "Open");
}

#[tokio::test]
async fn a_tool_that_nobody_offers_is_a_warning_at_load_and_unavailable_when_called() {
    let place = place();
    fs::remove_dir_all(place.path("plugins/testing")).unwrap();
    let host = Host::start(&place);
    let flow = &host.get("/api/flows").await.ok()["flows"][0];
    assert_eq!(flow["status"], "active");
    let warning = find_code(flow["findings"].as_array().unwrap(), "tool.not_offered");
    assert!(warning["message"].as_str().unwrap().contains("testing/do"), "{warning}");
    let session = host.begin("loop").await;
    let taken = host.say(&session, "go on").await;
    assert_eq!(taken["state"], "Failed");
    let error = &find(taken["events"].as_array().unwrap(), "tool.error")["error"];
    assert_eq!((&error["kind"], &error["attempts"]), (&json!("unavailable"), &json!(0)));
    // The plugin comes while the host runs.
    let mut news = host.listen("/api/events/stream").await;
    crate::guest::write(&place.path("plugins/testing"), &Guest::that("").bytes(), "");
    news.until("plugin.reloaded").await;
    let session = host.begin("loop").await;
    assert_eq!(host.say(&session, "go on").await["state"], "Open");
}

fn find_code<'a>(findings: &'a [serde_json::Value], code: &str) -> &'a serde_json::Value {
    let found = findings.iter().find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("no `{code}` in {findings:#?}"))
}
