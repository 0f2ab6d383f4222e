//! The machine that sandboxes run on: its settings, its clock tick and its own threads. It knows no plugin.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, timeout_at};
use tracing::warn;
use wasmtime::component::Component;
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig,
};

use super::warm::Everybody;
use super::{Error, Options};

/// How often a running guest is looked at.
const TICK: Duration = Duration::from_millis(5);

/// Tables that a place has beside its one memory: C, Rust, `QuickJS` and Python take two.
const TABLES_OF_PLACE: u32 = 4;

/// What of a sandbox's memory stays mapped between calls, where the kernel can say which pages were written.
const KEPT_WITH_SCAN: usize = 1 << 20;

/// The same, where it cannot: more costs more than it saves.
const KEPT_WITHOUT_SCAN: usize = 64 << 10;

/// What of each of its tables stays mapped: emptying it by hand costs less than giving it back.
const TABLE_KEPT: usize = 64 << 10;

/// Tasks that a guest thread runs before it looks at timers and sockets: a guest is a long task.
const EVENT_INTERVAL: u32 = 3;

/// The compiled code's machine, its tick and its threads.
#[derive(Debug)]
pub(super) struct Machine {
    engine: Engine,
    threads: Threads,
    places: Arc<Semaphore>,
    places_max: u32,
    warm: Arc<Everybody>,
}

/// Places for the sandboxes of one component. Whoever finds none waits: the pool itself would fail at once.
#[derive(Debug, Clone)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    each: u32,
    warm: Arc<Everybody>,
}

impl Machine {
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        let engine = pooled(options).or_else(|error| {
            let (places, why) = (options.places, format!("{error:#}"));
            warn!(places, why, "There is no room for so many sandboxes at a time; each is made on demand, which is slower.");
            Engine::new(&settings())
        });
        let engine = engine.map_err(|error| Error::Machine(format!("{error:#}")))?;
        tick(engine.weak()).map_err(|error| Error::Machine(error.to_string()))?;
        let places_max = options.places.max(1);
        let places = Arc::new(Semaphore::new(usize::try_from(places_max).unwrap_or(1)));
        let (threads, warm) = (Threads::for_guests(options.threads)?, Arc::default());
        Ok(Self { engine, threads, places, places_max, warm })
    }

    /// What a sandbox of this component takes; one that could never have it is refused here, not at its first call.
    pub(super) fn places(&self, component: &Component) -> Result<Places, Error> {
        let needs =
            component.resources_required().map_or((1, 1), |all| (all.num_memories, all.num_tables));
        let each = needs.0.max(needs.1.div_ceil(TABLES_OF_PLACE)).max(1);
        if each > self.places_max {
            let why = format!(
                "has {} memories and {} tables, for which the host's {} places are too few",
                needs.0, needs.1, self.places_max
            );
            return Err(Error::Component(why));
        }
        Ok(Places { all: Arc::clone(&self.places), each, warm: Arc::clone(&self.warm) })
    }

    pub(super) const fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn threads(&self) -> &Handle {
        self.threads.handle()
    }

    pub(super) fn free_places(&self) -> usize {
        self.places.available_permits()
    }

    pub(super) fn warm(&self) -> &Everybody {
        &self.warm
    }
}

impl Places {
    /// A place for one sandbox, to be held as long as it is there; none if there is none until then.
    pub(super) async fn take(&self, deadline: Instant) -> Option<OwnedSemaphorePermit> {
        let mut free = pin!(Arc::clone(&self.all).acquire_many_owned(self.each));
        // Not of the asking task's budget: one that has used it up would seem to find no place.
        let now = poll_fn(|context| Poll::Ready(pin!(unconstrained(free.as_mut())).poll(context)));
        if let Poll::Ready(place) = now.await {
            return place.ok();
        }
        // From here on nobody keeps a place for later.
        self.warm.give_way(self.each);
        timeout_at(deadline, free).await.ok()?.ok()
    }

    /// Whether somebody may be waiting for one.
    pub(super) fn are_all_taken(&self) -> bool {
        self.all.available_permits() == 0
    }
}

/// An engine that only compiles: what it makes runs on any machine with the same settings.
pub(super) fn compiling() -> wasmtime::Result<Engine> {
    Engine::new(&settings())
}

/// Places for sandboxes, made once; each reserves addresses, not memory. Fails where the address space is limited.
fn pooled(options: &Options) -> wasmtime::Result<Engine> {
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let places = options.places.max(1);
    let mut pool = PoolingAllocationConfig::new();
    // Core instances cost nothing here, and each sandbox has a limit of its own for them: Python takes dozens.
    pool.total_component_instances(places)
        .total_core_instances(u32::MAX)
        .total_memories(places)
        .total_tables(places.saturating_mul(TABLES_OF_PLACE))
        .total_stacks(places)
        .max_memory_size(options.memory_max)
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(if scan { KEPT_WITH_SCAN } else { KEPT_WITHOUT_SCAN })
        .table_keep_resident(TABLE_KEPT);
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

/// Threads of their own.
#[derive(Debug)]
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    /// For guests, so that an endless one delays nobody else's timers.
    fn for_guests(count: usize) -> Result<Self, Error> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(count.max(1)).thread_name("guest").event_interval(EVENT_INTERVAL);
        Self::of(builder.enable_time())
    }

    /// For guests' requests, so that no endless guest delays them.
    pub(super) fn for_requests() -> Result<Self, Error> {
        let mut builder = Builder::new_multi_thread();
        Self::of(builder.worker_threads(1).thread_name("guest-net").enable_all())
    }

    fn of(builder: &mut Builder) -> Result<Self, Error> {
        let built = builder.build().map(|runtime| Self(Some(runtime)));
        built.map_err(|error| Error::Machine(error.to_string()))
    }

    pub(super) fn handle(&self) -> &Handle {
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

#[cfg(test)]
mod tests {
    use tokio::task::coop::{consume_budget, has_budget_remaining};

    use super::*;

    #[tokio::test]
    async fn a_task_that_has_used_up_its_budget_finds_a_free_place_at_once() {
        let all = Arc::new(Semaphore::new(1));
        let places = Places { all, each: 1, warm: Arc::default() };
        let mut take = pin!(places.take(Instant::now()));
        let is_found = poll_fn(|context| {
            while has_budget_remaining() {
                assert!(pin!(consume_budget()).poll(context).is_ready());
            }
            Poll::Ready(matches!(take.as_mut().poll(context), Poll::Ready(Some(_))))
        });
        assert!(is_found.await);
    }
}
