//! Tools of MCP servers: a child process or a server under a URL, of which a keeper sees to it that it is there, starts
//! it again when it is not, and hears what its tools are. A call goes to whatever connection there is; nothing is sent
//! twice here, and what a server says of itself is a stranger's word, bounded and cleaned.

mod rights;
mod child;
mod metered;
mod remote;
mod handler;
mod keeper;
mod state;
mod define;
mod pin;
mod call;
mod answer;

pub use pin::Pins;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::entry::{Backend, Entry, Limits};
use super::{Error, Options, Registry, declared};
use crate::flow::Offer;
use crate::manifest::{self, CallLimits, Grant, McpTools, NarrowedMcp};
use crate::secret::{Secrets, variable};
use define::Definition;
use state::Server;

pub(super) use call::Tool;

/// The longest that stopping a server is waited for.
const CLOSING: Duration = Duration::from_secs(6);

/// What a plugin is opened with, beside what its author says.
#[expect(missing_debug_implementations, reason = "a closure has none")]
pub struct Opening<'a> {
    /// Of its `plugin.toml`.
    pub digest: &'a str,
    /// Where that lies.
    pub folder: &'a Path,
    /// What the operator allows.
    pub grant: &'a Grant,
    /// What the operator has set.
    pub secrets: &'a Secrets,
    /// What was agreed on before.
    pub pins: &'a Pins,
    /// Called whenever the server's tools have become others.
    pub changed: Arc<dyn Fn() + Send + Sync>,
}

/// A plugin whose tools are an MCP server's.
pub struct Mcp {
    name: String,
    limits: CallLimits,
    tools: McpTools,
    server: Arc<Server>,
    keeping: Arc<Keeping>,
    leash: Leash,
}

/// What a server said that its tools are, at one moment: what is looked at is what is put in force.
#[derive(Debug, Clone)]
pub struct Told(Arc<Vec<Definition>>);

