//! Plugins: folders with a `plugin.toml` and a WASM component. Each call runs in a sandbox of its own that is made
//! for it and dropped with it, unless the author asks that it be used again (`warm`); it can do nothing that its author
//! did not ask for and the operator did not grant.
//! The room knows no flows and keeps nothing: a plugin's data goes through the [`Kv`] handle that it is given.

mod sandbox;
mod load;
mod varied;
mod shown;
mod pointer;
mod grant;
mod reach;
mod chance;
mod egress;
mod lent;
pub mod wire;
mod component;
mod contract;
mod artifact;
mod compile;
mod engine;
mod limits;
mod guest;
mod errand;
mod known;
mod warm;
mod host;
mod imports;
mod outcome;
mod report;
mod kv;
mod bindings;

pub use crate::manifest::Grant;
pub use compile::{COMMAND as COMPILE_COMMAND, compile_here};
pub use egress::EgressOptions;
pub use kv::{Answer as KvAnswer, Kv, KvError, Memory as MemoryKv, Place, Terms};
pub use lent::Lent;
pub use load::{Plugin, ToolDef, classifies, imports};
pub use outcome::{Answer, Failure};
pub use report::{CallReport, LogLine};
pub use sandbox::{Request, Sandbox, Understand};
pub use shown::Allowed;

use std::path::PathBuf;
use std::time::Duration;

use crate::manifest;

/// What the operator allows all plugins together and each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where compiled components are kept; nobody else may write there.
    pub cache: PathBuf,
    /// The host's own binary, to compile components in a process of its own; `None` compiles in this one.
    pub compiler: Option<PathBuf>,
    /// Threads that guests run on.
    pub threads: usize,
    /// Sandboxes at a time; a call that finds no place waits for one until its deadline.
    pub places: u32,
    /// The most memory of one call, bytes.
    pub memory_max: usize,
    /// The most fuel of one call; `None` is as much as a plugin asks for.
    pub fuel_max: Option<u64>,
    /// The most bytes of arguments, of a result, of log lines, or through the host in one call.
    pub bytes_max: u64,
    /// The most log lines of one call.
    pub log_entries_max: usize,
    /// The largest component file, bytes.
    pub component_max: u64,
    /// How long a plugin may take to describe itself. Generous: a busy machine should refuse nobody.
    pub describe_timeout: Duration,
    /// Requests to servers.
    pub egress: EgressOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache: PathBuf::from("data/cache/components"),
            compiler: None,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            places: 1_000,
            memory_max: 256 << 20,
            fuel_max: Some(20_000_000_000),
            bytes_max: 4 << 20,
            log_entries_max: 1_000,
            component_max: 64 << 20,
            describe_timeout: Duration::from_secs(1),
            egress: EgressOptions::default(),
        }
    }
}

/// Why a plugin is not loaded, or why there is no place to run any.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine or its threads did not start.
    #[error("start the sandbox engine: {0}")]
    Machine(String),
    /// A file of the plugin cannot be read.
    #[error("read `{path}`")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It has sources to build, and no component yet.
    #[error("load the component: it is not built yet; `cicerone plugin build {folder}` builds it", folder = .folder.display())]
    NotBuilt {
        /// Which.
        folder: PathBuf,
    },
    /// The directory of compiled components cannot be used.
    #[error("use `{path}` for compiled components")]
    Cache {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no process that compiles.
    #[error("start the compiler `{path}`")]
    Compiler {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be loaded as it is written and granted.
    #[error(transparent)]
    Manifest(#[from] manifest::Error),
    /// What the operator grants it cannot be meant.
    #[error("read what `[grants]` says of it: could not {0}")]
    Granted(String),
    /// The component imports what its manifest does not ask for.
    #[error(
        "load the component: it imports `{import}`; ask for it with `{line}` in [capabilities]"
    )]
    NotAsked {
        /// The interface.
        import: &'static str,
        /// What asks for it.
        line: &'static str,
    },
    /// The component imports what is not there.
    #[error("load the component: it imports `{name}`; {help}")]
    Import {
        /// As it says it.
        name: String,
        /// What to do.
        help: String,
    },
    /// The file is not a component that can be run.
    #[error("load the component: the file {0}")]
    Component(String),
    /// The component was built against a version of the contract that is not spoken here.
    #[error("load the component: it was built against {version} of the contract; {help}")]
    Contract {
        /// As it says it.
        version: String,
        /// What to do.
        help: &'static str,
    },
    /// The component understands texts by a version of that contract that is not spoken here.
    #[error(
        "load the component: it exports version {version} of `cicerone:understanding/classify`; build it against wit/understanding/v1"
    )]
    Understanding {
        /// As it says it.
        version: String,
    },
    /// The component is not the one that its manifest names.
    #[error(
        "load the component: it is `{found}`, but plugin.toml says `digest = \"{pinned}\"`; put back the one that is meant, or write the digest of this one there"
    )]
    Pinned {
        /// As it is written.
        pinned: manifest::Sum,
        /// As it is.
        found: manifest::Sum,
    },
    /// The component does not start, or does not say what it is.
    #[error("ask the component what it is: {0}")]
    Describe(String),
    /// The component describes a tool in a way that cannot be.
    #[error("take tool `{tool}`: {why}")]
    Tool {
        /// As it says it.
        tool: String,
        /// What is wrong.
        why: String,
    },
}
