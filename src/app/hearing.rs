//! Plugins that understand texts, as what understands texts asks them: by the registry, like any call.

use std::sync::Arc;
use std::time::Instant;

use crate::event::ToolErrorKind;
use crate::nlu::{Answered, Asked, PluginTrouble, Plugins};
use crate::tool::{NotUnderstood, Registry, Understand};

/// The plugins of a registry.
#[derive(Debug)]
pub(super) struct Hearing(pub(super) Arc<Registry>);

impl Plugins for Hearing {
    fn understands(&self, plugin: &str) -> bool {
        self.0.understands(plugin)
    }

    fn ask<'a>(&'a self, asked: Asked<'a>) -> Answered<'a> {
        Box::pin(async move {
            let Asked { plugin, flow, request, locale, deadline } = asked;
            let timeout = deadline.saturating_duration_since(Instant::now());
            let locale = locale.to_owned();
            let asked = Understand { plugin, flow, request, locale, timeout };
            self.0.understand(asked).await.map_err(|why| trouble(plugin, &why))
        })
    }
}

fn trouble(plugin: &str, why: &NotUnderstood) -> PluginTrouble {
    let error = match why {
        NotUnderstood::Missing => return PluginTrouble::Missing(plugin.to_owned()),
        NotUnderstood::LeftAlone => return PluginTrouble::LeftAlone,
        NotUnderstood::Failed(error) => error,
    };
    // Its own words may have those of a person in them.
    tracing::debug!(plugin, why = %error.message, "A plugin did not understand a text.");
    match error.kind {
        ToolErrorKind::Timeout => PluginTrouble::Timeout,
        ToolErrorKind::Unavailable => PluginTrouble::Unreachable,
        ToolErrorKind::BadResult => PluginTrouble::BadAnswer("a number in it cannot be read"),
        ToolErrorKind::Limit if error.attempts == 0 => PluginTrouble::TooLarge("the request"),
        kind @ (ToolErrorKind::Fuel
        | ToolErrorKind::Memory
        | ToolErrorKind::Limit
        | ToolErrorKind::Trap
        | ToolErrorKind::Tool
        | ToolErrorKind::BadArgs
        | ToolErrorKind::Denied
        | ToolErrorKind::Lost
        | ToolErrorKind::Cancelled) => PluginTrouble::Failed(kind),
    }
}
