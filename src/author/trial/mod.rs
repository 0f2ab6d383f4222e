//! `plugin test`: the cases of `plugin.test.json`, each called, or asked about a text, in a real sandbox with a clock that stands still, data of
//! its own in memory, servers that say what the case has them say, and everything granted that `plugin.toml` asks for. It
//! reaches nothing outside.

mod check;
mod file;
mod judge;
mod junit;
mod run;
mod servers;
mod text;

pub use crate::rehearsal::compare::{Line, Mismatch};
pub use file::{Case, Command, Data, Expect, Failed, NoAnswer, Requested, Served, Trials, schema};
pub use junit::junit;
pub use text::understood;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Error, files};
use crate::manifest::Grant;
use crate::plugin::{CallReport, MemoryKv, Options, Sandbox};

/// The file's name in a plugin's folder.
pub const FILE: &str = "plugin.test.json";

/// What is run.
#[derive(Debug, Clone)]
pub struct Trial<'a> {
    /// The plugin's folder.
    pub folder: &'a Path,
    /// The file with the cases.
    pub file: PathBuf,
    /// Only cases whose name has this in it.
    pub filter: Option<&'a str>,
    /// Where compiled components are kept.
    pub cache: PathBuf,
}

/// What came of all cases.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The plugin's name.
    pub plugin: String,
    /// In the order of the file.
    pub cases: Vec<Tried>,
    /// Cases that the filter left out.
    pub left_out: usize,
}

/// What came of one case.
#[derive(Debug, Clone)]
pub struct Tried {
    /// As the file says it.
    pub name: String,
    /// Which tool was called; `@classify` for a text.
    pub tool: String,
    /// Everything that is not as expected.
    pub mismatches: Vec<Mismatch>,
    /// What the call took; nothing when it did not get that far.
    pub report: CallReport,
}

impl Tried {
    /// How long the call took.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.report.instantiate + self.report.guest + self.report.host
    }

    /// Whether everything is as expected.
    #[must_use]
    pub const fn is_fine(&self) -> bool {
        self.mismatches.is_empty()
    }
}

impl Verdict {
    /// Cases in which something is not as expected.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !case.is_fine()).count()
    }
}

/// Runs the cases.
///
/// # Errors
/// When there is no file, a mistake in it, or a component that a host would not load.
pub async fn run(trial: Trial<'_>) -> Result<Verdict, Error> {
    let folder =
        trial.folder.canonicalize().map_err(Error::file("find the folder", trial.folder))?;
    let trials = read(&trial.file)?;
    let manifest = folder.join("plugin.toml");
    let text = std::fs::read_to_string(&manifest).map_err(Error::file("read", &manifest))?;
    let kv = Arc::new(MemoryKv::default());
    let options = Options { cache: trial.cache, ..Options::default() };
    let sandbox = Sandbox::new(options, Arc::clone(&kv))?;
    let grant = Grant::of_whatever_is_asked();
    let plugin = sandbox.load(&folder, &grant).await?;
    let place = run::Place { plugin: &plugin, text: &text, kv: &kv, grant: &grant };
    let mut cases = Vec::new();
    let all = trials.cases.len();
    for case in trials.cases {
        if trial.filter.is_none_or(|part| case.name.contains(part)) {
            cases.push(place.run(case).await);
        }
    }
    Ok(Verdict { plugin: plugin.name.clone(), left_out: all - cases.len(), cases })
}

fn read(path: &Path) -> Result<Trials, Error> {
    let bytes = files::read(path)?;
    let mut from = serde_json::Deserializer::from_slice(&bytes);
    let read = serde_path_to_error::deserialize(&mut from);
    let read: Result<Trials, _> =
        read.map_err(|error| format!("at `{}`: {}", error.path(), error.inner()));
    let whole = from.end().map_err(|error| error.to_string());
    let trials = read.and_then(|trials| whole.map(|()| trials));
    let trials = trials.and_then(|trials| {
        let checked = check::cases(&trials.cases);
        checked.map(|()| trials).map_err(|(place, why)| format!("at `{place}`: {why}"))
    });
    trials.map_err(|why| Error::Trials { path: path.to_owned(), why })
}
