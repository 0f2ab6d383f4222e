//! The hostile set of `plugins/hostile`: each guest does its worst, is stopped with the right word, and another plugin's
//! calls go on meanwhile. What leads out of the sandbox is tried where that is tested.

use std::pin::pin;
use std::time::Duration;

use cicerone::event::ToolErrorKind;
use cicerone::plugin::Plugin;

use crate::guest::{Guest, KV_ASKED, LONG, Place, attempt};

macro_rules! hostile {
    ($path:literal) => {
        include_str!(concat!("../../plugins/hostile/", $path, ".wat"))
    };
}

/// Only the clock ends it.
const NO_FUEL: &str = "[limits]\nfuel = \"off\"";

/// How long an endless guest has.
const TIME: Duration = Duration::from_millis(300);

/// A guest with something more in its module.
fn with(call: &'static str, inside: &'static str) -> Guest {
    Guest { parts: ["", "", inside, ""], ..Guest::that(call) }
}

/// A guest with something more around its module.
fn beside(parts: String) -> Guest {
    Guest { parts: ["", parts.leak(), "", ""], ..Guest::that("") }
}

/// How a guest's call ends, and how many calls of another plugin were answered meanwhile.
async fn contained(place: &Place, hostile: &Plugin, time: Duration) -> (ToolErrorKind, usize) {
    let other = place.plugin(&Guest::that(""), "").await;
    let mut offence = pin!(attempt(hostile, time));
    let mut answered = 0;
    let (outcome, report) = loop {
        tokio::select! {
            ended = &mut offence => break ended,
            (outcome, _) = attempt(&other, LONG) => {
                outcome.unwrap();
                answered += 1;
            }
        }
    };
    attempt(&other, LONG).await.0.unwrap();
    let kind = outcome.unwrap_err().error.kind;
    assert_eq!(report.failed, Some(kind));
    (kind, answered)
}

#[track_caller]
fn ends(guest: Guest, lines: &str, kind: ToolErrorKind) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let place = Place::new();
        let hostile = place.plugin(&guest, lines).await;
        assert_eq!(contained(&place, &hostile, LONG).await.0, kind);
    });
}

#[tokio::test]
async fn what_never_ends_is_stopped_by_the_clock_and_others_go_on() {
    for call in [hostile!("call/busy-loop"), hostile!("call/clock")] {
        let place = Place::new();
        let hostile = place.plugin(&Guest::that(call), NO_FUEL).await;
        let (kind, answered) = contained(&place, &hostile, TIME).await;
        assert_eq!(kind, ToolErrorKind::Timeout, "{call}");
        assert!(answered > 0, "nobody else was answered during {call}");
    }
}

#[tokio::test]
async fn more_endless_guests_than_threads_keep_nobody_from_running() {
    let place = Place::new();
    let hostile = place.plugin(&Guest::that(hostile!("call/busy-loop")), NO_FUEL).await;
    let others = [attempt(&hostile, TIME), attempt(&hostile, TIME), attempt(&hostile, TIME)];
    let all = futures_util::future::join_all(others);
    let ((kind, answered), ended) = tokio::join!(contained(&place, &hostile, TIME), all);
    assert!(kind == ToolErrorKind::Timeout && answered > 0, "{kind:?}, {answered}");
    for (outcome, _) in ended {
        assert_eq!(outcome.unwrap_err().error.kind, ToolErrorKind::Timeout);
    }
}

#[test]
fn what_computes_too_long_ends_by_fuel() {
    let guest = Guest::that(hostile!("call/busy-loop"));
    ends(guest, "[limits]\nfuel = 1_000_000", ToolErrorKind::Fuel);
}

#[test]
fn what_crashes_is_a_trap() {
    ends(Guest::that(hostile!("call/recursion")), "", ToolErrorKind::Trap);
    ends(Guest::that(hostile!("call/utf8")), "", ToolErrorKind::Trap);
    ends(Guest::that(hostile!("call/outside")), "", ToolErrorKind::Trap);
}

#[test]
fn what_takes_too_much_memory_ends_by_memory_however_it_is_spread() {
    let lines = "[limits]\nmemory = \"8MiB\"";
    ends(Guest::that(hostile!("call/memory")), lines, ToolErrorKind::Memory);
    let imported = r#"(import "host" "first" (func $first (result i32)))
        (import "host" "second" (func $second (result i32)))"#;
    let passed = r#"(export "first" (func $first)) (export "second" (func $second))"#;
    let parts = ["", hostile!("around/memories"), imported, passed];
    let memories = Guest { parts, ..Guest::that(hostile!("call/memories")) };
    ends(memories, lines, ToolErrorKind::Memory);
    ends(with(hostile!("call/table"), hostile!("inside/table")), lines, ToolErrorKind::Memory);
}

