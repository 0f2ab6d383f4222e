//! What `/metrics` tells of the servers of language models.

use serde_json::json;

use super::server::{Mode, Server};
use super::table;
use crate::host::{Host, Place};

#[tokio::test]
async fn requests_failures_repairs_and_what_was_remembered_are_counted_for_each_server() {
    let server = Server::start(|number, _| match number {
        0 => Mode::Says("no".to_owned()),
        1 | 2 => Mode::means("BOOK", &json!({})),
        _ => Mode::Status(500, None),
    })
    .await;
    let place = Place::empty();
    let nlu = json!({ "mode": "model", "model": "m", "budget_ms": 20_000 });
    place.write_flow("table", &table(&nlu).to_string());
    let settings = format!("[models.default]\nurl = \"{}\"\nprivate_networks = true\n", server.url);
    std::fs::write(place.path("cicerone.toml"), settings).unwrap();
    let host = Host::start(&place);
    for text in ["a place for us", "some room for four", "some room for four", "something else"] {
        let session = host.begin("table").await;
        host.say(&session, text).await;
    }
    let metrics = host.get("/metrics").await.ok();
    let metrics = metrics.as_str().unwrap();
    for line in [
        // Twice for the first text, once for the second, three attempts for the last one.
        "cicerone_model_request_seconds_count{server=\"default\"} 6",
        "cicerone_model_errors_total{server=\"default\",kind=\"status\"} 3",
        "cicerone_model_repairs_total{server=\"default\"} 1",
        "cicerone_model_cache_hits_total{server=\"default\"} 1",
        "cicerone_model_breaker_open{server=\"default\"} 0",
    ] {
        assert!(
            metrics.lines().any(|told| told == line || told == format!("{line}.0")),
            "{line}\n{metrics}"
        );
    }
}
