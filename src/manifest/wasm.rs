//! The `plugin.toml` of a component: what its author asks for. What the tools are the component says itself.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::breaker::Breaker;
use super::build::Build;
use super::instance::Instance;
use super::quantity::{Bytes, Fuel, Span};
use super::reach::{EventParts, HttpParts, SecretParts};
use super::sum::Sum;
use super::tool::{self, Expose, RetryWish};
use super::{Error, check_name, read};

/// A plugin of kind `wasm` as its author describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wasm {
    pub plugin: Head,
    #[serde(default)]
    pub instance: Instance,
    #[serde(default)]
    pub limits: Asked,
    #[serde(default)]
    pub capabilities: Capabilities,
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    #[serde(default)]
    pub tool: Vec<Narrowed>,
    #[serde(default)]
    pub breaker: Breaker,
    /// For whoever builds the component; nothing that a host does depends on it.
    pub build: Option<Build>,
}

/// `[plugin]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub name: String,
    pub version: String,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    component: Option<String>,
    contract: String,
    /// The component that is meant; another one in its place is refused.
    pub digest: Option<Sum>,
}

/// `[limits]`: the author asks, the operator's caps win.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    pub timeout: Span,
    pub fuel: Fuel,
    pub memory: Bytes,
    pub args: Bytes,
    pub output: Bytes,
    pub logs: Logs,
    pub hostcall_bytes: Bytes,
    pub concurrency: usize,
    pub queue_timeout: Span,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            timeout: Span(Duration::from_secs(5)),
            fuel: Fuel(Some(2_000_000_000)),
            memory: Bytes(32 << 20),
            args: Bytes(64 << 10),
            output: Bytes(256 << 10),
            logs: Logs::default(),
            hostcall_bytes: Bytes(1 << 20),
            concurrency: 16,
            queue_timeout: Span(Duration::from_millis(500)),
        }
    }
}

/// `limits.logs`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Logs {
    pub entries: usize,
    pub bytes: Bytes,
}

impl Default for Logs {
    fn default() -> Self {
        Self { entries: 200, bytes: Bytes(64 << 10) }
    }
}

/// `[capabilities]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capabilities {
    /// Parts of the conversation's context.
    pub session: Option<SessionParts>,
    /// Small durable data.
    pub kv: Option<KvParts>,
    /// Servers that it calls.
    pub http: Vec<HttpParts>,
    /// Secrets for them.
    pub secrets: Vec<SecretParts>,
    /// Whether it says how far it is.
    pub progress: bool,
    /// Events of its own.
    pub events: Option<EventParts>,
}

/// Parts of the context, as JSON pointers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionParts {
    pub read: Vec<String>,
    pub patch: Vec<String>,
}

/// Namespaces and quota of small durable data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KvParts {
    pub scopes: Vec<KvScope>,
    #[serde(default = "KvParts::value")]
    pub max_value: Bytes,
    #[serde(default = "KvParts::bytes")]
    pub max_bytes: Bytes,
    #[serde(default = "KvParts::keys")]
    pub max_keys: u64,
}

/// A namespace of small durable data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KvScope {
    /// Of one conversation.
    Session,
    /// Of the plugin.
    Plugin,
}

impl KvScope {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Plugin => "plugin",
        }
    }
}

impl KvParts {
    const fn value() -> Bytes {
        Bytes(64 << 10)
    }

    const fn bytes() -> Bytes {
        Bytes(4 << 20)
    }

    const fn keys() -> u64 {
        1_000
    }
}

/// `[[tool]]`: what the author narrows for one tool.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrowed {
    pub name: String,
    pub timeout: Option<Span>,
    pub retry: Option<RetryWish>,
    pub concurrency: Option<usize>,
    #[serde(default)]
    pub expose: Expose,
    description: Option<toml::Value>,
    input_schema: Option<toml::Value>,
    output_schema: Option<toml::Value>,
    effects: Option<toml::Value>,
}

impl Wasm {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let manifest: Self = read(text)?;
        manifest.check_words()?;
        Ok(manifest)
    }

    /// The file beside `plugin.toml` that has the component.
    pub fn component(&self) -> Result<&str, Error> {
        let name = self.plugin.component.as_deref().ok_or_else(|| {
            Error::Written("`plugin.component` is missing: name the .wasm file".into())
        })?;
        let plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != "..";
        if plain {
            return Ok(name);
        }
        Err(Error::Written(format!(
            "`plugin.component` is a file beside plugin.toml, not `{name}`"
        )))
    }

    /// What the author says of one tool.
    pub fn narrowed(&self, tool: &str) -> Option<&Narrowed> {
        self.tool.iter().find(|narrowed| narrowed.name == tool)
    }

    fn check_words(&self) -> Result<(), Error> {
        check_name(&self.plugin.name)?;
        if self.plugin.contract != "1" {
            let asked = &self.plugin.contract;
            return Err(Error::Contract(asked.clone()));
        }
        tool::check_once(self.tool.iter().map(|tool| tool.name.as_str()))?;
        self.tool.iter().try_for_each(Narrowed::check)
    }
}

impl Narrowed {
    fn check(&self) -> Result<(), Error> {
        let said_by_component = [
            ("description", &self.description),
            ("input_schema", &self.input_schema),
            ("output_schema", &self.output_schema),
            ("effects", &self.effects),
        ];
        if let Some((key, _)) = said_by_component.iter().find(|(_, there)| there.is_some()) {
            let why = format!("[[tool]] `{}`: a component says its `{key}` itself", self.name);
            return Err(Error::Written(why));
        }
        tool::check(&self.name, self.retry, &self.expose)
    }
}
