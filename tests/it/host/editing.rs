//! Editing flows while the host runs: a broken edit changes nothing and is explained, a good one is live at once.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::{Listener, events, find};
use super::ways_in::TEXTS;
use super::{Host, Place};

/// Ten times what a reload should take.
const LIVE: Duration = Duration::from_secs(10);

/// The first host event of this type about this flow.
async fn told(listener: &mut Listener, kind: &str, id: &str) -> Value {
    loop {
        let heard = listener.until(kind).await;
        let event = &heard.last().unwrap().data;
        if event["id"] == id {
            return event.clone();
        }
    }
}

/// The reservation flow in the list.
async fn listed(host: &Host) -> Value {
    host.get("/api/flows?search=reservation").await.ok()["flows"][0].clone()
}

/// Breaks the flow by a replacement, and gives the first finding that the host tells about it.
async fn broken(change: impl Fn(&str) -> String) -> Value {
    let place = Place::shipped();
    let host = Host::start(&place);
    let before = listed(&host).await;
    let running = host.begin("reservation").await;
    let mut news = host.listen("/api/events/stream").await;
    let good = fs::read_to_string(place.path("flows/reservation.json")).unwrap();
    place.write_flow("reservation", &change(&good));
    let told = told(&mut news, "flow.rejected", "reservation").await;
    let rejected = listed(&host).await;
    assert_eq!(rejected["status"], "rejected");
    assert_eq!(rejected["findings"], told["findings"]);
    // Nothing has changed for anybody, old or new.
    assert_eq!((&rejected["version"], &told["version"]), (&before["version"], &before["version"]));
    let new = host.begin("reservation").await;
    for session in [running, new] {
        assert_eq!(
            host.say_all(&session, &TEXTS[..2]).await["state"],
            "CollectReservationDateTime"
        );
    }
    let finding = told["findings"][0].clone();
    assert!(
        finding["line"].as_u64() > Some(0) && finding["column"].as_u64() > Some(0),
        "{finding}"
    );
    assert!(finding["message"].as_str().is_some_and(|message| !message.is_empty()));
    finding
}

/// The line, counted from 1, in which the shipped flow has this text.
fn line_of(text: &str) -> usize {
    let path = super::repository("flows/reservation.json");
    let flow = fs::read_to_string(path).unwrap();
    1 + flow.lines().position(|line| line.contains(text)).unwrap()
}

const TO: &str = r#""onIntent": "BOOK", "to": "CollectPartySize""#;
const WHEN: &str = "ctx.partySize > 8";

#[tokio::test]
async fn an_edit_that_is_no_json_changes_nothing_and_is_explained() {
    let finding = broken(|flow| flow.replacen(TO, r#""onIntent": "BOOK" "to": 1"#, 1)).await;
    assert_eq!(finding["code"], "json.syntax");
    assert_eq!(finding["line"], line_of(TO));
}

#[tokio::test]
async fn an_edit_with_an_unknown_state_changes_nothing_and_is_explained() {
    let finding = broken(|flow| flow.replacen(TO, &TO.replace("Party", "Prty"), 1)).await;
    assert_eq!(finding["code"], "target.unknown");
    assert_eq!(finding["line"], line_of(TO));
    assert!(finding["suggestion"].as_str().unwrap().contains("CollectPartySize"), "{finding}");
}

#[tokio::test]
async fn an_edit_with_a_bad_expression_changes_nothing_and_is_explained() {
    let finding = broken(|flow| flow.replacen(WHEN, "ctx.partySize >", 1)).await;
    assert_eq!(finding["code"], "expression.syntax");
    assert_eq!(finding["line"], line_of(WHEN));
}

#[tokio::test]
async fn half_a_file_changes_nothing_and_is_explained() {
    let finding = broken(|flow| flow[..flow.len() / 2].to_owned()).await;
    assert_eq!(finding["code"], "json.syntax");
}

#[tokio::test]
async fn a_mended_flow_is_live_at_once_and_running_sessions_come_over() {
    let place = Place::shipped();
    let host = Host::start(&place);
    let old = host.begin("reservation").await;
    let before = listed(&host).await;
    let mut news = host.listen("/api/events/stream").await;
    let good = fs::read_to_string(place.path("flows/reservation.json")).unwrap();
    place.write_flow("reservation", "{");
    told(&mut news, "flow.rejected", "reservation").await;
    let begin = Instant::now();
    place.write_flow("reservation", &good.replace("How many of you", "How many guests"));
    let told = told(&mut news, "flow.reloaded", "reservation").await;
    let new = host.begin("reservation").await;
    let took = begin.elapsed();
    assert!(took < LIVE, "live after {took:?}");
    let after = listed(&host).await;
    assert_eq!((&after["status"], &after["version"]), (&"active".into(), &told["version"]));
    assert_ne!(after["version"], before["version"]);
    let asked = host.say(&new, TEXTS[0]).await;
    let text = find(events(&asked), "ask")["text"].as_str().unwrap();
    assert!(text.contains("How many guests"), "{text}");
    let asked = host.say(&old, TEXTS[0]).await;
    let text = find(events(&asked), "ask")["text"].as_str().unwrap();
    assert!(text.contains("How many guests"), "{text}");
    let moved = find(events(&asked), "session.migrated");
    assert_eq!((&moved["from"], &moved["to"]), (&before["version"], &after["version"]));
    let seen = host.get(&format!("/api/sessions/{old}")).await.ok();
    assert_eq!(seen["version"], after["version"]);
}

#[tokio::test]
async fn a_flow_that_comes_and_goes_is_there_and_gone() {
    let place = Place::shipped();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    let flow =
        r#"{"meta":{"name":"New"},"start":"A","states":{"A":{"onEnter":[{"ask":"Hello?"}]}}}"#;
    // As editors do it: write beside, then rename.
    fs::write(place.path("flows/.new.json.tmp"), flow).unwrap();
    fs::rename(place.path("flows/.new.json.tmp"), place.path("flows/new.json")).unwrap();
    told(&mut news, "flow.reloaded", "new").await;
    host.begin("new").await;
    fs::remove_file(place.path("flows/new.json")).unwrap();
    told(&mut news, "flow.reloaded", "new").await;
    host.post("/api/sessions", serde_json::json!({ "flow": "new" }))
        .await
        .refused(404, "flow.unknown");
}
