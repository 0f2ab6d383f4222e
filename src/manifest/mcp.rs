//! The `plugin.toml` of an MCP server: how it is reached, as a child process or under a URL, and what the author says of
//! its tools. A server says itself what its tools are; whoever declares them here has them offered before it was ever
//! started.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::breaker::Breaker;
use super::http::{Endpoint, HeaderValue};
use super::quantity::Span;
use super::tool::{self, CallLimits, Declared, Expose, RetryWish};
use super::{Error, check_name, read};

/// How long a server may take to start and to say what it has.
const START: Duration = Duration::from_secs(20);

/// A plugin of kind `mcp` as its author describes it.
#[derive(Debug, Clone)]
pub struct Mcp {
    pub name: String,
    pub version: String,
    pub way: Way,
    /// Until it has told its tools.
    pub start_timeout: Duration,
    pub limits: CallLimits,
    pub tools: Tools,
}

/// How a server is reached.
#[derive(Debug, Clone)]
pub enum Way {
    /// A process of our own.
    Child(Program),
    /// Streamable HTTP.
    Remote(Endpoint),
}

/// A process to start.
#[derive(Debug, Clone)]
pub struct Program {
    pub command: String,
    pub args: Vec<String>,
    /// What it finds in its environment beside the usual.
    pub env: BTreeMap<String, HeaderValue>,
    pub cwd: Option<PathBuf>,
}

/// What is known of a server's tools before it is asked.
#[derive(Debug, Clone)]
pub enum Tools {
    /// These, and no others; the server is started when the first is called.
    Declared(Vec<Declared>),
    /// Whatever it says, with what the author narrows.
    Told(Vec<Narrowed>),
}

/// What the author narrows for one tool that the server tells itself.
#[derive(Debug, Clone)]
pub struct Narrowed {
    pub name: String,
    pub timeout: Option<Span>,
    pub retry: Option<RetryWish>,
    pub concurrency: Option<usize>,
    pub expose: Expose,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    plugin: Head,
    mcp: Reach,
    #[serde(default)]
    limits: CallLimits,
    #[serde(default)]
    tool: Vec<Written>,
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

/// `[mcp]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reach {
    command: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, HeaderValue>,
    cwd: Option<PathBuf>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, HeaderValue>,
    #[serde(default)]
    private_networks: bool,
    start_timeout: Option<Span>,
}

/// `[[tool]]` of such a plugin: of `Declared` all, or only what narrows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    description: Option<String>,
    input_schema: Option<Arc<Value>>,
    output_schema: Option<Arc<Value>>,
    #[serde(default)]
    effects: Vec<tool::Effect>,
    timeout: Option<Span>,
    retry: Option<RetryWish>,
    concurrency: Option<usize>,
    #[serde(default)]
    expose: Expose,
}

impl Mcp {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let File { plugin, mcp, limits, tool, breaker } = read(text)?;
        check_name(&plugin.name)?;
        let start_timeout = mcp.start_timeout.map_or(START, |span| span.0);
        let (name, version, limits) = (plugin.name, plugin.version, limits.with(breaker));
        Ok(Self { name, version, way: mcp.way()?, start_timeout, limits, tools: tools(tool)? })
    }
}

impl Way {
    /// The names of all secrets that it needs, each once.
    pub fn secrets(&self) -> Vec<&str> {
        match self {
            Self::Child(program) => HeaderValue::secrets(program.env.values()),
            Self::Remote(endpoint) => endpoint.secrets(),
        }
    }
}

impl Reach {
    fn way(self) -> Result<Way, Error> {
        let refuse = |why: &str| Err(Error::Written(format!("[mcp]: {why}")));
        let of_child = !self.args.is_empty() || !self.env.is_empty() || self.cwd.is_some();
        let of_url = !self.headers.is_empty() || self.private_networks;
        let Self { command, args, env, cwd, url, headers, private_networks, .. } = self;
        match (command, url) {
            (Some(_), Some(_)) => refuse("`command` starts a server, `url` calls one; write one"),
            (None, None) => refuse("write `command` to start a server, or `url` to call one"),
            (Some(_), None) if of_url => refuse("`headers` and `private_networks` are for `url`"),
            (None, Some(_)) if of_child => refuse("`args`, `env` and `cwd` are for `command`"),
            (Some(command), None) if command.is_empty() => refuse("`command` names no program"),
            (Some(command), None) => Ok(Way::Child(Program { command, args, env, cwd })),
            (None, Some(url)) => {
                let secret = None;
                Ok(Way::Remote(Endpoint { url, secret, headers, private_networks, redirects: 0 }))
            }
        }
    }
}

fn tools(written: Vec<Written>) -> Result<Tools, Error> {
    let declared = written.iter().filter(|tool| tool.is_declared()).count();
    if declared == 0 {
        tool::check_once(written.iter().map(|tool| tool.name.as_str()))?;
        let narrowed: Result<_, _> = written.into_iter().map(Written::narrowed).collect();
        return narrowed.map(Tools::Told);
    }
    let declared: Result<_, _> = written.into_iter().map(Written::declared).collect();
    tool::declared(declared?).map(Tools::Declared)
}

impl Written {
    const fn is_declared(&self) -> bool {
        self.input_schema.is_some() || self.description.is_some()
    }

    fn declared(self) -> Result<Declared, Error> {
        let Self { name, timeout, retry, concurrency, expose, effects, output_schema, .. } = self;
        let (Some(description), Some(input_schema)) = (self.description, self.input_schema) else {
            let why = format!(
                "[[tool]] `{name}`: where one tool has `description` and `input_schema`, all have: only they are offered"
            );
            return Err(Error::Written(why));
        };
        let (input, output) = (input_schema, output_schema);
        Ok(Declared {
            input_schema: input,
            output_schema: output,
            name,
            description,
            effects,
            timeout,
            retry,
            concurrency,
            expose,
        })
    }

    fn narrowed(self) -> Result<Narrowed, Error> {
        let Self { name, timeout, retry, concurrency, expose, .. } = self;
        if self.output_schema.is_some() || !self.effects.is_empty() {
            let why = format!(
                "[[tool]] `{name}`: the server says its `output_schema` and `effects` itself; or declare the whole tool"
            );
            return Err(Error::Written(why));
        }
        tool::check(&name, retry, &expose)?;
        Ok(Narrowed { name, timeout, retry, concurrency, expose })
    }
}
