//! The set of tools, replaced as a whole so that a running call ends on the tool that it began with.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::field::{Empty, debug};
use tracing::{Instrument, debug_span, warn};

use super::attempts::Attempts;
use super::entry::{Backend, Entry, Limits};
use super::for_models::for_flows;
use super::function::{Function, Request};
use super::gate::Places;
use super::meter::Ended;
use super::schema::FlowSchemas;
use super::standing::{Relapse, Standing};
use super::trial::{Account, Tried, Used};
use super::understand::offered;
use super::{Error, Options, ToolReport};
use crate::clock::Clock;
use crate::engine::{Call, Done, Outcome, Teller};
use crate::event::{Spent, Timestamp, ToolError, ToolErrorKind};
use crate::figures::TimesRead;
use crate::flow::{Offer, Offers};

/// Every tool that can be called.
#[derive(Debug)]
pub struct Registry {
    pub(super) options: Options,
    clock: Clock,
    tools: ArcSwap<Tools>,
    schemas: FlowSchemas,
    /// Of the whole host.
    places: Arc<Places>,
    /// By plugin; one that was here once keeps its places.
    plugins: Mutex<BTreeMap<String, Arc<Places>>>,
    /// New versions of plugins that were taken back, until that is told. Whoever puts other tools of a plugin in force
    /// has it meanwhile, so that nobody puts back what is not there any more.
    taken_back: Mutex<Vec<TakenBack>>,
    /// Versions of plugins that were ever put in force.
    versions: AtomicU64,
    news: Notify,
}

/// A new version of a plugin was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// Whose.
    pub plugin: String,
    /// Which, as [`Registry::newest`] said when it was put in force.
    pub version: u64,
    /// In words.
    pub why: String,
}

/// One tool's figures, for metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// As a person sees it.
    pub report: ToolReport,
    /// Attempts at all calls that ended.
    pub attempts: u64,
    /// How long calls took.
    pub times: TimesRead,
    /// What all calls together took; memory is the most of one.
    pub total: Spent,
}

#[derive(Debug, Default)]
struct Tools {
    by_name: BTreeMap<String, Arc<Entry>>,
    offers: Arc<Offers>,
}

