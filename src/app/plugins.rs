//! Brings plugins from their folders into the registry: with what the operator grants, with their data in the store,
//! at the start and again whenever a folder changes. A plugin that does not load leaves the one before it in force.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::config::Settings;
use crate::flow::Offers;
use crate::manifest::{self, Grant, Manifest};
use crate::reload::{LoadPlugin, Loaded, messages};
use crate::secret::Secrets;
use crate::tool::{self, Desk, Http, Queue, Registry};

/// What was read from a plugin's folder, ready to be called.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// What changes with whatever the plugin does; its manifest aside.
    pub(super) digest: String,
    pub(super) put: Put,
}

/// Puts a plugin's tools into the registry.
type Put = Box<dyn FnOnce(&Registry) -> Result<(), tool::Error> + Send>;

/// Loads the component of a folder with what the operator grants it.
pub(super) type LoadComponent =
    Arc<dyn Fn(PathBuf, Grant) -> BoxFuture<'static, anyhow::Result<Package>> + Send + Sync>;

/// The folder of plugins, and what was loaded from it.
pub(super) struct Shelf {
    folder: PathBuf,
    /// None in a host that was built without a sandbox.
    components: Option<LoadComponent>,
    grants: BTreeMap<String, Grant>,
    secrets: Secrets,
    /// None in a host without Redis.
    desk: Option<Desk>,
    tools: Arc<Registry>,
    /// By folder: the manifest and the digest that are in force.
    loaded: Mutex<BTreeMap<String, (String, String)>>,
}

impl Shelf {
    /// Loads every plugin; one that does not load is told in the log and left out.
    pub(super) async fn open(
        settings: &Settings,
        components: Option<LoadComponent>,
        desk: Option<Desk>,
        tools: &Arc<Registry>,
    ) -> anyhow::Result<Arc<Self>> {
        let shelf = Arc::new(Self {
            folder: settings.plugins.clone(),
            components,
            grants: grants(&settings.grants)?,
            secrets: settings.secrets.clone(),
            desk,
            tools: Arc::clone(tools),
            loaded: Mutex::default(),
        });
        for name in shelf.names()? {
            if let Loaded::Rejected { findings } = shelf.load(&name).await {
                let problems = messages(&findings);
                tracing::warn!(plugin = name, %problems, "A plugin was rejected.");
            }
        }
        Ok(shelf)
    }

    /// What reloading calls when a plugin's folder changed.
    pub(super) fn loader(self: &Arc<Self>) -> LoadPlugin {
        let shelf = Arc::clone(self);
        Arc::new(move |name| {
            let shelf = Arc::clone(&shelf);
            Box::pin(async move { shelf.load(&name).await })
        })
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

    async fn load(&self, name: &str) -> Loaded {
        let folder = self.folder.join(name);
        let Ok(text) = std::fs::read_to_string(manifest_of(&folder)) else {
            return self.unload(name);
        };
        if is_unbuilt(&folder, &text) && !self.loaded().contains_key(name) {
            let build = format!("cicerone plugin build {}", folder.display());
            tracing::info!(plugin = name, build, "A plugin is not built yet.");
            return Loaded::Unchanged;
        }
        let package = match self.package(name, folder, &text).await {
            Ok(package) => package,
            Err(error) => return rejected(&error),
        };
        if package.name != name {
            return rejected(&misplaced(&package.name, name));
        }
        let force = (text, package.digest);
        let before = self.loaded().insert(name.to_owned(), force.clone());
        if before.as_ref() == Some(&force) {
            return Loaded::Unchanged;
        }
        if let Err(error) = (package.put)(&self.tools) {
            self.loaded().remove(name);
            return rejected(&error.into());
        }
        Loaded::Replaced { version: Some(package.version), offers: self.offers() }
    }

    /// Each kind of plugin is read in its own way.
    async fn package(&self, name: &str, folder: PathBuf, text: &str) -> anyhow::Result<Package> {
        let grant = self.grants.get(name).cloned().unwrap_or_default();
        match Manifest::parse(text)? {
            Manifest::Wasm(_) => match &self.components {
                Some(load) => load(folder, grant).await,
                None => bail!("load the plugin: this host was built without the feature `wasm`"),
            },
            Manifest::Http(manifest) => server(*manifest, text, &grant, &self.secrets),
            Manifest::Queue(manifest) => workers(*manifest, text, &grant, self.desk.as_ref()),
        }
    }

    fn unload(&self, name: &str) -> Loaded {
        if self.loaded().remove(name).is_none() {
            return Loaded::Unchanged;
        }
        self.tools.remove_plugin(name);
        Loaded::Replaced { version: None, offers: self.offers() }
    }

    fn offers(&self) -> Offers {
        self.tools.offers().as_ref().clone()
    }

    fn loaded(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (String, String)>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
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
    Ok(Package { name, version, digest, put })
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
    Ok(Package { name, version, digest, put })
}

/// Whether it has sources to build and no component, neither built here nor brought along: nothing is wrong with it.
fn is_unbuilt(folder: &Path, text: &str) -> bool {
    let Ok(Manifest::Wasm(manifest)) = Manifest::parse(text) else { return false };
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

fn rejected(error: &anyhow::Error) -> Loaded {
    let message = format!("could not {error:#}");
    let finding: Value = json!({ "code": "plugin.invalid", "message": message });
    Loaded::Rejected { findings: vec![finding] }
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
