//! The `plugin.toml` of a server: where it is, how it knows that it is us, and the tools that it has.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::breaker::Breaker;
use super::tool::{self, CallLimits, Declared};
use super::{Error, check_name, read};

/// A plugin of kind `http` as its author describes it.
#[derive(Debug, Clone)]
pub struct Http {
    pub name: String,
    pub version: String,
    pub endpoint: Endpoint,
    pub limits: CallLimits,
    pub tools: Vec<Declared>,
}

/// `[http]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Every call of every tool is posted here.
    pub url: String,
    /// The name of the key that signs.
    pub secret: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderValue>,
    /// Loopback, private ranges and the like.
    #[serde(default)]
    pub private_networks: bool,
    /// Hops that are followed.
    #[serde(default)]
    pub redirects: u32,
}

/// A header's value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a text, or { secret = \"NAME\", prefix = \"Bearer \" }")]
pub enum HeaderValue {
    /// As it is.
    Plain(String),
    /// Of the operator's secrets.
    Secret(SecretValue),
}

/// A value with a secret in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretValue {
    /// Its name.
    pub secret: String,
    /// What stands before it.
    #[serde(default)]
    pub prefix: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    plugin: Head,
    http: Endpoint,
    #[serde(default)]
    limits: CallLimits,
    #[serde(default)]
    tool: Vec<Declared>,
    #[serde(default)]
    breaker: Breaker,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: String,
    version: String,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
}

impl Http {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let File { plugin, http: endpoint, limits, tool, breaker } = read(text)?;
        check_name(&plugin.name)?;
        let (name, version) = (plugin.name, plugin.version);
        let limits = limits.with(breaker);
        Ok(Self { name, version, endpoint, limits, tools: tool::declared(tool)? })
    }
}

impl Endpoint {
    /// The names of all secrets that it needs, each once.
    pub fn secrets(&self) -> Vec<&str> {
        let in_headers = self.headers.values().filter_map(|value| match value {
            HeaderValue::Plain(_) => None,
            HeaderValue::Secret(value) => Some(value.secret.as_str()),
        });
        let mut names: Vec<&str> = self.secret.as_deref().into_iter().chain(in_headers).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
