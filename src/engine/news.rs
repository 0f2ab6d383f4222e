//! What a call tells while it runs, and whom it tells: nothing of it decides how a conversation goes on.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that a call tells before its outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the events they become")]
pub enum News {
    /// How far it is.
    Progress { percent: Option<u8>, message: String },
    /// What a language model has written so far beyond what was told before.
    Chunk { delta: String },
    /// An event of its plugin's own, `plugin.<name>.<topic>`.
    Event { name: String, data: Value },
}

/// Whoever hears what a call tells. Cheap to clone.
#[derive(Clone)]
pub struct Teller(Arc<Tell>);

type Tell = dyn Fn(News) -> bool + Send + Sync;

impl Teller {
    /// Hands everything to `tell`, which does not wait and says whether it was taken.
    pub fn new(tell: impl Fn(News) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells it; `false` when it is not taken, because too much was told.
    #[must_use]
    pub fn tell(&self, news: News) -> bool {
        (self.0)(news)
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Teller")
    }
}
