//! Order and completeness: what is sent at once becomes turns in order, and every listener hears every event exactly
//! once, however often it comes and goes.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::client::find;
use super::{Host, Place};

/// Repeats what it hears, until `bye`.
const ECHO: &str = r#"{
  "meta": { "name": "Echo" },
  "start": "Open",
  "context": { "heard": "nothing" },
  "states": {
    "Open": {
      "onEnter": [{ "ask": "I heard {{ctx.heard}}." }],
      "transitions": [
        { "pattern": "bye", "to": "Closed" },
        { "pattern": ":default", "assign": { "heard": "{{input.text}}" }, "to": "Open" }
      ]
    },
    "Closed": { "final": true, "onEnter": [{ "say": "Bye." }] }
  }
}"#;

pub(super) fn echoing() -> Place {
    Place::with_flow("echo", ECHO)
}

/// The field of all events of a type.
fn all(log: &[Value], kind: &str, field: &str) -> Vec<Value> {
    let found = log.iter().filter(|event| event["type"] == kind);
    found.map(|event| event[field].clone()).collect()
}

#[tokio::test]
async fn fifty_inputs_at_once_on_a_socket_become_fifty_turns_in_the_order_sent() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    let mut socket = host.dial(&format!("id={session}&since=live")).await;
    let texts: Vec<String> = (1..=50).map(|n| format!("text {n}")).collect();
    for text in &texts {
        socket.say(text).await;
    }
    socket.say("bye").await;
    let heard = socket.until("session.ended").await;
    assert_eq!(all(&heard, "user.text", "text")[..50], texts.map_values());
    let answers: Vec<String> = texts.iter().map(|text| format!("I heard {text}.")).collect();
    assert_eq!(all(&heard, "ask", "text"), answers.map_values());
    let turns: Vec<u64> = (2..=52).collect();
    assert_eq!(all(&heard, "user.text", "turn"), turns.map_values());
    assert!(!heard.iter().any(|event| event["type"] == "error"));
}

/// As JSON.
trait MapValues {
    fn map_values(&self) -> Vec<Value>;
}

impl<T: Clone + Into<Value>> MapValues for Vec<T> {
    fn map_values(&self) -> Vec<Value> {
        self.iter().cloned().map(Into::into).collect()
    }
}

#[tokio::test]
async fn fifty_requests_at_once_to_one_session_are_all_taken_in_the_order_of_the_log() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    let say = async |n: u64| {
        let text = format!("text {n}");
        let taken = host.say(&session, &text).await;
        let events = taken["events"].as_array().unwrap();
        assert_eq!(find(events, "user.text")["text"], text);
        // Its own answer, not that of whoever came next.
        assert_eq!(find(events, "ask")["text"], format!("I heard {text}."));
        find(events, "user.text")["turn"].as_u64().unwrap()
    };
    let mut turns = join_all((1..=50).map(say)).await;
    turns.sort_unstable();
    assert_eq!(turns, (2..=51).collect::<Vec<_>>());
    let log = host.log(&session).await;
    let heard: Vec<String> = all(&log, "user.text", "text")
        .iter()
        .map(|text| format!("I heard {}.", text.as_str().unwrap()))
        .collect();
    assert_eq!(heard.len(), 50);
    assert_eq!(all(&log, "ask", "text")[1..], heard.map_values());
}

#[tokio::test]
async fn a_client_that_drops_and_resumes_hears_each_event_exactly_once() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    let talk = async {
        for n in 1..=40 {
            host.say(&session, &format!("text {n}")).await;
        }
        host.say(&session, "bye").await;
    };
    let listen = async {
        let mut heard: Vec<Value> = Vec::new();
        // Comes and goes while the other talks: hears a few events each time.
        'listening: for few in [1, 2, 3, 5, 8].into_iter().cycle() {
            let since = heard.last().map_or(0, |event| event["seq"].as_u64().unwrap());
            let mut socket = host.dial(&format!("id={session}&since={since}")).await;
            assert_eq!(socket.next().await.unwrap()["type"], "session.started");
            for _ in 0..few {
                match socket.next().await {
                    Ok(event) => heard.push(event),
                    Err(code) => {
                        assert_eq!(code, Some(1000));
                        break 'listening;
                    }
                }
            }
        }
        heard
    };
    let ((), heard) = tokio::join!(talk, listen);
    let seqs: Vec<u64> = heard.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=seqs.last().copied().unwrap()).collect::<Vec<_>>());
    assert_eq!(heard, host.log(&session).await);
}

#[tokio::test]
async fn the_greeting_reaches_a_socket_that_connects_late() {
    let host = Host::start(&Place::shipped());
    let session = host.begin("reservation").await;
    host.say(&session, "I'd like to make a reservation").await;
    let mut socket = host.dial(&format!("id={session}")).await;
    let hello = socket.next().await.unwrap();
    assert_eq!(hello["type"], "session.started");
    assert_eq!(hello["head"], host.log(&session).await.len());
    assert_eq!(hello.get("seq"), None);
    let heard = socket.until("say").await;
    assert!(heard.last().unwrap()["text"].as_str().unwrap().starts_with("Welcome"));
}

#[tokio::test]
async fn since_live_gives_nothing_old() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    host.say(&session, "old").await;
    let mut socket = host.dial(&format!("id={session}&since=live")).await;
    let path = format!("/api/sessions/{session}/stream?since=live");
    let mut listener = host.listen(&path).await;
    assert_eq!(socket.next().await.unwrap()["type"], "session.started");
    host.say(&session, "new").await;
    assert_eq!(socket.next().await.unwrap()["text"], "new");
    assert_eq!(listener.next().await.unwrap().data["text"], "new");
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event_id_and_ends_for_good() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    host.say_all(&session, &["one", "bye"]).await;
    let log = host.log(&session).await;
    let path = format!("/api/sessions/{session}/stream");
    let resume = |id: usize| super::client::http().get(host.url(&path)).header("last-event-id", id);
    let rest = super::client::Answer::of(resume(log.len() - 1)).await;
    assert_eq!(rest.status, 200);
    let text = rest.body.as_str().unwrap();
    assert_eq!(text.matches("data:").count(), 1, "{text}");
    assert!(text.contains(&format!("id: {}", log.len())), "{text}");
    assert_eq!(super::client::Answer::of(resume(log.len())).await.status, 204);
}

#[tokio::test]
async fn the_whole_context_comes_with_every_change_for_who_asks() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    let mut socket = host.dial(&format!("id={session}&ctx=full")).await;
    host.say(&session, "one").await;
    let heard = socket.until("state.updated").await;
    let updated = heard.last().unwrap();
    assert_eq!(updated["changed"], json!({ "heard": "one" }));
    assert_eq!(updated["ctx"], json!({ "heard": "one" }));
}

#[tokio::test]
async fn a_page_of_the_log_has_what_was_asked_for() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    host.say_all(&session, &["one", "two"]).await;
    let log = host.log(&session).await;
    let path = |query: &str| format!("/api/sessions/{session}/events?{query}");
    let page = host.get(&path("since=2&limit=3")).await.ok();
    assert_eq!(
        (page["events"].as_array().unwrap().as_slice(), &page["next"]),
        (&log[2..5], &json!(5))
    );
    let asks = host.get(&path("types=ask,say")).await.ok();
    assert_eq!(all(asks["events"].as_array().unwrap(), "ask", "text").len(), 3);
    assert_eq!(asks["events"].as_array().unwrap().len(), 3);
    host.get(&path("since=9999")).await.refused(409, "log.rewound");
}
