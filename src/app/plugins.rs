//! Brings plugins from their folders into the registry: with what the operator grants, with their data in the store,
//! at the start and again whenever a folder changes. A plugin that does not load leaves the one before it in force.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::config::{self, Settings};
use crate::event::Timestamp;
use crate::manifest::{self, Grant, Manifest};
use crate::reload::{About, InForce, OpenPlugin, Opened, Plugins, Put, Ready, messages};
use crate::secret::Secrets;
use crate::tool::{self, Desk, Http, Queue, Registry};

/// What was read from a plugin's folder, ready to be called.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) version: String,
    /// What changes with whatever the plugin does; its manifest aside.
    pub(super) digest: String,
    pub(super) put: Put,
}

/// Loads the component of a folder with what the operator grants it.
pub(super) type LoadComponent =
    Arc<dyn Fn(PathBuf, Grant) -> BoxFuture<'static, anyhow::Result<Package>> + Send + Sync>;

/// The folder of plugins, and what was loaded from it.
pub(super) struct Shelf {
    folder: PathBuf,
    /// None in a host that was built without a sandbox.
    components: Option<LoadComponent>,
    /// Where grants are read from, each time a plugin is.
    settings: Option<PathBuf>,
    secrets: Secrets,
    /// None in a host without Redis.
    desk: Option<Desk>,
    /// Where it is tried what a plugin offers.
    options: tool::Options,
}

impl Shelf {
    pub(super) fn new(
        settings: &Settings,
        components: Option<LoadComponent>,
        desk: Option<Desk>,
    ) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            folder: settings.plugins.clone(),
            components,
            settings: settings.file.clone(),
            secrets: settings.secrets.clone(),
            desk,
            options: settings.tool.clone(),
        }))
    }

    /// Loads every plugin into the registry; one that does not load is told in the log and left out.
    pub(super) async fn load_all(
        self: &Arc<Self>,
        tools: &Arc<Registry>,
        now: Timestamp,
    ) -> anyhow::Result<Plugins> {
        let mut begun = Vec::new();
        for name in self.names()? {
            let folder = self.folder.join(&name);
            if is_unbuilt(&folder) {
                let build = format!("cicerone plugin build {}", folder.display());
                tracing::info!(plugin = name, build, "A plugin is not built yet.");
                continue;
            }
            let loaded = match self.open(&name).await {
                Opened::Ready(ready) => match (ready.put)(tools) {
                    Ok(()) => Ok(InForce { about: ready.about, since: now }),
                    Err(error) => Err(vec![finding(&error.into())]),
                },
                Opened::Rejected { findings } => Err(findings),
                Opened::Gone => continue,
            };
            if let Err(findings) = &loaded {
                let problems = messages(findings);
                tracing::warn!(plugin = name, %problems, "A plugin was rejected.");
            }
            begun.push((name, loaded));
        }
        let shelf = Arc::clone(self);
        let open: OpenPlugin = Arc::new(move |name| {
            let shelf = Arc::clone(&shelf);
            Box::pin(async move { shelf.open(&name).await })
        });
        Ok(Plugins { open, tools: Arc::clone(tools), begun })
    }

    /// Folders with a `plugin.toml`, in order.
    fn names(&self) -> anyhow::Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("read the folder `{}`", self.folder.display()));
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if manifest_of(&entry.path()).is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Reads a plugin's folder, and tries what is in it where nobody calls it.
    async fn open(&self, name: &str) -> Opened {
        let folder = self.folder.join(name);
        let Ok(text) = std::fs::read_to_string(manifest_of(&folder)) else { return Opened::Gone };
        match self.ready(name, folder, &text).await {
            Ok(ready) => Opened::Ready(Box::new(ready)),
            Err(error) => Opened::Rejected { findings: vec![finding(&error)] },
        }
    }

    async fn ready(&self, name: &str, folder: PathBuf, text: &str) -> anyhow::Result<Ready> {
        let granted = config::grants(self.settings.as_deref())?;
        let written = granted.get(name).map(ToString::to_string).unwrap_or_default();
        let grant = grants(&granted)?.remove(name).unwrap_or_default();
        let Package { name: named, kind, version, digest, put } =
            self.package((folder, text), grant).await?;
        if named != name {
            return Err(misplaced(&named, name));
        }
        let alone = Registry::new(self.options.clone());
        put(&alone)?;
        let offers = alone.offers().iter().cloned().collect();
        let identity = format!("{digest} {} {written}", manifest::digest(text));
        let capabilities = asked(text)?;
        Ok(Ready { about: About { kind, version, digest, capabilities, identity }, offers, put })
    }

    /// Each kind of plugin is read in its own way.
    async fn package(
        &self,
        (folder, text): (PathBuf, &str),
        grant: Grant,
    ) -> anyhow::Result<Package> {
        match Manifest::parse(text)? {
            Manifest::Wasm(_) => match &self.components {
                Some(load) => load(folder, grant).await,
                None => bail!("load the plugin: this host was built without the feature `wasm`"),
            },
            Manifest::Http(manifest) => server(*manifest, text, &grant, &self.secrets),
            Manifest::Queue(manifest) => workers(*manifest, text, &grant, self.desk.as_ref()),
        }
    }
}

