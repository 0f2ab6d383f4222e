//! Tools of plugins: each call in a sandbox of its own. What the sandbox enforces is the affair of `plugin`.

use std::sync::Arc;

use tokio::time::Instant;
use tracing::debug;

use super::entry::{Backend, Entry, Limits};
use super::{Answer, Error, Failure, Options, Registry};
use crate::engine::Call;
use crate::event::Timestamp;
use crate::flow::Offer;
use crate::plugin::{self, Plugin, Request, ToolDef};

/// One tool of a loaded plugin.
#[derive(Debug, Clone)]
pub(super) struct Wasm {
    plugin: Arc<Plugin>,
    tool: String,
}

impl Registry {
    /// Takes a plugin's tools in place of those it had before, all at once; running calls end on the old ones, and
    /// figures of tools that stay are kept.
    ///
    /// # Errors
    /// [`Error`] when a schema of one of its tools is none; then nothing is replaced.
    pub fn replace_plugin(&self, plugin: Arc<Plugin>) -> Result<(), Error> {
        let entries = plugin.tools.iter().map(|tool| entry(&plugin, tool, &self.options));
        self.replace(&plugin.name, entries.collect::<Result<_, _>>()?);
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
    };
    let backend = Backend::Wasm(Wasm { plugin: Arc::clone(plugin), tool: tool.name.clone() });
    let entry = Entry::new(offer, tool.description.clone(), backend, limits, options.queue_max)?;
    Ok(entry.exposed(tool.expose.clone()))
}

impl Wasm {
    pub(super) async fn call(
        &self,
        call: &Call,
        attempt: u32,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let tool = self.tool.as_str();
        let request = Request { call, tool, attempt, now, deadline };
        let (outcome, report) = self.plugin.call(request).await;
        let (call, plugin) = (&call.id, &self.plugin.name);
        debug!(%call, %plugin, tool, attempt, ?report, "A sandbox was used.");
        match outcome {
            Ok(plugin::Answer { value, patch, say }) => Ok(Answer { value, patch, say }),
            Err(plugin::Failure { error, nothing_ran, retry_after }) => {
                Err(Failure { error, nothing_ran, retry_after })
            }
        }
    }
}
