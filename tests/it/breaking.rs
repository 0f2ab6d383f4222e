//! Tools that fail or hang, and what that does to others: the breaker of each tool, and the places that a plugin and the
//! host have. Rust closures are the tools.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use cicerone::clock::Clock;
use cicerone::engine::{Call, Outcome};
use cicerone::event::{Timestamp, ToolError, ToolErrorKind};
use cicerone::flow::NotOffered;
use cicerone::manifest::Breaker;
use cicerone::tool::{Options, Registry, Request, Try};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::tool::{call, offer};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn breaker(text: &str) -> Breaker {
    toml::from_str(text).unwrap()
}

fn registry(options: Options) -> Registry {
    Registry::new(options).with_clock(Clock::Frozen(NOW))
}

async fn run(registry: &Registry, name: &str) -> Result<Value, ToolError> {
    let call = Call { timeout_ms: 60_000, ..call(name, json!({})) };
    match registry.call(&call, &CancellationToken::new()).await {
        Outcome::Done(done) => Ok(done.result),
        Outcome::Failed(error) => Err(error),
    }
}

/// A tool that fails in this way for as long as it is told to, and how often it ran.
fn failing(registry: Registry, kind: ToolErrorKind) -> (Registry, Arc<AtomicBool>, Arc<AtomicU32>) {
    let (sick, ran) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let (state, count) = (Arc::clone(&sick), Arc::clone(&ran));
    let tool = move |_: Request| {
        count.fetch_add(1, Ordering::Relaxed);
        let sick = state.load(Ordering::Relaxed);
        async move { if sick { Err(ToolError::new(kind, "no")) } else { Ok(json!({ "ok": true })) } }
    };
    (registry.with_function(offer("test/sick", false), tool).unwrap(), sick, ran)
}

#[tokio::test]
async fn a_tool_that_keeps_failing_is_left_alone_and_others_are_not() {
    let (registry, _sick, ran) = failing(registry(Options::default()), ToolErrorKind::Trap);
    let well = |_: Request| async { Ok(json!({ "ok": 1 })) };
    let registry = registry.with_function(offer("test/well", false), well).unwrap();
    for _ in 0..5 {
        assert_eq!(run(&registry, "test/sick").await.unwrap_err().kind, ToolErrorKind::Trap);
    }
    let refused = run(&registry, "test/sick").await.unwrap_err();
    assert_eq!((refused.kind, refused.attempts), (ToolErrorKind::Unavailable, 0));
    assert!(refused.retryable);
    // On the clock of the conversations.
    assert!(refused.message.contains("not called until 1970-01-01T00:16:4"), "{refused}");
    assert!(
        refused.message.contains("5 attempts failed within 30000 ms (last: trap)"),
        "{refused}"
    );
    assert_eq!(ran.load(Ordering::Relaxed), 5);
    assert!(run(&registry, "test/well").await.is_ok());
    let report = registry.report();
    assert_eq!((report[0].breaker.state, report[0].breaker.opened), ("open", 1));
    assert!(report[0].breaker.open_ms.is_some_and(|ms| ms <= 1_000));
    assert_eq!(report[0].errors_by_kind[&ToolErrorKind::Trap], 5);
    assert_eq!(report[0].errors_by_kind[&ToolErrorKind::Unavailable], 1);
    assert_eq!(report[1].breaker.state, "closed");
}

