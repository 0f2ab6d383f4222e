//! Conversations that nobody stores: their clients carry the state, over hosts that stop and flows that change, and nobody
//! but the host can write one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Host, Place};

async fn step(host: &Host, flow: &str, state: &Value, input: &str) -> Value {
    let mut body = json!({ "input": input });
    if !state.is_null() {
        body["state"] = state.clone();
    }
    host.post(&format!("/api/flows/{flow}/step"), body).await.ok()
}

/// A host where time passes.
fn start(place: &Place) -> Host {
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    command.env_remove("CICERONE_TEST_CLOCK");
    Host::started(place, command)
}

fn counting(greeting: &str, ask: &str) -> String {
    json!({
        "meta": { "name": "Counting" },
        "start": ask,
        "context": { "n": 0 },
        "states": {
            ask: {
                "onEnter": [{ "ask": greeting, "suggestions": ["add", "bye"] }],
                "transitions": [
                    { "pattern": "add", "assign": { "n": "{{ctx.n + 1}}" }, "say": "{{ctx.n}} so far." },
                    { "pattern": "rest", "to": "Resting" },
                    { "pattern": "bye", "to": "Bye" },
                ],
            },
            "Resting": { "after": [{ "ms": 1, "to": ask }] },
            "Bye": { "final": true, "onEnter": [{ "say": "Bye." }] },
        },
    })
    .to_string()
}

#[tokio::test]
async fn the_reservation_is_booked_with_the_state_in_the_clients_hands() {
    let place = Place::shipped();
    let host = Host::start(&place);
    let begun = host.post("/api/flows/reservation/step", json!({})).await.ok();
    let token = begun["state"].as_str().unwrap();
    assert!(token.len() <= 110, "{} characters", token.len());
    assert_eq!(begun["machine"], "reservation");
    // The states of an imported flow have names that stand nowhere in its text.
    let coffee = host.post("/api/flows/coffee/step", json!({})).await.ok();
    let token = coffee["state"].as_str().unwrap();
    assert!(token.len() <= 110, "{} characters in {}", token.len(), coffee["current"]);
    let mut state = begun["state"].clone();
    let mut last = begun;
    for text in ["a table for four tomorrow at 8pm", "yes"] {
        last = step(&host, "reservation", &state, text).await;
        state = last["state"].clone();
        if state.is_null() {
            break;
        }
    }
    assert!(last["messages"].as_array().is_some_and(|said| !said.is_empty()), "{last:#}");
    // Nothing was stored.
    let sessions = host.get("/api/sessions").await.ok();
    assert_eq!(sessions["sessions"], json!([]));
}

#[tokio::test]
async fn a_state_goes_on_after_a_restart_and_as_often_as_it_is_sent() {
    let place = Place::with_flow("counting", &counting("What now?", "Ask"));
    let host = start(&place);
    let begun = step(&host, "counting", &Value::Null, "add").await;
    assert_eq!(begun["messages"], json!(["What now?", "1 so far."]));
    assert_eq!((&begun["current"], &begun["status"]), (&json!("Ask"), &json!("active")));
    drop(host);
    let host = start(&place);
    for _ in 0..2 {
        let again = step(&host, "counting", &begun["state"], "add").await;
        assert_eq!(again["messages"], json!(["2 so far."]));
    }
    // A timer that was due meanwhile comes first.
    let resting = step(&host, "counting", &begun["state"], "rest").await;
    assert_eq!(resting["current"], "Resting");
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let back = step(&host, "counting", &resting["state"], "bye").await;
    assert_eq!(back["messages"], json!(["What now?", "Bye."]));
    assert_eq!((&back["state"], &back["status"]), (&Value::Null, &json!("ended")));
}

#[tokio::test]
async fn a_state_of_an_older_version_moves_where_that_is_safe_and_stays_where_it_is_not() {
    let place = Place::with_flow("counting", &counting("What now?", "Ask"));
    let host = start(&place);
    let begun = step(&host, "counting", &Value::Null, "add").await;
    let version = async |wanted: &str| {
        let flow = host.get("/api/flows/counting").await.ok();
        flow.to_string().contains(wanted)
    };
    place.write_flow("counting", &counting("And now?", "Ask"));
    host.until("the new greeting", || version("And now?")).await;
    let moved = step(&host, "counting", &begun["state"], "rest").await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let moved = step(&host, "counting", &moved["state"], "add").await;
    assert_eq!(moved["messages"], json!(["And now?", "2 so far."]));
    place.write_flow("counting", &counting("Hm?", "Question"));
    host.until("the new state", || version("Question")).await;
    let stayed = step(&host, "counting", &moved["state"], "add").await;
    assert_eq!((&stayed["messages"], &stayed["current"]), (&json!(["3 so far."]), &json!("Ask")));
}

