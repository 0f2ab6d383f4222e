//! `[grants.<plugin>]`: what the operator allows one plugin.

use serde::Deserialize;

use super::Error;
use super::reach::{EventParts, HttpParts, SecretGrant};
use super::wasm::{KvParts, SessionParts};

/// `[grants.<plugin>]` of the operator: the same shape as what the plugin asks for, or `grant = "as-requested"` with the
/// digest of what was reviewed: the component, or for a plugin without one its `plugin.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grant {
    grant: Option<AsRequested>,
    digest: Option<String>,
    /// Parts of the conversation's context.
    pub session: Option<SessionParts>,
    /// Small durable data.
    pub kv: Option<KvParts>,
    /// Servers that it may call.
    pub http: Vec<HttpParts>,
    /// Secrets that it may use.
    pub secrets: Vec<SecretGrant>,
    /// Whether it may say how far it is.
    pub progress: bool,
    /// Events of its own.
    pub events: Option<EventParts>,
    /// How far it is trusted: a program of its own runs with the rights of the host.
    trust: Option<Trust>,
    /// Where it may have jobs put: `streams` is its own, `lists:NAME` a list of that name.
    pub queue: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Trust {
    Native,
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
        let reviewed =
            self.digest.as_deref().map(|text| text.strip_prefix("sha256:").unwrap_or(text));
        if self.grant.is_none() || reviewed == Some(digest) {
            return Ok(self.grant.is_some());
        }
        let lines = format!("grant = \"as-requested\"\ndigest = \"{digest}\"");
        Err(Error::Grant { plugin: plugin.to_owned(), lines })
    }

    /// Whether a program of its own may be started, outside of any sandbox. No digest stands for that: it says nothing of
    /// the program.
    #[must_use]
    pub const fn is_native(&self) -> bool {
        matches!(self.trust, Some(Trust::Native))
    }
}

/// Words of a TOML list.
pub fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
