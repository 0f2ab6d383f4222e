//! What hostile tools do: `plugins/hostile`, each as a plugin of its own.

use crate::template::Guest;

macro_rules! hostile {
    ($path:literal) => {
        include_str!(concat!("../../plugins/hostile/", $path, ".wat"))
    };
}

/// Only the clock ends it.
pub(super) const NO_FUEL: &str = "fuel = \"off\"\n";

/// One way to do one's worst.
pub(super) struct Offence {
    /// Of the plugin.
    pub(super) name: &'static str,
    pub(super) guest: Guest,
    /// More lines of `[limits]`.
    pub(super) limits: &'static str,
    pub(super) way: Way,
    /// So many at it, again and again.
    pub(super) at_once: usize,
    /// How each ends.
    pub(super) ends: &'static str,
}

/// When it does it.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// When its tool is called.
    Call,
    /// When it is loaded.
    Open,
}

pub(super) fn all() -> Vec<Offence> {
    let calls = |name, call, ends| called(name, (Guest::that(call), NO_FUEL), ends);
    let inside = |call, inside| Guest { parts: ["", "", inside, ""], ..Guest::that(call) };
    let imported = r#"(import "host" "first" (func $first (result i32)))
        (import "host" "second" (func $second (result i32)))"#;
    let passed = r#"(export "first" (func $first)) (export "second" (func $second))"#;
    let parts = ["", hostile!("around/memories"), imported, passed];
    let memories = Guest { parts, ..Guest::that(hostile!("call/memories")) };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let endless = calls("endless-many", hostile!("call/busy-loop"), "timeout");
    let describe = Guest { describe: hostile!("describe/endless"), ..Guest::that("") };
    let room = "fuel = \"off\"\nmemory = \"160MiB\"\n";
    let table = inside(hostile!("call/table"), hostile!("inside/table"));
    let start = inside("", hostile!("inside/start"));
    let opened = |name, guest| Offence {
        way: Way::Open,
        ..called(name, (guest, NO_FUEL), "plugin.rejected")
    };
    let little = "fuel = 1_000_000\n";
    vec![
        calls("busy-loop", hostile!("call/busy-loop"), "timeout"),
        Offence { at_once: cores * 2, ..endless },
        called("fuel", (Guest::that(hostile!("call/busy-loop")), little), "fuel"),
        calls("recursion", hostile!("call/recursion"), "trap"),
        calls("utf8", hostile!("call/utf8"), "trap"),
        calls("outside", hostile!("call/outside"), "trap"),
        called("memory", (Guest::that(hostile!("call/memory")), room), "memory"),
        called("memories", (memories, room), "memory"),
        called("table", (table, NO_FUEL), "memory"),
        calls("clock", hostile!("call/clock"), "timeout"),
        calls("random", hostile!("call/random"), "limit"),
        calls("log", hostile!("call/log"), "limit"),
        called("output", (Guest::that(hostile!("call/output")), room), "limit"),
        called("kv", (Guest::with_kv(hostile!("call/kv")), NO_FUEL), "limit"),
        opened("describe", describe),
        opened("start", start),
    ]
}

fn called(
    name: &'static str,
    (guest, limits): (Guest, &'static str),
    ends: &'static str,
) -> Offence {
    Offence { name, guest, limits, way: Way::Call, at_once: 1, ends }
}
