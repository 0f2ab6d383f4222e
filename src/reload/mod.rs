//! Turns changes of files into changes of what runs, while it runs: watches (`watch`), works out what changes
//! (`plan`, pure) and has the catalog swap it whole. A text that does not compile changes nothing for anybody.

mod plan;
mod agree;
mod agreed;
mod files;
mod disk;
mod edit;
mod trial;
mod beside;
mod canary;
mod gate;
mod shelf;
mod opening;
mod plugins;
mod watch;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;
use tracing::debug;

pub use edit::{Edit, Edited, Flows, Guard, What};
pub use plugins::{About, InForce, OpenPlugin, Opened, Plugins, Put, Ready};
pub use shelf::{Handle, PluginReport, Rejection, Reloaded};
pub use trial::{Candidate, Cases, Trial, TryFlow};

use watch::Watch;
use work::Work;

use crate::bus::Bus;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::rollout;

/// Where to look and how patiently.
#[derive(Debug, Clone)]
pub struct Options {
    /// Holds `<id>.json`.
    pub flows: PathBuf,
    /// Holds a folder per plugin; none when the host loads no plugins.
    pub plugins: Option<PathBuf>,
    /// Where it is noted which files are current; without it a restart goes by what the store has seen.
    pub agreed: Option<PathBuf>,
    /// How long a file must be quiet before it is read.
    pub debounce: Duration,
    /// How long a text that is not even JSON gets to become whole before it is rejected.
    pub settle: Duration,
}

impl Options {
    /// With the usual patience.
    #[must_use]
    pub fn new(flows: PathBuf, plugins: Option<PathBuf>) -> Self {
        Self {
            flows,
            plugins,
            agreed: None,
            debounce: Duration::from_millis(100),
            settle: Duration::from_millis(150),
        }
    }
}

/// What the findings about a plugin say, for the log.
pub(crate) fn messages(findings: &[Value]) -> String {
    let message = |finding: &Value| finding.get("message")?.as_str().map(str::to_owned);
    findings.iter().filter_map(message).collect::<Vec<_>>().join(" | ")
}

/// What reloading works on.
#[expect(missing_debug_implementations, reason = "a closure has none")]
pub struct Parts {
    /// Where and how patiently.
    pub options: Options,
    /// Gets the flows.
    pub catalog: Arc<Catalog>,
    /// Gets the host events.
    pub bus: Bus,
    /// Stamps them.
    pub clock: Clock,
    /// None in a host that loads no plugins.
    pub plugins: Option<Plugins>,
    /// What a flow must pass before it is published, beside loading.
    pub trial: Trial,
    /// What takes a version back that some sessions got first.
    pub guard: rollout::Guard,
}

/// Why files cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such folder.
    #[error("find the folder of flows `{0}`; make it, or name another with `--flows`")]
    Missing(PathBuf),
    /// The folder cannot be watched.
    #[error("watch the folder `{folder}`")]
    Watch {
        /// Which.
        folder: PathBuf,
        /// Why.
        #[source]
        source: notify::Error,
    },
    /// The folder cannot be read.
    #[error("read the folder `{folder}`")]
    Read {
        /// Which.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The catalog could not take the flows.
    #[error("load the flows")]
    Catalog(#[from] crate::catalog::Error),
}

/// Between two questions to a shared store whether another host changed which flows are current.
const POLL_EVERY: Duration = Duration::from_millis(300);

/// Keeps what runs equal to the files until it is dropped.
#[derive(Debug)]
pub struct Reload {
    task: JoinHandle<()>,
    poll: Option<JoinHandle<()>>,
    touch: Arc<watch::Touch>,
    handle: Handle,
    flows: Flows,
}

impl Reload {
    /// Reads all flows once (rejected ones are findings in the catalog, not errors), then follows changes.
    ///
    /// # Errors
    /// [`Error`] when a folder cannot be read or watched, or the store is away.
    pub async fn start(parts: Parts) -> Result<Self, Error> {
        if !parts.options.flows.is_dir() {
            return Err(Error::Missing(parts.options.flows));
        }
        // Watch first and read then, so that no change falls between.
        let watch = Watch::begin(&parts.options)?;
        let catalog = Arc::clone(&parts.catalog);
        let desk = beside::Desk::new(parts.trial.clone());
        let (flows, edits) = Flows::new(desk.clone());
        let mut work = Work::new(parts, edits, desk);
        // Before the first look, so that what changes meanwhile is looked at again.
        let shared = catalog.shared_epoch().await?;
        work.flows().await?;
        let poll = shared.map(|epoch| tokio::spawn(poll(catalog, epoch, watch.poke())));
        let (touch, handle) = (watch.touch(), work.handle());
        Ok(Self { task: tokio::spawn(work.follow(watch)), poll, touch, handle, flows })
    }

    /// Has a plugin looked at again by its name, though no file of it changed.
    pub fn touch(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let touch = Arc::clone(&self.touch);
        move |plugin| touch.plugin(plugin)
    }

    /// The way to the plugins for whoever looks at them or wants one loaded anew.
    #[must_use]
    pub fn plugins(&self) -> Handle {
        self.handle.clone()
    }

    /// The way to the flows for whoever changes them otherwise than by their files.
    #[must_use]
    pub fn flows(&self) -> Flows {
        self.flows.clone()
    }
}

impl Drop for Reload {
    fn drop(&mut self) {
        self.task.abort();
        self.poll.iter().for_each(JoinHandle::abort);
    }
}

/// Has the flows looked at whenever another host changed which are current. Asking is what cannot be missed.
async fn poll(catalog: Arc<Catalog>, mut known: u64, poke: impl Fn()) {
    loop {
        tokio::time::sleep(POLL_EVERY).await;
        match catalog.shared_epoch().await {
            Ok(Some(epoch)) if epoch != known => {
                known = epoch;
                poke();
            }
            Ok(_) => {}
            Err(error) => debug!(%error, "The store could not be asked which flows are current."),
        }
    }
}
