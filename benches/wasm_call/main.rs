//! What a call of a sandboxed tool costs, for the example plugins that are built, one per language: through the host's own
//! path, beside bare loops on the engine with the same settings, in the same rounds. Started by `cargo xtask bench
//! wasm_call`; names of plugins after it leave out the others. It asserts nothing: ratios hold, times are those of the
//! machine.

mod bare;
mod guests;
mod report;
mod through;

use std::time::{Duration, Instant};

use bare::{Bare, Pool};
use guests::Guest;
use report::{Loaded, Times};
use through::Through;

/// As in the host.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds in which each way is measured once, so that what disturbs one disturbs all.
const ROUNDS: usize = 15;

/// For each way in each round.
const SLICE: Duration = Duration::from_millis(40);

fn main() {
    let only: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    report::head();
    for guest in guests::built() {
        if only.is_empty() || only.iter().any(|name| name == guest.name) {
            measure(&guest);
        }
    }
}

fn measure(guest: &Guest) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let place = tempfile::tempdir().expect("a directory is made");
    let loaded = runtime.block_on(loading(guest, place.path()));
    let fresh = runtime.block_on(Through::load(guest, place.path(), "fresh"));
    let warm = runtime.block_on(Through::load(guest, place.path(), "warm"));
    let pooled = Bare::new(guest, Pool::Pooled);
    let on_demand = Bare::new(guest, Pool::OnDemand);
    let mut times = Times::default();
    let mut live = runtime.block_on(pooled.start());
    for _ in 0..ROUNDS {
        runtime.block_on(async {
            times.bare.extend(calls(async || pooled.fresh(guest).await).await);
            times.fresh.extend(calls(async || fresh.call(guest).await).await);
            times.on_demand.extend(calls(async || on_demand.fresh(guest).await).await);
            times.linker.extend(calls(async || pooled.with_a_linker(guest).await).await);
            times.warm.extend(calls(async || warm.call(guest).await).await);
        });
        times.bare_warm.extend(runtime.block_on(async {
            let began = Instant::now();
            let mut times = Vec::new();
            while began.elapsed() < SLICE {
                let begun = Instant::now();
                let called = live.call(guest).await;
                times.push(begun.elapsed());
                // Whoever crashed is not called again.
                if called.is_err() {
                    live = pooled.start().await;
                }
            }
            times
        }));
        times.one += at_once(&runtime, &fresh, guest, 1);
        times.two += at_once(&runtime, &fresh, guest, 2);
        times.bare_one += bare_at_once(&pooled, guest, 1);
        times.bare_two += bare_at_once(&pooled, guest, 2);
    }
    report::row(guest, &mut times, &loaded);
}

/// How long each of so many calls takes as fit into the slice.
async fn calls(call: impl AsyncFn()) -> Vec<Duration> {
    let began = Instant::now();
    let mut times = Vec::new();
    while began.elapsed() < SLICE {
        let begun = Instant::now();
        call().await;
        times.push(begun.elapsed());
    }
    times
}

/// Calls that so many tasks make in the slice.
fn at_once(
    runtime: &tokio::runtime::Runtime,
    fresh: &Through,
    guest: &Guest,
    tasks: usize,
) -> usize {
    let counting = |_| runtime.spawn(count(fresh.clone(), guest.clone()));
    let tasks: Vec<_> = (0..tasks).map(counting).collect();
    let ended = tasks.into_iter().map(|task| runtime.block_on(task).expect("no call panics"));
    ended.sum()
}

/// The same on the bare loop, each on a thread of its own: what this machine and the engine allow.
fn bare_at_once(pooled: &Bare, guest: &Guest, threads: usize) -> usize {
    std::thread::scope(|scope| {
        let counting = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let slice = async || calls(async || pooled.fresh(guest).await).await.len();
            runtime.expect("a runtime starts").block_on(slice())
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(counting)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no call panics")).sum()
    })
}

async fn count(fresh: Through, guest: Guest) -> usize {
    let began = Instant::now();
    let mut calls = 0;
    while began.elapsed() < SLICE {
        fresh.call(&guest).await;
        calls += 1;
    }
    calls
}

/// Loading with an empty cache, and again in a host that starts anew, the trial included.
async fn loading(guest: &Guest, place: &std::path::Path) -> Loaded {
    let began = Instant::now();
    drop(Through::load(guest, place, "fresh").await);
    let compiled = began.elapsed();
    let mut cached = Vec::new();
    let (mut resident, mut told) = (0, 0);
    for _ in 0..5 {
        let sandbox = Through::sandbox(place);
        let before = report::resident_kb();
        let began = Instant::now();
        let loaded = Through::load_into(&sandbox, guest, place, "fresh").await;
        cached.push(began.elapsed());
        resident = report::resident_kb().saturating_sub(before);
        told = loaded.resident();
    }
    cached.sort();
    let cached = cached.get(cached.len() / 2).copied().unwrap_or_default();
    Loaded { compiled, cached, resident_kb: resident, told_kb: told / 1024 }
}
