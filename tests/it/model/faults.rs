//! Everything that a server of language models may do wrong: each ends in the host's own answer, or in a good one of a
//! later attempt, within the flow's time.

use std::time::{Duration, Instant};

use cicerone::engine::Understood;
use serde_json::{Value, json};

use super::server::{Mode, Server, completion};
use super::{flow, in_mode, joined, table, understood};

/// Far longer than the flow's time for a text, for a machine that is busy.
const LATE: Duration = Duration::from_secs(15);

/// A text that is not word for word an example, which the host understands by itself all the same.
const TEXT: &str = "could I please book a table";

/// What becomes of the text when the server always does this.
async fn always(mode: Mode) -> (Understood, usize) {
    let server = Server::always(mode).await;
    let (joined, flow) = (joined(&server), in_mode("model"));
    let begun = Instant::now();
    let understood = understood(&joined, &flow, TEXT).await;
    assert!(begun.elapsed() < LATE, "{:?}", begun.elapsed());
    (understood, server.seen().len())
}

#[track_caller]
fn fell_back((understood, _): (Understood, usize), why: &str) {
    assert_eq!(understood.intent.as_deref(), Some("BOOK"), "{understood:?}");
    assert_eq!(
        (understood.classifier.as_str(), understood.fallback.as_deref()),
        ("offline", Some(why))
    );
}

#[tokio::test]
async fn failures_of_a_server_end_in_the_hosts_own_answer() {
    fell_back(always(Mode::Status(500, None)).await, "status");
    fell_back(always(Mode::Status(401, None)).await, "status");
    fell_back(always(Mode::Status(429, Some("60"))).await, "rate-limited");
    fell_back(always(Mode::Silence).await, "timeout");
    fell_back(always(Mode::Stalls).await, "timeout");
    fell_back(always(Mode::Cuts).await, "unreachable");
    fell_back(always(Mode::Floods).await, "too-large");
    fell_back(always(Mode::Garbage).await, "bad-answer");
}

#[tokio::test]
async fn answers_of_no_use_are_asked_for_once_more_and_end_in_the_hosts_own() {
    let message = |message: Value| Mode::Body(json!({ "choices": [{ "message": message }] }));
    let bad = [
        Mode::Says("{\"intent\": \"BOOK\", \"slots\": {\"si".to_owned()),
        Mode::Says("I would say that they want to book.".to_owned()),
        Mode::Says("{\"meaning\": \"BOOK\"}".to_owned()),
        Mode::Says("[1, 2]".to_owned()),
        Mode::means("RESERVE", &json!({})),
        Mode::means("ADMIN", &json!({ "order": "all" })),
        Mode::Body(json!({ "choices": [] })),
        Mode::Body(json!({ "error": { "message": "overloaded" } })),
        Mode::Body(json!({})),
        Mode::Body(json!([])),
        message(json!({ "content": null })),
        message(json!({ "content": "" })),
        message(json!({ "tool_calls": [] })),
        message(json!({ "tool_calls": [{ "function": { "name": "x", "arguments": "{" } }] })),
    ];
    for mode in bad {
        let said = format!("{mode:?}");
        let (understood, asked) = always(mode).await;
        assert_eq!(asked, 2, "one repair: {said}");
        fell_back((understood, asked), "bad-answer");
    }
}

#[tokio::test]
async fn what_is_odd_but_of_use_is_used() {
    let good = "{\"intent\": \"CANCEL\"}";
    let message = json!({ "content": good });
    let odd = [
        json!({ "choices": [{ "message": message, "finish_reason": "" }] }),
        json!({ "choices": [{ "message": message, "finish_reason": null }] }),
        json!({ "choices": [{ "message": message }, { "message": { "content": "no" } }], "error": null }),
        json!({ "choices": [{ "message": { "content": format!("```json\n{good}\n```") } }] }),
        json!({ "choices": [{ "message": { "tool_calls": [{ "function": { "arguments": good } }] } }] }),
    ];
    for body in odd {
        let (understood, asked) = always(Mode::Body(body.clone())).await;
        assert_eq!(understood.intent.as_deref(), Some("CANCEL"), "{body}");
        assert_eq!(
            (understood.classifier.as_str(), understood.fallback, asked),
            ("model", None, 1)
        );
    }
}

