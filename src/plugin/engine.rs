//! The machine that sandboxes run on: its settings, its clock tick and its own threads. It knows no plugin.

use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig,
};

use super::{Error, Options};

/// How often a running guest is looked at.
const TICK: Duration = Duration::from_millis(5);

/// Sandboxes at a time; each reserves addresses, not memory.
const SLOTS: u32 = 1_000;

/// What of a sandbox's memory stays mapped between calls, where the kernel can say which pages were written.
const KEPT_WITH_SCAN: usize = 1 << 20;

/// The same, where it cannot: more costs more than it saves.
const KEPT_WITHOUT_SCAN: usize = 64 << 10;

/// Tasks that a guest thread runs before it looks at timers and sockets: a guest is a long task.
const EVENT_INTERVAL: u32 = 3;

/// The compiled code's machine, its tick and its threads.
#[derive(Debug)]
pub(super) struct Machine {
    engine: Engine,
    threads: Threads,
}

impl Machine {
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        let engine = pooled(options).or_else(|_no_room| Engine::new(&settings()));
        let engine = engine.map_err(|error| Error::Machine(format!("{error:#}")))?;
        tick(engine.weak()).map_err(|error| Error::Machine(error.to_string()))?;
        Ok(Self { engine, threads: Threads::new(options.threads)? })
    }

    pub(super) const fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn threads(&self) -> &Handle {
        self.threads.handle()
    }
}

/// An engine that only compiles: what it makes runs on any machine with the same settings.
pub(super) fn compiling() -> wasmtime::Result<Engine> {
    Engine::new(&settings())
}

/// Places for sandboxes, made once. Fails where the address space is limited.
fn pooled(options: &Options) -> wasmtime::Result<Engine> {
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(SLOTS)
        .total_core_instances(SLOTS * 2)
        .total_memories(SLOTS)
        .total_tables(SLOTS)
        .total_stacks(SLOTS)
        .max_memory_size(options.memory_max)
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(if scan { KEPT_WITH_SCAN } else { KEPT_WITHOUT_SCAN });
    let mut config = settings();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

fn settings() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .concurrency_support(false)
        .wasm_component_model(true);
    config
}

/// Looks at all guests every few milliseconds, until the machine is gone.
fn tick(engine: EngineWeak) -> std::io::Result<()> {
    let ticking = move || {
        loop {
            std::thread::sleep(TICK);
            let Some(engine) = engine.upgrade() else { return };
            engine.increment_epoch();
        }
    };
    std::thread::Builder::new().name("guest-tick".into()).spawn(ticking).map(drop)
}

/// Guests' own threads, so that an endless one delays nobody else's timers.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Threads {
    fn new(count: usize) -> Result<Self, Error> {
        Builder::new_multi_thread()
            .worker_threads(count.max(1))
            .thread_name("guest")
            .event_interval(EVENT_INTERVAL)
            .enable_time()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(|error| Error::Machine(error.to_string()))
    }

    fn handle(&self) -> &Handle {
        self.0.as_ref().expect("the threads are there until they are dropped").handle()
    }
}

impl Drop for Threads {
    /// Without waiting: the last owner may be a task of another runtime, where waiting would panic.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
