//! The part of the language that says what becomes of running sessions when the flow changes. As in its parent, only
//! what was written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Fields;

/// How sessions of an older version come over to this one.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Migration {
    /// The older version, at least 8 digits of it; `*` for all that have no entry of their own.
    pub(in crate::flow) from: String,
    /// States of the older version and those that take their place; what is not here keeps its name.
    #[serde(default)]
    pub(in crate::flow) states: Option<IndexMap<String, String>>,
    /// Dotted paths of the context and their new values; all values see the old context.
    #[serde(default)]
    pub(in crate::flow) assign: Option<Fields>,
}

/// What sessions do when their flow changes, alone or with how long they may stay.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::flow) enum Sessions {
    /// `"pin"`
    Short(Policy),
    /// `{"policy": "drain", "pin_max_ms": 3600000}`
    Long(LongSessions),
}

/// What sessions do when their flow changes, and how long they may stay.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct LongSessions {
    /// What they do.
    pub(in crate::flow) policy: Policy,
    /// Milliseconds that a session may stay on its older version; a day when left out.
    #[serde(default)]
    pub(in crate::flow) pin_max_ms: Option<u64>,
}

/// What sessions do when their flow changes.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::flow) enum Policy {
    /// They move where that is safe, else they stay for a time. The default.
    Auto,
    /// They stay to their end.
    Pin,
    /// They move; where their state is gone, to the start.
    Migrate,
    /// They stay for a time.
    Drain,
}
