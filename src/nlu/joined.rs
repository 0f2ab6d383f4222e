//! Everything that understands texts in a host, asked in the order that the flow says. The host's own classifier comes
//! first or last, but always: what it says holds wherever another gives no answer of use in time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::warn;

use super::offline::cancelling;
use super::plugin::{self, PluginTrouble};
use super::{Command, Models, Offline, Plugins, Reply};
use crate::engine::{Classify, Understood};
use crate::flow::{Flow, Mode};

/// The host's own classifier and those that it may ask beside it.
#[derive(Debug, Default)]
pub struct Joined {
    offline: Arc<Offline>,
    models: Models,
    /// None in a host that has no plugins.
    plugins: Option<Arc<dyn Plugins>>,
}

impl Joined {
    /// With these language models.
    #[must_use]
    pub fn new(models: Models) -> Self {
        Self { offline: Arc::default(), models, plugins: None }
    }

    /// And with these plugins.
    #[must_use]
    pub fn with_plugins(self, plugins: Arc<dyn Plugins>) -> Self {
        Self { plugins: Some(plugins), ..self }
    }

    /// The host's own.
    #[must_use]
    pub const fn offline(&self) -> &Arc<Offline> {
        &self.offline
    }

    /// The language models that it may ask.
    #[must_use]
    pub const fn models(&self) -> &Models {
        &self.models
    }

    /// Understands one text within the flow's time.
    pub async fn classify(&self, flow: &Flow, query: &Classify) -> Understood {
        let begun = Instant::now();
        let (reply, fallback) = self.reply(flow, query, begun).await;
        let mut understood = reply.understood(cancelling(query));
        understood.fallback = fallback;
        understood.ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        understood
    }

    /// Learns what `flow` will need, and tells the operator where it asks for what they do not allow.
    pub fn warm(&self, flow: &Flow) {
        self.offline.warm(flow);
        if flow.nlu.model.is_some()
            && let Err(why) = self.models.check(flow)
        {
            warn!(flow = %flow.id, %why, "A flow's language model is not asked.");
        }
        let knows =
            |plugin: &&String| self.plugins.as_ref().is_some_and(|it| it.understands(plugin));
        if let Some(plugin) = flow.nlu.plugin.as_ref().filter(|plugin| !knows(plugin)) {
            let why = PluginTrouble::Missing(plugin.clone());
            warn!(flow = %flow.id, %why, "A flow's plugin is not asked about texts until it is there.");
        }
    }

    /// The commands, and in a word why a language model or a plugin that was to give them did not.
    async fn reply(
        &self,
        flow: &Flow,
        query: &Classify,
        begun: Instant,
    ) -> (Reply, Option<String>) {
        let offline = self.offline.reply(flow, query);
        let is_enough = match flow.nlu.mode {
            Mode::Offline => true,
            Mode::Model | Mode::Plugin => is_word_for_word(&offline),
            // What is between two is asked of the other first, of the person where that is of no use.
            Mode::OfflineThenModel | Mode::OfflineThenPlugin => {
                gives_up(&offline) || offline.has_intent() && offline.alternatives.is_empty()
            }
        };
        if is_enough {
            return (offline, None);
        }
        let deadline = begun + Duration::from_millis(flow.nlu.budget_ms);
        if matches!(flow.nlu.mode, Mode::Plugin | Mode::OfflineThenPlugin) {
            return match plugin::reply(self.plugins.as_deref(), flow, query, deadline).await {
                Ok(reply) => (reply, None),
                Err(trouble) => {
                    let plugin = flow.nlu.plugin.as_deref();
                    warn!(flow = %flow.id, plugin, %trouble, "A plugin gave no answer about a text; the host's own holds.");
                    (offline, Some(trouble.as_str().to_owned()))
                }
            };
        }
        match self.models.reply(flow, query, deadline).await {
            Ok(reply) => (reply, None),
            Err(trouble) => {
                warn!(flow = %flow.id, %trouble, "A language model gave no answer; the host's own holds.");
                (offline, Some(trouble.as_str().to_owned()))
            }
        }
    }
}

/// What the author or the host offered is not asked about.
fn is_word_for_word(reply: &Reply) -> bool {
    reply.has_intent() && matches!(reply.classifier.as_str(), "exact" | "choice")
}

fn gives_up(reply: &Reply) -> bool {
    reply.commands.contains(&Command::Cancel)
}
