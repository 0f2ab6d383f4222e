//! Tools of plugins for conversations that are only tried: each call at the conversation's own time, data in memory,
//! nothing of a host around them.

use std::collections::BTreeSet;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::plugins::{LoadComponent, Package, grant_of, load_alone};
use crate::clock::Clock;
use crate::config::Settings;
use crate::engine::{Call, Outcome};
use crate::event::{Timestamp, ToolError, ToolErrorKind};
use crate::tool::{self, Registry};

/// Forgets what plugins have kept.
pub(super) type Forget = Box<dyn Fn() + Send + Sync>;

/// The plugins that take part.
pub struct Cast {
    packages: Vec<Package>,
    options: tool::Options,
    forget: Forget,
}

impl std::fmt::Debug for Cast {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.packages.iter().map(|package| package.name.as_str()).collect();
        f.debug_struct("Cast").field("packages", &names).finish_non_exhaustive()
    }
}

impl Cast {
    /// Loads these plugins, or all, with what the operator grants them; one that does not load is told and left out.
    ///
    /// # Errors
    /// When there is no place to run them.
    pub async fn open(
        settings: &Settings,
        plugins: Option<&BTreeSet<String>>,
    ) -> anyhow::Result<Self> {
        // How long a guest takes must not show in what it says.
        let clock = Clock::Frozen(settings.clock.now());
        let settings = Settings { clock, ..settings.clone() };
        let (load, forget) = super::forgetful(&settings)?;
        let mut packages = Vec::new();
        for name in names(&settings)? {
            if plugins.is_some_and(|wanted| !wanted.contains(&name)) {
                continue;
            }
            match package(&settings, &name, load.as_ref()).await {
                Ok(package) => packages.push(package),
                Err(error) => {
                    tracing::error!(
                        plugin = name,
                        error = format!("{error:#}"),
                        "A plugin does not take part."
                    );
                }
            }
        }
        Ok(Self { packages, options: settings.tool, forget })
    }

    /// What a plugin says to a call at this time of its conversation.
    pub async fn answer(&self, call: &Call, now: Timestamp) -> Outcome {
        // A registry of its own, so that no call suffers from how others went.
        let tools = Registry::new(self.options.clone()).with_clock(Clock::Frozen(now));
        for package in &self.packages {
            if let Err(error) = (package.put)(&tools) {
                return Outcome::Failed(ToolError::new(
                    ToolErrorKind::Unavailable,
                    error.to_string(),
                ));
            }
        }
        match tools.call(call, &CancellationToken::new()).await {
            // How long it took is not the same twice.
            Outcome::Done(done) => {
                Outcome::Done(crate::engine::Done { ms: 0, spent: None, ..done })
            }
            Outcome::Failed(error) => Outcome::Failed(ToolError { spent: None, ..error }),
        }
    }

    /// Has the plugins keep nothing of what was.
    pub fn forget(&self) {
        (self.forget)();
    }
}

/// Folders with a `plugin.toml`, in order.
fn names(settings: &Settings) -> anyhow::Result<Vec<String>> {
    let folder = &settings.plugins;
    let read = || format!("read the folder `{}`", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(read)? {
        let entry = entry.with_context(read)?;
        if entry.path().join("plugin.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

async fn package(
    settings: &Settings,
    name: &str,
    load: Option<&LoadComponent>,
) -> anyhow::Result<Package> {
    let folder = settings.plugins.join(name);
    if let Some(package) = load_alone(settings, &folder).await? {
        return Ok(package);
    }
    let load = load.context("run a component: this host was built without the feature `wasm`")?;
    load(folder.clone(), grant_of(settings, &folder)?).await
}
