//! Understanding: from a text and the intents that the conversation can take now to one of them, its slots and a
//! confidence, or to noise. It never changes a session.

mod command;
mod offline;
#[cfg(feature = "host")]
mod joined;
#[cfg(feature = "host")]
mod model;
#[cfg(feature = "host")]
mod plugin;
#[cfg(feature = "host")]
mod embedding;
#[cfg(feature = "host")]
mod check;
#[cfg(feature = "host")]
mod mask;

pub use command::{Command, Filled, Reply};
#[cfg(feature = "host")]
pub use joined::Joined;
#[cfg(feature = "host")]
pub use model::{
    Chat, ChatTool, ModelServer, ModelServers, Models, Opening, Said, ServerError, ServerFigures,
    Trouble, Wanted,
};
pub use offline::{
    Candidate, Evaluation, Explained, Guess, Lesson, Mistake, Offline, Reason, Trained,
    cross_validate, evaluate, visible,
};
#[cfg(feature = "host")]
pub use plugin::{Answered, Asked, PluginTrouble, Plugins, by_plugin};

use std::sync::Arc;

use crate::engine::{Classify, Understood};
use crate::flow::Flow;

/// The closed set of classifiers, and one open place for an embedder's own.
#[derive(Debug, Clone)]
pub enum Classifier {
    /// Trained on the flow's own examples; needs no network.
    Offline(Arc<Offline>),
    /// That one, and whatever else the flow says.
    #[cfg(feature = "host")]
    Joined(Arc<Joined>),
    /// An embedder's.
    Custom(Arc<dyn Custom>),
}

impl Classifier {
    /// Understands one text; noise is an answer without an intent, never an error.
    pub async fn classify(&self, flow: &Flow, query: &Classify) -> Understood {
        match self {
            Self::Offline(offline) => offline.classify(flow, query),
            #[cfg(feature = "host")]
            Self::Joined(joined) => joined.classify(flow, query).await,
            Self::Custom(custom) => custom.classify(flow, query).await,
        }
    }

    /// The language models, where there may be some.
    #[cfg(feature = "host")]
    #[must_use]
    pub fn models(&self) -> Option<&Models> {
        match self {
            Self::Joined(joined) => Some(joined.models()),
            Self::Offline(_) | Self::Custom(_) => None,
        }
    }

    /// Learns what `flow` will need, so that no turn waits for it; to be called when the flow is loaded.
    pub fn warm(&self, flow: &Flow) {
        match self {
            Self::Offline(offline) => offline.warm(flow),
            #[cfg(feature = "host")]
            Self::Joined(joined) => joined.warm(flow),
            Self::Custom(_) => {}
        }
    }
}

impl Default for Classifier {
    fn default() -> Self {
        Self::Offline(Arc::default())
    }
}

/// A classifier of an embedder's own.
pub trait Custom: std::fmt::Debug + Send + Sync {
    /// Understands one text; it must answer, with noise if need be.
    fn classify<'a>(
        &'a self,
        flow: &'a Flow,
        query: &'a Classify,
    ) -> std::pin::Pin<Box<dyn Future<Output = Understood> + Send + 'a>>;
}
