//! What a sandbox sees of its host during one call: its account of memory, an empty WASI, and the rights of its
//! plugin. The imports themselves are next door in `imports`. It never outlives the call.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{
    Deterministic, HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxView, WasiView,
};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::chance::{Chance, Drawer};
use super::egress::{Egress, Outing, Veil};
use super::grant::Rights;
use super::imports::Hooks;
use super::kv::Kv;
use super::limits::Limits;
use super::report::LogLine;
use crate::clock::Clock;
use crate::engine::Teller;
use crate::event::{CallId, Map, SessionId, Timestamp};

/// Handles of WASI resources, such as streams, that a guest may hold.
const RESOURCES_MAX: usize = 1_000;

/// Random bytes that a guest may draw from WASI at once.
const RANDOM_MAX: u64 = 64 << 10;

/// Random bytes after which WASI's begin again in a replay.
const REPEATED: usize = 4 << 10;

/// The data of one store.
#[derive(Debug)]
pub(super) struct State {
    pub(super) limits: Limits,
    pub(super) call: Option<Calling>,
    pub(super) spent: Spent,
    /// When the guest is stopped.
    pub(super) deadline: Instant,
    /// Where the guest's own clock begins.
    began: Option<Instant>,
    /// Made by the first use of it.
    outing: Option<Arc<Outing>>,
    web: Option<Box<Web>>,
    table: ResourceTable,
    wasi: Lazy,
}

/// What `wasi:http` works with.
#[derive(Debug)]
struct Web {
    context: WasiHttpCtx,
    hooks: Hooks,
}

/// The call that is being made; there is none while a plugin describes itself.
#[derive(Debug)]
pub(super) struct Calling {
    pub(super) rights: Arc<Rights>,
    pub(super) kv: Arc<dyn Kv>,
    pub(super) egress: Option<Arc<Egress>>,
    pub(super) teller: Option<Teller>,
    pub(super) chance: Chance,
    pub(super) clock: Clock,
    pub(super) seed: Option<u64>,
    pub(super) attempt: u32,
    pub(super) id: CallId,
    pub(super) session: Option<SessionId>,
    pub(super) context: Arc<Map>,
    pub(super) now: Timestamp,
    pub(super) deadline: Instant,
}

/// What the call took of its host.
#[derive(Debug, Default)]
pub(super) struct Spent {
    pub(super) host: Duration,
    pub(super) bytes: u64,
    pub(super) log: Vec<LogLine>,
    pub(super) log_bytes: u64,
    pub(super) events: u64,
}

/// Why the host ended a call from inside an import.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// More than the plugin may take of its host.
    #[error("{0}")]
    Limit(String),
    /// A plugin that describes itself may ask nothing.
    #[error("`describe` must not call `{0}`: it gives the same data at any time and in any place")]
    Describing(&'static str),
}

impl State {
    /// For a call.
    pub(super) fn calling(call: Calling) -> Self {
        let memory = usize::try_from(call.rights.limits.memory).unwrap_or(usize::MAX);
        let deadline = call.deadline;
        Self { call: Some(call), ..Self::describing(memory, deadline) }
    }

    /// For another call in the same sandbox.
    pub(super) fn again(&mut self, call: Calling) {
        self.deadline = call.deadline;
        self.call = Some(call);
    }

    /// Between two calls. Of the one before nothing stays but what the guest itself has: its memory, and handles that it
    /// did not give back.
    pub(super) fn rest(&mut self) {
        self.call = None;
        self.spent = Spent::default();
        self.outing = None;
        self.web = None;
        self.wasi = Lazy(None);
    }

    /// For a trial instantiation and `describe`: every import of ours ends it.
    pub(super) fn describing(memory_max: usize, deadline: Instant) -> Self {
        Self {
            limits: Limits::new(memory_max),
            call: None,
            spent: Spent::default(),
            deadline,
            began: None,
            outing: None,
            web: None,
            table: table(),
            wasi: Lazy(None),
        }
    }

    /// The call in which `import` was called.
    pub(super) fn in_call(&self, import: &'static str) -> Result<&Calling, Stop> {
        self.call.as_ref().ok_or(Stop::Describing(import))
    }

