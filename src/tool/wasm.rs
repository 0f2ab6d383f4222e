//! Tools of plugins: each call in a sandbox of its own. What the sandbox enforces is the affair of `plugin`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tracing::debug;

use super::entry::{Asked, Backend, Entry, Limits};
use super::trial::{LogLine, Used, micros};
use super::understand::CLASSIFY;
use super::{Answer, Error, Failure, Options, Registry};
use crate::event::{Spent, ToolErrorKind};
use crate::flow::Offer;
use crate::manifest::Expose;
use crate::plugin::{self, CallReport, Plugin, Request, ToolDef};

/// What a loaded plugin is asked.
#[derive(Debug, Clone)]
pub(super) struct Wasm {
    plugin: Arc<Plugin>,
    /// One of its tools, or [`CLASSIFY`].
    tool: String,
}

impl Registry {
    /// Takes a plugin's tools in place of those it had before, all at once; running calls end on the old ones, and
    /// figures of tools that stay are kept.
    ///
    /// # Errors
    /// [`Error`] when a schema of one of its tools is none; then nothing is replaced.
    pub fn replace_plugin(&self, plugin: Arc<Plugin>) -> Result<(), Error> {
        let tools = plugin.tools.iter().map(|tool| entry(&plugin, tool, &self.options));
        let classify = plugin.classifies.then(|| classifier(&plugin, &self.options));
        self.replace(&plugin.name, tools.chain(classify).collect::<Result<_, _>>()?);
        Ok(())
    }
}

fn entry(plugin: &Arc<Plugin>, tool: &ToolDef, options: &Options) -> Result<Entry, Error> {
    let offer = Offer {
        name: format!("{}/{}", plugin.name, tool.name),
        args: Arc::clone(&tool.input),
        result: tool.output.clone(),
        repeatable: tool.repeatable,
    };
    let limits = Limits {
        timeout: tool.timeout.min(options.timeout_max),
        attempts_max: tool.attempts_max.unwrap_or(u32::MAX).min(options.attempts_max),
        concurrency: tool.concurrency.min(options.concurrency_max),
        queue_timeout: tool.queue_timeout.min(options.queue_timeout),
        backoff: tool.backoff,
        breaker: plugin.breaker,
    };
    let backend = Backend::Wasm(Wasm { plugin: Arc::clone(plugin), tool: tool.name.clone() });
    let entry = Entry::new(offer, tool.description.clone(), backend, limits, options.queue_max)?;
    Ok(entry.exposed(tool.expose.clone()))
}

/// What asks the plugin about texts: with its own limits, and offered to nobody.
fn classifier(plugin: &Arc<Plugin>, options: &Options) -> Result<Entry, Error> {
    let offer = Offer {
        name: format!("{}/{CLASSIFY}", plugin.name),
        args: Arc::new(json!({ "type": "object" })),
        result: None,
        repeatable: false,
    };
    let allowed = plugin.allowed();
    let limits = Limits {
        timeout: Duration::from_millis(allowed.timeout_ms).min(options.timeout_max),
        attempts_max: 1,
        concurrency: allowed.concurrency.min(options.concurrency_max),
        queue_timeout: Duration::from_millis(allowed.queue_timeout_ms).min(options.queue_timeout),
        backoff: Duration::ZERO,
        breaker: plugin.breaker,
    };
    let backend = Backend::Wasm(Wasm { plugin: Arc::clone(plugin), tool: CLASSIFY.to_owned() });
    let words = "Understands texts, for flows whose `nlu` names the plugin.".to_owned();
    Ok(Entry::new(offer, words, backend, limits, options.queue_max)?.exposed(Expose::to_nobody()))
}

impl Wasm {
    pub(super) async fn call(&self, asked: Asked<'_>) -> (Result<Answer, Failure>, Used) {
        let Asked { call, attempt, now, deadline, teller } = asked;
        let tool = self.tool.as_str();
        let (outcome, report) = if tool == CLASSIFY {
            self.plugin.understand(plugin::Understand { call, now, deadline }).await
        } else {
            let request = Request { call, tool, attempt, now, deadline };
            self.plugin.call_telling(request, teller).await
        };
        let (call, plugin) = (&call.id, &self.plugin.name);
        debug!(%call, %plugin, tool, attempt, ?report, "A sandbox was used.");
        let outcome = match outcome {
            Ok(plugin::Answer { value, patch, say }) => Ok(Answer { value, patch, say }),
            Err(plugin::Failure { error, nothing_ran, retry_after }) => {
                // A sandbox that did not begin found no place.
                let of_host = nothing_ran && error.kind == ToolErrorKind::Unavailable;
                Err(Failure { error, nothing_ran, retry_after, of_host })
            }
        };
        (outcome, used(report))
    }
}

fn used(report: CallReport) -> Used {
    let spent = Spent {
        queue_us: micros(report.queue),
        instantiate_us: micros(report.instantiate),
        guest_us: micros(report.guest),
        host_us: micros(report.host),
        fuel: report.fuel,
        memory: report.memory,
        egress_bytes: report.egress,
        log_lines: u64::try_from(report.log.len()).unwrap_or(u64::MAX),
    };
    let line = |plugin::LogLine { level, message, fields }| LogLine { level, message, fields };
    Used { spent, log: report.log.into_iter().map(line).collect() }
}
