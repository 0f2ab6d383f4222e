//! Everything that understands texts in a host, asked in the order that the flow says. The host's own classifier comes
//! first or last, but always: what it says holds wherever another gives no answer of use in time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::warn;

use super::embedding::{Near, Nearby};
use super::offline::cancelling;
use super::plugin::{self, PluginTrouble};
use super::{Command, Models, Offline, Plugins, Reply};
use crate::engine::{Classify, Understood};
use crate::flow::{Flow, Mode};

/// Who understood what words and vectors say together.
const CLASSIFIER: &str = "embedding";

/// The host's own classifier and those that it may ask beside it.
#[derive(Debug, Default)]
pub struct Joined {
    offline: Arc<Offline>,
    models: Arc<Models>,
    nearby: Nearby,
    /// None in a host that has no plugins.
    plugins: Option<Arc<dyn Plugins>>,
}

impl Joined {
    /// With these language models.
    #[must_use]
    pub fn new(models: Models) -> Self {
        Self { models: Arc::new(models), ..Self::default() }
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
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// Understands one text within the flow's time.
    pub async fn classify(&self, flow: &Flow, query: &Classify) -> Understood {
        let begun = Instant::now();
        let (reply, fallback) = self.reply(flow, query, begun).await;
        let mut understood = reply.understood(cancelling(query));
        understood.fallback = fallback.map(str::to_owned);
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
        if let Some(asked) = &flow.nlu.embeddings {
            match self.models.check_vectors(&flow.id, asked) {
                Ok(()) => self.nearby.learn(&self.models, flow, asked),
                Err(why) => warn!(flow = %flow.id, %why, "A flow's examples get no vectors."),
            }
        }
        let knows = |plugin: &str| self.plugins.as_ref().is_some_and(|it| it.understands(plugin));
        if let Some(plugin) = flow.nlu.plugin.as_ref().filter(|plugin| !knows(plugin)) {
            let why = PluginTrouble::Missing(plugin.clone());
            warn!(flow = %flow.id, %why, "A flow's plugin is not asked about texts until it is there.");
        }
    }

    /// The commands, and in a word why who was to give them did not.
    async fn reply(
        &self,
        flow: &Flow,
        query: &Classify,
        begun: Instant,
    ) -> (Reply, Option<&'static str>) {
        let deadline = begun + Duration::from_millis(flow.nlu.budget_ms);
        let (own, fallback) = self.own(flow, query, (begun, deadline)).await;
        let is_enough = match flow.nlu.mode {
            Mode::Offline => true,
            Mode::Model | Mode::Plugin => is_word_for_word(&own),
            // What is between two is asked of the other first, of the person where that is of no use.
            Mode::OfflineThenModel | Mode::OfflineThenPlugin => {
                gives_up(&own) || own.has_intent() && own.alternatives.is_empty()
            }
        };
        if is_enough {
            return (own, fallback);
        }
        let other = match flow.nlu.mode {
            Mode::Plugin | Mode::OfflineThenPlugin => {
                let reply = plugin::reply(self.plugins.as_deref(), flow, query, deadline).await;
                reply.map_err(|trouble| (trouble.as_str(), trouble.to_string()))
            }
            Mode::Offline | Mode::Model | Mode::OfflineThenModel => {
                let reply = self.models.reply(flow, query, deadline).await;
                reply.map_err(|trouble| (trouble.as_str(), trouble.to_string()))
            }
        };
        match other {
            Ok(reply) => (reply, None),
            Err((word, trouble)) => {
                warn!(flow = %flow.id, trouble, "A text was to be understood by another; the host's own answer holds.");
                (own, Some(word))
            }
        }
    }

    /// The host's own: by the words of the examples and, where the flow names a model for it, by how near the text is to
    /// them. The latter has half of the time where somebody else may be asked after it.
    async fn own(
        &self,
        flow: &Flow,
        query: &Classify,
        (begun, deadline): (Instant, Instant),
    ) -> (Reply, Option<&'static str>) {
        let offline = self.offline.reply(flow, query);
        let Some(asked) = &flow.nlu.embeddings else { return (offline, None) };
        if is_word_for_word(&offline) || gives_up(&offline) {
            return (offline, None);
        }
        let deadline = match flow.nlu.mode {
            Mode::Offline => deadline,
            Mode::Model | Mode::OfflineThenModel | Mode::Plugin | Mode::OfflineThenPlugin => {
                begun + deadline.duration_since(begun) / 2
            }
        };
        match self.nearby.near(&self.models, (flow, asked), query, deadline.into()).await {
            Ok(Near::Nothing) => (offline, None),
            // It ends by itself; nobody is to look at every text until then.
            Ok(Near::Learning) => (offline, Some("learning")),
            Ok(Near::To(near)) => {
                let reply = self.offline.reply_near(flow, query, Some(&near));
                let is_joined = reply.classifier == "offline";
                let classifier = if is_joined { CLASSIFIER.to_owned() } else { reply.classifier };
                (Reply { classifier, ..reply }, None)
            }
            Err(trouble) => {
                warn!(flow = %flow.id, %trouble, "A text got no vector; its words hold alone.");
                (offline, Some(trouble.as_str()))
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