#[tokio::test]
async fn a_state_goes_on_after_its_version_is_in_no_memory_any_more() {
    let place = Place::with_flow("counting", &counting("What now?", "Ask"));
    let host = start(&place);
    let begun = step(&host, "counting", &Value::Null, "add").await;
    let has = async |wanted: &str| {
        host.get("/api/flows/counting").await.ok().to_string().contains(wanted)
    };
    place.write_flow("counting", &counting("Hm?", "Question"));
    host.until("the new state", || has("Question")).await;
    drop(host);
    // Nobody has asked this host for the version before.
    let host = start(&place);
    let stayed = step(&host, "counting", &begun["state"], "add").await;
    assert_eq!((&stayed["messages"], &stayed["current"]), (&json!(["2 so far."]), &json!("Ask")));
}

#[tokio::test]
async fn what_is_no_state_of_ours_is_refused_without_a_reason() {
    let place = Place::with_flow("counting", &counting("What now?", "Ask"));
    place.write_flow("other", &counting("And you?", "Ask"));
    let host = Host::start(&place);
    let token = step(&host, "counting", &Value::Null, "add").await["state"].clone();
    let token = token.as_str().unwrap();
    let mut forged = token.to_owned();
    forged.replace_range(60..61, if &forged[60..61] == "A" { "B" } else { "A" });
    let csm = URL_SAFE_NO_PAD.encode(r#"{"a":"x","m":"counting","s":"Ask","c":{}}"#);
    for (flow, bad) in [
        ("counting", forged.as_str()),
        ("counting", &token[..token.len() - 1]),
        ("counting", ""),
        ("counting", &csm),
        ("other", token),
    ] {
        let body = json!({ "state": bad, "input": "add" });
        let answer = host.post(&format!("/api/flows/{flow}/step"), body).await;
        let said = answer.refused(400, "state.bad");
        assert!(said.ends_with("begin again without one"), "{said}");
    }
    let missing = json!({ "state": token });
    host.post("/api/flows/counting/step", missing).await.refused(400, "input.bad");
    let unknown = json!({ "input": "add" });
    host.post("/api/flows/countin/step", unknown).await.refused(404, "flow.unknown");
}

#[tokio::test]
async fn what_is_wrong_with_a_turn_says_where() {
    let place = Place::with_flow("counting", &counting("What now?", "Ask"));
    let mut meant: Value = serde_json::from_str(&counting("And you?", "Ask")).unwrap();
    meant["intents"] = json!({ "BOOK": { "examples": ["book"] } });
    place.write_flow("meant", &meant.to_string());
    let host = Host::start(&place);
    let begun = step(&host, "meant", &Value::Null, "add").await;
    let refused = async |body: Value| {
        let answer = host.post("/api/flows/meant/step", body).await;
        let said = answer.refused(400, answer.body["code"].as_str().unwrap());
        (answer.body["pointer"].as_str().unwrap_or_default().to_owned(), said)
    };
    let state = &begun["state"];
    for (body, pointer, words) in [
        (json!({ "input": 4 }), "/input", "`input` is a text, or an object"),
        (json!({ "input": { "txt": "a" } }), "/input/txt", "unknown field `txt`"),
        (json!({ "input": { "text": 4 } }), "/input/text", "expected a string"),
        (json!({ "input": { "intent": "BOOKS" } }), "/input/intent", "did you mean `BOOK`?"),
        (json!({ "time_zone": "Europe/Lisbom" }), "/time_zone", "did you mean `Europe/Lisbon`?"),
        (
            json!({ "state": state, "input": "add", "context": {} }),
            "/context",
            "leave it out with `state`",
        ),
        (
            json!({ "state": state, "input": "add", "time_zone": "UTC" }),
            "/time_zone",
            "leave it out with `state`",
        ),
    ] {
        let (at, said) = refused(body.clone()).await;
        assert_eq!(at, pointer, "{body} {said}");
        assert!(said.contains(words) && !said.contains("struct"), "{body} {said}");
    }
    let session = host.begin("meant").await;
    let unknown =
        host.post(&format!("/api/sessions/{session}/input"), json!({ "intent": "BOOKS" })).await;
    assert!(unknown.refused(400, "input.bad").contains("did you mean `BOOK`?"));
    assert_eq!(unknown.body["pointer"], "/intent");
    drop(host);
    std::fs::write(place.path("cicerone.toml"), "[tokens]\ndays = 0\n").unwrap();
    let ran = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(ran.code != Some(0) && ran.err.contains("days"), "{ran:?}");
}

#[tokio::test]
async fn a_step_that_fails_as_a_whole_says_so() {
    let flow = json!({
        "meta": { "name": "Failing" },
        "start": "Ask",
        "context": { "next": "Nowhere" },
        "states": {
            "Ask": { "onEnter": [{ "ask": "What now?" }], "transitions": [
                { "pattern": "round", "to": "Round" },
                { "pattern": "lost", "to": "@next" },
            ] },
            "Round": { "transitions": [{ "to": "And" }] },
            "And": { "transitions": [{ "to": "Round" }] },
        },
    });
    let place = Place::with_flow("failing", &flow.to_string());
    let host = Host::start(&place);
    let begun = host.post("/api/flows/failing/step", json!({})).await.ok();
    assert_eq!(begun.get("error"), None, "{begun:#}");
    for (text, code) in [("round", "transition.loop"), ("lost", "target.unknown")] {
        let failed = step(&host, "failing", &begun["state"], text).await;
        assert_eq!((&failed["messages"], &failed["current"]), (&json!([]), &json!("Ask")));
        let session = host.begin("failing").await;
        let path = format!("/api/sessions/{session}/input");
        let stored = host.post(&path, json!({ "text": text })).await.ok();
        let told = stored["events"].as_array().unwrap().iter().find(|one| one["type"] == "error");
        let told = told.unwrap();
        assert_eq!(told["code"], code);
        assert_eq!(failed["error"], json!({ "code": code, "message": told["message"] }));
    }
}

#[tokio::test]
async fn a_state_of_a_flow_that_was_retired_goes_on_to_its_end() {
    let place = Place::with_flow("counting", &counting("What now?", "Ask"));
    let host = start(&place);
    let begun = step(&host, "counting", &Value::Null, "add").await;
    host.ask(Method::DELETE, "/api/flows/counting", None, json!({})).await.ok();
    let unknown = json!({ "input": "add" });
    host.post("/api/flows/counting/step", unknown).await.refused(404, "flow.unknown");
    let forged = json!({ "state": "AXK", "input": "add" });
    host.post("/api/flows/counting/step", forged).await.refused(404, "flow.unknown");
    let on = step(&host, "counting", &begun["state"], "add").await;
    assert_eq!(on["messages"], json!(["2 so far."]));
    drop(host);
    let host = start(&place);
    let ended = step(&host, "counting", &on["state"], "bye").await;
    assert_eq!((&ended["messages"], &ended["status"]), (&json!(["Bye."]), &json!("ended")));
}

#[tokio::test]
async fn keys_rotate_and_a_missing_one_is_named() {
    let place = Place::with_flow("counting", &counting("What now?", "Ask"));
    let (old, new) = ("11".repeat(32), "22".repeat(32));
    let start_with = |keys: &str| {
        std::fs::write(place.path("cicerone.toml"), format!("[tokens]\nkeys = [{keys}]\n"))
            .unwrap();
        let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("CICERONE_SECRET_OLD", &old).env("CICERONE_SECRET_NEW", &new);
        Host::started(&place, command)
    };
    let host = start_with("\"old\"");
    let begun = step(&host, "counting", &Value::Null, "add").await;
    drop(host);
    let host = start_with("\"new\", \"old\"");
    let renewed = step(&host, "counting", &begun["state"], "add").await;
    drop(host);
    let host = start_with("\"new\"");
    assert_eq!(
        step(&host, "counting", &renewed["state"], "add").await["messages"],
        json!(["3 so far."])
    );
    let body = json!({ "state": begun["state"], "input": "add" });
    host.post("/api/flows/counting/step", body).await.refused(400, "state.bad");
    drop(host);
    std::fs::write(place.path("cicerone.toml"), "[tokens]\nkeys = [\"old\"]\n").unwrap();
    let ran = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(ran.err.contains("CICERONE_SECRET_OLD"), "{}", ran.err);
}

#[tokio::test]
async fn a_conversation_of_csm_goes_on_where_unsigned_states_are_allowed() {
    let coffee = json!({
        "id": "shop",
        "machine": { "id": "coffee", "initialFlow": "Order", "flows": { "Order": {
            "id": "Order", "initial": "Size",
            "states": {
                "Size": { "transitions": [{ "pattern": "*", "target": "Milk" }] },
                "Milk": { "transitions": [{ "pattern": "yes", "target": ":end" }] },
            },
        } } },
    });
    let place = Place::with_flow("coffee", &coffee.to_string());
    std::fs::write(place.path("cicerone.toml"), "[tokens]\nunsigned_csm = true\n").unwrap();
    let host = Host::start(&place);
    for hash in
        [r#"{"a":"shop","m":"Order","s":"Milk","c":{"size":"large"},"v":1}"#, "shop:Order:Milk:{}"]
    {
        let state = json!(URL_SAFE_NO_PAD.encode(hash));
        let stayed = step(&host, "coffee", &state, "perhaps").await;
        assert_eq!(stayed["current"], "Order.Milk", "{stayed:#}");
        let ended = step(&host, "coffee", &stayed["state"], "yes").await;
        assert_eq!(ended["status"], "ended", "{ended:#}");
    }
    let nowhere = json!({ "state": URL_SAFE_NO_PAD.encode("shop:Order:Tea:{}"), "input": "yes" });
    host.post("/api/flows/coffee/step", nowhere).await.refused(400, "state.bad");
}

#[tokio::test]
async fn a_turn_that_comes_to_no_end_is_given_up() {
    let endless = json!({
        "meta": { "name": "Endless" },
        "start": "Again",
        "tools": { "Do": { "uses": "testing/do" } },
        "states": { "Again": {
            "onEnter": [{ "tool": "Do" }],
            "transitions": [{ "onToolResult": "Do", "to": "Again" }],
        } },
    });
    let place = Place::with_flow("endless", &endless.to_string());
    crate::guest::write(&place.path("plugins/testing"), &crate::guest::Guest::that("").bytes(), "");
    let host = Host::start(&place);
    host.post("/api/flows/endless/step", json!({})).await.refused(504, "turn.unfinished");
}
