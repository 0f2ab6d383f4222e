//! Understanding: from a text and the intents that the conversation can take now to one of them, its slots and a
//! confidence, or to noise. It never changes a session.

use std::sync::Arc;

use crate::engine::{Classify, Understood};
use crate::flow::Flow;

/// The closed set of classifiers, and one open place for an embedder's own.
#[derive(Debug, Clone)]
pub enum Classifier {
    /// Trained on the flow's own examples; needs no network.
    Offline(Arc<offline::Offline>),
    /// An embedder's.
    Custom(Arc<dyn Custom>),
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

mod offline {
    //! placeholder
    /// placeholder
    #[derive(Debug)]
    pub struct Offline {}
}
