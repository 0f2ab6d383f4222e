//! Sandboxes that are used again, for plugins whose author asks for it: what stays from call to call, what does not, and
//! when one is given up.

use std::sync::Arc;
use std::time::Duration;

use cicerone::event::{Timestamp, ToolErrorKind};
use cicerone::plugin::{Kv, KvAnswer, MemoryKv, Place as KvPlace, Plugin, Terms};
use futures_util::FutureExt;
use tokio::sync::Barrier;

use crate::guest::{ENDLESS, Guest, KV_ASKED, LONG, Place, attempt};

const WARM: &str = "[instance]\nmode = \"warm\"\n";

/// Gives how many calls the sandbox has had, up to nine.
const COUNTS: &str = "(global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (i32.store8 (i32.const 512) (i32.add (i32.const 48) (global.get $depth)))
    (i32.store (i32.const 2060) (i32.const 1))";

/// The same, and goes wrong in its second call.
const GOES_WRONG: &str = "(global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (i32.store8 (i32.const 512) (i32.add (i32.const 48) (global.get $depth)))
    (i32.store (i32.const 2060) (i32.const 1))
    (if (i32.eq (global.get $depth) (i32.const 2)) (then @wrong@))";

async fn plugin(place: &Place, call: &'static str, lines: &str) -> Plugin {
    place.plugin(&Guest::that(call), &format!("{WARM}{lines}")).await
}

/// What its sandbox counts.
async fn count(plugin: &Plugin) -> u64 {
    attempt(plugin, LONG).await.0.unwrap().value.as_u64().unwrap()
}

#[tokio::test]
async fn what_a_guest_has_in_memory_is_there_again_only_if_its_author_asks_for_it() {
    let place = Place::new();
    let fresh = place.plugin(&Guest::that(COUNTS), "").await;
    let warm = plugin(&place, COUNTS, "").await;
    for call in 1..=5 {
        assert_eq!((count(&fresh).await, count(&warm).await), (1, call));
    }
    // Another version begins anew, also if it is the same component.
    assert_eq!(count(&plugin(&place, COUNTS, "").await).await, 1);
}

#[tokio::test]
async fn after_a_call_that_did_not_end_well_the_next_one_begins_anew() {
    let place = Place::new();
    for (wrong, lines, kind) in [
        ("unreachable", "", ToolErrorKind::Trap),
        (ENDLESS, "[limits]\nfuel = 1_000_000", ToolErrorKind::Fuel),
        (ENDLESS, "[limits]\nfuel = \"off\"", ToolErrorKind::Timeout),
        // More than may be said; refused by the host after the guest was done.
        (
            "(i32.store (i32.const 2060) (i32.const 9))",
            "[limits]\noutput = 5",
            ToolErrorKind::Limit,
        ),
    ] {
        let call = GOES_WRONG.replace("@wrong@", wrong).leak();
        let plugin = plugin(&place, call, lines).await;
        for _ in 0..3 {
            assert_eq!(count(&plugin).await, 1);
            let time =
                if kind == ToolErrorKind::Timeout { Duration::from_millis(50) } else { LONG };
            let (outcome, _) = attempt(&plugin, time).await;
            assert_eq!(outcome.unwrap_err().error.kind, kind);
        }
    }
}

#[tokio::test]
async fn a_guest_that_was_refused_memory_is_not_called_again_though_it_goes_on() {
    const GROWS: &str = "(global.set $depth (i32.add (global.get $depth) (i32.const 1)))
        (i32.store8 (i32.const 512) (i32.add (i32.const 48) (global.get $depth)))
        (i32.store (i32.const 2060) (i32.const 1))
        (drop (memory.grow (i32.const 100)))";
    let place = Place::new();
    let plugin = plugin(&place, GROWS, "[limits]\nmemory = \"1MiB\"").await;
    for _ in 0..3 {
        assert_eq!(count(&plugin).await, 1);
    }
}

#[tokio::test]
async fn a_tool_that_says_no_is_called_again() {
    let place = Place::new();
    let call = GOES_WRONG.replace("@wrong@", crate::guest::SAYS_NO).leak();
    let plugin = plugin(&place, call, "").await;
    assert_eq!(count(&plugin).await, 1);
    let (outcome, _) = attempt(&plugin, LONG).await;
    assert_eq!(outcome.unwrap_err().error.kind, ToolErrorKind::Tool);
    // What it wrote for that answer is there still, as the first byte of its result's form.
    let (outcome, report) = attempt(&plugin, LONG).await;
    assert!(outcome.is_err() && report.failed == Some(ToolErrorKind::Tool), "{outcome:?}");
}

