//! What a conversation was, once more, and what it looks like from above: `replay` and `flow graph`, on the command line
//! and over HTTP.

use std::fs;

use serde_json::{Value, json};

use super::client::{Answer, types};
use super::ways_in::TEXTS;
use super::{Host, Place};

/// The shipped reservation with a narrower table.
fn draft(place: &Place) -> Value {
    let text = fs::read_to_string(place.path("flows/reservation.json")).unwrap();
    serde_json::from_str(&text.replace("ctx.partySize > 8", "ctx.partySize > 3")).unwrap()
}

#[tokio::test]
async fn a_conversation_is_the_same_once_more_and_a_draft_shows_where_it_parts() {
    let place = Place::shipped();
    let mut host = Host::start(&place);
    let session = host.begin("reservation").await;
    let last = host.say_all(&session, &TEXTS).await;
    assert_eq!(last["state"], "Goodbye", "{last:#}");
    let path = format!("/api/sessions/{session}/replay");

    let same = host.post(&path, json!({})).await.ok();
    assert_eq!((&same["same"], &same["stopped"]), (&json!(true), &Value::Null), "{same:#}");
    assert_eq!((&same["currentState"], &same["differences"]), (&json!("Goodbye"), &json!([])));
    let half = host.post(&path, json!({ "until": 5 })).await.ok();
    assert_eq!(half["currentState"], "CollectPartySize", "{half:#}");

    let other = host.post(&path, json!({ "definition": draft(&place) })).await.ok();
    let difference = other["differences"].as_array().unwrap().last().unwrap();
    assert_eq!((&other["same"], &difference["sameWay"]), (&json!(false), &json!(false)));
    let now = difference["now"].as_array().unwrap();
    assert!(types(now).contains(&"transfer"), "{difference:#}");
    let wrong: Answer = host.post(&path, json!({ "definition": { "start": "Nowhere" } })).await;
    wrong.refused(422, "flow.invalid");
    host.post("/api/sessions/nobody/replay", json!({})).await.refused(404, "session.unknown");

    // And the same from the store, once the host has gone.
    host.terminate();
    host.ended().await;
    let ran = place.run(&["replay", &session]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("every event is the same; it ends in Goodbye"), "{}", ran.out);
    fs::write(place.path("draft.json"), draft(&place).to_string()).unwrap();
    // Its name says nothing of what it is a draft of.
    let ran = place.run(&["replay", &session, "--flow", "draft.json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains("flow `draft`: it was never in that, only in `reservation`"),
        "{ran:?}"
    );
    let ran = place.run(&["replay", &session, "--flow", "draft.json", "--of", "reservation"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for line in [
        "another way from event",
        "\"to\":\"CollectReservationDateTime\"",
        "\"to\":\"TransferToManager\"",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
}

#[tokio::test]
async fn a_draft_that_does_not_load_is_told_of_with_its_places() {
    let place = Place::shipped();
    let mut host = Host::start(&place);
    let session = host.begin("reservation").await;
    fs::create_dir(place.path("new")).unwrap();
    let text = fs::read_to_string(place.path("flows/reservation.json")).unwrap();
    let wrong = text.replacen("\"to\": \"CollectPartySize\"", "\"to\": \"CollectPartSize\"", 1);
    fs::write(place.path("new/reservation.json"), &wrong).unwrap();
    let line = wrong.lines().position(|line| line.contains("CollectPartSize")).unwrap() + 1;
    let url = format!("http://{}", host.address);
    let args = ["replay", &session, "--flow", "new/reservation.json"];
    let told = |more: &[&str]| {
        let ran = place.run(&[&args[..], more].concat());
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.out.contains("error[target.unknown]"), "{ran:?}");
        assert!(ran.out.contains(&format!("new/reservation.json:{line}:")), "{ran:?}");
        assert!(ran.out.contains('^') && ran.out.contains("CollectPartySize"), "{ran:?}");
    };
    told(&["--url", &url]);
    let path = format!("/api/sessions/{session}/replay");
    let elsewhere = json!({ "definition": draft(&place), "flow": "survey" });
    host.post(&path, elsewhere).await.refused(400, "input.bad");
    host.post(&path, json!({ "definition": {}, "text": "" })).await.refused(400, "body.invalid");
    host.terminate();
    host.ended().await;
    told(&[]);
    let ran = place.run(&[&args[..], &["--json"]].concat());
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    let errors = answer["errors"].as_array().unwrap();
    let unknown = errors.iter().find(|one| one["code"] == "target.unknown").unwrap();
    assert_eq!((&answer["ok"], &unknown["line"]), (&json!(false), &json!(line)));
}

#[tokio::test]
async fn a_flow_is_drawn_with_the_sessions_that_are_in_it() {
    let host = Host::start(&Place::shipped());
    host.begin("reservation").await;
    let session = host.begin("reservation").await;
    host.say(&session, TEXTS[0]).await;
    let graph = host.get("/api/flows/reservation/graph?sessions=true").await.ok();
    let count = |state: &str| graph["nodes"][state]["sessions"].clone();
    assert_eq!((count("InitialGreeting"), count("CollectPartySize")), (json!(1), json!(1)));
    assert_eq!(graph["start"], "InitialGreeting");
    let edge = json!({
        "from": "InitialGreeting", "to": "CollectPartySize", "label": "intent BOOK", "guarded": false,
        "at": "/states/InitialGreeting/transitions/0",
    });
    assert!(graph["edges"].as_array().unwrap().contains(&edge), "{graph:#}");
    host.get("/api/flows/reservation/graph?format=pdf").await.refused(400, "query.invalid");
    host.get("/api/flows/nobody/graph").await.refused(404, "flow.unknown");
}

#[tokio::test]
async fn a_flow_is_drawn_on_the_command_line_with_the_sessions_of_a_running_host() {
    let place = Place::shipped();
    let host = Host::start(&place);
    host.begin("reservation").await;
    let session = host.begin("reservation").await;
    host.say(&session, TEXTS[0]).await;
    let url = format!("http://{}/", host.address);
    let drawn = |format: &str| {
        let args = ["flow", "graph", "reservation", "--live", &url, "--format", format];
        let ran = place.run(&args);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out
    };
    let graph: Value = serde_json::from_str(&drawn("json")).unwrap();
    let count = |state: &str| graph["nodes"][state]["sessions"].clone();
    assert_eq!((count("InitialGreeting"), count("CollectPartySize")), (json!(1), json!(1)));
    drop(host);
    let ran = place.run(&["flow", "graph", "reservation", "--live", &url]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("reach the host"), "{}", ran.err);
}

#[test]
fn a_flow_is_drawn_in_four_ways_and_with_what_tests_went_through() {
    let place = Place::shipped();
    let drawn = |args: &[&str]| {
        let ran = place.run(&[&["flow", "graph", "reservation"], args].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out
    };
    let mermaid = drawn(&[]);
    assert!(mermaid.starts_with("stateDiagram-v2\n"), "{mermaid}");
    assert!(mermaid.contains("  [*] --> s0\n") && mermaid.contains("intent BOOK"), "{mermaid}");
    let dot = drawn(&["--format", "dot"]);
    assert!(
        dot.contains(
            "\"CollectPartySize\" -> \"TransferToManager\" [label=\"intent PROVIDE_PARTY_SIZE ?\"]"
        ),
        "{dot}"
    );
    let svg = drawn(&["--format", "svg"]);
    assert!(svg.starts_with("<svg ") && svg.contains(">ConfirmAvailability</text>"), "{svg}");
    let ran =
        place.run(&["test", "flows/reservation.json", "--filter", "manager", "--coverage=of.json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let json: Value =
        serde_json::from_str(&drawn(&["--format", "json", "--coverage", "of.json"])).unwrap();
    assert_eq!(json["nodes"]["Goodbye"]["hits"], 0, "{json:#}");
    assert!(json["nodes"]["TransferToManager"]["hits"].as_u64().unwrap() > 0);
    assert_eq!(place.run(&["flow", "graph", "nobody"]).code, Some(1));
}
