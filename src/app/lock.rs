//! `data/plugin.lock`: what was accepted of each plugin on this host, so that one that has become another is noticed. The
//! first version that loads is noted; whether a later one is taken or waits for `cicerone plugin accept` the settings
//! say. It holds nothing that is secret, and a person may read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::config::Settings;
use crate::manifest::{self, Sum};
use crate::tool::{Registry, ToolReport};

use super::plugins::Package;

/// In the folder of data.
const FILE: &str = "plugin.lock";

/// Above all else in the file.
const HEAD: &str = "# What was accepted of each plugin on this host, by the host itself and by `cicerone plugin accept`.\n\n";

/// How often it is looked whether somebody accepted something.
const LOOK: Duration = Duration::from_millis(500);

/// What was accepted of one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// As its author says it.
    pub version: String,
    /// `wasm`, `http`, ….
    pub kind: String,
    /// Of the component, or of `plugin.toml` where there is none.
    pub digest: Sum,
    /// Of what its tools say of themselves; what an MCP server says is noted elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Sum>,
    /// What it asks for, as `plugin.toml` has it.
    #[serde(default)]
    pub asks: Vec<String>,
    /// Where `cicerone plugin add` had it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Who had signed it, by the name that the operator gave the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
}

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Written {
    #[serde(default)]
    plugins: BTreeMap<String, Pin>,
}

/// The lock of one host.
#[derive(Debug, Clone)]
pub(super) struct Lock {
    /// None notes nothing and asks about nothing.
    file: Option<PathBuf>,
    asks: bool,
}

/// A plugin is another than the one that was accepted.
#[derive(Debug, thiserror::Error)]
#[error(
    "take plugin `{plugin}` as it is now: {}; look at it with `cicerone plugin inspect`, then have it taken with `cicerone plugin accept {plugin}`",
    .changes.join("; ")
)]
pub(super) struct Unaccepted {
    plugin: String,
    changes: Vec<String>,
}

impl Pin {
    /// Of what was read from a plugin's folder; `tools` has its tools alone.
    pub(super) fn of(package: &Package, text: &str, tools: &Registry) -> anyhow::Result<Self> {
        let Package { kind, version, digest, .. } = package;
        match *kind {
            "mcp" => Self::of_server(version, text),
            "wasm" => Self::new(kind, version, digest.parse()?, text, Some(tools)),
            _ => Self::new(kind, version, Sum::of(text), text, Some(tools)),
        }
    }

    /// Of an MCP server: what it says of its tools is noted elsewhere.
    pub(super) fn of_server(version: &str, text: &str) -> anyhow::Result<Self> {
        Self::new("mcp", version, Sum::of(text), text, None)
    }

    fn new(
        kind: &str,
        version: &str,
        digest: Sum,
        text: &str,
        tools: Option<&Registry>,
    ) -> anyhow::Result<Self> {
        let tools = tools.map(|tools| definitions(&tools.report()));
        let asks = asks(kind, text)?;
        let (kind, version) = (kind.to_owned(), version.to_owned());
        Ok(Self { version, kind, digest, tools, asks, source: None, signed_by: None })
    }

    /// How another one differs from this, in words.
    pub(super) fn changes(&self, now: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.digest != now.digest {
            let what = if now.kind == "wasm" { "component" } else { "plugin.toml" };
            let (before, after) = (self.digest.short(), now.digest.short());
            changes.push(format!("its {what} is {after}, and {before} was accepted"));
        }
        let (before, after): (BTreeSet<&String>, BTreeSet<&String>) =
            (self.asks.iter().collect(), now.asks.iter().collect());
        let list = |lines: Vec<&&String>| {
            lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join(", ")
        };
        let (new, gone) = (after.difference(&before), before.difference(&after));
        let (new, gone): (Vec<_>, Vec<_>) = (new.collect(), gone.collect());
        if !new.is_empty() {
            changes.push(format!("it asks for {}", list(new)));
        }
        if !gone.is_empty() {
            changes.push(format!("it no longer asks for {}", list(gone)));
        }
        if self.tools != now.tools {
            changes.push("its tools say other things of themselves".to_owned());
        }
        changes
    }
}

/// What a plugin asks for, a line for each part: capabilities, and where its tools are if they run somewhere else.
fn asks(kind: &str, text: &str) -> anyhow::Result<Vec<String>> {
    let mut lines = manifest::asked_lines(text)?;
    let file: toml::Table = text.parse().context("read plugin.toml")?;
    let elsewhere = file.get(kind).and_then(toml::Value::as_table).into_iter().flatten();
    lines.extend(elsewhere.map(|(key, value)| format!("{kind}.{key} = {value}")));
    Ok(lines)
}

