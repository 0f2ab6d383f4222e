//! What a sandbox sees of its host during one call: its account of memory, an empty WASI, and the rights of its
//! plugin. The imports themselves are next door in `imports`. It never outlives the call.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{
    Deterministic, HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxView, WasiView,
};

use super::grant::Rights;
use super::kv::Kv;
use super::limits::Limits;
use super::report::LogLine;
use crate::event::{CallId, Map, SessionId, Timestamp};

/// Handles of WASI resources, such as streams, that a guest may hold.
const RESOURCES_MAX: usize = 1_000;

/// Random bytes that a guest may draw from WASI at once.
const RANDOM_MAX: u64 = 64 << 10;

/// The data of one store.
#[derive(Debug)]
pub(super) struct State {
    pub(super) limits: Limits,
    pub(super) call: Option<Calling>,
    pub(super) spent: Spent,
    table: ResourceTable,
    wasi: Lazy,
}

/// The call that is being made; there is none while a plugin describes itself.
#[derive(Debug)]
pub(super) struct Calling {
    pub(super) rights: Arc<Rights>,
    pub(super) kv: Arc<dyn Kv>,
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
        Self { call: Some(call), ..Self::describing(memory) }
    }

    /// For a trial instantiation and `describe`: every import of ours ends it.
    pub(super) fn describing(memory_max: usize) -> Self {
        Self {
            limits: Limits::new(memory_max),
            call: None,
            spent: Spent::default(),
            table: table(),
            wasi: Lazy(None),
        }
    }

    /// The call in which `import` was called.
    pub(super) fn in_call(&self, import: &'static str) -> Result<&Calling, Stop> {
        self.call.as_ref().ok_or(Stop::Describing(import))
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
        let describing = self.call.is_none();
        let ctx = self.wasi.0.get_or_insert_with(|| nothing(describing));
        WasiCtxView { ctx, table: &mut self.table }
    }
}

/// No files, no arguments, no environment, no sockets; output goes nowhere. A plugin that describes itself gets a
/// clock that stands still and the same random numbers every time, because the start-up code of some languages asks.
fn nothing(describing: bool) -> WasiCtx {
    let mut wasi = WasiCtx::builder();
    wasi.max_random_size(RANDOM_MAX).allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
    if describing {
        wasi.wall_clock(Still).monotonic_clock(Still).insecure_random_seed(0).secure_random(same());
    }
    wasi.build()
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
