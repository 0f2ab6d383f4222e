//! One attempt in one sandbox: made for it, used once, dropped with it. It begins where it is asked for, because most are
//! done in less time than the way to another thread takes; one that computes on or waits goes on among the guests' own
//! threads. Cancelling drops the guest wherever it is.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::future::FutureExt;
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{Instant, timeout_at};
use wasmtime::component::InstancePre;
use wasmtime::{Store, UpdateDeadline};

use super::bindings::exports::cicerone::plugin::tools::PluginInfo;
use super::bindings::{V1Indices, understanding};
use super::engine::Places;
use super::errand::Errand;
use super::grant::Rights;
use super::host::{Calling, State};
use super::outcome::{Answer, Failure};
use super::report::CallReport;
use super::warm::{Live, Warm};
use crate::event::ToolErrorKind;

/// Fuel of an attempt that has no limit of its own.
const UNLIMITED: u64 = u64::MAX;

/// Fuel after which a guest lets others go on: about a tenth of a millisecond, long enough that giving way costs nothing
/// that can be measured.
const PART: u64 = 400_000;

/// How long a guest computes where it is asked for. The way to another thread costs a tenth of it, and who shares the thread
/// waits no longer than for a write to a disk.
const HERE: Duration = Duration::from_millis(1);

/// A component ready to be called: compiled, linked, types checked; and where its sandboxes find a place.
#[derive(Clone)]
pub(super) struct Ready {
    pub(super) linked: InstancePre<State>,
    /// Where its tools are.
    pub(super) tools: V1Indices,
    /// Where it is asked about texts, if it is.
    pub(super) classify: Option<understanding::GuestIndices>,
    pub(super) places: Places,
}

/// What one attempt is made with.
pub(super) struct Attempt {
    pub(super) calling: Calling,
    pub(super) errand: Errand,
}

/// Makes the attempt: its beginning here, the rest of it, if there is one, on the guests' own threads.
pub(super) async fn call(
    threads: &Handle,
    (ready, warm): (&Ready, Option<&Arc<Warm>>),
    attempt: Attempt,
) -> (Result<Answer, Failure>, CallReport) {
    let (ready, warm) = (ready.clone(), warm.cloned());
    let work = async move { attempt.run(&ready, warm.as_ref()).await };
    // A panic is a bug of ours; it must end this attempt and nothing else.
    let mut work = Box::pin(AssertUnwindSafe(work).catch_unwind());
    let begun = poll_fn(|context| {
        // Timers that it sets and tasks that it starts are not those of whoever asks.
        let _among_guests = threads.enter();
        Poll::Ready(work.as_mut().poll(context))
    });
    let ended = match begun.await {
        Poll::Ready(ended) => ended.ok(),
        Poll::Pending => go_on(threads, work).await,
    };
    ended.unwrap_or_else(|| {
        let failure = Failure::new(ToolErrorKind::Trap, "the sandbox ended without an answer");
        (Err(failure), CallReport { failed: Some(ToolErrorKind::Trap), ..CallReport::default() })
    })
}

/// The work, whose first stretch is done in one go: a guest that only gave way goes on at once while there is time, one
/// that waits for something does not.
async fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let gave_way = Arc::new(GaveWay(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&gave_way));
    let began = Instant::now();
    loop {
        if let Poll::Ready(ended) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
            return ended;
        }
        let goes_on = gave_way.0.swap(false, Ordering::Relaxed);
        if !goes_on || began.elapsed() >= HERE {
            break;
        }
    }
    // From here on whoever polls is woken.
    work.await
}

/// Whether a guest could go on as soon as it stopped.
struct GaveWay(AtomicBool);

impl Wake for GaveWay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The rest of an attempt; `None` if it panicked.
async fn go_on<T: Send + 'static>(
    threads: &Handle,
    work: impl Future<Output = std::thread::Result<(T, CallReport)>> + Send + 'static,
) -> Option<(T, CallReport)> {
    let asked = Instant::now();
    let rest = threads.spawn(async move {
        let queue = asked.elapsed();
        let (outcome, report) = work.await.ok()?;
        // Who waited for a place waited for a thread meanwhile.
        let report = if report.queue >= queue {
            report
        } else {
            let guest = report.guest.saturating_sub(queue);
            CallReport { queue, guest, ..report }
        };
        Some((outcome, report))
    });
    Owned::new(rest).join().await.flatten()
}

/// Asks a component what it is, with every import of ours denied.
pub(super) async fn describe(
    threads: &Handle,
    ready: &Ready,
    rights: &Rights,
    deadline: Instant,
) -> Result<PluginInfo, Failure> {
    let ready = ready.clone();
    let memory = usize::try_from(rights.limits.memory).unwrap_or(usize::MAX);
    let bytes = usize::try_from(rights.limits.hostcall_bytes).unwrap_or(usize::MAX);
    let fuel = rights.limits.fuel.unwrap_or(UNLIMITED);
    let work = threads.spawn(async move {
        let Some(_place) = ready.places.take(deadline).await else { return Err(no_place()) };
        let mut store = store(&ready, State::describing(memory, deadline), fuel, bytes);
        let work = async {
            let instance = ready.linked.instantiate_async(&mut store).await?;
            // That its types are those of the contract is found out here, not when a person waits.
            ready.classify.iter().try_for_each(|it| it.load(&mut store, &instance).map(drop))?;
            let tools = ready.tools.load(&mut store, &instance)?;
            tools.cicerone_plugin_tools().call_describe(&mut store).await
        };
        match timeout_at(deadline, work).await {
            Ok(Ok(info)) => Ok(info),
            Ok(Err(error)) => Err(Failure::of(&error, store.data())),
            Err(_elapsed) => Err(Failure::timeout()),
        }
    });
    let ended = Owned::new(work).join().await;
    ended.unwrap_or_else(|| Err(Failure::new(ToolErrorKind::Trap, "the sandbox gave no answer")))
}