#[test]
fn what_floods_the_host_ends_by_a_limit() {
    // Less than what the guest itself has room for.
    let little = format!("{NO_FUEL}\nhostcall_bytes = \"32KiB\"");
    ends(Guest::that(hostile!("call/random")), &little, ToolErrorKind::Limit);
    ends(Guest::that(hostile!("call/log")), NO_FUEL, ToolErrorKind::Limit);
    let room = "[limits]\nmemory = \"160MiB\"";
    ends(Guest::that(hostile!("call/output")), room, ToolErrorKind::Limit);
}

#[tokio::test]
async fn a_flood_of_keys_ends_and_leaves_the_plugins_own_data_alone() {
    let place = Place::new();
    let grant = "kv = { scopes = [\"plugin\"] }";
    let lines = format!("{NO_FUEL}\n{}", KV_ASKED.replace(" }", ", max_keys = 5 }"));
    let guest = Guest::with_kv(hostile!("call/kv"));
    let hostile = place.load(&guest.bytes(), &lines, grant).await.unwrap();
    let (kind, _) = contained(&place, &hostile, LONG).await;
    assert_eq!(kind, ToolErrorKind::Limit);
}

#[tokio::test]
async fn what_does_not_start_or_does_not_say_what_it_is_is_not_loaded() {
    let place = Place::new();
    let fuel = "[limits]\nfuel = 10_000_000";
    let guests = [
        Guest { describe: hostile!("describe/trap"), ..Guest::that("") },
        Guest { describe: hostile!("describe/endless"), ..Guest::that("") },
        with("", hostile!("inside/start")),
    ];
    for guest in guests {
        assert!(place.load(&guest.bytes(), fuel, "").await.is_err(), "{guest:?} was loaded");
    }
    attempt(&place.plugin(&Guest::that(""), "").await, LONG).await.0.unwrap();
}

#[tokio::test]
async fn what_has_too_many_parts_is_not_loaded() {
    let place = Place::new();
    let instances = "(core instance (instantiate $small))".repeat(100);
    let small = beside(format!("(core module $small) {instances}"));
    assert!(place.load(&small.bytes(), "", "").await.is_err(), "a hundred instances");
    let memories = beside(format!("(core module $small (memory 1)) {instances}"));
    assert!(place.load(&memories.bytes(), "", "").await.is_err(), "a hundred memories");
    let two = with("", "(memory $second 1) (memory $third 1)");
    assert!(place.load(&two.bytes(), "", "").await.is_err(), "more memories in one module");
}

#[tokio::test]
async fn a_component_of_other_types_is_not_loaded() {
    let place = Place::new();
    let text = Guest::that("").text();
    for (from, to) in [
        (r#"(field "retryable" bool)"#, r#"(field "retryable" u8)"#),
        (r#""rate-limited" "unavailable""#, r#""unavailable" "rate-limited""#),
    ] {
        let other = text.replace(from, to);
        assert_ne!(other, text);
        let bytes = wat::parse_str(other).unwrap();
        assert!(place.load(&bytes, "", "").await.is_err(), "{to}");
    }
}

/// 1 000 files with `CICERONE_LONG`, a sample without it.
#[tokio::test]
async fn damaged_and_random_files_never_crash_the_host() {
    let (place, whole) = (Place::new(), Guest::that("").bytes());
    let many = if std::env::var_os("CICERONE_LONG").is_some() { 1_000 } else { 60 };
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(below).unwrap()).unwrap()
    };
    for round in 0..many {
        let mut bytes = whole.clone();
        match round % 3 {
            0 => bytes.truncate(next(whole.len())),
            1 => {
                let place = next(whole.len());
                bytes[place] ^= 1 << next(8);
            }
            _ => bytes = (0..next(2_000)).map(|_| u8::try_from(next(256)).unwrap()).collect(),
        }
        if let Ok(plugin) = place.load(&bytes, "", "").await {
            drop(attempt(&plugin, Duration::from_secs(5)).await);
        }
    }
    attempt(&place.plugin(&Guest::that(""), "").await, LONG).await.0.unwrap();
}
