//! Plugins that understand texts. What asks them is one more entry of the registry, under a name that no flow, model or
//! client can call: it has the same gate, breaker, figures and way to be replaced as the plugin's tools. What is asked and
//! what comes back is JSON that only the two ends know.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Registry;
use super::entry::Entry;
use super::trial::nobodys;
use crate::engine::{Call, Outcome};
use crate::event::{CallId, Map, ToolError, ToolErrorKind};
use crate::flow::{self, Offers, Retry};

/// The entry's name in its plugin: no tool can have it.
pub(super) const CLASSIFY: &str = "@classify";

/// A text to be understood by a plugin.
#[derive(Debug, Clone)]
pub struct Understand<'a> {
    /// Which.
    pub plugin: &'a str,
    /// The flow that wants it.
    pub flow: &'a (flow::Id, flow::Version),
    /// The request of `wit/understanding/v1` as JSON.
    pub request: Map,
    /// BCP 47.
    pub locale: String,
    /// After so long the host goes on without it.
    pub timeout: Duration,
}

/// Why a plugin gave no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum NotUnderstood {
    /// It is not there, or understands no texts.
    Missing,
    /// It failed too often, and is left alone.
    LeftAlone,
    /// It failed.
    Failed(ToolError),
}

impl Registry {
    /// Whether there is such a plugin that understands texts.
    #[must_use]
    pub fn understands(&self, plugin: &str) -> bool {
        self.entry(&name(plugin)).is_some()
    }

    /// What a text means by a plugin's word, unchecked. One attempt.
    ///
    /// # Errors
    /// [`NotUnderstood`]; what a plugin says of it is in no log but that of the host's own debugging.
    pub async fn understand(&self, asked: Understand<'_>) -> Result<Value, NotUnderstood> {
        let name = name(asked.plugin);
        let entry = self.entry(&name).ok_or(NotUnderstood::Missing)?;
        let timeout_ms = u64::try_from(asked.timeout.as_millis()).unwrap_or(u64::MAX);
        let (flow, version) = asked.flow.clone();
        let call = Call {
            id: CallId::from(nobodys("understand").as_str()),
            uses: None,
            name,
            args: asked.request,
            result_schema: None,
            flow,
            version,
            state: String::new(),
            locale: asked.locale,
            timeout_ms,
            retry: Retry { max_attempts: 1, backoff_ms: 0, max_backoff_ms: 0, jitter: false },
            idempotent: false,
            deadline: self.clock().now().plus_millis(timeout_ms),
            context: Arc::default(),
        };
        match self.run(&entry, &call, &CancellationToken::new(), None).await.outcome {
            Outcome::Done(done) => Ok(done.result),
            // A breaker refuses before any attempt.
            Outcome::Failed(error)
                if error.kind == ToolErrorKind::Unavailable && error.attempts == 0 =>
            {
                Err(NotUnderstood::LeftAlone)
            }
            Outcome::Failed(error) => Err(NotUnderstood::Failed(error)),
        }
    }
}

fn name(plugin: &str) -> String {
    format!("{plugin}/{CLASSIFY}")
}

/// What flows are offered: tools, and plugins that understand texts.
pub(super) fn offered(by_name: &BTreeMap<String, Arc<Entry>>) -> Offers {
    let to_flows = by_name.values().filter(|entry| entry.expose.to_somebody_in_flows());
    let listener = |name: &String| {
        let (plugin, tool) = name.split_once('/')?;
        (tool == CLASSIFY).then(|| plugin.to_owned())
    };
    let listeners = by_name.keys().filter_map(listener);
    Offers::new(to_flows.map(|entry| entry.offer.clone())).understanding(listeners)
}
