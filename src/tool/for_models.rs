//! Tools that a language model may want called while it writes a reply: those whose plugin says so.

use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Registry;
use super::entry::Entry;
use super::registry::unavailable;
use crate::engine::{Call, Outcome};
use crate::event::ToolError;

/// The tool, unless it is offered to language models alone.
pub(super) fn for_flows(entry: Arc<Entry>) -> Result<Arc<Entry>, ToolError> {
    if entry.expose.to_flows() {
        return Ok(entry);
    }
    let name = &entry.offer.name;
    let why = "is offered to language models only; add `flow` to its `expose`";
    Err(unavailable(format!("tool `{name}` {why}")))
}

impl Registry {
    /// What a model is told of a tool of a flow: its description, and the schema of its arguments. None when nobody
    /// offers it to models.
    #[must_use]
    pub fn offered_to_models(
        &self,
        name: &str,
        uses: Option<&str>,
    ) -> Option<(String, Arc<Value>)> {
        let entry = self.find(name, uses).ok().filter(|entry| entry.expose.to_models())?;
        Some((entry.description.clone(), Arc::clone(&entry.offer.args)))
    }

    /// A call that a model wants, with the schedule, the limits and the rights of any other.
    pub async fn call_for_model(&self, call: &Call, cancelled: &CancellationToken) -> Outcome {
        match self.find(&call.name, call.uses.as_deref()) {
            Ok(entry) if entry.expose.to_models() => {
                self.run(&entry, call, cancelled, None).await.outcome
            }
            Ok(_) => Outcome::Failed(unavailable(format!(
                "tool `{}` is not offered to language models",
                call.name
            ))),
            Err(error) => Outcome::Failed(error),
        }
    }
}