impl Attempt {
    async fn run(
        self,
        ready: &Ready,
        warm: Option<&Arc<Warm>>,
    ) -> (Result<Answer, Failure>, CallReport) {
        let Self { calling, errand } = self;
        let (rights, deadline) = (Arc::clone(&calling.rights), calling.deadline);
        let fuel = rights.limits.fuel.unwrap_or(UNLIMITED);
        let asked = Instant::now();
        let Some((mut live, began)) = live(calling, ready, warm).await else {
            let failure = no_place();
            let report = CallReport {
                queue: asked.elapsed(),
                failed: Some(failure.error.kind),
                ..CallReport::default()
            };
            return (Err(failure), report);
        };
        let mut instantiate = Duration::ZERO;
        let work = async {
            errand.start(&mut live, ready).await?;
            instantiate = began.elapsed();
            errand.run(&mut live, &rights).await
        };
        let ended = timeout_at(deadline, at_once(work)).await;
        let outcome = match ended {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Err(Failure::of(&error, live.store.data())),
            Err(_elapsed) => Err(Failure::timeout()),
        };
        let mut report = report(&mut live.store, fuel, began.elapsed(), instantiate);
        report.queue = began.duration_since(asked);
        report.failed = outcome.as_ref().err().map(|failure| failure.error.kind);
        let said_no = report.failed == Some(ToolErrorKind::Tool);
        // A tool that says no is well; whatever else went wrong, nobody is called in that sandbox again.
        let well = (outcome.is_ok() || said_no) && !live.store.data().limits.refused();
        if let Some(warm) = warm.filter(|_| well) {
            warm.keep(live);
        }
        (outcome, report)
    }
}

/// A sandbox for this call alone, whether it is new or was used before, and since when it is there; none if there is no
/// place for it until the deadline.
async fn live(
    calling: Calling,
    ready: &Ready,
    warm: Option<&Arc<Warm>>,
) -> Option<(Live, Instant)> {
    let fuel = calling.rights.limits.fuel.unwrap_or(UNLIMITED);
    if let Some(mut live) = warm.and_then(|warm| warm.take()) {
        let began = Instant::now();
        live.calls += 1;
        live.store.data_mut().again(calling);
        live.store.set_fuel(fuel).expect("the machine is set to count fuel");
        live.store.set_epoch_deadline(1);
        return Some((live, began));
    }
    let place = ready.places.take(calling.deadline).await?;
    let began = Instant::now();
    let bytes = usize::try_from(calling.rights.limits.hostcall_bytes).unwrap_or(usize::MAX);
    let store = store(ready, State::calling(calling), fuel, bytes);
    Some((Live { store, started: None, tools: None, classify: None, calls: 1, place }, began))
}

/// Nothing ran, so that trying again is safe.
fn no_place() -> Failure {
    let why = "every place for a sandbox was taken until the deadline";
    Failure::before_start(ToolErrorKind::Unavailable, why)
}

/// A sandbox that is looked at every tick and stopped by the clock, not by counting ticks, which come late under load.
fn store(ready: &Ready, state: State, fuel: u64, bytes: usize) -> Store<State> {
    let mut store = Store::new(ready.linked.engine(), state);
    store.limiter(|state| &mut state.limits);
    store.set_hostcall_fuel(bytes);
    let metered = store.set_fuel(fuel).and_then(|()| store.fuel_async_yield_interval(Some(PART)));
    metered.expect("the machine is set to count fuel");
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store| {
        let is_late = Instant::now() >= store.data_mut().deadline;
        Ok(if is_late { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
    });
    store
}

fn report(
    store: &mut Store<State>,
    fuel: u64,
    took: Duration,
    instantiate: Duration,
) -> CallReport {
    let left = store.get_fuel().unwrap_or(0);
    let state = store.data_mut();
    CallReport {
        queue: Duration::ZERO,
        instantiate,
        guest: took.saturating_sub(instantiate).saturating_sub(state.spent.host),
        host: state.spent.host,
        fuel: fuel.saturating_sub(left),
        memory: u64::try_from(state.limits.memory()).unwrap_or(u64::MAX),
        egress: state.egress_bytes(),
        log: std::mem::take(&mut state.spent.log),
        failed: None,
    }
}

/// A task that ends with its owner.
struct Owned<T> {
    task: Option<JoinHandle<T>>,
    abort: AbortHandle,
}

impl<T> Owned<T> {
    fn new(task: JoinHandle<T>) -> Self {
        Self { abort: task.abort_handle(), task: Some(task) }
    }

    /// `None` if it panicked or its threads are gone.
    async fn join(mut self) -> Option<T> {
        self.task.take()?.await.ok()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        self.abort.abort();
    }
}
