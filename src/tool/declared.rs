//! Tools that run somewhere else and are declared in `plugin.toml`: the common ground of every backend whose plugins
//! are not components.

use std::sync::Arc;
use std::time::Duration;

use super::entry::{Backend, Entry, Limits};
use super::{Error, Options};
use crate::flow::Offer;
use crate::manifest::{CallLimits, Declared};

/// A declared tool of a plugin as the registry has it.
pub(super) fn entry(
    plugin: &str,
    tool: &Declared,
    asked: &CallLimits,
    backend: Backend,
    options: &Options,
) -> Result<Entry, Error> {
    let offer = Offer {
        name: format!("{plugin}/{}", tool.name),
        args: Arc::clone(&tool.input_schema),
        result: tool.output_schema.clone(),
        repeatable: tool.is_repeatable(),
    };
    let limits = limits(tool, asked, options);
    Entry::new(offer, tool.description.clone(), backend, limits, options.queue_max)
}

/// The smallest of what the author says of the tool and of all its tools, and of what the operator allows.
fn limits(tool: &Declared, asked: &CallLimits, options: &Options) -> Limits {
    let timeout = tool.timeout.map_or(asked.timeout.0, |span| span.0.min(asked.timeout.0));
    let concurrency = asked.concurrency.max(1);
    let concurrency = tool.concurrency.map_or(concurrency, |count| count.clamp(1, concurrency));
    let attempts = tool.retry.map_or(u32::MAX, |retry| retry.max_attempts);
    let backoff = tool.retry.and_then(|retry| retry.backoff);
    Limits {
        timeout: timeout.min(options.timeout_max),
        attempts_max: attempts.min(options.attempts_max),
        concurrency: concurrency.min(options.concurrency_max),
        queue_timeout: asked.queue_timeout.0.min(options.queue_timeout),
        backoff: backoff.map_or(Duration::ZERO, |span| span.0),
        breaker: asked.breaker,
    }
}
