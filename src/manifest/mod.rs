//! `plugin.toml` and `[grants.<plugin>]` as people write them: what a plugin's author says of it and asks for, and what
//! the operator allows of that. An unknown key is an error, and so is one that is not built yet; nothing is ignored. It
//! loads and calls nothing: each kind of plugin is the affair of its own room.

mod quantity;
mod sum;
mod breaker;
mod tool;
mod build;
mod instance;
mod wasm;
mod variation;
mod http;
mod queue;
mod reach;
mod mcp;
mod grant;

pub use breaker::{Breaker, OpenFor};
pub use build::{Build, Language, NoLanguage};
pub use grant::{Grant, quoted};
pub use http::{Endpoint, HeaderValue, Http, SecretValue};
pub use instance::{Instance, Warm};
pub use mcp::{Mcp, Narrowed as NarrowedMcp, Program, Tools as McpTools, Way};
pub use quantity::{Bytes, Fuel, Span};
pub use queue::{Jobs, Protocol, Queue};
pub use reach::{EventParts, HttpParts, SecretGrant, SecretParts};
pub use sum::{NoSum, Sum};
pub use tool::{CallLimits, Declared, Expose, RetryWish, is_name};
pub use variation::{Variation, asked_lines};
pub use wasm::{Asked, Capabilities, Head, KvParts, KvScope, Logs, Narrowed, SessionParts, Wasm};

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A plugin as its author describes it, by how its tools are run.
#[derive(Debug, Clone)]
pub enum Manifest {
    /// A component in a sandbox.
    Wasm(Box<Wasm>),
    /// A server somewhere else.
    Http(Box<Http>),
    /// Workers that take their jobs from Redis.
    Queue(Box<Queue>),
    /// A server of the Model Context Protocol.
    Mcp(Box<Mcp>),
}

/// Why a plugin cannot be loaded as it is written and granted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `plugin.toml` is not as it should be.
    #[error("read plugin.toml: {0}")]
    Written(String),
    /// The contract is not one of ours.
    #[error(
        "load the plugin: this host speaks contract `1`, the plugin `{0}`; take a newer host, or build it against wit/v1"
    )]
    Contract(String),
    /// It asks for more than the operator grants.
    #[error(
        "give plugin `{plugin}` what it asks for; to grant it, write in cicerone.toml:\n[grants.{plugin}]\n{lines}"
    )]
    Grant {
        /// Which.
        plugin: String,
        /// TOML.
        lines: String,
    },
}

/// What has to be known before the rest can be read.
#[derive(Deserialize)]
struct Peek {
    plugin: PeekHead,
}

#[derive(Deserialize)]
struct PeekHead {
    kind: String,
}

impl Manifest {
    /// Reads and checks.
    ///
    /// # Errors
    /// [`Error`], with the line where there is one.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match read::<Peek>(text)?.plugin.kind.as_str() {
            "wasm" => Ok(Self::Wasm(Box::new(Wasm::parse(text)?))),
            "http" => Ok(Self::Http(Box::new(Http::parse(text)?))),
            "queue" => Ok(Self::Queue(Box::new(Queue::parse(text)?))),
            "mcp" => Ok(Self::Mcp(Box::new(Mcp::parse(text)?))),
            other => {
                let why =
                    format!("there is no kind `{other}`; write `wasm`, `http`, `queue` or `mcp`");
                Err(Error::Written(why))
            }
        }
    }
}

/// The SHA-256 of a `plugin.toml`, hex: what is reviewed of a plugin that has no component.
#[must_use]
pub fn digest(text: &str) -> String {
    Sum::of(text).hex().to_owned()
}

/// What stands for all that is reviewed of a component before what it asks for is granted: its own digest, and the
/// `[capabilities]` of its `plugin.toml`, however they are laid out. One that asks for nothing is its component alone.
#[must_use]
pub fn reviewed(component: &str, text: &str) -> String {
    let table: toml::Table = text.parse().unwrap_or_default();
    match table.get("capabilities") {
        Some(asks) => digest(&format!("{component}\n{asks}")),
        None => component.to_owned(),
    }
}

/// One kind's whole file, so that a key that only another kind has is unknown.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    toml::from_str(text).map_err(|error| Error::Written(error.to_string()))
}

fn check_name(name: &str) -> Result<(), Error> {
    if is_name(name, 32) {
        return Ok(());
    }
    let why = format!("`{name}` is no name: a-z first, then at most 31 of a-z 0-9 -");
    Err(Error::Written(why))
}
