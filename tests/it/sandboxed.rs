//! The registry with tools of plugins: one schedule for sandboxed tools as for any other.

use std::sync::Arc;

use cicerone::clock::Clock;
use cicerone::engine::{Call, Outcome};
use cicerone::event::ToolErrorKind;
use cicerone::tool::{Registry, Try};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::guest::{ENDLESS, Guest, LONG, NOW, Place, SAYS_NO, ask, attempt};

async fn registry(place: &Place, guest: &Guest, lines: &str) -> Registry {
    let registry = Registry::new(Default::default()).with_clock(Clock::Frozen(NOW));
    registry.replace_plugin(Arc::new(place.plugin(guest, lines).await)).unwrap();
    registry
}

async fn run(registry: &Registry) -> Outcome {
    registry.call(&ask(), &CancellationToken::new()).await
}

#[tokio::test]
async fn a_plugins_tool_is_called_by_its_bare_name() {
    let place = Place::new();
    let registry = registry(&place, &Guest::that(""), "").await;
    let call = Call { name: "Do".into(), ..ask() };
    let Outcome::Done(done) = registry.call(&call, &CancellationToken::new()).await else {
        panic!("the call failed")
    };
    assert_eq!(done.result, json!({"ok": true}));
    assert_eq!(registry.report()[0].backend, "wasm");
}

#[tokio::test]
async fn what_a_call_took_is_in_its_outcome_and_among_the_tools_figures() {
    let place = Place::new();
    let registry = registry(&place, &Guest::that(""), "").await;
    let Outcome::Done(done) = run(&registry).await else { panic!("the call failed") };
    let spent = done.spent.unwrap();
    assert!(spent.fuel > 0 && spent.memory >= 128 << 10, "{spent:?}");
    let figures = &registry.figures()[0];
    assert_eq!((figures.total.fuel, figures.report.fuel.max), (spent.fuel, spent.fuel));
    assert_eq!(figures.report.memory.max, spent.memory);
    registry.replace_plugin(Arc::new(place.plugin(&Guest::that("unreachable"), "").await)).unwrap();
    let Outcome::Failed(error) = run(&registry).await else { panic!("the call ended well") };
    assert!(error.spent.is_some_and(|spent| spent.fuel > 0));
}

#[tokio::test]
async fn a_tool_that_is_tried_has_no_session_whose_data_it_could_keep() {
    // Counts in the session's data, and traps unless that is 1 and granted.
    const COUNTS: &str = "(call $kv (i32.const 0) (i32.const 272) (i32.const 5) (i64.const 1)
        (i32.const 0) (i64.const 0) (i32.const 3000))
        (if (i64.ne (i64.load (i32.const 3008)) (i64.const 1)) (then unreachable))";
    let place = Place::new();
    let bytes = Guest::with_kv(COUNTS).bytes();
    let lines = "[capabilities]\nkv = { scopes = [\"session\"] }";
    let plugin = place.load(&bytes, lines, "kv = { scopes = [\"session\"] }").await.unwrap();
    let registry = Registry::new(Default::default()).with_clock(Clock::Frozen(NOW));
    registry.replace_plugin(Arc::new(plugin)).unwrap();
    assert!(matches!(run(&registry).await, Outcome::Done(_)), "a conversation's call has one");
    let args = serde_json::Map::new();
    let ask = Try { tool: "testing/do".into(), args, locale: "en-US".into(), timeout: Some(LONG) };
    let Outcome::Failed(error) = registry.try_out(ask).await.unwrap().outcome else {
        panic!("it could keep something")
    };
    assert_eq!(error.kind, ToolErrorKind::Trap);
}

#[tokio::test]
async fn a_tools_own_retryable_error_is_tried_again_if_the_flow_says_so() {
    let place = Place::new();
    let registry = registry(&place, &Guest::that(SAYS_NO), "").await;
    let call = Call { idempotent: true, ..ask() };
    let outcome = registry.call(&call, &CancellationToken::new()).await;
    let Outcome::Failed(error) = outcome else { panic!("the call ended well") };
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Tool, 3));
}

#[tokio::test]
async fn the_manifests_timeout_wins_over_the_flows_longer_one() {
    let place = Place::new();
    let lines = "[limits]\nfuel = \"off\"\ntimeout = \"30ms\"";
    let registry = registry(&place, &Guest::that(ENDLESS), lines).await;
    let Outcome::Failed(error) = run(&registry).await else { panic!("the call ended well") };
    assert_eq!(error.kind, ToolErrorKind::Timeout);
}

