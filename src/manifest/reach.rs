//! What leads out of a sandbox: servers, secrets for them, and events. The same words ask and grant.

use serde::Deserialize;

use super::quantity::Bytes;

/// Servers that a plugin calls, or may call.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpParts {
    /// Each with its scheme: `https://api.example.com`, `https://*.example.com`, `http://127.0.0.1:8707`.
    pub hosts: Vec<String>,
    /// Asked for: `GET` alone where nothing is said. Granted: all that are asked for.
    pub methods: Option<Vec<String>>,
    /// The largest answer.
    pub max_response: Option<Bytes>,
    /// Whether they may be on this machine or in a private network.
    pub private_networks: bool,
    /// Hops that are followed.
    pub redirects: Option<u32>,
}

/// A secret, and whom it may be shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretParts {
    /// Its name.
    pub name: String,
    /// `api.example.com`, `*.example.com`, `https://api.example.com:8443`.
    pub hosts: Vec<String>,
    /// Whether the plugin's own code may see it.
    #[serde(default)]
    pub expose: bool,
}

/// A secret that a plugin may use.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a name, or { name = \"NAME\", hosts = [\"HOST\"], expose = false }")]
pub enum SecretGrant {
    /// For the hosts that its author names; its code never sees it.
    Name(String),
    /// For these hosts.
    Parts(SecretParts),
}

impl SecretGrant {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Parts(parts) => &parts.name,
        }
    }
}

/// Events of a plugin's own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventParts {
    /// The last part of their names: `booked` is `plugin.<name>.booked`.
    pub topics: Vec<String>,
}
