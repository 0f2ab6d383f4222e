//! The set of tools, replaced as a whole so that a running call ends on the tool that it began with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug_span};

use super::attempts::Attempts;
use super::entry::{Backend, Entry, Limits};
use super::function::{Function, Request};
use super::schema::FlowSchemas;
use super::{Error, Options, ToolReport};
use crate::clock::Clock;
use crate::engine::{Call, Outcome};
use crate::event::{Timestamp, ToolError, ToolErrorKind};
use crate::flow::{Offer, Offers};

/// Every tool that can be called.
#[derive(Debug)]
pub struct Registry {
    pub(super) options: Options,
    clock: Clock,
    tools: ArcSwap<Tools>,
    schemas: FlowSchemas,
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
        Self {
            options,
            clock: Clock::System,
            tools: ArcSwap::default(),
            schemas: FlowSchemas::new(),
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
        let entry = Arc::new(entry);
        self.change(|tools| {
            tools.insert(entry.offer.name.clone(), Arc::clone(&entry));
        });
        Ok(self)
    }

    /// Takes away all tools of a plugin; running calls end on them.
    pub fn remove_plugin(&self, plugin: &str) {
        self.change(|tools| tools.retain(|_, entry| entry.plugin() != plugin));
    }

    /// Runs the whole schedule of attempts. Dropping the future, or `cancelled`, ends the tool's work.
    pub async fn call(&self, call: &Call, cancelled: &CancellationToken) -> Outcome {
        match self.find(&call.name, call.uses.as_deref()) {
            Ok(entry) => self.run(&entry, call, cancelled).await,
            Err(error) => Outcome::Failed(error),
        }
    }

    /// The same for a client of `/mcp`, who names a tool as the registry does and reaches only what is offered there.
    pub async fn call_exposed(&self, call: &Call, cancelled: &CancellationToken) -> Outcome {
        match self.entry(&call.name).filter(|entry| entry.expose.to_mcp()) {
            Some(entry) => self.run(&entry, call, cancelled).await,
            None => Outcome::Failed(unavailable(format!("tool `{}` is not offered", call.name))),
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

    async fn run(&self, entry: &Entry, call: &Call, cancelled: &CancellationToken) -> Outcome {
        let began = Instant::now();
        let left = call.deadline.millis_since(self.clock.now());
        let deadline = began + Duration::from_millis(left);
        let made = AtomicU32::new(0);
        let (schemas, clock, made) = (&self.schemas, self.clock, &made);
        let attempts = Attempts { call, entry, schemas, clock, deadline, made };
        let (tool, backend) = (&entry.offer.name, entry.backend.name());
        let span = debug_span!("call", call = %call.id, %tool, backend);
        let ended = tokio::select! {
            biased;
            () = cancelled.cancelled() => Err(given_up(made.load(Ordering::Relaxed))),
            ended = attempts.run(began).instrument(span) => ended,
        };
        entry.meter.record(began.elapsed(), ended.is_err());
        match ended {
            Ok(done) => Outcome::Done(done),
            Err(error) => Outcome::Failed(error),
        }
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

    fn find(&self, name: &str, uses: Option<&str>) -> Result<Arc<Entry>, ToolError> {
        let tools = self.tools.load();
        let found =
            tools.offers.find(name, uses).map_err(|error| unavailable(error.to_string()))?;
        self.entry(&found.name).ok_or_else(|| unavailable(format!("tool `{name}` is not loaded")))
    }

    /// Takes these tools in place of those that the plugin had before, all at once; running calls end on the old ones,
    /// and figures of tools that stay are kept.
    pub(super) fn replace(&self, plugin: &str, entries: Vec<Entry>) {
        let entries: Vec<Arc<Entry>> =
            entries.into_iter().map(|entry| self.going_on(entry)).collect();
        self.change(|tools| {
            tools.retain(|_, tool| tool.plugin() != plugin);
            tools.extend(entries.iter().map(|new| (new.offer.name.clone(), Arc::clone(new))));
        });
    }

    /// A new entry that goes on counting where the one of its name stands.
    fn going_on(&self, mut entry: Entry) -> Arc<Entry> {
        if let Some(old) = self.entry(&entry.offer.name) {
            entry.meter = Arc::clone(&old.meter);
        }
        Arc::new(entry)
    }

    /// The tool of this name in the registry.
    fn entry(&self, name: &str) -> Option<Arc<Entry>> {
        self.tools.load().by_name.get(name).cloned()
    }

    /// Replaces the set of tools by a changed copy.
    fn change(&self, mut change: impl FnMut(&mut BTreeMap<String, Arc<Entry>>)) {
        self.tools.rcu(|old| {
            let mut by_name = old.by_name.clone();
            change(&mut by_name);
            let to_flows = by_name.values().filter(|entry| entry.expose.to_flows());
            let offers = Offers::new(to_flows.map(|entry| entry.offer.clone()));
            Tools { by_name, offers: Arc::new(offers) }
        });
    }
}

fn unavailable(message: String) -> ToolError {
    let error = ToolError::new(ToolErrorKind::Unavailable, message);
    ToolError { attempts: 0, ..error }
}

fn given_up(attempts: u32) -> ToolError {
    let error = ToolError::new(ToolErrorKind::Cancelled, "the call was given up");
    ToolError { attempts, ..error }
}
