//! `[[tool]]`: what holds for one tool. A component says itself what its tools are; for every other kind they are
//! declared here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::Error;
use super::breaker::Breaker;
use super::quantity::{Bytes, Span};
use crate::event::clean;

/// Longest description, characters: it can reach a language model.
const DESCRIPTION_MAX: usize = 2_000;

/// Tools of one plugin.
const TOOLS_MAX: usize = 128;

/// A tool that runs somewhere else, as its author declares it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    pub name: String,
    pub description: String,
    pub input_schema: Arc<Value>,
    pub output_schema: Option<Arc<Value>>,
    #[serde(default)]
    pub(super) effects: Vec<Effect>,
    pub timeout: Option<Span>,
    pub retry: Option<RetryWish>,
    pub concurrency: Option<usize>,
    #[serde(default)]
    pub expose: Expose,
}

/// To whom a tool is offered, as written: to flows if nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Expose(Vec<String>);

impl Default for Expose {
    fn default() -> Self {
        Self(vec!["flow".to_owned()])
    }
}

impl Expose {
    /// What only the host itself calls.
    #[must_use]
    pub const fn to_nobody() -> Self {
        Self(Vec::new())
    }

    /// Whether flows may call it.
    #[must_use]
    pub fn to_flows(&self) -> bool {
        self.0.iter().any(|to| to == "flow")
    }

    /// Whether language models may want it called, where a flow lets them have it.
    #[must_use]
    pub fn to_models(&self) -> bool {
        self.0.iter().any(|to| to == "llm")
    }

    /// Whether a flow may name it at all.
    #[must_use]
    pub fn to_somebody_in_flows(&self) -> bool {
        self.to_flows() || self.to_models()
    }

    /// Whether clients of `/mcp` may call it.
    #[must_use]
    pub fn to_mcp(&self) -> bool {
        self.0.iter().any(|to| to == "mcp")
    }
}

/// What calling a tool does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Effect {
    ReadOnly,
    Idempotent,
    Destructive,
    OpenWorld,
}

/// `tool.retry`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryWish {
    pub max_attempts: u32,
    pub backoff: Option<Span>,
}

/// `[limits]` of a plugin whose tools run somewhere else: the author asks, the operator's caps win.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallLimits {
    pub timeout: Span,
    pub args: Bytes,
    pub output: Bytes,
    pub concurrency: usize,
    pub queue_timeout: Span,
    /// `[breaker]`, which stands beside it.
    #[serde(skip)]
    pub breaker: Breaker,
}

impl CallLimits {
    pub(super) const fn with(self, breaker: Breaker) -> Self {
        Self { breaker, ..self }
    }
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            timeout: Span(Duration::from_secs(5)),
            args: Bytes(64 << 10),
            output: Bytes(256 << 10),
            concurrency: 16,
            queue_timeout: Span(Duration::from_millis(500)),
            breaker: Breaker::default(),
        }
    }
}

impl Declared {
    /// Whether the same call may be sent twice.
    pub fn is_repeatable(&self) -> bool {
        self.effects.iter().any(|effect| match effect {
            Effect::ReadOnly | Effect::Idempotent => true,
            Effect::Destructive | Effect::OpenWorld => false,
        })
    }

    fn checked(self) -> Result<Self, Error> {
        let refuse = |why: &str| Err(Error::Written(format!("[[tool]] `{}`: {why}", self.name)));
        if !is_name(&self.name.replace('_', "-"), 48) {
            return refuse("its name must be a-z first, then at most 47 of a-z 0-9 _ -");
        }
        if self.input_schema.get("type").and_then(Value::as_str) != Some("object") {
            return refuse("its `input_schema` must have `type = \"object\"`");
        }
        check(&self.name, self.retry, &self.expose)?;
        Ok(Self { description: clean(&self.description, DESCRIPTION_MAX), ..self })
    }
}

/// All tools of a plugin.
pub(super) fn declared(tools: Vec<Declared>) -> Result<Vec<Declared>, Error> {
    if tools.is_empty() || tools.len() > TOOLS_MAX {
        let why = format!("it has {} [[tool]]s; write 1 to {TOOLS_MAX}", tools.len());
        return Err(Error::Written(why));
    }
    check_once(tools.iter().map(|tool| tool.name.as_str()))?;
    tools.into_iter().map(Declared::checked).collect()
}

/// What is the same for tools of every kind.
pub(super) fn check(name: &str, retry: Option<RetryWish>, expose: &Expose) -> Result<(), Error> {
    if retry.is_some_and(|retry| retry.max_attempts == 0) {
        return Err(Error::Written(format!("[[tool]] `{name}`: `max_attempts` is at least 1")));
    }
    match expose.0.iter().find(|to| !matches!(to.as_str(), "flow" | "llm" | "mcp")) {
        Some(to) => {
            let why = format!(
                "[[tool]] `{name}`: `expose` is a list of `flow`, `llm` and `mcp`, not `{to}`"
            );
            Err(Error::Written(why))
        }
        None => Ok(()),
    }
}

pub(super) fn check_once<'a>(mut names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    match names.find(|name| !seen.insert(*name)) {
        Some(twice) => Err(Error::Written(format!("[[tool]] `{twice}` is there twice"))),
        None => Ok(()),
    }
}

/// `[a-z][a-z0-9-]*`
pub fn is_name(text: &str, max: usize) -> bool {
    text.len() <= max
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
