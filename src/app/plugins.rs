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

use super::lock::{Lock, Pin, Unaccepted};
use super::mcp::Servers;
use super::own::{self, Own};

/// What was read from a plugin's folder, ready to be called.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) version: String,
    /// What changes with whatever the plugin does; its manifest aside.
    pub(super) digest: String,
    /// What it takes while nobody calls it, bytes; none of what runs elsewhere.
    pub(super) memory: Option<u64>,
    pub(super) put: Put,
}

/// What is written about a plugin, and by whom.
pub(super) struct Written<'a> {
    /// Its `plugin.toml`.
    pub(super) text: &'a str,
    pub(super) folder: &'a Path,
    pub(super) grant: &'a Grant,
    /// As the operator wrote it.
    pub(super) granted: &'a str,
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
    /// Of the settings.
    own: BTreeMap<String, Own>,
    servers: Servers,
    secrets: Secrets,
    /// None in a host without Redis.
    desk: Option<Desk>,
    /// Where it is tried what a plugin offers.
    options: tool::Options,
    /// What was accepted of each.
    lock: Lock,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Shelf {
    pub(super) fn new(
        settings: &Settings,
        components: Option<LoadComponent>,
        desk: Option<Desk>,
        lock: Lock,
    ) -> anyhow::Result<Arc<Self>> {
        // What cannot be meant is refused before anything starts, not with the first plugin that it names.
        grants(&settings.grants).map(drop)?;
        Ok(Arc::new(Self {
            folder: settings.plugins.clone(),
            components,
            settings: settings.file.clone(),
            own: own::servers(&settings.mcp)?,
            servers: Servers::new(settings, false),
            secrets: settings.secrets.clone(),
            desk,
            options: settings.tool.clone(),
            lock,
        }))
    }

    /// Loads every plugin into the registry; one that does not load is told in the log and left out.
    pub(super) async fn load_all(
        self: &Arc<Self>,
        tools: &Arc<Registry>,
        now: Timestamp,
    ) -> anyhow::Result<Plugins> {
        let mut begun = Vec::new();
        let names = self.all_names()?;
        for name in names {
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

    /// The MCP servers that run.
    pub(super) const fn servers(&self) -> &Servers {
        &self.servers
    }

    /// Whether it stands in the settings and has no folder.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.own.contains_key(name)
    }

    /// Those with a folder, then those without.
    fn all_names(&self) -> anyhow::Result<Vec<String>> {
        let mut names = self.names()?;
        if let Some(twice) = names.iter().find(|name| self.own.contains_key(*name)) {
            bail!(
                "load plugin `{twice}`: it has a folder and `[mcp.{twice}]`; give one another name"
            );
        }
        names.extend(self.own.keys().cloned());
        Ok(names)
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
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && manifest_of(&entry.path()).is_file() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Reads a plugin's folder, and tries what is in it where nobody calls it.
    pub(super) async fn open(&self, name: &str) -> Opened {
        let folder = self.folder.join(name);
        let read = || std::fs::read_to_string(manifest_of(&folder));
        let own = self.own.get(name);
        let Ok(text) = own.map_or_else(read, |own| Ok(own.text.clone())) else {
            self.servers.forget(name);
            return Opened::Gone;
        };
        match self.ready(name, folder, &text).await {
            Ok(ready) => Opened::Ready(Box::new(ready)),
            Err(error) => Opened::Rejected { findings: vec![finding(&error)] },
        }
    }

    async fn ready(&self, name: &str, folder: PathBuf, text: &str) -> anyhow::Result<Ready> {
        let granted = config::grants(self.settings.as_deref())?;
        let written = granted.get(name).map(ToString::to_string).unwrap_or_default();
        let own = self.own.get(name).map(|own| own.grant.clone());
        let is_own = own.is_some();
        // Without a folder, it is the one in which the host was started.
        let folder = if is_own { PathBuf::from(".") } else { folder };
        let grant = match own {
            Some(grant) => grant,
            None => grants(&granted)?.remove(name).unwrap_or_default(),
        };
        let found = Written { text, folder: &folder, grant: &grant, granted: &written };
        let package = self.package(name, found).await?;
        if package.name != name {
            return Err(misplaced(&package.name, name));
        }
        let alone = Registry::new(self.options.clone());
        (package.put)(&alone)?;
        let offers = alone.offers().iter().cloned().collect();
        // What stands in the settings is the operator's own word.
        let pin = match is_own {
            true => None,
            false => Some(self.lock.known(name, Pin::of(&package, text, &alone)?)),
        };
        let origin = |of: fn(&Pin) -> &Option<String>| pin.as_ref().and_then(|pin| of(pin).clone());
        let (source, signed_by) = (origin(|pin| &pin.source), origin(|pin| &pin.signed_by));
        let Package { kind, version, digest, memory, put, .. } = package;
        let put = match pin {
            Some(pin) => self.noting(name, pin, put)?,
            None => put,
        };
        let identity = format!("{digest} {} {written}", manifest::digest(text));
        let capabilities = asked(text)?;
        let about =
            About { kind, version, digest, source, signed_by, memory, capabilities, identity };
        Ok(Ready { about, offers, put })
    }

    /// What is not asked about is noted once it is in force.
    fn noting(&self, name: &str, pin: Pin, put: Put) -> anyhow::Result<Put> {
        self.lock.check(name, &pin)?;
        let (lock, name) = (self.lock.clone(), name.to_owned());
        Ok(Box::new(move |tools| {
            put(tools)?;
            lock.note(&name, &pin);
            Ok(())
        }))
    }

    /// Each kind of plugin is read in its own way.
    pub(super) async fn package(
        &self,
        name: &str,
        written: Written<'_>,
    ) -> anyhow::Result<Package> {
        let Written { text, folder, grant, .. } = written;
        let manifest = Manifest::parse(text)?;
        if !matches!(manifest, Manifest::Mcp(_)) {
            self.servers.forget(name);
        }
        match manifest {
            Manifest::Wasm(_) => match &self.components {
                Some(load) => load(folder.to_owned(), grant.clone()).await,
                None => bail!("load the plugin: this host was built without the feature `wasm`"),
            },
            Manifest::Http(manifest) => server(*manifest, text, grant, &self.secrets),
            Manifest::Queue(manifest) => workers(*manifest, text, grant, self.desk.as_ref()),
            Manifest::Mcp(manifest) => self.servers.load(*manifest, written).await,
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
        Manifest::Mcp(manifest) => {
            let written = Written { text: &text, folder, grant: &grant, granted: "" };
            Servers::new(settings, true).load(*manifest, written).await.map(Some)
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
    Ok(Package { name, kind: "http", version, digest, memory: None, put })
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
    Ok(Package { name, kind: "queue", version, digest, memory: None, put })
}

/// Whether it has sources to build and no component, neither built here nor brought along: nothing is wrong with it.
fn is_unbuilt(folder: &Path) -> bool {
    let text = std::fs::read_to_string(manifest_of(folder)).unwrap_or_default();
    let Ok(Manifest::Wasm(manifest)) = Manifest::parse(&text) else { return false };
    let Ok(component) = manifest.component() else { return false };
    let places = [folder.join("target").join(component), folder.join(component)];
    manifest.build.is_some() && !places.iter().any(|place| place.is_file())
}

pub(super) fn manifest_of(folder: &Path) -> PathBuf {
    folder.join("plugin.toml")
}

/// Grants, unloading and the flows' `uses` would speak of one by the name of the other.
pub(super) fn misplaced(plugin: &str, folder: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "load plugin `{plugin}` from the folder `{folder}`: both must have the same name; rename the folder to \
         `{plugin}`, or set `name = \"{folder}\"` in its `plugin.toml`"
    )
}

fn finding(error: &anyhow::Error) -> Value {
    let code = if error.is::<Unaccepted>() { "plugin.unaccepted" } else { "plugin.invalid" };
    json!({ "code": code, "message": format!("could not {error:#}") })
}

/// What is told of an MCP server.
const OF_SERVER: [&str; 3] = ["command", "url", "private_networks"];

/// What a plugin asks for, as its author writes it.
fn asked(text: &str) -> anyhow::Result<Value> {
    let table: toml::Table = text.parse().context("read plugin.toml")?;
    let parts = ["capabilities", "http", "queue", "mcp"];
    let asked = parts.iter().filter_map(|part| Some((*part, table.get(*part)?)));
    let mut all = serde_json::Map::new();
    for (part, value) in asked {
        match serde_json::to_value(value)? {
            Value::Object(inside) if part == "capabilities" => all.extend(inside),
            // Arguments and the environment of a program may hold what is nobody else's business.
            Value::Object(mut server) if part == "mcp" => {
                server.retain(|key, _| OF_SERVER.contains(&key.as_str()));
                drop(all.insert(part.to_owned(), Value::Object(server)));
            }
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
