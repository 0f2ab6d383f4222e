//! A model for vectors that knows a few words, and a host beside it: what is told, counted and played again.

use serde_json::{Value, json};

use super::server::{Mode, Server};
use super::{KEY, table};
use crate::host::{Host, Place};

/// What this server knows: words that mean the same.
const MEANINGS: [&[&str]; 3] = [
    &["table", "book", "reserve", "seats", "dinner", "mesa", "spot"],
    &["cancel", "scrap", "forget", "abandon"],
    &["phone", "call", "ring", "telephone"],
];

/// Where a text lies: what it means, and a little of how it is written.
fn vector(text: &str) -> Vec<f64> {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let mut vector = vec![0.05; MEANINGS.len() + 4];
    for word in words {
        if let Some(meaning) = MEANINGS.iter().position(|meaning| meaning.contains(&word)) {
            vector[meaning] += 1.0;
        } else {
            vector[MEANINGS.len() + word.len() % 4] += 0.15;
        }
    }
    vector
}

/// The answer to a request for vectors.
pub(crate) fn embedded(body: &Value) -> Mode {
    let texts = body["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    // In another order than asked, as servers may.
    let data: Vec<Value> = texts
        .enumerate()
        .map(|(index, text)| json!({ "index": index, "embedding": vector(text) }))
        .rev()
        .collect();
    Mode::Body(json!({ "data": data }))
}

#[tokio::test]
async fn the_log_says_who_understood_a_replay_asks_nobody_and_the_server_is_counted() {
    let server = Server::start(|_, body| embedded(body)).await;
    let place = Place::empty();
    let nlu = json!({ "embeddings": { "model": "places" }, "budget_ms": 20_000 });
    place.write_flow("table", &table(&nlu).to_string());
    let settings = format!(
        "[models.default]\nurl = \"{}\"\nprivate_networks = true\nkey = \"model_key\"\n",
        server.url
    );
    std::fs::write(place.path("cicerone.toml"), settings).unwrap();
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("CICERONE_SECRET_MODEL_KEY", KEY).env("CICERONE_LOG", "debug,cicerone=trace");
    let host = Host::started(&place, command);
    host.until("the examples are placed", async || server.seen().len() == 2).await;
    let understood = async |text: &str| {
        let session = host.begin("table").await;
        host.say(&session, text).await;
        let log = host.log(&session).await;
        let said = log.into_iter().find(|event| event["type"] == "nlu.intent").unwrap();
        (session, said)
    };
    host.until("they are learnt", async || understood("any seats").await.1["fallback"].is_null())
        .await;
    let before = server.seen().len();
    let (session, said) = understood("dinner, any spot").await;
    assert_eq!((&said["intent"], &said["classifier"]), (&json!("BOOK"), &json!("embedding")));
    assert_eq!(said.get("fallback"), None, "{said}");
    assert_eq!(server.seen().len(), before + 1);
    understood("dinner, any spot").await;
    understood("we want seats, 912 345 678").await;

    let again = host.post(&format!("/api/sessions/{session}/replay"), json!({})).await.ok();
    assert_eq!((&again["same"], &again["differences"]), (&json!(true), &json!([])), "{again:#}");
    let asked = server.seen();
    assert_eq!(asked.len(), before + 2, "neither what is remembered nor a replay asks");
    assert!(asked.iter().all(|seen| !seen.body.to_string().contains("912")));
    let told = host.get("/metrics").await.ok();
    let told = told.as_str().unwrap();
    let count = |name: &str| -> usize {
        let line =
            told.lines().find(|line| line.starts_with(&format!("{name}{{server=\"default\"}}")));
        // Counts are written as `3.0`.
        let value = line.unwrap().rsplit(' ').next().unwrap();
        value.split('.').next().unwrap().parse().unwrap()
    };
    assert_eq!(count("cicerone_model_request_seconds_count"), before + 2);
    assert!(count("cicerone_model_cache_hits_total") >= 1);
    let log = host.said();
    for secret in [KEY, "912 345 678", "dinner, any spot"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
