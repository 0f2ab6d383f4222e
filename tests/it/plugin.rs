//! Plugins at the room's door: every way in which a guest can go wrong, with a guest that goes wrong that way.

use std::sync::Arc;
use std::time::Duration;

use cicerone::event::{ToolError, ToolErrorKind};
use cicerone::plugin::{Error, Request};
use serde_json::json;
use tokio::time::Instant;

use crate::guest::{ENDLESS, Guest, KV_ASKED, LONG, NOW, Place, SAYS_NO, Stuck, attempt};

/// A grant, and the capabilities that ask for it.
const KV: (&str, &str) = (KV_ASKED, "kv = { scopes = [\"plugin\"] }");
const SESSION: (&str, &str) = (
    "[capabilities]\nsession = { read = [\"/cart\"], patch = [\"/booking\"] }",
    "session = { read = [\"/cart\"], patch = [\"/booking\"] }",
);

/// How a guest fails that has all the time it wants.
async fn failure(guest: Guest, lines: &str) -> ToolError {
    let place = Place::new();
    let plugin = place.plugin(&guest, lines).await;
    let (outcome, report) = attempt(&plugin, LONG).await;
    let error = outcome.unwrap_err().error;
    assert_eq!(report.failed, Some(error.kind));
    error
}

#[tokio::test]
async fn a_plugin_is_loaded_and_its_tool_called_in_a_sandbox() {
    let place = Place::new();
    let plugin = place.plugin(&Guest::that(""), "").await;
    assert_eq!((plugin.name.as_str(), plugin.tools.len()), ("testing", 1));
    assert_eq!(plugin.description, "A guest [31mof the tests.");
    let (outcome, report) = attempt(&plugin, LONG).await;
    assert_eq!(outcome.unwrap().value, json!({"ok": true}));
    assert!(report.fuel > 0 && report.memory == 2 * 65_536, "{report:?}");
    assert_eq!(report.failed, None);
}

#[tokio::test]
async fn an_endless_loop_ends_by_the_clock() {
    let place = Place::new();
    let plugin = place.plugin(&Guest::that(ENDLESS), "[limits]\nfuel = \"off\"").await;
    let (outcome, _) = attempt(&plugin, Duration::from_millis(50)).await;
    assert_eq!(outcome.unwrap_err().error.kind, ToolErrorKind::Timeout);
}

#[tokio::test]
async fn an_endless_loop_ends_by_fuel_at_the_same_instruction_every_time() {
    let place = Place::new();
    let plugin = place.plugin(&Guest::that(ENDLESS), "[limits]\nfuel = 100_000").await;
    let (one, two) = (attempt(&plugin, LONG).await, attempt(&plugin, LONG).await);
    assert_eq!(one.0.unwrap_err().error.kind, ToolErrorKind::Fuel);
    assert_eq!(two.0.unwrap_err().error.kind, ToolErrorKind::Fuel);
    assert_eq!(one.1.fuel, two.1.fuel);
}

#[tokio::test]
async fn an_endless_recursion_is_a_trap() {
    let error = failure(Guest::that("(drop (call $recurse))"), "").await;
    assert_eq!(error.kind, ToolErrorKind::Trap);
    assert!(error.message.contains("call stack exhausted"), "{}", error.message);
}

#[tokio::test]
async fn a_crash_is_a_trap() {
    let error = failure(Guest::that("unreachable"), "").await;
    assert_eq!((error.kind, error.retryable), (ToolErrorKind::Trap, false));
}

#[tokio::test]
async fn a_guest_that_takes_more_and_more_memory_is_stopped_by_memory() {
    let bomb =
        "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable";
    let place = Place::new();
    let plugin = place.plugin(&Guest::that(bomb), "[limits]\nmemory = \"8MiB\"").await;
    let (outcome, report) = attempt(&plugin, LONG).await;
    assert_eq!(outcome.unwrap_err().error.kind, ToolErrorKind::Memory);
    assert!(report.memory <= 8 << 20, "{}", report.memory);
}

#[tokio::test]
async fn a_guest_that_begins_with_too_much_memory_is_not_loaded() {
    let place = Place::new();
    let large = Guest::that("").bytes();
    let error = place.load(&large, "[limits]\nmemory = \"64KiB\"", "").await.unwrap_err();
    assert!(matches!(&error, Error::Describe(why) if why.contains("memory")), "{error}");
}

