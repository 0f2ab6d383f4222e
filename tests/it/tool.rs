//! The registry of tools at its door: schedule, limits, schemas and cancelling, with Rust closures as tools.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cicerone::clock::Clock;
use cicerone::engine::{Call, Outcome};
use cicerone::event::{CallId, Timestamp, ToolError, ToolErrorKind};
use cicerone::flow::{self, Offer, Retry, Version};
use cicerone::tool::{Error, Options, Registry, Request};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

pub(crate) fn offer(name: &str, repeatable: bool) -> Offer {
    let args = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let result = json!({"type": "object", "required": ["ok"]});
    Offer { name: name.into(), args: Arc::new(args), result: Some(Arc::new(result)), repeatable }
}

pub(crate) fn call(name: &str, args: Value) -> Call {
    Call {
        id: CallId::from("s1.7"),
        name: name.into(),
        uses: None,
        args: args.as_object().cloned().unwrap(),
        result_schema: None,
        flow: flow::Id::from("reservation"),
        version: Version::from("00"),
        state: "Booking".into(),
        locale: "en-US".into(),
        timeout_ms: 5_000,
        retry: Retry { max_attempts: 3, backoff_ms: 1, max_backoff_ms: 4, jitter: true },
        idempotent: false,
        deadline: NOW.plus_millis(20_000),
        context: Arc::default(),
    }
}

fn registry() -> Registry {
    Registry::new(Options::default()).with_clock(Clock::Frozen(NOW))
}

/// A registry with the one tool `test/book`.
fn with<F, R>(repeatable: bool, function: F) -> Registry
where
    F: Fn(Request) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Value, ToolError>> + Send + 'static,
{
    registry().with_function(offer("test/book", repeatable), function).unwrap()
}

async fn run(registry: &Registry, call: &Call) -> Outcome {
    registry.call(call, &CancellationToken::new()).await
}

#[track_caller]
fn error(outcome: Outcome) -> ToolError {
    match outcome {
        Outcome::Failed(error) => error,
        Outcome::Done(done) => panic!("the call gave {done:?}"),
    }
}

#[track_caller]
fn result(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Done(done) => done.result,
        Outcome::Failed(error) => panic!("the call failed: {error:?}"),
    }
}

/// Fails `failures` times with `kind`, then gives `{"ok": <attempt>}`.
fn failing(failures: u32, kind: ToolErrorKind, repeatable: bool) -> Registry {
    with(repeatable, move |request| async move {
        if request.attempt <= failures {
            return Err(ToolError::new(kind, "not yet"));
        }
        Ok(json!({"ok": request.attempt}))
    })
}

#[tokio::test]
async fn a_function_is_called_by_its_bare_name_with_its_args() {
    let registry = with(false, |request| async move { Ok(json!({"ok": request.args})) });
    let got = result(run(&registry, &call("Book", json!({"n": 3}))).await);
    assert_eq!(got, json!({"ok": {"n": 3}}));
}

#[tokio::test]
async fn a_tool_that_nobody_offers_is_unavailable_without_an_attempt() {
    let error = error(run(&registry(), &call("Book", json!({}))).await);
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Unavailable, 0));
}

#[tokio::test]
async fn args_that_do_not_fit_are_refused_before_the_tool_runs() {
    let registry = with(false, |_| async { panic!("the tool must not run") });
    for args in [json!({"n": "three"}), json!({"n": 9_007_199_254_740_993_u64})] {
        let error = error(run(&registry, &call("test/book", args)).await);
        assert_eq!((error.kind, error.attempts), (ToolErrorKind::BadArgs, 0));
    }
}

#[tokio::test]
async fn a_result_is_checked_by_the_tools_schema_and_by_the_flows() {
    let registry = with(false, |request| async move { Ok(request.args["n"].clone()) });
    let wrong = error(run(&registry, &call("book", json!({"n": 1}))).await);
    assert_eq!((wrong.kind, wrong.attempts), (ToolErrorKind::BadResult, 1));

    let registry = with(false, |_| async { Ok(json!({"ok": 1})) });
    let strict = json!({"properties": {"ok": {"type": "boolean"}}});
    let strict = Call { result_schema: Some(Arc::new(strict)), ..call("book", json!({})) };
    let wrong = error(run(&registry, &strict).await);
    assert_eq!(wrong.kind, ToolErrorKind::BadResult);
    assert!(wrong.message.contains("the flow's schema: at `/ok`"), "{}", wrong.message);
}

#[tokio::test]
async fn a_repeatable_tool_is_tried_again_and_attempts_are_counted() {
    let registry = failing(2, ToolErrorKind::Timeout, true);
    assert_eq!(result(run(&registry, &call("book", json!({}))).await), json!({"ok": 3}));
    let registry = failing(9, ToolErrorKind::Timeout, true);
    assert_eq!(error(run(&registry, &call("book", json!({}))).await).attempts, 3);
}

#[tokio::test]
async fn the_flows_word_makes_a_tool_repeatable_and_without_it_one_attempt_is_made() {
    let registry = failing(1, ToolErrorKind::Timeout, false);
    assert_eq!(error(run(&registry, &call("book", json!({}))).await).attempts, 1);
    let said = Call { idempotent: true, ..call("book", json!({})) };
    assert_eq!(result(run(&registry, &said).await), json!({"ok": 2}));
    assert!(!registry.is_repeatable("book", None, false));
    assert!(registry.is_repeatable("book", None, true));
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_dropped() {
    let registry = with(false, |_| std::future::pending());
    let short = Call { timeout_ms: 10, ..call("book", json!({})) };
    let error = error(run(&registry, &short).await);
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Timeout, 1));
}