#[tokio::test]
async fn each_call_has_all_its_limits_for_itself() {
    const WORKS: &str =
        "(call $emit (i32.const 2) (i32.const 288) (i32.const 26) (i32.const 0) (i32.const 0))
        (global.set $depth (i32.const 0))
        (loop $l (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
          (br_if $l (i32.lt_u (global.get $depth) (i32.const 10000))))";
    let place = Place::new();
    let lines = "[limits]\nfuel = 150_000\nhostcall_bytes = 1_000\nlogs = { entries = 1 }";
    let plugin = plugin(&place, WORKS, lines).await;
    let mut fuel = Vec::new();
    for _ in 0..30 {
        let (outcome, report) = attempt(&plugin, LONG).await;
        outcome.unwrap();
        assert_eq!(report.log.len(), 1);
        fuel.push(report.fuel);
    }
    // One does not pay for the others; the first pays for the start.
    assert!(fuel[1..].iter().all(|spent| *spent == fuel[1]), "{fuel:?}");
    assert!(fuel[1] > 75_000, "two of them would not fit into one budget: {fuel:?}");
}

#[tokio::test]
async fn a_sandbox_has_no_more_calls_than_the_author_says() {
    let place = Place::new();
    let plugin = plugin(&place, COUNTS, "max_calls = 2").await;
    let mut counts = Vec::new();
    for _ in 0..6 {
        counts.push(count(&plugin).await);
    }
    assert_eq!(counts, [1, 2, 1, 2, 1, 2]);
}

#[tokio::test]
async fn a_sandbox_that_nobody_used_for_too_long_is_gone() {
    let place = Place::with_places(2);
    let idle = plugin(&place, COUNTS, "max_idle = \"20ms\"").await;
    assert_eq!(count(&idle).await, 1);
    let gone = async {
        while place.sandbox.free_places() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, gone).await.unwrap();
    assert_eq!(count(&idle).await, 1);
}

#[tokio::test]
async fn a_sandbox_that_rests_gives_its_place_to_a_call_that_finds_none() {
    let place = Place::with_places(3);
    let (one, other) = (plugin(&place, COUNTS, "").await, plugin(&place, COUNTS, "").await);
    let endless = place.plugin(&Guest::that(ENDLESS), "[limits]\nfuel = \"off\"").await;
    let quick = place.plugin(&Guest::that(""), "").await;
    assert_eq!((count(&one).await, count(&other).await), (1, 1));
    assert_eq!(place.sandbox.free_places(), 1);
    let mut holder = Box::pin(attempt(&endless, LONG));
    let (outcome, _) = tokio::select! {
        biased;
        _ = &mut holder => panic!("an endless guest ended"),
        ended = attempt(&quick, LONG) => ended,
    };
    outcome.unwrap();
    drop(holder);
    // The one that had rested for longer made room.
    assert_eq!((count(&one).await, count(&other).await), (1, 2));
}

/// Counting waits until as many are at it as there may be.
#[derive(Debug)]
struct Together(MemoryKv, Barrier);

impl Kv for Together {
    fn get(&self, place: KvPlace, now: Timestamp) -> KvAnswer<'_, Option<Vec<u8>>> {
        self.0.get(place, now)
    }

    fn set(&self, place: KvPlace, value: Vec<u8>, terms: Terms) -> KvAnswer<'_, ()> {
        self.0.set(place, value, terms)
    }

    fn delete(&self, place: KvPlace, now: Timestamp) -> KvAnswer<'_, bool> {
        self.0.delete(place, now)
    }

    fn increment(&self, place: KvPlace, by: i64, terms: Terms) -> KvAnswer<'_, i64> {
        async move {
            self.1.wait().await;
            self.0.increment(place, by, terms).await
        }
        .boxed()
    }

    fn compare_and_set(
        &self,
        place: KvPlace,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        terms: Terms,
    ) -> KvAnswer<'_, bool> {
        self.0.compare_and_set(place, expected, value, terms)
    }
}

#[tokio::test]
async fn a_sandbox_is_never_in_two_calls_at_once() {
    // Traps if it is entered while it waits.
    const ENTERS: &str = "(if (global.get $depth) (then unreachable))
        (global.set $depth (i32.const 1))
        (call $kv (i32.const 1) (i32.const 272) (i32.const 5) (i64.const 1)
          (i32.const 0) (i64.const 0) (i32.const 3000))
        (global.set $depth (i32.const 0))";
    let place = Place::with_kv(Arc::new(Together(MemoryKv::default(), Barrier::new(3))));
    let lines = format!("{WARM}max_instances = 1\n{KV_ASKED}");
    let bytes = Guest::with_kv(ENTERS).bytes();
    let plugin = place.load(&bytes, &lines, "kv = { scopes = [\"plugin\"] }").await.unwrap();
    for _ in 0..3 {
        let calls = (0..3).map(|_| attempt(&plugin, LONG));
        for (outcome, _) in futures_util::future::join_all(calls).await {
            outcome.unwrap();
        }
    }
}
