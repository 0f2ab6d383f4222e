//! What a call tells while it runs: how far it is, and events of its plugin's own.

use tracing::debug;

use crate::event::clean;
use crate::plugin::bindings::cicerone::plugin::{events, progress};
use crate::plugin::host::State;

/// Longest message, characters.
const MESSAGE_MAX: usize = 500;

impl progress::Host for State {
    async fn update(&mut self, percent: Option<u8>, message: String) -> wasmtime::Result<()> {
        self.pass("progress.update", message.len())?;
        let call = self.in_call("progress.update")?;
        if call.rights.progress {
            let message = clean(&message, MESSAGE_MAX);
            debug!(call = %call.id, percent, message, "A call is under way.");
        }
        Ok(())
    }
}

impl events::Host for State {
    async fn publish(
        &mut self,
        topic: String,
        payload: String,
    ) -> wasmtime::Result<Result<(), events::PublishError>> {
        self.pass("events.publish", topic.len() + payload.len())?;
        let granted = self.in_call("events.publish")?.rights.events.contains(&topic);
        let why = match granted {
            true => events::PublishError::Quota(0),
            false => events::PublishError::NotGranted,
        };
        Ok(Err(why))
    }
}
