//! `[grants.<plugin>]`: what the operator allows one plugin.

use serde::Deserialize;

use super::Error;
use super::wasm::{Capabilities, KvParts, SessionParts};

/// `[grants.<plugin>]` of the operator: the same shape as what the plugin asks for, or `grant = "as-requested"` with the
/// digest of what was reviewed: the component, or for a plugin without one its `plugin.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grant {
    grant: Option<AsRequested>,
    digest: Option<String>,
    session: Option<SessionParts>,
    kv: Option<KvParts>,
    /// Servers that it may call.
    pub http: Vec<HttpGrant>,
    /// Secrets that it may use, by name.
    pub secrets: Vec<String>,
    /// Where it may have jobs put: `streams` is its own, `lists:NAME` a list of that name.
    pub queue: Vec<String>,
}

/// Servers that a plugin may call.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpGrant {
    /// Each with its scheme: `https://api.example.com`, `https://*.example.com`, `http://127.0.0.1:8707`.
    pub hosts: Vec<String>,
    /// Whether they may be on this machine or in a private network.
    pub private_networks: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AsRequested {
    AsRequested,
    /// Nobody writes it: for trying a plugin where it can do nothing to anybody.
    #[serde(skip)]
    Whatever,
}

impl Grant {
    /// Everything that a plugin asks for, unseen: for its author, where it reaches nothing outside.
    #[must_use]
    pub fn of_whatever_is_asked() -> Self {
        Self { grant: Some(AsRequested::Whatever), ..Self::default() }
    }

    /// Whether all that is asked for is granted, because this is what was reviewed.
    ///
    /// # Errors
    /// [`Error::Grant`] when something else was reviewed.
    pub fn is_as_requested(&self, plugin: &str, digest: &str) -> Result<bool, Error> {
        if matches!(self.grant, Some(AsRequested::Whatever)) {
            return Ok(true);
        }
        if self.grant.is_none() || self.digest.as_deref() == Some(digest) {
            return Ok(self.grant.is_some());
        }
        let lines = format!("grant = \"as-requested\"\ndigest = \"{digest}\"");
        Err(Error::Grant { plugin: plugin.to_owned(), lines })
    }

    /// What a component is granted.
    pub fn capabilities(&self) -> Capabilities {
        let (session, kv) = (self.session.clone(), self.kv.clone());
        Capabilities { session, kv, ..Capabilities::default() }
    }
}

/// Words of a TOML list.
pub fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