#[tokio::test]
async fn cancelling_ends_an_endless_guest() {
    let place = Place::new();
    let lines = "[limits]\nfuel = \"off\"\ntimeout = \"5m\"";
    let registry = registry(&place, &Guest::that(ENDLESS), lines).await;
    let token = CancellationToken::new();
    let call = ask();
    let cancel = async {
        while registry.report()[0].running == 0 {
            tokio::task::yield_now().await;
        }
        token.cancel();
    };
    let (outcome, ()) = tokio::join!(registry.call(&call, &token), cancel);
    let Outcome::Failed(error) = outcome else { panic!("the call ended well") };
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Cancelled, 1));
    // The one guest thread is free again.
    assert!(attempt(&place.plugin(&Guest::that(""), "").await, LONG).await.0.is_ok());
}

#[tokio::test]
async fn a_plugin_replaced_under_load_fails_no_call() {
    let place = Place::new();
    let registry = registry(&place, &Guest::that(""), "").await;
    let busy = async {
        for _ in 0..200 {
            assert!(matches!(run(&registry).await, Outcome::Done(_)));
        }
    };
    let swap = async {
        for _ in 0..3 {
            let plugin = place.plugin(&Guest::that("(drop (call $left))"), "").await;
            registry.replace_plugin(Arc::new(plugin)).unwrap();
        }
    };
    tokio::join!(busy, swap);
    assert_eq!(registry.report()[0].calls, 200);
}

#[tokio::test]
async fn a_schema_that_is_none_leaves_the_old_tools() {
    let place = Place::new();
    let registry = registry(&place, &Guest::that(""), "").await;
    let schema = r#"{"type":"object","properties":7}"#;
    let broken = place.plugin(&Guest { schema, ..Guest::that("") }, "").await;
    assert!(registry.replace_plugin(Arc::new(broken)).is_err());
    assert!(matches!(run(&registry).await, Outcome::Done(_)));
}

#[tokio::test]
async fn hundreds_of_calls_at_once_all_end() {
    let place = Place::new();
    let lines = "[limits]\nconcurrency = 8\nqueue_timeout = \"60s\"";
    let options =
        cicerone::tool::Options { queue_timeout: LONG, queue_max: 1_000, ..Default::default() };
    let registry = Registry::new(options).with_clock(Clock::Frozen(NOW));
    let plugin = place.plugin(&Guest::that("(drop (call $left))"), lines).await;
    registry.replace_plugin(Arc::new(plugin)).unwrap();
    let call = Call { timeout_ms: 60_000, deadline: NOW.plus_millis(60_000), ..ask() };
    let token = CancellationToken::new();
    let calls = (0..300).map(|_| registry.call(&call, &token));
    let outcomes = futures_util::future::join_all(calls).await;
    let done: Vec<&Value> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Done(done) => &done.result,
            Outcome::Failed(error) => panic!("a call failed: {error:?}"),
        })
        .collect();
    assert_eq!(done.len(), 300);
}

/// A plugin built by the SDK, with the standard library's start-up code and its own use of the host.
mod built_with_the_sdk {
    use std::path::Path;

    use super::*;
    use cicerone::plugin::Grant;

    async fn reservations(place: &Place) -> Registry {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/reservations");
        let grant: Grant =
            toml::from_str("kv = { scopes = [\"plugin\"], max_keys = 4000 }").unwrap();
        let plugin = place.sandbox.load(&folder, &grant).await.unwrap();
        let registry = Registry::new(Default::default()).with_clock(Clock::Frozen(NOW));
        registry.replace_plugin(Arc::new(plugin)).unwrap();
        registry
    }

    fn book(id: &str) -> Call {
        let contact = json!({"name": "John Doe", "phone": "555-1234"});
        let args =
            json!({"date": "1970-01-02", "time": "19:00", "partySize": 4, "contact": contact});
        let id = cicerone::event::CallId::from(id);
        Call { id, ..crate::tool::call("CreateReservation", args) }
    }

    #[tokio::test]
    async fn a_reservation_is_made_and_the_same_call_twice_makes_one() {
        let place = Place::new();
        let registry = reservations(&place).await;
        let mut made = Vec::new();
        for id in ["s1.7", "s1.7", "s1.9"] {
            match registry.call(&book(id), &CancellationToken::new()).await {
                Outcome::Done(done) => made.push(done.result["reservationId"].clone()),
                Outcome::Failed(error) => panic!("no reservation: {error:?}"),
            }
        }
        assert!(made[0].is_string(), "{made:?}");
        assert_eq!(made[0], made[1]);
        assert_ne!(made[0], made[2]);
    }
}
