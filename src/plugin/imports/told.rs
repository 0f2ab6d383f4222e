//! What a call tells while it runs: how far it is, and events of its plugin's own.

use serde_json::Value;

use crate::engine::News;
use crate::event::clean;
use crate::plugin::bindings::cicerone::plugin::{events, progress};
use crate::plugin::host::State;

/// Longest message, characters.
const MESSAGE_MAX: usize = 200;

/// The largest payload of an event, bytes.
const PAYLOAD_MAX: usize = 16 << 10;

/// Events of one call.
const EVENTS_MAX: u64 = 32;

impl progress::Host for State {
    /// Of too many nobody hears.
    async fn update(&mut self, percent: Option<u8>, message: String) -> wasmtime::Result<()> {
        self.pass("progress.update", message.len())?;
        let call = self.in_call("progress.update")?;
        if let Some(teller) = call.teller.as_ref().filter(|_| call.rights.progress) {
            let percent = percent.map(|percent| percent.min(100));
            let message = clean(&message, MESSAGE_MAX);
            let _was_taken: bool = teller.tell(News::Progress { percent, message });
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
        let call = self.in_call("events.publish")?;
        if !call.rights.events.contains(&topic) {
            return Ok(Err(events::PublishError::NotGranted));
        }
        let data = match serde_json::from_str::<Value>(&payload) {
            Ok(data) if payload.len() <= PAYLOAD_MAX => data,
            Ok(_) | Err(_) => {
                return Ok(Err(events::PublishError::TooLarge(PAYLOAD_MAX.try_into()?)));
            }
        };
        let name = format!("plugin.{}.{topic}", call.rights.plugin);
        let news = News::Event { name, data };
        let taken = self.spent.events < EVENTS_MAX
            && call.teller.as_ref().is_none_or(|teller| teller.tell(news));
        if !taken {
            return Ok(Err(events::PublishError::Quota(EVENTS_MAX)));
        }
        self.spent.events += 1;
        Ok(Ok(()))
    }
}