/// What flows, people and language models go by.
fn definitions(tools: &[ToolReport]) -> Sum {
    let one = |tool: &ToolReport| {
        json!({
            "name": tool.name, "description": tool.description, "input": tool.input_schema,
            "output": tool.output_schema, "repeatable": tool.repeatable,
        })
    };
    let all = Value::Array(tools.iter().map(one).collect());
    let text =
        serde_json_canonicalizer::to_string(&all).unwrap_or_else(|_no_number| all.to_string());
    Sum::of(text)
}

impl Lock {
    /// Of a host with these settings.
    pub(super) fn of(settings: &Settings) -> Self {
        Self { file: Some(settings.data.join(FILE)), asks: settings.asks_about_changes() }
    }

    /// For looking at plugins: whatever is there is taken, and nothing is noted.
    pub(super) const fn none() -> Self {
        Self { file: None, asks: false }
    }

    /// What was accepted of a plugin.
    pub(super) fn pin(&self, plugin: &str) -> anyhow::Result<Option<Pin>> {
        Ok(self.read()?.plugins.remove(plugin))
    }

    /// With where it came from, as long as it is what came from there.
    pub(super) fn known(&self, plugin: &str, now: Pin) -> Pin {
        let accepted = self.pin(plugin).ok().flatten();
        accepted.filter(|accepted| accepted.changes(&now).is_empty()).unwrap_or(now)
    }

    /// Refuses what has to be asked about.
    pub(super) fn check(&self, plugin: &str, now: &Pin) -> anyhow::Result<()> {
        if !self.asks {
            return Ok(());
        }
        let Some(accepted) = self.pin(plugin)? else { return Ok(()) };
        let changes = accepted.changes(now);
        if changes.is_empty() {
            return Ok(());
        }
        Err(Unaccepted { plugin: plugin.to_owned(), changes }.into())
    }

    /// Notes what is in force from now on.
    pub(super) fn note(&self, plugin: &str, now: &Pin) {
        let noted = self.pin(plugin).and_then(|accepted| {
            let changes = accepted.as_ref().map(|accepted| accepted.changes(now));
            match changes {
                Some(changes) if changes.is_empty() => return Ok(()),
                Some(changes) => {
                    let changes = changes.join("; ");
                    tracing::info!(
                        plugin,
                        changes,
                        "A plugin is another than before; it is taken."
                    );
                }
                None => {}
            }
            self.put(plugin, now.clone())
        });
        if let Err(error) = noted {
            let error = format!("{error:#}");
            tracing::warn!(plugin, error, "What is in force of a plugin could not be noted.");
        }
    }

    /// Whole or not at all, and one of us after the other.
    pub(super) fn put(&self, plugin: &str, pin: Pin) -> anyhow::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let put = || -> anyhow::Result<()> {
            if let Some(folder) = file.parent() {
                fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            let beside = private(&file.with_extension("lock.held"))?;
            beside.lock()?;
            let mut all = self.read()?;
            all.plugins.insert(plugin.to_owned(), pin);
            let new = file.with_extension("lock.new");
            let text = format!("{HEAD}{}", toml::to_string_pretty(&all)?);
            let mut half = private(&new)?;
            half.set_len(0)?;
            half.write_all(text.as_bytes())?;
            half.sync_all()?;
            fs::rename(&new, file)?;
            Ok(())
        };
        put().with_context(|| format!("write `{}`", file.display()))
    }

    fn read(&self) -> anyhow::Result<Written> {
        let Some(file) = &self.file else { return Ok(Written::default()) };
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| reading(file)),
        };
        toml::from_str(&text).with_context(|| reading(file))
    }

    /// Tells of each plugin for which something else is accepted from now on, while it is kept; where nothing is asked
    /// about nobody has to be told.
    pub(super) fn follow(&self, tell: impl Fn(&str) + Send + 'static) -> Option<Following> {
        let lock = self.clone();
        let file = self.file.clone().filter(|_| self.asks)?;
        let mut seen = lock.read().unwrap_or_default().plugins;
        let mut written = modified(&file);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let now = modified(&file);
                if now == written {
                    continue;
                }
                // One that is damaged is told of when a plugin is next opened.
                let Ok(all) = lock.read() else { continue };
                written = now;
                let changed = all.plugins.iter().filter(|(name, pin)| seen.get(*name) != Some(pin));
                changed.for_each(|(name, _)| tell(name));
                seen = all.plugins;
            }
        });
        Some(Following(task))
    }
}

fn reading(file: &Path) -> String {
    format!("read `{}`; mend it, or remove it to accept all plugins as they are", file.display())
}

fn modified(file: &Path) -> Option<(SystemTime, u64)> {
    let data = fs::metadata(file).ok()?;
    Some((data.modified().ok()?, data.len()))
}

fn private(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Looks until it is dropped.
#[derive(Debug)]
pub(super) struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}
