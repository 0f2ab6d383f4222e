//! What the gate of plugins is given: how one is opened, and what opening came to. It opens and decides nothing.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;

use crate::event::Timestamp;
use crate::flow::Offer;
use crate::tool::{self, Registry};

/// The plugins of a host.
#[expect(missing_debug_implementations, reason = "a closure has none")]
pub struct Plugins {
    /// Reads a plugin's folder, compiles and tries what is in it; changes nothing.
    pub open: OpenPlugin,
    /// Where their tools are called.
    pub tools: Arc<Registry>,
    /// What the start came to, by folder.
    pub begun: Vec<(String, Result<InForce, Vec<Value>>)>,
}

impl Plugins {
    /// Before any is opened, and with a registry of their own.
    #[must_use]
    pub fn none_yet(open: OpenPlugin) -> Self {
        let tools = Arc::new(Registry::new(tool::Options::default()));
        Self { open, tools, begun: Vec::new() }
    }
}

/// Opens the plugin of this folder name.
pub type OpenPlugin = Arc<dyn Fn(String) -> BoxFuture<'static, Opened> + Send + Sync>;

/// What opening a plugin came to.
#[expect(missing_debug_implementations, reason = "a closure has none")]
pub enum Opened {
    /// It can be put in force.
    Ready(Box<Ready>),
    /// It cannot.
    Rejected {
        /// Objects with `code`, `message`, ….
        findings: Vec<Value>,
    },
    /// There is no such plugin any more.
    Gone,
}

/// A plugin that could be put in force.
#[expect(missing_debug_implementations, reason = "a closure has none")]
pub struct Ready {
    /// What it is.
    pub about: About,
    /// What it offers.
    pub offers: Vec<Offer>,
    /// Puts its tools in place of those that it had before.
    pub put: Put,
}

/// Puts a plugin's tools into the registry.
pub type Put = Box<dyn Fn(&Registry) -> Result<(), tool::Error> + Send + Sync>;

/// What is known of a plugin's version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct About {
    /// `wasm`, `http`, ….
    pub kind: &'static str,
    /// As its author says it.
    pub version: String,
    /// SHA-256 of the component, or of `plugin.toml` where there is none.
    pub digest: String,
    /// Where it was brought from, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Who signed it there, by the operator's name for the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// What a component takes while nobody calls it, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// What it asks for.
    pub capabilities: Value,
    /// The same for what would do the same: component, manifest and grant.
    #[serde(skip)]
    pub identity: String,
}

/// A version that is called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InForce {
    /// What it is.
    #[serde(flatten)]
    pub about: About,
    /// From when on.
    pub since: Timestamp,
}
