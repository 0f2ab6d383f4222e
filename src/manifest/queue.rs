//! The `plugin.toml` of workers that take their jobs from Redis: how jobs are handed out, and the tools that there are
//! workers for.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::breaker::Breaker;
use super::quantity::Span;
use super::tool::{self, CallLimits, Declared};
use super::{Error, check_name, read};

/// A plugin of kind `queue` as its author describes it.
#[derive(Debug, Clone)]
pub struct Queue {
    pub name: String,
    pub version: String,
    pub jobs: Jobs,
    pub limits: CallLimits,
    pub tools: Vec<Declared>,
}

/// `[queue]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    pub protocol: Protocol,
    /// The consumer group of every tool's stream.
    pub group: Option<String>,
    /// How long a job may lie with a worker that says nothing.
    pub visibility: Option<Span>,
    /// How often a job is handed out.
    pub max_deliveries: Option<u32>,
    /// Where jobs are pushed; `{tool}` in it is the tool's name.
    pub list: Option<String>,
    /// Jobs that may wait.
    pub length: u64,
}

/// How jobs and answers travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Streams and consumer groups.
    #[default]
    Streams,
    /// `EventBus` FSM's: a list, and a key for each answer.
    Lists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    plugin: Head,
    #[serde(default)]
    queue: Jobs,
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

impl Default for Jobs {
    fn default() -> Self {
        Self {
            protocol: Protocol::default(),
            group: None,
            visibility: None,
            max_deliveries: None,
            list: None,
            length: 10_000,
        }
    }
}

impl Queue {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let File { plugin, queue: jobs, limits, tool, breaker } = read(text)?;
        check_name(&plugin.name)?;
        jobs.check()?;
        let (name, version) = (plugin.name, plugin.version);
        let limits = limits.with(breaker);
        Ok(Self { name, version, jobs, limits, tools: tool::declared(tool)? })
    }
}

impl Jobs {
    /// The consumer group's name.
    pub fn group(&self) -> &str {
        self.group.as_deref().unwrap_or("workers")
    }

    /// How long a job may lie with a worker that says nothing.
    pub fn visibility(&self) -> Duration {
        self.visibility.map_or(Duration::from_secs(30), |span| span.0)
    }

    /// How often a job is handed out before it is given up.
    pub fn max_deliveries(&self) -> u32 {
        self.max_deliveries.unwrap_or(3)
    }

    /// The list of a tool's jobs.
    pub fn list(&self, tool: &str) -> String {
        self.list.as_deref().unwrap_or("tool_queue").replace("{tool}", tool)
    }

    /// What the operator is asked for.
    pub fn place(&self) -> String {
        match self.protocol {
            Protocol::Streams => "streams".to_owned(),
            Protocol::Lists => format!("lists:{}", self.list("{tool}")),
        }
    }

    fn check(&self) -> Result<(), Error> {
        let refuse = |why: &str| Err(Error::Written(format!("[queue]: {why}")));
        let is_key = |text: &str| {
            (1..=200).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"')
        };
        if self.length == 0 || self.length > 1_000_000 {
            return refuse("`length` is from 1 to 1000000");
        }
        match self.protocol {
            Protocol::Streams if self.list.is_some() => {
                refuse("`list` is for `protocol = \"lists\"`")
            }
            Protocol::Streams if !is_key(self.group()) => refuse("`group` is no name of a group"),
            Protocol::Streams if self.max_deliveries() == 0 => {
                refuse("`max_deliveries` is at least 1")
            }
            Protocol::Lists
                if self.group.is_some()
                    || self.visibility.is_some()
                    || self.max_deliveries.is_some() =>
            {
                refuse("lists know no `group`, `visibility` or `max_deliveries`; streams do")
            }
            Protocol::Lists if !is_key(&self.list("")) => refuse("`list` is no name of a list"),
            Protocol::Streams | Protocol::Lists => Ok(()),
        }
    }
}
