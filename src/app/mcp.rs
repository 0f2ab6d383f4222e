//! MCP servers for the shelf: those of plugins' folders and those that the operator names in the settings. A server goes
//! on running while what is written about it stays the same, however often it is looked at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::bail;
use futures_util::future::join_all;

use super::plugins::{Package, Written};
use crate::config::Settings;
use crate::manifest;
use crate::secret::Secrets;
use crate::tool::{Mcp, McpOpening, Pins, Registry};

/// How long the host's start waits for a server that has never said what its tools are.
const FIRST: Duration = Duration::from_secs(5);

/// How long a person waits who looks at one.
const ALONE: Duration = Duration::from_secs(30);

/// Where the notes of servers' tools lie, in the folder of data.
const NOTES: &str = "mcp";

/// What is noted of one server.
pub(super) fn note(settings: &Settings, plugin: &str) -> PathBuf {
    Pins::file(&settings.data.join(NOTES), plugin)
}

/// Told the name of a plugin whose tools have become others.
pub(super) type News = Box<dyn Fn(&str) + Send + Sync>;

/// One of them, with what was written about it.
#[derive(Clone)]
struct Open {
    text: String,
    granted: String,
    mcp: Arc<Mcp>,
}

/// The servers that run, or will when they are wanted.
pub(super) struct Servers {
    pins: Pins,
    secrets: Secrets,
    /// Whether somebody waits for this one, and nothing goes on without it.
    alone: bool,
    /// By plugin.
    open: Mutex<BTreeMap<String, Open>>,
    news: Arc<OnceLock<News>>,
}

impl Servers {
    /// Of a host, or for looking at one plugin alone: then nothing is noted.
    pub(super) fn new(settings: &Settings, alone: bool) -> Self {
        let lenient = !settings.asks_about_changes();
        let pins = match alone {
            true => Pins::none(),
            false => Pins::new(settings.data.join(NOTES), lenient),
        };
        let secrets = settings.secrets.clone();
        Self { pins, secrets, alone, open: Mutex::default(), news: Arc::default() }
    }

    /// The server of a plugin: the one that runs, if nothing about it has changed.
    pub(super) async fn load(
        &self,
        manifest: manifest::Mcp,
        written: Written<'_>,
    ) -> anyhow::Result<Package> {
        let (name, version) = (manifest.name.clone(), manifest.version.clone());
        let running = self.lock().get(&name).cloned();
        let running = running.filter(|it| it.text == written.text && it.granted == written.granted);
        let mcp = match running {
            Some(open) => open.mcp,
            None => self.open(manifest, &written)?,
        };
        let known = mcp.known(if self.alone { ALONE } else { FIRST }).await;
        if self.alone && !known {
            bail!("hear from the server of plugin `{name}` what its tools are; the log says why");
        }
        let digest = format!("{}+{}", manifest::digest(written.text), mcp.digest());
        let put = Box::new(move |tools: &Registry| tools.replace_mcp(&mcp));
        Ok(Package { name, kind: "mcp", version, digest, memory: None, put })
    }

    fn open(&self, manifest: manifest::Mcp, written: &Written<'_>) -> anyhow::Result<Arc<Mcp>> {
        let name = manifest.name.clone();
        let (news, told) = (Arc::clone(&self.news), name.clone());
        let changed = Arc::new(move || {
            if let Some(news) = news.get() {
                news(&told);
            }
        });
        let digest = manifest::digest(written.text);
        let opening = McpOpening {
            digest: &digest,
            folder: written.folder,
            grant: written.grant,
            secrets: &self.secrets,
            pins: &self.pins,
            changed,
        };
        let mcp = Arc::new(Mcp::open(manifest, opening)?);
        if let Some(variable) = mcp.unset() {
            tracing::info!(
                plugin = name,
                variable,
                "A plugin is not called until its secret is set."
            );
        }
        let (text, granted) = (written.text.to_owned(), written.granted.to_owned());
        self.lock().insert(name, Open { text, granted, mcp: Arc::clone(&mcp) });
        Ok(mcp)
    }

    /// A plugin is gone; its server is stopped once its last call has ended.
    pub(super) fn forget(&self, name: &str) {
        drop(self.lock().remove(name));
    }

    /// From now on `news` is told of changes; of what may have changed before, at once.
    pub(super) fn tell(&self, news: News) {
        let names: Vec<String> = self.lock().keys().cloned().collect();
        let news = self.news.get_or_init(|| news);
        names.iter().for_each(|name| news(name));
    }

    /// Stops all of them.
    pub(super) async fn close(&self) {
        let open = std::mem::take(&mut *self.lock());
        join_all(open.values().map(|open| open.mcp.close())).await;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