#[tokio::test]
async fn more_output_than_allowed_is_a_limit_however_much_more_it_is() {
    // The second is more than may pass at once, which the engine itself stops.
    for length in ["1000", "120000"] {
        let grow = format!(
            "(i32.store (i32.const 2056) (i32.const 4096)) (i32.store (i32.const 2060) (i32.const {length}))
             (memory.fill (i32.const 4096) (i32.const 48) (i32.const 120000))"
        );
        let limits = "[limits]\noutput = \"512B\"\nhostcall_bytes = \"64KiB\"";
        let error = failure(Guest::that(grow.leak()), limits).await;
        assert_eq!(error.kind, ToolErrorKind::Limit, "{}", error.message);
    }
}

const LOG: &str = "(loop $l
    (call $emit (i32.const 2) (i32.const 528) (i32.const 10) (i32.const 0) (i32.const 0)) (br $l))";

#[tokio::test]
async fn a_flood_of_log_lines_is_a_limit_and_what_came_before_is_kept_and_cleaned() {
    let place = Place::new();
    let plugin = place.plugin(&Guest::that(LOG), "[limits]\nlogs = { entries = 3 }").await;
    let (outcome, report) = attempt(&plugin, LONG).await;
    assert_eq!(outcome.unwrap_err().error.kind, ToolErrorKind::Limit);
    let lines: Vec<_> = report.log.iter().map(|line| (line.level, &*line.message)).collect();
    assert_eq!(lines, [("info", "Sold out."); 3]);
}

#[tokio::test]
async fn more_data_through_the_host_than_allowed_is_a_limit() {
    let flood = "(loop $l (call $random (i32.const 1024) (i32.const 3000)) (br $l))";
    let error = failure(Guest::that(flood), "[limits]\nhostcall_bytes = \"4KiB\"").await;
    assert_eq!(error.kind, ToolErrorKind::Limit);
    let error = failure(Guest::that("(call $random (i32.const 1025) (i32.const 3000))"), "").await;
    assert_eq!(error.kind, ToolErrorKind::Limit);
}

#[tokio::test]
async fn larger_args_than_allowed_are_a_limit_and_nothing_runs() {
    let place = Place::new();
    let plugin = place.plugin(&Guest::that("unreachable"), "[limits]\nargs = \"8B\"").await;
    let call = crate::tool::call("testing/do", json!({"text": "longer than that"}));
    let deadline = Instant::now() + LONG;
    let request = Request { call: &call, tool: "do", attempt: 1, now: NOW, deadline };
    let failure = plugin.call(request).await.0.unwrap_err();
    assert_eq!((failure.error.kind, failure.nothing_ran), (ToolErrorKind::Limit, true));
}

#[tokio::test]
async fn a_result_that_is_not_json_is_a_bad_result() {
    let error = failure(Guest::that("(i32.store (i32.const 2060) (i32.const 5))"), "").await;
    assert_eq!(error.kind, ToolErrorKind::BadResult);
}

#[tokio::test]
async fn a_result_that_lies_outside_the_memory_is_a_trap() {
    let error = failure(Guest::that("(i32.store (i32.const 2056) (i32.const -8))"), "").await;
    assert_eq!(error.kind, ToolErrorKind::Trap);
}

#[tokio::test]
async fn a_tools_own_error_keeps_its_code_its_word_and_its_details() {
    let place = Place::new();
    let plugin = place.plugin(&Guest::that(SAYS_NO), "").await;
    let failure = attempt(&plugin, LONG).await.0.unwrap_err();
    assert_eq!(failure.retry_after, Some(Duration::from_millis(70)));
    let expected = json!({"kind": "tool", "code": "sold_out", "message": "Sold out.", "retryable": true,
        "attempts": 1, "details": {"left": 0}});
    assert_eq!(serde_json::to_value(failure.error).unwrap(), expected);
}

#[tokio::test]
async fn a_tools_own_error_is_no_longer_than_a_result_may_be() {
    let error = failure(Guest::that(SAYS_NO), "[limits]\noutput = \"16B\"").await;
    assert_eq!((error.kind, error.details), (ToolErrorKind::Limit, None), "{}", error.message);
}

/// The guest wishes that `/booking/id` becomes `{"left":0}`: a field at 2200.
const PATCHES: &str = "
    (i32.store (i32.const 2200) (i32.const 560)) (i32.store (i32.const 2204) (i32.const 11))
    (i32.store (i32.const 2208) (i32.const 576)) (i32.store (i32.const 2212) (i32.const 10))
    (i32.store (i32.const 2064) (i32.const 2200)) (i32.store (i32.const 2068) (i32.const 1))";

