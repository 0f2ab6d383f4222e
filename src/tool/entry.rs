//! One tool in the registry: what it offers, how it is run, what it may use and what its calls came to.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::function::Function;
use super::gate::{Gate, Places};
use super::meter::Meter;
use super::schema::Schema;
use super::standing::Standing;
use super::trial::Used;
use super::{Answer, Error, Failure, LimitsReport, Options, ToolReport, http, queue};
use crate::breaker::Breaker;
use crate::engine::{Call, Teller};
use crate::event::Timestamp;
use crate::flow::Offer;
use crate::manifest::{self, Expose};

/// The closed set of ways to run a tool.
#[derive(Debug, Clone)]
pub(super) enum Backend {
    /// A component in a sandbox.
    #[cfg(feature = "wasm")]
    Wasm(super::wasm::Wasm),
    /// A server.
    Http(http::Tool),
    /// Workers that take jobs from Redis.
    Queue(queue::Tool),
    /// An MCP server.
    #[cfg(feature = "mcp")]
    Mcp(super::mcp::Tool),
    /// A Rust closure.
    Function(Function),
}

impl Backend {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            #[cfg(feature = "wasm")]
            Self::Wasm(_) => "wasm",
            Self::Http(_) => "http",
            Self::Queue(_) => "queue",
            #[cfg(feature = "mcp")]
            Self::Mcp(_) => "mcp",
            Self::Function(_) => "function",
        }
    }

    pub(super) async fn attempt(&self, asked: Asked<'_>) -> (Result<Answer, Failure>, Used) {
        let Asked { call, attempt, now, deadline, .. } = asked;
        let outcome = match self {
            #[cfg(feature = "wasm")]
            Self::Wasm(wasm) => return wasm.call(asked).await,
            Self::Http(tool) => tool.call(call, attempt, deadline).await,
            Self::Queue(tool) => tool.call(call, attempt, deadline).await,
            #[cfg(feature = "mcp")]
            Self::Mcp(tool) => tool.call(call, attempt, deadline).await,
            Self::Function(function) => function.call(call, attempt, now, deadline).await,
        };
        (outcome, Used::default())
    }
}

/// One attempt at a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) call: &'a Call,
    /// 1 for the first.
    pub(super) attempt: u32,
    pub(super) now: Timestamp,
    pub(super) deadline: Instant,
    /// Who hears what it tells.
    pub(super) teller: Option<&'a Teller>,
}

/// What one tool may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) timeout: Duration,
    pub(super) attempts_max: u32,
    pub(super) concurrency: usize,
    pub(super) queue_timeout: Duration,
    /// The author's backoff; the longer one of this and the flow's is waited.
    pub(super) backoff: Duration,
    pub(super) breaker: manifest::Breaker,
}

impl Limits {
    /// All that the operator allows.
    pub(super) const fn of(options: &Options) -> Self {
        Self {
            timeout: options.timeout_max,
            attempts_max: options.attempts_max,
            concurrency: options.concurrency_max,
            queue_timeout: options.queue_timeout,
            backoff: Duration::ZERO,
            breaker: options.breaker,
        }
    }
}

/// One tool.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) offer: Offer,
    pub(super) description: String,
    pub(super) backend: Backend,
    pub(super) args: Schema,
    pub(super) result: Option<Schema>,
    pub(super) limits: Limits,
    /// To whom it is offered.
    pub(super) expose: Expose,
    pub(super) gate: Gate,
    pub(super) breaker: Breaker,
    /// Of the plugin's version that it is of.
    pub(super) standing: Arc<Standing>,
    pub(super) meter: Arc<Meter>,
}

impl Entry {
    pub(super) fn new(
        offer: Offer,
        description: String,
        backend: Backend,
        limits: Limits,
        queue_max: usize,
    ) -> Result<Self, Error> {
        if offer.name.split('/').filter(|part| !part.is_empty()).count() != 2 {
            return Err(Error::Name(offer.name));
        }
        let schema = |which, schema| {
            Schema::new(schema).map_err(|why| Error::Schema {
                tool: offer.name.clone(),
                which,
                why,
            })
        };
        let args = schema("input", &offer.args)?;
        let result = offer.result.as_deref().map(|result| schema("output", result)).transpose()?;
        let places = Places::new(limits.concurrency, format!("tool `{}`", offer.name));
        let gate = Gate::new(places, queue_max, limits.queue_timeout);
        let breaker = Breaker::new(limits.breaker);
        let (standing, meter) = (Arc::default(), Arc::default());
        let expose = Expose::default();
        Ok(Self {
            offer,
            description,
            backend,
            args,
            result,
            limits,
            expose,
            gate,
            breaker,
            standing,
            meter,
        })
    }

    /// Offered to these.
    pub(super) fn exposed(self, expose: Expose) -> Self {
        Self { expose, ..self }
    }

    /// The plugin that it is of.
    pub(super) fn plugin(&self) -> &str {
        self.offer.name.split('/').next().unwrap_or_default()
    }

    pub(super) fn report(&self) -> ToolReport {
        let reading = self.meter.read();
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        ToolReport {
            name: self.offer.name.clone(),
            backend: self.backend.name(),
            description: self.description.clone(),
            input_schema: Arc::clone(&self.offer.args),
            output_schema: self.offer.result.clone(),
            repeatable: self.offer.repeatable,
            limits: LimitsReport {
                timeout_ms: millis(self.limits.timeout),
                max_attempts: self.limits.attempts_max,
                concurrency: self.limits.concurrency,
                queue_timeout_ms: millis(self.limits.queue_timeout),
            },
            calls: reading.calls,
            errors: reading.errors.values().sum(),
            errors_by_kind: reading.errors,
            running: self.gate.running(),
            queued: self.gate.waiting(),
            breaker: self.breaker.report(Instant::now()),
            p50_ms: reading.p50_ms,
            p99_ms: reading.p99_ms,
            fuel: reading.fuel,
            memory: reading.memory,
        }
    }
}
