//! `plugin.toml`: what a plugin's author says of it and asks for. An unknown key is an error, and so is one that
//! is not built yet; nothing is ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;

use super::Error;
use super::quantity::{Bytes, Fuel, Span};

/// A plugin as its author describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) plugin: Head,
    #[serde(default)]
    instance: Instance,
    #[serde(default)]
    pub(super) limits: Asked,
    #[serde(default)]
    pub(super) capabilities: Capabilities,
    #[serde(default)]
    pub(super) config: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) tool: Vec<Narrowed>,
    breaker: Option<toml::Value>,
    http: Option<toml::Value>,
    queue: Option<toml::Value>,
    mcp: Option<toml::Value>,
}

/// `[plugin]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) name: String,
    pub(super) version: String,
    kind: String,
    component: Option<String>,
    contract: String,
}

/// `[instance]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Instance {
    mode: Option<String>,
    max_calls: Option<toml::Value>,
    max_idle: Option<toml::Value>,
    max_instances: Option<toml::Value>,
}

/// `[limits]`: the author asks, the operator's caps win.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    pub(super) timeout: Span,
    pub(super) fuel: Fuel,
    pub(super) memory: Bytes,
    pub(super) args: Bytes,
    pub(super) output: Bytes,
    pub(super) logs: Logs,
    pub(super) hostcall_bytes: Bytes,
    pub(super) concurrency: usize,
    pub(super) queue_timeout: Span,
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
pub(super) struct Logs {
    pub(super) entries: usize,
    pub(super) bytes: Bytes,
}

impl Default for Logs {
    fn default() -> Self {
        Self { entries: 200, bytes: Bytes(64 << 10) }
    }
}

/// `[capabilities]`, and what an operator grants of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Capabilities {
    /// Parts of the conversation's context.
    pub(super) session: Option<SessionParts>,
    /// Small durable data.
    pub(super) kv: Option<KvParts>,
    pub(super) http: Option<toml::Value>,
    pub(super) secrets: Option<toml::Value>,
    pub(super) progress: Option<toml::Value>,
    pub(super) events: Option<toml::Value>,
}

/// Parts of the context, as JSON pointers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SessionParts {
    pub(super) read: Vec<String>,
    pub(super) patch: Vec<String>,
}

/// Namespaces and quota of small durable data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KvParts {
    pub(super) scopes: Vec<KvScope>,
    #[serde(default = "KvParts::value")]
    pub(super) max_value: Bytes,
    #[serde(default = "KvParts::bytes")]
    pub(super) max_bytes: Bytes,
    #[serde(default = "KvParts::keys")]
    pub(super) max_keys: u64,
}

/// A namespace of small durable data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KvScope {
    /// Of one conversation.
    Session,
    /// Of the plugin.
    Plugin,
}

impl KvScope {
    pub(super) const fn word(self) -> &'static str {
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
pub(super) struct Narrowed {
    pub(super) name: String,
    pub(super) timeout: Option<Span>,
    pub(super) retry: Option<RetryWish>,
    pub(super) concurrency: Option<usize>,
    #[serde(default)]
    expose: Vec<String>,
    description: Option<toml::Value>,
    input_schema: Option<toml::Value>,
    output_schema: Option<toml::Value>,
    effects: Option<toml::Value>,
}

/// `tool.retry`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetryWish {
    pub(super) max_attempts: u32,
    pub(super) backoff: Option<Span>,
}

impl Manifest {
    /// Reads and checks.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let manifest: Self =
            toml::from_str(text).map_err(|error| Error::Manifest(error.to_string()))?;
        manifest.check_built()?;
        manifest.check_words()?;
        Ok(manifest)
    }

    /// The file beside `plugin.toml` that has the component.
    pub(super) fn component(&self) -> Result<&str, Error> {
        let name = self.plugin.component.as_deref().ok_or_else(|| {
            Error::Manifest("`plugin.component` is missing: name the .wasm file".into())
        })?;
        let plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != "..";
        if plain {
            return Ok(name);
        }
        Err(Error::Manifest(format!(
            "`plugin.component` is a file beside plugin.toml, not `{name}`"
        )))
    }

    /// What the author says of one tool.
    pub(super) fn narrowed(&self, tool: &str) -> Option<&Narrowed> {
        self.tool.iter().find(|narrowed| narrowed.name == tool)
    }

    fn check_built(&self) -> Result<(), Error> {
        if self.plugin.kind != "wasm" {
            return Err(match self.plugin.kind.as_str() {
                "http" | "queue" | "mcp" => {
                    Error::NotBuilt(format!("kind = \"{}\"", self.plugin.kind))
                }
                other => Error::Manifest(format!("there is no kind `{other}`; write `wasm`")),
            });
        }
        let instance = &self.instance;
        let parts = [
            ("[breaker]", self.breaker.is_some()),
            ("[http]", self.http.is_some()),
            ("[queue]", self.queue.is_some()),
            ("[mcp]", self.mcp.is_some()),
            ("instance.max_calls", instance.max_calls.is_some()),
            ("instance.max_idle", instance.max_idle.is_some()),
            ("instance.max_instances", instance.max_instances.is_some()),
            ("instance.mode = \"warm\"", instance.mode.as_deref() == Some("warm")),
        ];
        match parts.iter().find(|(_, there)| *there) {
            Some((name, _)) => Err(Error::NotBuilt((*name).to_owned())),
            None => self.capabilities.check_built(),
        }
    }

    fn check_words(&self) -> Result<(), Error> {
        let refuse = |why: String| Err(Error::Manifest(why));
        if !is_name(&self.plugin.name, 32) {
            let name = &self.plugin.name;
            return refuse(format!("`{name}` is no name: a-z first, then at most 31 of a-z 0-9 -"));
        }
        if self.plugin.contract != "1" {
            let asked = &self.plugin.contract;
            return Err(Error::Contract(asked.clone()));
        }
        if let Some(mode) = self.instance.mode.as_deref().filter(|mode| *mode != "fresh") {
            return refuse(format!("there is no instance mode `{mode}`; write `fresh`"));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.tool.iter().find(|tool| !seen.insert(&tool.name)) {
            return refuse(format!("[[tool]] `{}` is there twice", twice.name));
        }
        self.tool.iter().try_for_each(Narrowed::check)
    }
}

impl Capabilities {
    fn check_built(&self) -> Result<(), Error> {
        let parts = [
            ("capabilities.http", &self.http),
            ("capabilities.secrets", &self.secrets),
            ("capabilities.progress", &self.progress),
            ("capabilities.events", &self.events),
        ];
        match parts.iter().find(|(_, there)| there.is_some()) {
            Some((name, _)) => Err(Error::NotBuilt((*name).to_owned())),
            None => Ok(()),
        }
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
            return Err(Error::Manifest(why));
        }
        if self.retry.is_some_and(|retry| retry.max_attempts == 0) {
            let why = format!("[[tool]] `{}`: `max_attempts` is at least 1", self.name);
            return Err(Error::Manifest(why));
        }
        match self.expose.iter().find(|to| *to != "flow") {
            Some(to) => Err(Error::NotBuilt(format!("expose = [\"{to}\"]"))),
            None => Ok(()),
        }
    }
}

/// `[a-z][a-z0-9-]*`
pub(super) fn is_name(text: &str, max: usize) -> bool {
    text.len() <= max
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
