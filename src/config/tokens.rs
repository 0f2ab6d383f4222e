//! `[tokens]`: the keys that seal what clients of stateless turns carry, and how long that is good.

use std::num::NonZeroU32;

use serde::Deserialize;

/// `[tokens]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tokens {
    /// Names of secrets, each 32 bytes as hex digits: the first seals, all open. None at all is a key of the host's own in
    /// its data folder.
    pub keys: Vec<String>,
    /// Days that a token is good, at least one; 30 unless said.
    pub days: Option<NonZeroU32>,
    /// Whether tokens of CSM, which anybody can write, are taken too.
    pub unsigned_csm: bool,
}