#[tokio::test]
async fn the_operators_timeout_wins_over_a_longer_one() {
    let options = Options { timeout_max: Duration::from_millis(10), ..Options::default() };
    let registry = Registry::new(options).with_clock(Clock::Frozen(NOW));
    let slow = |_| std::future::pending();
    let registry = registry.with_function(offer("test/book", false), slow).unwrap();
    let error = error(run(&registry, &call("book", json!({}))).await);
    assert_eq!(error.kind, ToolErrorKind::Timeout);
}

#[tokio::test]
async fn no_attempt_begins_after_the_deadline_of_the_call() {
    let registry = failing(9, ToolErrorKind::Timeout, true);
    let retry =
        Retry { max_attempts: 10, backoff_ms: 60_000, max_backoff_ms: 60_000, jitter: false };
    let late = Call { retry, ..call("book", json!({})) };
    assert_eq!(error(run(&registry, &late).await).attempts, 1);
    let over = Call { deadline: NOW, ..call("book", json!({})) };
    assert_eq!(error(run(&registry, &over).await).kind, ToolErrorKind::Timeout);
}

#[tokio::test]
async fn a_full_tool_lets_a_bounded_number_wait_for_a_bounded_time() {
    let options = Options {
        concurrency_max: 1,
        queue_max: 1,
        queue_timeout: Duration::from_millis(20),
        ..Options::default()
    };
    let release = Arc::new(Notify::new());
    let (held, entered) = (Arc::clone(&release), Arc::new(Notify::new()));
    let inside = Arc::clone(&entered);
    let registry = Registry::new(options).with_clock(Clock::Frozen(NOW));
    let registry = registry.with_function(offer("test/book", false), move |_| {
        let (held, inside) = (Arc::clone(&held), Arc::clone(&inside));
        async move {
            inside.notify_one();
            held.notified().await;
            Ok(json!({"ok": true}))
        }
    });
    let registry = Arc::new(registry.unwrap());
    let once = Retry { max_attempts: 1, backoff_ms: 1, max_backoff_ms: 1, jitter: false };
    let call = Call { retry: once, ..call("book", json!({})) };
    let (first, token) = (Arc::clone(&registry), CancellationToken::new());
    let (one, other) = (call.clone(), token.clone());
    let first = tokio::spawn(async move { first.call(&one, &other).await });
    entered.notified().await;
    let (second, third) = tokio::join!(registry.call(&call, &token), registry.call(&call, &token));
    for outcome in [second, third] {
        let error = error(outcome);
        assert_eq!((error.kind, error.retryable), (ToolErrorKind::Unavailable, true));
    }
    assert_eq!(registry.report()[0].running, 1);
    release.notify_one();
    assert_eq!(result(first.await.unwrap()), json!({"ok": true}));
}

#[tokio::test]
async fn cancelling_drops_the_work_and_says_how_many_attempts_there_were() {
    struct Dropped(Arc<AtomicU32>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::new(AtomicU32::new(0));
    let (seen, entered) = (Arc::clone(&drops), Arc::new(Notify::new()));
    let inside = Arc::clone(&entered);
    let registry = with(false, move |_| {
        let (guard, inside) = (Dropped(Arc::clone(&seen)), Arc::clone(&inside));
        async move {
            let _guard = guard;
            inside.notify_one();
            std::future::pending().await
        }
    });
    let (token, call) = (CancellationToken::new(), call("book", json!({})));
    let cancel = async {
        entered.notified().await;
        token.cancel();
    };
    let (outcome, ()) = tokio::join!(registry.call(&call, &token), cancel);
    let error = error(outcome);
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Cancelled, 1));
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_function_that_panics_is_a_tool_that_trapped() {
    let registry = with(false, |_| async { panic!("nobody must see this") });
    let error = error(run(&registry, &call("book", json!({}))).await);
    assert_eq!(error.kind, ToolErrorKind::Trap);
    assert!(!error.message.contains("nobody"), "{}", error.message);
}

#[tokio::test]
async fn a_removed_plugin_offers_nothing_and_figures_are_reported() {
    let registry = failing(1, ToolErrorKind::Tool, false);
    error(run(&registry, &call("book", json!({}))).await);
    let report = registry.report();
    assert_eq!((report[0].calls, report[0].errors, report[0].backend), (1, 1, "function"));
    assert_eq!(registry.offers().iter().count(), 1);
    registry.remove_plugin("test");
    assert_eq!(registry.offers().iter().count(), 0);
}

#[test]
fn a_name_or_a_schema_that_is_none_is_refused() {
    let taken = |offer| registry().with_function(offer, |_| async { Ok(Value::Null) });
    assert!(matches!(taken(offer("book", false)), Err(Error::Name(_))));
    let broken = Offer { args: Arc::new(json!({"type": 7})), ..offer("test/book", false) };
    assert!(matches!(taken(broken), Err(Error::Schema { which: "input", .. })));
    let broken = Offer { result: Some(Arc::new(json!(7))), ..offer("test/book", false) };
    assert!(matches!(taken(broken), Err(Error::Schema { which: "output", .. })));
}