impl Registry {
    /// Without any tool, on the machine's clock.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let places = Arc::new(Places::new(options.host_concurrency_max, "the host".to_owned()));
        Self {
            options,
            clock: Clock::System,
            tools: ArcSwap::default(),
            schemas: FlowSchemas::new(),
            places,
            plugins: Mutex::default(),
            taken_back: Mutex::default(),
            versions: AtomicU64::new(0),
            news: Notify::new(),
        }
    }

    /// Reads the conversation's time elsewhere.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Adds a Rust closure as the tool `offer.name`, which reads `plugin/tool`.
    ///
    /// # Errors
    /// [`Error`] when the name or a schema is not one.
    pub fn with_function<F, R>(self, offer: Offer, function: F) -> Result<Self, Error>
    where
        F: Fn(Request) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value, ToolError>> + Send + 'static,
    {
        let backend = Backend::Function(Function::new(function));
        let limits = Limits::of(&self.options);
        let entry = Entry::new(offer, String::new(), backend, limits, self.options.queue_max)?;
        let entry = self.going_on(entry);
        self.change(|tools| {
            tools.insert(entry.offer.name.clone(), Arc::clone(&entry));
        });
        Ok(self)
    }

    /// Takes away all tools of a plugin; running calls end on them.
    pub fn remove_plugin(&self, plugin: &str) {
        let _no_other = self.lock_taken_back();
        self.change(|tools| tools.retain(|_, entry| entry.plugin() != plugin));
    }

    /// Runs the whole schedule of attempts. Dropping the future, or `cancelled`, ends the tool's work.
    pub async fn call(&self, call: &Call, cancelled: &CancellationToken) -> Outcome {
        self.try_call(call, cancelled).await.outcome
    }

    /// The same, with somebody who hears what the tool tells meanwhile.
    pub async fn call_telling(
        &self,
        call: &Call,
        cancelled: &CancellationToken,
        teller: Teller,
    ) -> Outcome {
        self.tried(call, cancelled, Some(teller)).await.outcome
    }

    /// The same, with all that is known of it.
    pub async fn try_call(&self, call: &Call, cancelled: &CancellationToken) -> Tried {
        self.tried(call, cancelled, None).await
    }

    /// The same for a client of `/mcp`, who names a tool as the registry does and reaches only what is offered there.
    pub async fn call_exposed(&self, call: &Call, cancelled: &CancellationToken) -> Outcome {
        match self.entry(&call.name).filter(|entry| entry.expose.to_mcp()) {
            Some(entry) => self.run(&entry, call, cancelled, None).await.outcome,
            None => Outcome::Failed(unavailable(format!("tool `{}` is not offered", call.name))),
        }
    }

    async fn tried(
        &self,
        call: &Call,
        cancelled: &CancellationToken,
        teller: Option<Teller>,
    ) -> Tried {
        match self.find(&call.name, call.uses.as_deref()).and_then(for_flows) {
            Ok(entry) => self.run(&entry, call, cancelled, teller).await,
            Err(error) => Tried::nothing(error),
        }
    }

    /// The conversations' time, in which deadlines of calls are given.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What clients of `/mcp` may call, in the order of names.
    #[must_use]
    pub fn exposed(&self) -> Vec<ToolReport> {
        let tools = self.tools.load();
        let exposed = tools.by_name.values().filter(|entry| entry.expose.to_mcp());
        exposed.map(|entry| entry.report()).collect()
    }

    pub(super) async fn run(
        &self,
        entry: &Entry,
        call: &Call,
        cancelled: &CancellationToken,
        teller: Option<Teller>,
    ) -> Tried {
        let began = Instant::now();
        let left = call.deadline.millis_since(self.clock.now());
        let deadline = began + Duration::from_millis(left);
        let (made, account) = (AtomicU32::new(0), Account::default());
        let attempts = Attempts {
            call,
            entry,
            schemas: &self.schemas,
            clock: self.clock,
            deadline,
            made: &made,
            account: &account,
            teller,
        };
        let (tool, backend) = (&entry.offer.name, entry.backend.name());
        let span =
            debug_span!("call", call = %call.id, %tool, backend, outcome = Empty, spent = Empty);
        let ended = tokio::select! {
            biased;
            () = cancelled.cancelled() => Err(given_up(made.load(Ordering::Relaxed)).into()),
            ended = attempts.run(began).instrument(span.clone()) => ended,
        };
        let (took, attempts) = (began.elapsed(), made.load(Ordering::Relaxed));
        let Used { spent, log } = account.close();
        let says_nothing = ended.as_ref().is_err_and(|failure| failure.of_host);
        let ended = ended.map_err(|failure| failure.error);
        let failed = ended.as_ref().err().map(|error| error.kind);
        span.record("outcome", failed.map_or("done", ToolErrorKind::as_str));
        span.record("spent", debug(spent));
        entry.meter.record(Ended { took, attempts, failed, spent });
        // What the tool never got says nothing about its version.
        if !says_nothing && let Some(relapse) = entry.standing.ended(failed) {
            self.take_back(entry, &relapse);
        }
        Tried { outcome: outcome(ended, spent), took, spent, log }
    }

    /// What flows can be checked against.
    #[must_use]
    pub fn offers(&self) -> Arc<Offers> {
        Arc::clone(&self.tools.load().offers)
    }

    /// Whether a call may be sent again after nobody knows what became of it: by the flow's word or the tool's.
    #[must_use]
    pub fn is_repeatable(&self, name: &str, uses: Option<&str>, idempotent: bool) -> bool {
        let tools = self.tools.load();
        idempotent || tools.offers.find(name, uses).is_ok_and(|offer| offer.repeatable)
    }

    /// Every tool with its figures, in the order of names.
    #[must_use]
    pub fn report(&self) -> Vec<ToolReport> {
        self.tools.load().by_name.values().map(|entry| entry.report()).collect()
    }

    /// Every tool with all its figures, in the order of names.
    #[must_use]
    pub fn figures(&self) -> Vec<Figures> {
        let figures = |entry: &Arc<Entry>| {
            let reading = entry.meter.read();
            Figures {
                report: entry.report(),
                attempts: reading.attempts,
                times: entry.meter.times(),
                total: reading.total,
            }
        };
        self.tools.load().by_name.values().map(figures).collect()
    }

    pub(super) const fn clock(&self) -> Clock {
        self.clock
    }

    /// The longest attempt at a tool.
    pub(super) fn timeout_of(&self, name: &str) -> Duration {
        self.entry(name).map_or(self.options.timeout_max, |entry| entry.limits.timeout)
    }

    pub(super) fn find(&self, name: &str, uses: Option<&str>) -> Result<Arc<Entry>, ToolError> {
        let tools = self.tools.load();
        let found =
            tools.offers.find(name, uses).map_err(|error| unavailable(error.to_string()))?;
        self.entry(&found.name).ok_or_else(|| unavailable(format!("tool `{name}` is not loaded")))
    }

    /// Takes these tools in place of those that the plugin had before, all at once; running calls end on the old ones,
    /// and figures of tools that stay are kept.
    pub(super) fn replace(&self, plugin: &str, entries: Vec<Entry>) {
        let _no_other = self.lock_taken_back();
        let before = self.of_plugin(plugin);
        before.iter().for_each(|entry| entry.standing.settle());
        let version = self.versions.fetch_add(1, Ordering::Relaxed) + 1;
        let standing = Arc::new(Standing::after(before, version));
        let with_standing = |entry| Entry { standing: Arc::clone(&standing), ..entry };
        let entries = entries.into_iter().map(with_standing);
        self.put(plugin, &entries.map(|entry| self.going_on(entry)).collect::<Vec<_>>());
    }

    /// The number of the version of a plugin that was put in force last, whichever plugin's.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.versions.load(Ordering::Relaxed)
    }

    /// Lets go of versions before, whose place others took longer than this ago.
    pub fn settle(&self, after: Duration) {
        let tools = self.tools.load();
        tools.by_name.values().for_each(|entry| entry.standing.settle_after(after));
    }

    /// Waits until new versions of plugins were taken back, because their first calls failed clearly more often than those
    /// of the versions before them: which, and why, in that order. Each is told once.
    pub async fn taken_back(&self) -> Vec<TakenBack> {
        loop {
            let news = std::mem::take(&mut *self.lock_taken_back());
            if !news.is_empty() {
                return news;
            }
            self.news.notified().await;
        }
    }

    /// Has the tools that were there before called again, unless others have come meanwhile.
    fn take_back(&self, entry: &Entry, relapse: &Relapse) {
        let plugin = entry.plugin();
        let mut told = self.lock_taken_back();
        let current = self.of_plugin(plugin);
        let is_it = |tool: &Arc<Entry>| Arc::ptr_eq(&tool.standing, &entry.standing);
        if current.is_empty() || !current.iter().all(is_it) {
            return;
        }
        warn!(plugin, why = %relapse.why, "A plugin's new version fails; the one before is called again.");
        self.put(plugin, &relapse.entries);
        let (version, why) = (entry.standing.version(), relapse.why.to_string());
        told.push(TakenBack { plugin: plugin.to_owned(), version, why });
        drop(told);
        self.news.notify_one();
    }

    fn lock_taken_back(&self) -> MutexGuard<'_, Vec<TakenBack>> {
        self.taken_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_plugin(&self, plugin: &str) -> Vec<Arc<Entry>> {
        let tools = self.tools.load();
        tools.by_name.values().filter(|entry| entry.plugin() == plugin).cloned().collect()
    }

    fn put(&self, plugin: &str, entries: &[Arc<Entry>]) {
        self.change(|tools| {
            tools.retain(|_, tool| tool.plugin() != plugin);
            tools.extend(entries.iter().map(|new| (new.offer.name.clone(), Arc::clone(new))));
        });
    }

    /// A new entry that goes on counting where the one of its name stands, calls that still run there included.
    fn going_on(&self, mut entry: Entry) -> Arc<Entry> {
        let plugin = self.places_of(entry.plugin());
        entry.gate = entry.gate.within(plugin, Arc::clone(&self.places));
        if let Some(old) = self.entry(&entry.offer.name) {
            entry.meter = Arc::clone(&old.meter);
            entry.gate = entry.gate.going_on(&old.gate);
        }
        Arc::new(entry)
    }

    fn places_of(&self, plugin: &str) -> Arc<Places> {
        let count = self.options.plugin_concurrency_max;
        let places = || Arc::new(Places::new(count, format!("plugin `{plugin}`")));
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(plugins.entry(plugin.to_owned()).or_insert_with(places))
    }

    /// The tool of this name in the registry.
    pub(super) fn entry(&self, name: &str) -> Option<Arc<Entry>> {
        self.tools.load().by_name.get(name).cloned()
    }

    /// Replaces the set of tools by a changed copy.
    fn change(&self, mut change: impl FnMut(&mut BTreeMap<String, Arc<Entry>>)) {
        self.tools.rcu(|old| {
            let mut by_name = old.by_name.clone();
            change(&mut by_name);
            let offers = Arc::new(offered(&by_name));
            Tools { by_name, offers }
        });
    }
}

pub(super) fn unavailable(message: String) -> ToolError {
    let error = ToolError::new(ToolErrorKind::Unavailable, message);
    ToolError { attempts: 0, ..error }
}

/// With what it took, where that is known.
fn outcome(ended: Result<Done, ToolError>, spent: Spent) -> Outcome {
    let spent = spent.is_measured().then(|| Box::new(spent));
    match ended {
        Ok(done) => Outcome::Done(Done { spent, ..done }),
        Err(error) => Outcome::Failed(ToolError { spent, ..error }),
    }
}

fn given_up(attempts: u32) -> ToolError {
    let error = ToolError::new(ToolErrorKind::Cancelled, "the call was given up");
    ToolError { attempts, ..error }
}