#[tokio::test]
async fn a_tool_that_is_well_again_is_found_out_by_one_call() {
    let rule = breaker("failures = 2\nopen_for = \"10ms\"");
    let options = Options { breaker: rule, ..Options::default() };
    let (registry, sick, ran) = failing(registry(options), ToolErrorKind::Timeout);
    for _ in 0..2 {
        run(&registry, "test/sick").await.unwrap_err();
    }
    let half_open = async || {
        while registry.report()[0].breaker.state == "open" {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    half_open().await;
    assert_eq!(run(&registry, "test/sick").await.unwrap_err().kind, ToolErrorKind::Timeout);
    let refused = run(&registry, "test/sick").await.unwrap_err();
    assert_eq!(refused.kind, ToolErrorKind::Unavailable, "the one that tried failed");
    sick.store(false, Ordering::Relaxed);
    half_open().await;
    assert!(run(&registry, "test/sick").await.is_ok());
    assert_eq!(registry.report()[0].breaker.state, "closed");
    assert_eq!(ran.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn what_a_tool_says_itself_and_wrong_arguments_leave_the_breaker_closed() {
    let (registry, _sick, ran) = failing(registry(Options::default()), ToolErrorKind::Tool);
    for _ in 0..20 {
        assert_eq!(run(&registry, "test/sick").await.unwrap_err().kind, ToolErrorKind::Tool);
        let wrong = call("test/sick", json!({ "n": "three" }));
        registry.call(&wrong, &CancellationToken::new()).await;
    }
    assert_eq!((ran.load(Ordering::Relaxed), registry.report()[0].breaker.opened), (20, 0));
}

#[tokio::test]
async fn a_call_whose_own_attempts_open_the_breaker_says_why_they_failed() {
    let options = Options { breaker: breaker("failures = 2"), ..Options::default() };
    let (registry, _sick, ran) = failing(registry(options), ToolErrorKind::Timeout);
    let call = Call { idempotent: true, ..call("test/sick", json!({})) };
    let Outcome::Failed(error) = registry.call(&call, &CancellationToken::new()).await else {
        panic!("the call ended well")
    };
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Timeout, 2));
    assert_eq!(ran.load(Ordering::Relaxed), 2);
}

/// A registry with `slow/a` and `slow/b`, which wait for a permit, and `quick/c`.
fn slow_and_quick(options: Options) -> (Registry, Arc<Semaphore>) {
    let open = Arc::new(Semaphore::new(0));
    let slow = |open: &Arc<Semaphore>| {
        let open = Arc::clone(open);
        move |_: Request| {
            let open = Arc::clone(&open);
            async move {
                let permit = open.acquire().await;
                permit
                    .map(|_| json!({ "ok": 1 }))
                    .map_err(|error| ToolError::new(ToolErrorKind::Trap, error.to_string()))
            }
        }
    };
    let quick = |_: Request| async { Ok(json!({ "ok": 1 })) };
    let registry = registry(options)
        .with_function(offer("slow/a", false), slow(&open))
        .and_then(|registry| registry.with_function(offer("slow/b", false), slow(&open)))
        .and_then(|registry| registry.with_function(offer("quick/c", false), quick));
    (registry.unwrap(), open)
}

#[tokio::test]
async fn a_slow_plugin_takes_its_own_places_and_leaves_those_of_others() {
    let options = Options {
        plugin_concurrency_max: 3,
        queue_timeout: Duration::from_millis(20),
        ..Options::default()
    };
    let (registry, open) = slow_and_quick(options);
    let slow = join_all(["slow/a", "slow/a", "slow/b"].map(|name| run(&registry, name)));
    let others = async {
        while registry.report().iter().map(|tool| tool.running).sum::<usize>() < 3 {
            tokio::task::yield_now().await;
        }
        for _ in 0..10 {
            assert!(run(&registry, "quick/c").await.is_ok());
        }
        let refused = run(&registry, "slow/b").await.unwrap_err();
        assert_eq!((refused.kind, refused.attempts), (ToolErrorKind::Unavailable, 3));
        assert!(refused.message.contains("all 3 places of plugin `slow`"), "{refused}");
        open.add_permits(3);
    };
    let (slow, ()) = tokio::join!(slow, others);
    assert!(slow.iter().all(Result::is_ok), "{slow:?}");
    // That there was no place says nothing about the tool.
    assert_eq!(registry.report()[2].breaker.opened, 0);
}

#[tokio::test]
async fn the_host_has_so_many_places_and_who_waits_for_one_is_counted() {
    let options = Options {
        host_concurrency_max: 2,
        queue_timeout: Duration::from_secs(60),
        ..Options::default()
    };
    let (registry, open) = slow_and_quick(options);
    let slow = join_all(["slow/a", "slow/b"].map(|name| run(&registry, name)));
    let waits = async {
        while registry.report().iter().map(|tool| tool.running).sum::<usize>() < 2 {
            tokio::task::yield_now().await;
        }
        run(&registry, "quick/c").await
    };
    let watch = async {
        while registry.report()[0].queued == 0 {
            tokio::task::yield_now().await;
        }
        open.add_permits(2);
    };
    let (slow, quick, ()) = tokio::join!(slow, waits, watch);
    assert!(slow.iter().all(Result::is_ok) && quick.is_ok(), "{slow:?} {quick:?}");
    assert_eq!(registry.report()[0].queued, 0);
}

#[tokio::test]
async fn a_tool_is_tried_by_either_of_its_names_and_counted_like_any_call() {
    let (registry, _open) = slow_and_quick(Options::default());
    let ask = |tool: &str| Try {
        tool: tool.into(),
        args: serde_json::Map::new(),
        locale: "en-US".into(),
        timeout: None,
    };
    for name in ["quick/c", "C"] {
        let tried = registry.try_out(ask(name)).await.unwrap();
        assert!(matches!(tried.outcome, Outcome::Done(_)), "{tried:?}");
    }
    assert!(matches!(registry.try_out(ask("d")).await, Err(NotOffered::Nobody { .. })));
    let late = Try { timeout: Some(Duration::from_millis(5)), ..ask("slow/a") };
    let Outcome::Failed(error) = registry.try_out(late).await.unwrap().outcome else {
        panic!("the call ended well")
    };
    assert_eq!(error.kind, ToolErrorKind::Timeout);
    let figures = registry.figures();
    assert_eq!((figures[0].report.calls, figures[0].times.count), (2, 2));
    assert_eq!((figures[1].report.errors, figures[1].attempts), (1, 1));
}