#[tokio::test]
async fn the_context_is_changed_where_it_is_granted_and_elsewhere_the_call_is_denied() {
    let error = failure(Guest::that(PATCHES), "").await;
    assert_eq!(error.kind, ToolErrorKind::Denied);
    let place = Place::new();
    let bytes = Guest::that(PATCHES).bytes();
    let plugin = place.load(&bytes, SESSION.0, SESSION.1).await.unwrap();
    let answer = attempt(&plugin, LONG).await.0.unwrap();
    assert_eq!(answer.patch, [("booking.id".to_owned(), json!({"left": 0}))]);
}

/// Gives what `session.get("/cart/0")` gives: result, option and text at 3000.
const READS: &str = "(call $session (i32.const 592) (i32.const 7) (i32.const 3000))
    (if (i32.load8_u (i32.const 3000)) (then unreachable))
    (i32.store (i32.const 2056) (i32.load (i32.const 3008)))
    (i32.store (i32.const 2060) (i32.load (i32.const 3012)))";

#[tokio::test]
async fn a_guest_reads_the_granted_part_of_the_context_only() {
    let place = Place::new();
    let bytes = Guest::with_session(READS).bytes();
    let plugin = place.load(&bytes, SESSION.0, SESSION.1).await.unwrap();
    assert_eq!(attempt(&plugin, LONG).await.0.unwrap().value, json!("tea"));
    let asks = "[capabilities]\nsession = { read = [\"/user\"] }";
    let other = place.load(&bytes, asks, "session = { read = [\"/user\"] }").await.unwrap();
    assert_eq!(attempt(&other, LONG).await.0.unwrap_err().error.kind, ToolErrorKind::Trap);
}

/// Counts in `kv` under `1.0.0` and gives nothing of it.
const COUNTS: &str = "(call $kv (i32.const 1) (i32.const 272) (i32.const 5) (i64.const 1)
    (i32.const 0) (i64.const 0) (i32.const 3000))
    (if (i64.ne (i64.load (i32.const 3008)) (i64.const 1)) (then unreachable))";

#[tokio::test]
async fn a_plugins_data_lasts_longer_than_its_sandbox() {
    let place = Place::new();
    let plugin = place.load(&Guest::with_kv(COUNTS).bytes(), KV.0, KV.1).await.unwrap();
    assert!(attempt(&plugin, LONG).await.0.is_ok());
    // The second sandbox finds 2 and traps, as the guest is written.
    assert_eq!(attempt(&plugin, LONG).await.0.unwrap_err().error.kind, ToolErrorKind::Trap);
}

#[tokio::test]
async fn a_host_call_that_takes_too_long_ends_with_the_attempt() {
    let place = Place::with_kv(Arc::new(Stuck));
    let plugin = place.load(&Guest::with_kv(COUNTS).bytes(), KV.0, KV.1).await.unwrap();
    let (outcome, _) = attempt(&plugin, Duration::from_millis(50)).await;
    assert_eq!(outcome.unwrap_err().error.kind, ToolErrorKind::Timeout);
}

#[tokio::test]
async fn a_guest_sees_the_conversations_clock() {
    let frozen = "(if (i64.ne (call $now) (i64.const 1000000)) (then unreachable))
        (if (i64.lt_u (call $left) (i64.const 1)) (then unreachable))";
    let place = Place::new();
    let plugin = place.plugin(&Guest::that(frozen), "").await;
    assert!(attempt(&plugin, LONG).await.0.is_ok());
}

#[tokio::test]
async fn an_endless_guest_keeps_no_other_guest_of_the_same_thread_from_running() {
    let place = Place::new();
    let endless = place.plugin(&Guest::that(ENDLESS), "[limits]\nfuel = \"off\"").await;
    let quick = place.plugin(&Guest::that(""), "").await;
    let stuck = attempt(&endless, LONG);
    let others = async {
        for _ in 0..5 {
            attempt(&quick, LONG).await.0.unwrap();
        }
    };
    tokio::select! {
        _ = stuck => panic!("an endless guest ended"),
        () = others => {}
    }
}

#[tokio::test]
async fn a_sandbox_may_be_dropped_by_a_task() {
    let place = Place::new();
    let plugin = place.plugin(&Guest::that(""), "").await;
    drop(place);
    tokio::spawn(async move { drop(plugin) }).await.unwrap();
}