    /// The way out; none for a plugin that has no business outside.
    pub(super) fn outing(&mut self, import: &'static str) -> Result<Option<&Arc<Outing>>, Stop> {
        if self.outing.is_none() {
            let call = self.in_call(import)?;
            let Some(egress) = call.egress.clone() else { return Ok(None) };
            let chance = Chance::of(call.seed, &call.id, call.attempt, Drawer::Placeholders);
            let (id, veil) = (call.id.clone(), Veil::new(chance));
            self.outing = Some(Arc::new(Outing::new(egress, id, call.deadline, veil)));
        }
        Ok(self.outing.as_ref())
    }

    /// Bytes that went out and came in.
    pub(super) fn egress_bytes(&self) -> u64 {
        self.outing.as_ref().map_or(0, |outing| outing.bytes())
    }

    /// Counts what passes between guest and host.
    pub(super) fn pass(&mut self, import: &'static str, bytes: usize) -> Result<(), Stop> {
        let max = self.in_call(import)?.rights.limits.hostcall_bytes;
        self.spent.bytes =
            self.spent.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if self.spent.bytes > max {
            return Err(Stop::Limit(format!("more than {max} bytes passed between tool and host")));
        }
        Ok(())
    }
}

fn table() -> ResourceTable {
    let mut table = ResourceTable::new();
    table.set_max_capacity(RESOURCES_MAX);
    table
}

/// WASI, made when it is first used: most guests never do.
struct Lazy(Option<WasiCtx>);

impl std::fmt::Debug for Lazy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lazy").field(&self.0.is_some()).finish()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let began = self.began.get_or_insert_with(Instant::now);
        let ctx = self.wasi.0.get_or_insert_with(|| nothing(self.call.as_ref(), *began));
        WasiCtxView { ctx, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        // While a plugin describes itself there is none, and every request is denied.
        let outing = self.outing("wasi:http").ok().flatten().cloned();
        let Web { context, hooks } = &mut **self.web.get_or_insert_with(|| {
            Box::new(Web { context: WasiHttpCtx::new(), hooks: Hooks(outing) })
        });
        WasiHttpCtxView { hooks, table: &mut self.table, ctx: context }
    }
}

/// No files, no arguments, no environment, no sockets; output goes nowhere. A plugin that describes itself gets a
/// clock that stands still and the same random numbers every time, because the start-up code of some languages asks.
/// A call has the clock and the chance of its conversation.
fn nothing(call: Option<&Calling>, began: Instant) -> WasiCtx {
    let mut wasi = WasiCtx::builder();
    wasi.max_random_size(RANDOM_MAX).allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
    let Some(call) = call else {
        wasi.wall_clock(Still).monotonic_clock(Still).insecure_random_seed(0).secure_random(same());
        return wasi.build();
    };
    wasi.wall_clock(Conversations::of(call)).monotonic_clock(Since(began));
    let chance = Chance::of(call.seed, &call.id, call.attempt, Drawer::Wasi);
    if chance.is_repeated() {
        let mut bytes = vec![0; REPEATED];
        chance.fill(&mut bytes).expect("what follows from a seed is always there");
        let seed = bytes.first_chunk().copied().map_or(0, u128::from_le_bytes);
        wasi.insecure_random_seed(seed);
        wasi.secure_random(Deterministic::new(bytes.clone()));
        wasi.insecure_random(Deterministic::new(bytes));
    }
    wasi.build()
}

/// The conversation's time, which goes on during the call unless it is frozen.
struct Conversations {
    now: Timestamp,
    since: Option<Instant>,
}

impl Conversations {
    fn of(call: &Calling) -> Self {
        let goes_on = matches!(call.clock, Clock::System);
        Self { now: call.now, since: goes_on.then(Instant::now) }
    }
}

impl HostWallClock for Conversations {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        let began = Duration::from_millis(u64::try_from(self.now.as_millis()).unwrap_or(0));
        began + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// Goes on from call to call where a sandbox is used again: a guest's own clock never goes back.
struct Since(Instant);

impl HostMonotonicClock for Since {
    fn resolution(&self) -> u64 {
        1
    }

    // Not zero, as below.
    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

/// The same bytes for ever.
fn same() -> Deterministic {
    Deterministic::new((0..=u8::MAX).collect())
}

/// A clock that stands still.
struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    // Not zero: Go takes that for a clock that does not work, and does not start.
    fn now(&self) -> u64 {
        1_000_000
    }
}
