//! Tools that wait: a thousand of them hold no threads, and a call that finds no place for a sandbox waits in line for
//! one, until its deadline.

use std::fs;

use futures_util::StreamExt;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::client::{Answer, http, within};
use super::{Host, Place};
use crate::guest::Guest;

/// Sleeps for longer than any test, in `wasi:io/poll`.
const SLEEPS: Guest = Guest {
    call: "(call $block (call $sleep (i64.const 3_600_000_000_000)))",
    describe: "",
    tool: "do",
    schema: r#"{"type":"object"}"#,
    pages: "",
    parts: [
        r#"(import "wasi:io/poll@0.2.0" (instance $poll
            (export "pollable" (type $pollable (sub resource)))
            (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
          (alias export $poll "pollable" (type $pollable))
          (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
            (alias outer 1 $pollable (type $p))
            (export "pollable" (type $pollable (eq $p)))
            (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))"#,
        r#"(core func $block (canon lower (func $poll "[method]pollable.block")))
          (core func $sleep (canon lower (func $clock "subscribe-duration")))"#,
        r#"(import "host" "block" (func $block (param i32)))
          (import "host" "sleep" (func $sleep (param i64) (result i32)))"#,
        r#"(export "block" (func $block)) (export "sleep" (func $sleep))"#,
    ],
};

/// Has its tool called as soon as it begins.
const WAITS: &str = r#"{
  "meta": { "name": "Waits" },
  "start": "Working",
  "tools": { "Do": { "uses": "testing/do", "timeout_ms": 300000 } },
  "states": {
    "Working": {
      "onEnter": [{ "tool": "Do" }],
      "transitions": [{ "onToolResult": "Do", "to": "Done" }, { "onToolError": "Do", "to": "Done" }]
    },
    "Done": { "final": true, "onEnter": [{ "say": "Done." }] }
  }
}"#;

/// As many calls at a time as there are places for sandboxes.
const SETTINGS: &str = "[tools]\ntimeout_ms_max = 300000\nconcurrency_max = 2000\n\
                        plugin_concurrency_max = 2000\nhost_concurrency_max = 2000\n";

const QUICK: &str = "/api/tools/quick/do/call";

/// With a tool that sleeps and one that does not.
fn place(settings: &str) -> Place {
    let place = Place::with_flow("waits", WAITS);
    let long = "[limits]\ntimeout = \"5m\"\nconcurrency = 2000";
    crate::guest::write(&place.path("plugins/testing"), &SLEEPS.bytes(), long);
    let quick = place.path("plugins/quick");
    crate::guest::write(&quick, &Guest::that("").bytes(), "[limits]\ntimeout = \"60s\"");
    let manifest = fs::read_to_string(quick.join("plugin.toml")).unwrap();
    let named = manifest.replace("name = \"testing\"", "name = \"quick\"");
    fs::write(quick.join("plugin.toml"), named).unwrap();
    fs::write(place.path("cicerone.toml"), settings).unwrap();
    place
}

/// Threads that the host has.
fn threads(host: &Host) -> usize {
    fs::read_dir(format!("/proc/{}/task", host.child.id())).unwrap().count()
}

/// Begins sessions whose tool sleeps; their ids, once all of the tools do.
async fn asleep(host: &Host, count: usize) -> Vec<String> {
    let client = http();
    let begin = |_| {
        let begin = client.post(host.url("/api/sessions?wait_ms=0"));
        async move {
            let begun = Answer::of(begin.json(&json!({ "flow": "waits" }))).await.ok();
            begun["session_id"].as_str().unwrap().to_owned()
        }
    };
    let sessions = futures_util::stream::iter(0..count).map(begin).buffer_unordered(8).collect();
    let sessions = within("sessions", sessions).await;
    let running = async || {
        let tools = host.get("/api/tools").await.ok();
        let tools = tools["tools"].as_array().unwrap().clone();
        tools.iter().any(|tool| tool["name"] == "testing/do" && tool["running"] == json!(count))
    };
    host.until("all calls are made", running).await;
    sessions
}

async fn quick(host: &Host, ask: Value) -> Value {
    host.post(QUICK, ask).await.ok()
}

#[tokio::test]
async fn a_thousand_sleeping_tools_hold_no_threads_and_the_next_call_waits_for_a_place() {
    let place = place(SETTINGS);
    let host = Host::start(&place);
    assert_eq!(quick(&host, json!({})).await["ok"], true);
    let before = threads(&host);
    let sessions = asleep(&host, 1_000).await;
    let more = threads(&host).saturating_sub(before);
    assert!(more <= 10, "{more} threads more than {before}");

    // All places are taken: not an error, but a wait until the deadline.
    let late = quick(&host, json!({ "timeout_ms": 300 })).await;
    assert_eq!((&late["ok"], &late["error"]["kind"]), (&json!(false), &json!("unavailable")));
    assert!(late["error"]["message"].as_str().unwrap().contains("every place"), "{late}");
    assert!(late["report"]["queue_us"].as_u64().unwrap() >= 150_000, "{late}");
    let patient = quick(&host, json!({}));
    let leave = async {
        let path = format!("/api/sessions/{}", sessions[0]);
        Answer::of(http().delete(host.url(&path))).await.ok()
    };
    let (patient, _) = tokio::join!(patient, leave);
    assert_eq!(patient["ok"], true, "{patient}");
}

#[tokio::test]
async fn a_host_with_two_places_answers_many_calls_at_once() {
    let place = place("[sandbox]\nplaces = 2\nthreads = 1\nmemory_bytes_max = 1048576\n");
    let host = Host::start(&place);
    for came in join_all((0..12).map(|_| quick(&host, json!({})))).await {
        assert_eq!(came["ok"], true, "{came}");
    }
    // What a plugin takes while nobody calls it is told.
    let plugins = host.get("/api/plugins").await.ok();
    for plugin in plugins["plugins"].as_array().unwrap() {
        assert!(plugin["memory"].as_u64().unwrap() > 1_000, "{plugin}");
    }
}
