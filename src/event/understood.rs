//! What a text was understood as: what goes into a turn, and what the log says of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Alternative, Map};

/// What a text was understood as.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Understood {
    /// `None` is noise.
    pub intent: Option<String>,
    /// 0 to 1.
    pub confidence: f64,
    /// Normalised values by slot name; shared by the event, the session and expressions.
    pub slots: Arc<Map>,
    /// Who understood it: `exact`, `offline`, `client`, …
    pub classifier: String,
    /// How long it took.
    pub ms: u64,
    /// Why a language model that was to understand it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Of a client's own `{intent, slots}`; none when it answers a wish to have a text understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The two that the text is between, the likelier one first; empty when it is not. What is in `intent` then is the
    /// best guess, where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}