#[tokio::test]
async fn a_second_attempt_that_goes_well_is_the_answer() {
    let good = || Mode::means("CANCEL", &json!({}));
    let first = [
        Mode::Status(429, Some("0")),
        Mode::Status(503, None),
        Mode::Cuts,
        Mode::means("RESERVE", &json!({})),
        Mode::Says("{\"intent\": \"CAN".to_owned()),
    ];
    for first in first {
        let said = format!("{first:?}");
        let server =
            Server::start(move |number, _| if number == 0 { first.clone() } else { good() }).await;
        let flow = flow(&table(&json!({ "mode": "model", "model": "m", "budget_ms": 15_000 })));
        let understood = understood(&joined(&server), &flow, TEXT).await;
        assert_eq!(understood.intent.as_deref(), Some("CANCEL"), "{said}: {understood:?}");
        assert_eq!(server.seen().len(), 2, "{said}");
    }
}

#[tokio::test]
async fn a_server_that_knows_no_schema_is_asked_in_another_way_and_from_then_on() {
    let server = Server::start(|_, body| {
        if body.get("temperature").is_some() {
            return Mode::Refuses(
                400,
                "{\"error\": {\"message\": \"temperature is not supported\"}}",
            );
        }
        match (body["response_format"]["type"].as_str(), body.get("tools")) {
            (Some("json_object"), None) => Mode::means("CANCEL", &json!({})),
            _ => Mode::Refuses(400, "{\"error\": {\"message\": \"not supported\"}}"),
        }
    })
    .await;
    let flow = flow(&table(&json!({ "mode": "model", "model": "m", "budget_ms": 15_000 })));
    let joined = joined(&server);
    let first = understood(&joined, &flow, TEXT).await;
    assert_eq!((first.intent.as_deref(), first.fallback), (Some("CANCEL"), None));
    assert_eq!(server.seen().len(), 4, "schema, steady no more, tools, object");
    understood(&joined, &flow, "another text about a table").await;
    assert_eq!(server.seen().len(), 5, "it is remembered");
}

#[tokio::test]
async fn a_server_that_keeps_failing_is_left_alone() {
    let server = Server::always(Mode::Status(500, None)).await;
    let (joined, flow) = (joined(&server), in_mode("model"));
    let mut last = String::new();
    for number in 0..8 {
        let text = format!("could I please book a table, number {number}");
        let understood = understood(&joined, &flow, &text).await;
        assert_eq!(understood.intent.as_deref(), Some("BOOK"));
        last = understood.fallback.unwrap();
    }
    assert_eq!(last, "left-alone");
    assert!(server.seen().len() < 12, "{} requests", server.seen().len());
}

#[tokio::test]
async fn a_model_call_is_a_way_to_answer_too() {
    let call =
        json!({ "function": { "name": "understand", "arguments": "{\"intent\": \"CANCEL\"}" } });
    let mut body = completion("");
    body["choices"][0]["message"] = json!({ "content": null, "tool_calls": [call] });
    let server = Server::always(Mode::Body(body)).await;
    let nlu = json!({ "mode": "model", "model": "m", "response_format": "tools" });
    let understood = understood(&joined(&server), &flow(&table(&nlu)), TEXT).await;
    assert_eq!(understood.intent.as_deref(), Some("CANCEL"));
    let asked = &server.seen()[0].body;
    assert_eq!(asked["tool_choice"]["function"]["name"], "understand");
    assert_eq!(asked["tools"][0]["function"]["parameters"]["additionalProperties"], false);
}
