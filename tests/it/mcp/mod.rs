//! Tools of MCP servers, at the registry's door, against servers of the official Python package that do well and badly.

mod calling;
mod failing;
mod telling;
mod remote;
mod refused;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cicerone::clock::Clock;
use cicerone::engine::{Call, Outcome};
use cicerone::event::{Timestamp, ToolError};
use cicerone::manifest::{Grant, Manifest, digest};
use cicerone::secret::Secrets;
use cicerone::tool::{Error, Mcp, McpOpening, Options, Pins, Registry};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Of [`crate::tool::call`].
const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// For whatever must happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// The Python that `cargo xtask test` has put there.
pub(crate) fn python() -> PathBuf {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python");
    let package = python.parent().unwrap().join("mcp");
    assert!(package.exists(), "no package `mcp` for Python; `cargo xtask test` installs it");
    python
}

pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mcp").join(name)
}

/// A folder in which a server notes what happens, and the plugin of it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    /// In `[mcp]`, and what follows.
    pub(crate) says: String,
    pub(crate) limits: String,
    pins: Pins,
    registry: Arc<Registry>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            says: String::new(),
            limits: "timeout = \"30s\"".to_owned(),
            pins: Pins::none(),
            registry: Arc::new(Registry::new(Options::default()).with_clock(Clock::Frozen(NOW))),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self) -> String {
        let (python, script, folder) = (python(), script("server.py"), self.folder.path());
        self.text_of(&format!("command = {python:?}\nargs = [{script:?}, {folder:?}]"))
    }

    fn text_of(&self, reach: &str) -> String {
        let Self { says, limits, .. } = self;
        format!(
            "[plugin]\nname = \"testing\"\nversion = \"1.0.0\"\nkind = \"mcp\"\n[limits]\n{limits}\n[mcp]\n{reach}\n{says}\n"
        )
    }

    pub(crate) fn open_as(&self, text: &str, grant: &str) -> Result<Mcp, Error> {
        let Manifest::Mcp(manifest) = Manifest::parse(text)? else { panic!("of another kind") };
        let grant = granted(grant);
        let secret = ("CICERONE_SECRET_TOKEN".to_owned(), "nobody-may-see".to_owned());
        let opening = McpOpening {
            digest: &digest(text),
            folder: self.folder.path(),
            grant: &grant,
            secrets: &Secrets::among([secret]),
            pins: &self.pins,
            changed: Arc::new(|| ()),
        };
        Mcp::open(*manifest, opening)
    }

    pub(crate) fn open(&self) -> Mcp {
        self.open_as(&self.text(), "trust = \"native\"\nsecrets = [\"token\"]").unwrap()
    }

    /// With its tools in the registry.
    async fn ready(&self) -> Mcp {
        let mcp = self.open();
        assert!(mcp.known(DEADLINE).await, "nothing was heard of its tools");
        self.registry.replace_mcp(&mcp, &mcp.told()).unwrap();
        mcp
    }

    async fn call(&self, tool: &str, args: Value) -> Outcome {
        let call =
            Call { timeout_ms: 20_000, ..crate::tool::call(&format!("testing/{tool}"), args) };
        self.run(&call).await
    }

    async fn run(&self, call: &Call) -> Outcome {
        let cancelled = CancellationToken::new();
        let work = self.registry.call(call, &cancelled);
        tokio::time::timeout(DEADLINE, work).await.expect("an outcome in time")
    }

    async fn does(&self, what: &str) -> Outcome {
        self.call("do", json!({ "what": what })).await
    }

    async fn says(&self, what: &str) -> Value {
        done(self.does(what).await)
    }

    async fn fails(&self, what: &str) -> ToolError {
        error(self.does(what).await)
    }

    fn notes(&self) -> Vec<String> {
        let notes = std::fs::read_to_string(self.path("notes")).unwrap_or_default();
        notes.lines().map(str::to_owned).collect()
    }

    fn noted(&self, text: &str) -> usize {
        self.notes().iter().filter(|note| note.starts_with(text)).count()
    }
}

fn granted(text: &str) -> Grant {
    toml::from_str(text).unwrap()
}

#[track_caller]
fn done(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Done(done) => done.result,
        Outcome::Failed(error) => panic!("no result: {error:?}"),
    }
}

#[track_caller]
fn error(outcome: Outcome) -> ToolError {
    match outcome {
        Outcome::Failed(error) => error,
        Outcome::Done(done) => panic!("no failure: {done:?}"),
    }
}

/// Waits until something is so, which must happen.
async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let waited = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(DEADLINE, waited).await;
    assert!(waited.is_ok(), "waited in vain until {what}");
}

/// Whether a process of this number is there.
fn lives(process: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // One that nobody has waited for yet is no more.
    !status.is_empty() && !status.rsplit(')').next().unwrap().trim_start().starts_with('Z')
}
