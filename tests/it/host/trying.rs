//! What an operator does with tools: trying one, looking how they have done, and reading the metrics.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::{Answer, find, http};
use super::{Host, Place, repository};

const TOOL: &str = "/api/tools/reservations/check-availability/call";

fn args() -> Value {
    json!({ "args": { "date": "2026-03-05", "time": "19:00", "partySize": 2 } })
}

#[tokio::test]
async fn a_tool_is_tried_and_what_it_took_is_told() {
    let host = Host::start(&Place::shipped());
    for path in [
        TOOL,
        "/api/tools/CheckAvailability/call",
        "/api/tools/reservations%2Fcheck-availability/call",
    ] {
        let came = host.post(path, args()).await.ok();
        assert_eq!((&came["ok"], &came["result"]["ok"]), (&json!(true), &json!(true)), "{came:#}");
        let report = &came["report"];
        assert!(
            report["fuel"].as_u64().unwrap() > 0 && report["memory"].as_u64().unwrap() > 0,
            "{came:#}"
        );
        assert!(report["log"].is_array() && report["guest_us"].is_u64(), "{came:#}");
    }
    let wrong = host.post(TOOL, json!({ "args": { "date": 7 } })).await.ok();
    assert_eq!(
        (&wrong["ok"], &wrong["error"]["kind"]),
        (&json!(false), &json!("bad-args")),
        "{wrong:#}"
    );
    host.post("/api/tools/reservations/nothing/call", args()).await.refused(404, "tool.unknown");
    host.post(TOOL, json!({ "arguments": {} })).await.refused(400, "body.invalid");
    let tools = host.get("/api/tools").await.ok();
    let tool = tools["tools"].as_array().unwrap().iter();
    let tool = tool.clone().find(|tool| tool["name"] == "reservations/check-availability").unwrap();
    assert_eq!((&tool["calls"], &tool["errors"]), (&json!(4), &json!(1)), "{tool:#}");
    assert_eq!(tool["errors_by_kind"], json!({ "bad-args": 1 }));
    assert_eq!((&tool["running"], &tool["queued"]), (&json!(0), &json!(0)));
    assert_eq!(tool["breaker"], json!({ "state": "closed", "opened": 0 }));
    assert!(
        tool["fuel"]["max"].as_u64().unwrap() > 0 && tool["memory"]["max"].as_u64().unwrap() > 0
    );
    // Nothing of it is a session's.
    assert_eq!(host.get("/api/sessions").await.ok()["sessions"], json!([]));
}

#[tokio::test]
async fn nobody_else_may_try_a_tool() {
    let place = Place::shipped();
    let host = Host::start(&place);
    let foreign = http().post(host.url(TOOL)).header("origin", "https://shop.example");
    Answer::of(foreign.body(args().to_string())).await.refused(403, "origin.denied");
    drop(host);
    let open = Host::started(&place, place.cicerone(&["serve", "--listen", "0.0.0.0:0"]));
    open.post(TOOL, args()).await.refused(403, "admin.denied");
}

#[tokio::test]
async fn the_metrics_tell_of_tools_and_turns_and_each_is_in_its_document() {
    let host = Host::start(&Place::shipped());
    let begun = host.post("/api/demo/reservation", json!({})).await.ok();
    let session = begun["session_id"].as_str().unwrap();
    let taken = host.say_all(session, &super::ways_in::TEXTS[..3]).await;
    let spent = &find(taken["events"].as_array().unwrap(), "tool.result")["spent"];
    let fuel = spent["fuel"].as_u64().unwrap();
    let _socket = host.dial(&format!("id={session}")).await;
    let answer = host.get("/metrics").await;
    let form = answer.header("content-type").unwrap().to_owned();
    assert!(form.starts_with("application/openmetrics-text; version=1.0.0"), "{form}");
    let text = answer.ok().as_str().unwrap().to_owned();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let value = |line: &str| -> f64 {
        let found = text.lines().find_map(|had| had.strip_prefix(line)?.strip_prefix(' '));
        found.unwrap_or_else(|| panic!("no `{line}` in {text}")).parse().unwrap()
    };
    let tool = "{tool=\"reservations/check-availability\"";
    assert_eq!(value(&format!("cicerone_tool_calls_total{tool},backend=\"wasm\"}}")), 1.0);
    assert_eq!(value(&format!("cicerone_tool_call_seconds_count{tool}}}")), 1.0);
    let all = tool.replace('{', "{le=\"+Inf\",");
    assert_eq!(value(&format!("cicerone_tool_call_seconds_bucket{all}}}")), 1.0);
    #[expect(clippy::cast_precision_loss, reason = "fuel of one call")]
    let fuel = fuel as f64;
    assert_eq!(value(&format!("cicerone_tool_fuel_total{tool}}}")), fuel);
    assert_eq!(value(&format!("cicerone_tool_breaker_open{tool}}}")), 0.0);
    assert_eq!(value("cicerone_sessions_begun_total"), 1.0);
    assert_eq!(value("cicerone_websocket_clients"), 1.0);
    let events = u32::try_from(host.log(session).await.len()).unwrap();
    assert_eq!(value("cicerone_events_total"), f64::from(events));
    assert!(value("cicerone_turn_seconds_count") >= 3.0);
    assert_eq!(value("cicerone_turn_seconds_count"), value("cicerone_store_commit_seconds_count"));
    // Nobody's words and nobody's session.
    assert!(!text.contains(session) && !text.contains(super::ways_in::TEXTS[0]));
    let document = std::fs::read_to_string(repository("docs/metrics.md")).unwrap();
    let names: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(
            document.contains(&format!("`{name}")),
            "docs/metrics.md does not tell of `{name}`"
        );
    }
}
