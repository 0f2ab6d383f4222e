//! `[supply]`: where plugins may come from, who vouches for them, and whether one that became another is asked about.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `[supply]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Supply {
    /// What becomes of a plugin that is another than the one that was accepted; by default it is taken where the host
    /// listens on loopback, and asked about everywhere else.
    pub changes: Option<Changes>,
    /// `[supply.keys]`: minisign's public keys by a name of the operator's.
    pub keys: BTreeMap<String, String>,
    /// Whether `cicerone plugin add` takes only what one of the keys has signed.
    pub signed: bool,
}

/// What becomes of a plugin that is another than the one that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Changes {
    /// It is taken, with a line in the log.
    Take,
    /// It waits for `cicerone plugin accept`.
    Ask,
}
