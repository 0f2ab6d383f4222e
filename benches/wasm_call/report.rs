//! What a person sees. The only file that prints.
#![expect(clippy::print_stdout, reason = "a benchmark's result is its output")]

use std::time::Duration;

use crate::guests::Guest;

/// How long calls took, by way.
#[derive(Debug, Default)]
pub(crate) struct Times {
    pub(crate) bare: Vec<Duration>,
    pub(crate) fresh: Vec<Duration>,
    pub(crate) on_demand: Vec<Duration>,
    pub(crate) linker: Vec<Duration>,
    pub(crate) bare_warm: Vec<Duration>,
    pub(crate) warm: Vec<Duration>,
    /// Calls of one task, and of two at once, in the same time.
    pub(crate) one: usize,
    pub(crate) two: usize,
    /// The same on the bare loop.
    pub(crate) bare_one: usize,
    pub(crate) bare_two: usize,
}

/// What loading took.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) compiled: Duration,
    pub(crate) cached: Duration,
    /// By which the process grew when it was loaded from the cache.
    pub(crate) resident_kb: u64,
    /// What the host says of it.
    pub(crate) told_kb: u64,
}

pub(crate) fn head() {
    println!(
        "A call: store, instance, 200 bytes of JSON, drop. Medians; in brackets the 99th percentile, then how the"
    );
    println!("host's path compares. `two` is how many more calls two threads make than one.\n");
}

pub(crate) fn row(guest: &Guest, times: &mut Times, loaded: &Loaded) {
    let bare = of(&mut times.bare);
    let fresh = of(&mut times.fresh);
    println!("{} ({}, {} KB)", guest.language, guest.name, guest.component.len() / 1024);
    line("fresh, through the host", fresh, None);
    line("bare loop, same pool", bare, Some(fresh));
    line("bare, on demand", of(&mut times.on_demand), Some(fresh));
    line("bare, a linker per call", of(&mut times.linker), Some(fresh));
    let warm = of(&mut times.warm);
    line("warm, through the host", warm, None);
    line("bare warm", of(&mut times.bare_warm), Some(warm));
    let more = |two: usize, one: usize| two as f64 / one.max(1) as f64;
    let (host, bare) = (more(times.two, times.one), more(times.bare_two, times.bare_one));
    println!("  {:28} {host:>9.2}×            bare {bare:.2}×", "two");
    let [compiled, cached] = [loaded.compiled, loaded.cached].map(|time| time.as_secs_f64() * 1e3);
    println!(
        "  {:28} {compiled:>7.1} ms compiled, {cached:.1} ms from the cache: {:.3}×",
        "loaded, trial included",
        cached / compiled
    );
    println!("  {:28} {:>7} KB told, {} KB measured\n", "idle", loaded.told_kb, loaded.resident_kb);
}

/// Memory that this process occupies.
pub(crate) fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Median and 99th percentile, microseconds.
fn of(times: &mut [Duration]) -> [f64; 2] {
    times.sort();
    [50, 99].map(|percent| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    })
}

fn line(what: &str, [median, p99]: [f64; 2], host: Option<[f64; 2]>) {
    let ratio = host.map(|[host, _]| format!("  host {:.2}×", host / median)).unwrap_or_default();
    println!("  {what:28} {median:>7.1} µs  ({p99:.1}){ratio}");
}
