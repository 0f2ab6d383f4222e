//! The edge of the sandbox: the contract's records to the SDK's types and back. It exists only in components.

pub use crate::bindings::exports::cicerone::plugin::tools::{
    CallContext, Guest, PluginInfo, ToolError, ToolOutput,
};

use crate::bindings::cicerone::plugin::types::{self, Field, ToolDef};
use crate::reply::Output;
use crate::{Context, Error, ErrorKind, Plugin, Tool, log};

/// Static data only: the host runs it with every import denied.
pub fn describe(plugin: &Plugin) -> PluginInfo {
    PluginInfo {
        name: plugin.name.to_owned(),
        version: plugin.version.to_owned(),
        description: plugin.description.to_owned(),
        tools: plugin.tools.iter().map(definition).collect(),
        extra: Vec::new(),
    }
}

pub fn call(
    plugin: &Plugin,
    context: CallContext,
    name: &str,
    args: &str,
) -> Result<ToolOutput, ToolError> {
    std::panic::set_hook(Box::new(|panic| log::error("The tool panicked.", &[("panic", panic)])));
    plugin.call(&context.into(), name, args).map(Into::into).map_err(Into::into)
}

fn definition(tool: &Tool) -> ToolDef {
    let mut effects = types::Effects::empty();
    effects.set(types::Effects::READ_ONLY, tool.effects.read_only);
    effects.set(types::Effects::IDEMPOTENT, tool.effects.idempotent);
    effects.set(types::Effects::DESTRUCTIVE, tool.effects.destructive);
    effects.set(types::Effects::OPEN_WORLD, tool.effects.open_world);
    ToolDef {
        name: tool.name.to_owned(),
        title: tool.title.map(str::to_owned),
        description: tool.description.to_owned(),
        input_schema: (tool.input_schema)(),
        output_schema: Some((tool.output_schema)()),
        effects,
        timeout_ms: tool.timeout_ms,
        extra: Vec::new(),
    }
}

impl From<CallContext> for Context {
    fn from(context: CallContext) -> Self {
        Self {
            call_id: context.call_id,
            attempt: context.attempt,
            deadline_ms: context.deadline_ms,
            session_id: context.session_id,
            flow: context.flow,
            state: context.state,
            locale: context.locale,
            traceparent: context.traceparent,
            extra: context.extra.into_iter().map(|field| (field.key, field.value)).collect(),
        }
    }
}

impl From<Output> for ToolOutput {
    fn from(output: Output) -> Self {
        let field = |(key, value)| Field { key, value };
        Self {
            value: output.value,
            context_patch: output.patch.into_iter().map(field).collect(),
            say: output.say,
            extra: Vec::new(),
        }
    }
}

impl From<Error> for ToolError {
    fn from(error: Error) -> Self {
        let retry_after =
            error.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        Self {
            kind: kind_of(error.kind),
            code: error.code,
            message: error.message,
            retryable: error.retryable,
            retry_after_ms: retry_after,
            details: error.details.map(|details| details.to_string()),
        }
    }
}

fn kind_of(kind: ErrorKind) -> types::ErrorKind {
    match kind {
        ErrorKind::InvalidInput => types::ErrorKind::InvalidInput,
        ErrorKind::NotFound => types::ErrorKind::NotFound,
        ErrorKind::Unauthenticated => types::ErrorKind::Unauthenticated,
        ErrorKind::Forbidden => types::ErrorKind::Forbidden,
        ErrorKind::Conflict => types::ErrorKind::Conflict,
        ErrorKind::RateLimited => types::ErrorKind::RateLimited,
        ErrorKind::Unavailable => types::ErrorKind::Unavailable,
        ErrorKind::Internal => types::ErrorKind::Internal,
    }
}