/// The way to stop a server, whoever still has it. It keeps none from being stopped.
#[derive(Debug, Clone)]
pub struct Leash {
    plugin: String,
    stopping: CancellationToken,
    keeper: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// Whoever has it keeps the server from being stopped: the plugin, and every call that began on it.
#[derive(Debug)]
pub(super) struct Keeping(#[expect(dead_code, reason = "it is there to be dropped")] DropGuard);

impl Mcp {
    /// Gives a plugin what it asks for, as far as the operator grants it, and has its server kept. One whose tools are
    /// not known is started at once, the others when they are called.
    ///
    /// # Errors
    /// [`Error`] with what to do about it.
    pub fn open(manifest: manifest::Mcp, opening: Opening<'_>) -> Result<Self, Error> {
        let reach = rights::reach(&manifest, &opening)?;
        let unset = super::http::rights::unset(&manifest.way.secrets(), opening.secrets);
        let manifest::Mcp { name, start_timeout, limits, tools, .. } = manifest;
        let server = Server::new(state::Facts {
            plugin: name.clone(),
            reach,
            start_timeout,
            args_max: limits.args.0.min(rights::BYTES_MAX),
            output_max: limits.output.0.min(rights::BYTES_MAX),
            unset,
        });
        let server = Arc::new(server);
        let told = match &tools {
            McpTools::Declared(tools) => {
                keeper::Told::Declared(tools.iter().map(|tool| tool.name.clone()).collect())
            }
            McpTools::Told(_) => {
                let pin = opening.pins.of(&name, opening.digest);
                server.learn(pin.agreed());
                keeper::Told::Whole { pin, changed: opening.changed }
            }
        };
        let keeping = Arc::new(Keeping(server.stopping().clone().drop_guard()));
        let keeper = tokio::spawn(keeper::keep(Arc::clone(&server), told));
        let leash = Leash {
            plugin: name.clone(),
            stopping: server.stopping().clone(),
            keeper: Arc::new(Mutex::new(Some(keeper))),
        };
        Ok(Self { name, limits, tools, server, keeping, leash })
    }

    /// The variable of a secret that it needs and that is not set: until it is, the server is not started.
    #[must_use]
    pub fn unset(&self) -> Option<String> {
        self.server.facts.unset.as_deref().map(variable)
    }

    /// Waits until it is known what its tools are, or that its server is not there, but not for longer than `patience`.
    /// Whether they are known.
    pub async fn known(&self, patience: Duration) -> bool {
        matches!(self.tools, McpTools::Declared(_)) || self.server.known(patience).await
    }

    /// What its server says now that its tools are.
    #[must_use]
    pub fn told(&self) -> Told {
        Told(self.server.definitions())
    }

    /// The way to stop its server.
    #[must_use]
    pub fn leash(&self) -> Leash {
        self.leash.clone()
    }

    /// Stops its server, and waits until it has stopped.
    pub async fn close(&self) {
        self.leash.close().await;
    }

    fn entries(&self, told: &Told, options: &Options) -> Result<Vec<Entry>, Error> {
        let backend = |tool: &str| {
            let (server, keeping) = (Arc::clone(&self.server), Arc::clone(&self.keeping));
            Backend::Mcp(Tool { server, name: tool.into(), keeping })
        };
        match &self.tools {
            McpTools::Declared(tools) => {
                let entry = |tool: &manifest::Declared| {
                    declared::entry(&self.name, tool, &self.limits, backend(&tool.name), options)
                };
                tools.iter().map(entry).collect()
            }
            McpTools::Told(narrowed) => {
                let entry = |told: &Definition| {
                    let narrowed = narrowed.iter().find(|tool| tool.name == told.name);
                    self.entry(told, narrowed, backend(&told.name), options)
                };
                told.0.iter().map(entry).collect()
            }
        }
    }

    fn entry(
        &self,
        told: &Definition,
        narrowed: Option<&NarrowedMcp>,
        backend: Backend,
        options: &Options,
    ) -> Result<Entry, Error> {
        let offer = Offer {
            name: format!("{}/{}", self.name, told.name),
            args: Arc::clone(&told.input_schema),
            result: told.output_schema.clone(),
            repeatable: told.repeatable,
        };
        let asked = &self.limits;
        let retry = narrowed.and_then(|tool| tool.retry);
        let timeout = narrowed.and_then(|tool| tool.timeout).unwrap_or(asked.timeout);
        let concurrency = asked.concurrency.max(1);
        let limits = Limits {
            timeout: timeout.0.min(asked.timeout.0).min(options.timeout_max),
            attempts_max: retry.map_or(u32::MAX, |retry| retry.max_attempts),
            concurrency: narrowed.and_then(|tool| tool.concurrency).unwrap_or(concurrency),
            queue_timeout: asked.queue_timeout.0.min(options.queue_timeout),
            backoff: retry.and_then(|retry| retry.backoff).map_or(Duration::ZERO, |span| span.0),
            breaker: asked.breaker,
        };
        let limits = Limits {
            attempts_max: limits.attempts_max.min(options.attempts_max),
            concurrency: limits.concurrency.clamp(1, concurrency).min(options.concurrency_max),
            ..limits
        };
        let entry =
            Entry::new(offer, told.description.clone(), backend, limits, options.queue_max)?;
        Ok(entry.exposed(narrowed.map(|tool| tool.expose.clone()).unwrap_or_default()))
    }
}

impl Told {
    /// SHA-256 over it, hex.
    #[must_use]
    pub fn digest(&self) -> String {
        let text = serde_json::to_vec(&self.0).unwrap_or_default();
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Leash {
    /// Whether its server has stopped, or is being stopped.
    #[must_use]
    pub fn is_loose(&self) -> bool {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        keeper.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Stops its server, and waits until it has stopped.
    pub async fn close(&self) {
        self.stopping.cancel();
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(keeper) = keeper else { return };
        if tokio::time::timeout(CLOSING, keeper).await.is_err() {
            let plugin = &self.plugin;
            tracing::warn!(plugin, "A tool server did not stop in time.");
        }
    }
}

impl fmt::Debug for Mcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mcp").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Registry {
    /// Takes what a server said of its tools in place of those that the plugin had before; running calls end on the
    /// old ones.
    ///
    /// # Errors
    /// [`Error`] when a declared schema is none; then nothing is replaced.
    pub fn replace_mcp(&self, mcp: &Mcp, told: &Told) -> Result<(), Error> {
        self.replace(&mcp.name, mcp.entries(told, &self.options)?);
        Ok(())
    }
}
