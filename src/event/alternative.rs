//! An intent that a text may mean, beside another one.

use serde::{Deserialize, Serialize};

use super::Map;

/// One of two intents that a text may mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// Its name.
    pub intent: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Normalised values by slot name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub slots: Map,
}