/// A plugin without a component, outside of any registry; none when it has one.
pub(super) async fn load_alone(
    settings: &Settings,
    folder: &Path,
) -> anyhow::Result<Option<Package>> {
    let file = manifest_of(folder);
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("read `{}`", file.display()))?;
    let grant = grant_of(settings, folder)?;
    match Manifest::parse(&text)? {
        Manifest::Wasm(_) => Ok(None),
        Manifest::Http(manifest) => server(*manifest, &text, &grant, &settings.secrets).map(Some),
        Manifest::Queue(manifest) => {
            let desk = super::desk(settings, None).await;
            workers(*manifest, &text, &grant, desk.as_ref()).map(Some)
        }
    }
}

fn server(
    manifest: manifest::Http,
    text: &str,
    grant: &Grant,
    secrets: &Secrets,
) -> anyhow::Result<Package> {
    let (name, version) = (manifest.name.clone(), manifest.version.clone());
    let digest = manifest::digest(text);
    let http = Http::open(manifest, &digest, grant, secrets)?;
    if let Some(variable) = http.unset() {
        tracing::info!(plugin = name, variable, "A plugin is not called until its secret is set.");
    }
    let put = Box::new(move |tools: &Registry| tools.replace_http(&http));
    Ok(Package { name, kind: "http", version, digest, put })
}

fn workers(
    manifest: manifest::Queue,
    text: &str,
    grant: &Grant,
    desk: Option<&Desk>,
) -> anyhow::Result<Package> {
    let (name, version) = (manifest.name.clone(), manifest.version.clone());
    let digest = manifest::digest(text);
    let queue = Queue::open(manifest, &digest, grant, desk)?;
    if !queue.has_desk() {
        tracing::info!(plugin = name, "A plugin is not called in a host without Redis.");
    }
    let put = Box::new(move |tools: &Registry| tools.replace_queue(&queue));
    Ok(Package { name, kind: "queue", version, digest, put })
}

/// Whether it has sources to build and no component, neither built here nor brought along: nothing is wrong with it.
fn is_unbuilt(folder: &Path) -> bool {
    let text = std::fs::read_to_string(manifest_of(folder)).unwrap_or_default();
    let Ok(Manifest::Wasm(manifest)) = Manifest::parse(&text) else { return false };
    let Ok(component) = manifest.component() else { return false };
    let places = [folder.join("target").join(component), folder.join(component)];
    manifest.build.is_some() && !places.iter().any(|place| place.is_file())
}

fn manifest_of(folder: &Path) -> PathBuf {
    folder.join("plugin.toml")
}

/// Grants, unloading and the flows' `uses` would speak of one by the name of the other.
fn misplaced(plugin: &str, folder: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "load plugin `{plugin}` from the folder `{folder}`: both must have the same name; rename the folder to \
         `{plugin}`, or set `name = \"{folder}\"` in its `plugin.toml`"
    )
}

fn finding(error: &anyhow::Error) -> Value {
    json!({ "code": "plugin.invalid", "message": format!("could not {error:#}") })
}

/// What a plugin asks for, as its author writes it.
fn asked(text: &str) -> anyhow::Result<Value> {
    let table: toml::Table = text.parse().context("read plugin.toml")?;
    let parts = ["capabilities", "http", "queue"];
    let asked = parts.iter().filter_map(|part| Some((*part, table.get(*part)?)));
    let mut all = serde_json::Map::new();
    for (part, value) in asked {
        match serde_json::to_value(value)? {
            Value::Object(inside) if part == "capabilities" => all.extend(inside),
            other => drop(all.insert(part.to_owned(), other)),
        }
    }
    Ok(Value::Object(all))
}

/// What the operator grants the plugin in this folder.
pub(super) fn grant_of(settings: &Settings, folder: &Path) -> anyhow::Result<Grant> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    Ok(grants(&settings.grants)?.remove(&*name).unwrap_or_default())
}

fn grants(table: &toml::Table) -> anyhow::Result<BTreeMap<String, Grant>> {
    let mut grants = BTreeMap::new();
    for (name, grant) in table {
        let grant = Grant::clone(
            &grant
                .clone()
                .try_into()
                .with_context(|| format!("understand `[grants.{name}]` in the settings"))?,
        );
        grants.insert(name.clone(), grant);
    }
    Ok(grants)
}
