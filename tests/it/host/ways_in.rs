//! One conversation, from the greeting to a confirmed reservation, through each of the ways in.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::client::{events, find, types};
use super::{Host, Place, Ran};

/// What a guest says.
pub(super) const TEXTS: [&str; 4] = [
    "I'd like to make a reservation",
    "We are 4 people",
    "Tomorrow at 7pm",
    "My name is John Doe, phone 555-1234",
];

/// That a whole log tells of a reservation: every event once and in order, the id said, the session over.
#[track_caller]
fn assert_booked(log: &[Value]) {
    for (event, seq) in log.iter().zip(1_u64..) {
        assert_eq!(event["seq"], seq, "{log:#?}");
    }
    assert_eq!(log[0]["type"], "session.created");
    let made = log.iter().rfind(|event| event["type"] == "tool.result").unwrap();
    assert_eq!(made["name"], "CreateReservation");
    let id = made["result"]["reservationId"].as_str().unwrap();
    let said = log.iter().rfind(|event| event["type"] == "say").unwrap();
    assert!(!id.is_empty() && said["text"].as_str().unwrap().contains(id), "{said}");
    let moved = log.iter().rfind(|event| event["type"] == "fsm.transition").unwrap();
    assert_eq!(moved["to"], "Goodbye");
    let end = log.last().unwrap();
    assert_eq!((&end["type"], &end["reason"]), (&json!("session.ended"), &json!("hangup")));
    let texts = log.iter().filter(|event| event["type"] == "user.text");
    assert_eq!(texts.map(|event| event["text"].as_str().unwrap()).collect::<Vec<_>>(), TEXTS);
}

#[tokio::test]
async fn a_reservation_is_made_over_rest() {
    let host = Host::start(&Place::shipped());
    let begun = host.post("/api/demo/reservation", Value::Null).await;
    assert_eq!(begun.status, 201);
    assert_eq!(begun.body["flow_name"], "Bella Vista Reservations");
    assert_eq!(types(events(&begun.body))[..2], ["session.created", "say"]);
    let session = begun.body["session_id"].as_str().unwrap();
    let last = host.say_all(session, &TEXTS).await;
    assert_eq!((&last["state"], &last["status"]), (&json!("Goodbye"), &json!("ended")));
    assert_booked(&host.log(session).await);
    let seen = host.get(&format!("/api/sessions/{session}")).await.ok();
    assert_eq!((&seen["currentState"], &seen["status"]), (&json!("Goodbye"), &json!("ended")));
    assert_eq!(seen["context"]["date"], "2026-03-05");
    assert_eq!(seen["context"]["time"], "19:00");
    assert_eq!(seen["context"]["contact"], json!({ "name": "John Doe", "phone": "555-1234" }));
    assert_eq!(seen["context"]["reservationId"], seen["lastToolResult"]["result"]["reservationId"]);
}

#[tokio::test]
async fn a_reservation_is_made_over_a_websocket() {
    let host = Host::start(&Place::shipped());
    let session = host.begin("reservation").await;
    let mut socket = host.dial(&format!("id={session}")).await;
    let mut heard = socket.until("say").await;
    for text in TEXTS {
        socket.say(text).await;
        let kind = if text == TEXTS[3] { "session.ended" } else { "ask" };
        heard.extend(socket.until(kind).await);
    }
    assert_eq!(socket.close_code().await, Some(1000));
    let hello = heard.remove(0);
    assert_eq!(
        (&hello["type"], &hello["session_id"]),
        (&json!("session.started"), &json!(session))
    );
    assert_booked(&heard);
}

#[tokio::test]
async fn a_reservation_is_heard_over_server_sent_events() {
    let host = Host::start(&Place::shipped());
    let session = host.begin("reservation").await;
    let mut listener = host.listen(&format!("/api/sessions/{session}/stream")).await;
    let mut heard = listener.until("say").await;
    for text in TEXTS {
        let path = format!("/api/sessions/{session}/input?wait_ms=0");
        host.post(&path, json!({ "text": text })).await.ok();
        let kind = if text == TEXTS[3] { "session.ended" } else { "ask" };
        heard.extend(listener.until(kind).await);
    }
    assert!(listener.next().await.is_none(), "the stream goes on after the end");
    assert!(heard.iter().all(|heard| heard.id == heard.data["seq"].as_u64()));
    assert_booked(&heard.into_iter().map(|heard| heard.data).collect::<Vec<_>>());
}

/// Pipes the texts into `cicerone chat`.
fn chat(mut command: Command) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", TEXTS.join("\n")).unwrap();
    drop(input);
    Ran::from(child.wait_with_output().unwrap())
}

#[track_caller]
fn assert_chatted(ran: &Ran) {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("Welcome to Bella Vista!"), "{ran:?}");
    assert!(ran.out.contains("Thank you, John Doe. Your table is booked"), "{ran:?}");
    assert!(ran.out.contains("→ CreateReservation"), "{ran:?}");
    assert!(ran.out.trim_end().ends_with("[ended: hangup]"), "{ran:?}");
    assert_eq!(ran.err, "");
}

#[test]
fn a_reservation_is_made_in_the_terminal() {
    let place = Place::shipped();
    assert_chatted(&chat(place.cicerone(&["chat", "reservation", "--data", "data"])));
}

#[test]
fn a_reservation_is_made_in_the_terminal_with_nothing_kept() {
    let place = Place::shipped();
    let mut command = place.cicerone(&["chat", "reservation"]);
    // The clock of today: nothing of the conversation depends on the day.
    command.env_remove("CICERONE_TEST_CLOCK");
    assert_chatted(&chat(command));
}

#[tokio::test]
async fn a_reservation_is_made_in_the_terminal_on_a_running_host() {
    let place = Place::shipped();
    let host = Host::start(&place);
    assert_chatted(&chat(place.cicerone(&["chat", "reservation", "--url", &host.url("/")])));
    let all = host.get("/api/sessions?status=ended").await.ok();
    let session = find_session(&all);
    assert_booked(&host.log(session).await);
    find(&host.log(session).await, "hangup");
}

fn find_session(all: &Value) -> &str {
    assert_eq!(all["sessions"].as_array().unwrap().len(), 1, "{all}");
    all["sessions"][0]["sessionId"].as_str().unwrap()
}
