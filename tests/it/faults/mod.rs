//! What must be true when hosts die and when Redis fails, with the real binary as processes and clients that try again
//! as they are told to. Here is what the tests have in common; each file beside is one kind of fault.

mod hopping;
#[cfg(feature = "faults")]
mod killed;
mod outages;
mod places;
mod rewound;
mod wire;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::guest::Guest;
use crate::host::client::http;
use crate::host::{DEADLINE, Host, Place};

/// No answer takes longer: a load and a commit with their deadlines, and generously more for a machine that is busy.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// Before a client tries again.
const AGAIN: Duration = Duration::from_millis(20);

/// Counts what is added, calls a tool, rests until a timer.
fn counting() -> String {
    json!({
        "meta": { "name": "Counting" },
        "start": "Ask",
        "context": { "n": 0, "greeted": 0, "called": 0 },
        "intents": { "HELLO": { "examples": ["hello", "hello there", "good morning"] } },
        "tools": { "Do": { "uses": "testing/do", "timeout_ms": 60_000, "idempotent": true } },
        "states": {
            "Ask": {
                "onEnter": [{ "ask": "What now?" }],
                "transitions": [
                    { "pattern": "call", "to": "Calling" },
                    { "pattern": "rest", "to": "Resting" },
                    { "pattern": "bye", "to": "Bye" },
                    { "onIntent": "HELLO", "assign": { "greeted": "{{ctx.greeted + 1}}" } },
                    { "pattern": "add *", "assign": { "n": "{{ctx.n + 1}}" } },
                ],
            },
            "Calling": {
                "onEnter": [{ "tool": "Do" }],
                "transitions": [
                    { "onToolResult": "Do", "to": "Ask", "assign": { "called": "{{ctx.called + 1}}" } },
                    { "onToolError": "Do", "to": "Failed" },
                ],
            },
            "Resting": {
                "after": [{ "ms": 40, "to": "Ask" }],
                "transitions": [{ "pattern": "leave", "to": "Ask" }],
            },
            "Bye": { "final": true, "onEnter": [{ "say": "Bye." }] },
            "Failed": { "final": true, "onEnter": [{ "say": "It failed." }] },
        },
    })
    .to_string()
}

/// A place for a host with that flow and its tool, and with these settings.
fn place(settings: &str) -> Place {
    let place = Place::with_flow("counting", &counting());
    let limits = "[limits]\nfuel = \"off\"\ntimeout = \"5m\"";
    crate::guest::write(&place.path("plugins/testing"), &Guest::that("").bytes(), limits);
    std::fs::write(place.path("cicerone.toml"), settings).unwrap();
    place
}

/// Settings of a host on this Redis whose work others take up soon.
fn on_redis(url: &str, prefix: &str) -> String {
    format!(
        "[redis]\nurl = \"{url}\"\nprefix = \"{prefix}\"\ntimeout_ms = 500\ndeadline_ms = 1500\nlease_ms = 900\n"
    )
}

/// A host in this place, with what the environment says beside; time passes there.
fn start(place: &Place, environment: &[(&str, &str)]) -> Host {
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    command.env_remove("CICERONE_TEST_CLOCK").envs(environment.iter().copied());
    Host::started(place, command)
}

/// What a host said: a status and a body; nothing when it was not there or went away.
async fn ask(request: reqwest::RequestBuilder) -> Option<(u16, Value)> {
    let begun = Instant::now();
    let said = tokio::time::timeout(DEADLINE, async {
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let again = response.headers().get("retry-after").cloned();
        let body: Value = serde_json::from_str(&response.text().await.ok()?).unwrap_or_default();
        if status == 503 {
            assert!(again.is_some(), "a 503 says when to try again: {body}");
        }
        Some((status, body))
    });
    let said = said.await.expect("an answer comes");
    assert!(begun.elapsed() < ANSWER_MAX, "it took {:?}: {said:?}", begun.elapsed());
    said
}

/// Sends an input once. What is not taken is refused with 503, or the host is not there.
async fn send(address: &str, session: &str, text: &str, message_id: &str) -> Option<Value> {
    let url = format!("http://{address}/api/sessions/{session}/input?wait_ms=5000");
    let body = json!({ "text": text, "message_id": message_id });
    match ask(http().post(url).json(&body)).await? {
        (200, taken) => Some(taken),
        (503, _) => None,
        other => panic!("`{text}` came to {other:?}"),
    }
}

/// The session as it is, if the host can tell.
async fn session_at(address: &str, session: &str) -> Option<Value> {
    match ask(http().get(format!("http://{address}/api/sessions/{session}"))).await? {
        (200, seen) => Some(seen),
        (503, _) => None,
        other => panic!("the session is {other:?}"),
    }
}

/// The whole log, which counts from 1 without a gap.
async fn whole_log(host: &Host, session: &str) -> Vec<Value> {
    let log = host.log(session).await;
    let numbers: Vec<u64> = log.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=log.len() as u64).collect::<Vec<_>>(), "no gap and no double");
    log
}

/// How often each thing happened: types of events, inputs by their id, states that were entered.
fn tally(log: &[Value]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for event in log {
        let kind = event["type"].as_str().unwrap();
        let detail = match kind {
            "user.text" => event["message_id"].as_str(),
            "fsm.transition" => event["to"].as_str(),
            "tool.error" => event["error"]["kind"].as_str(),
            _ => None,
        };
        let name = detail.map_or_else(|| kind.to_owned(), |detail| format!("{kind} {detail}"));
        *tally.entry(name).or_default() += 1;
    }
    tally
}

/// Many runs only where there is time for them.
fn long() -> bool {
    std::env::var_os("CICERONE_LONG").is_some()
}
