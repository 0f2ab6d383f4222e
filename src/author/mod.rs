//! What a tool's author needs and no host does: the starter of a new plugin, and the way from its sources to a component.
//! The SDKs lie in the binary, so that nothing of this repository is needed; what else a language needs is fetched only
//! when something is built, in versions that are written down here, and it is told before.
//!
//! What is special to a language is one file of `lang`. Nothing here runs in a host that serves.

pub mod trial;

mod lang;
mod tell;
mod starter;
mod sdk;
mod build;
mod cache;
mod world;
mod component;
mod tools;
mod process;
mod files;
mod watch;

pub use build::{Built, build};
pub use component::from_module;
pub use starter::{New, start};
pub use tell::{Progress, Tell};
pub use tools::{Kit, Registry, Tools};
pub use watch::{Seen, Watching, has_sources};
pub use world::World;

use std::path::{Path, PathBuf};

use crate::manifest;
use crate::plugin;

/// Why nothing was made or built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A plugin cannot have this name.
    #[error("call a plugin `{0}`: a name is a-z first, then at most 31 of a-z 0-9 -")]
    Name(String),
    /// There is something in the place of the new folder.
    #[error("make the folder `{0}`: it is there already; choose another name, or remove it")]
    Exists(PathBuf),
    /// A file or folder cannot be read or written.
    #[error("{doing} `{path}`")]
    File {
        /// What was tried: `read`, `write` or the like.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// `plugin.toml` is not as it should be.
    #[error("understand `{path}`")]
    Manifest {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: Box<manifest::Error>,
    },
    /// The folder has nothing to build.
    #[error("build `{path}`: {why}")]
    NothingToBuild {
        /// Its `plugin.toml`.
        path: PathBuf,
        /// What is missing.
        why: &'static str,
    },
    /// A program is not on this machine.
    #[error("find `{program}`; {help}")]
    NoProgram {
        /// Its name.
        program: String,
        /// How it comes here.
        help: String,
    },
    /// A program said no. Its own words follow, as it has written them.
    #[error("run `{command}` ({status})\n{said}")]
    Failed {
        /// With its first arguments.
        command: String,
        /// How it ended.
        status: String,
        /// What it wrote.
        said: String,
    },
    /// What was compiled does not make a plugin's component.
    #[error("make a component of what was compiled: {0}")]
    Component(String),
    /// The file with the cases has a mistake.
    #[error("understand `{path}`: {why}")]
    Trials {
        /// Which.
        path: PathBuf,
        /// Where and what.
        why: String,
    },
    /// A host would not load what was built.
    #[error(transparent)]
    Refused(#[from] plugin::Error),
}

impl Error {
    fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { doing, path: path.to_owned(), source }
    }
}
