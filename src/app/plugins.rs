//! Brings plugins from their folders into the registry: with what the operator grants, with their data in the store,
//! at the start and again whenever a folder changes. A plugin that does not load leaves the one before it in force.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use futures_util::future::FutureExt;
use serde_json::{Value, json};

use crate::config::Settings;
use crate::event::Timestamp;
use crate::flow::Offers;
use crate::plugin::{
    Grant, Kv, KvAnswer, KvError, MemoryKv, Options, Place, Plugin, Sandbox, Terms as PluginTerms,
};
use crate::reload::{LoadPlugin, Loaded, messages};
use crate::store::{self, Entry, Quota, Space, Store};
use crate::tool::Registry;

/// The folder of plugins, and what was loaded from it.
pub(super) struct Shelf {
    folder: PathBuf,
    sandbox: Sandbox,
    grants: BTreeMap<String, Grant>,
    tools: Arc<Registry>,
    /// By folder: the manifest and the component's digest that are in force.
    loaded: Mutex<BTreeMap<String, (String, String)>>,
}

impl Shelf {
    /// Loads every plugin; one that does not load is told in the log and left out.
    pub(super) async fn open(
        settings: &Settings,
        kv: Arc<dyn Kv>,
        tools: &Arc<Registry>,
    ) -> anyhow::Result<Arc<Self>> {
        let sandbox = sandbox(settings, kv)?;
        let shelf = Arc::new(Self {
            folder: settings.plugins.clone(),
            sandbox,
            grants: grants(&settings.grants)?,
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
            if manifest(&entry.path()).is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    async fn load(&self, name: &str) -> Loaded {
        let folder = self.folder.join(name);
        let Ok(text) = std::fs::read_to_string(manifest(&folder)) else {
            return self.unload(name);
        };
        let grant = self.grants.get(name).cloned().unwrap_or_default();
        let plugin = match self.sandbox.load(&folder, &grant).await {
            Ok(plugin) => plugin,
            Err(error) => return rejected(&anyhow::Error::new(error)),
        };
        if plugin.name != name {
            return rejected(&misplaced(&plugin.name, name));
        }
        let force = (text, plugin.digest.clone());
        let before = self.loaded().insert(name.to_owned(), force.clone());
        if before.as_ref() == Some(&force) {
            return Loaded::Unchanged;
        }
        let version = Some(plugin.version.clone());
        if let Err(error) = self.put(plugin) {
            self.loaded().remove(name);
            return rejected(&error);
        }
        Loaded::Replaced { version, offers: self.offers() }
    }

    fn put(&self, plugin: Plugin) -> anyhow::Result<()> {
        Ok(self.tools.replace_plugin(Arc::new(plugin))?)
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

/// One plugin, outside of any registry.
pub(super) async fn load_alone(settings: &Settings, folder: &Path) -> anyhow::Result<Plugin> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut grants = grants(&settings.grants)?;
    let grant = name.and_then(|name| grants.remove(&name)).unwrap_or_default();
    let sandbox = sandbox(settings, Arc::new(MemoryKv::default()))?;
    Ok(sandbox.load(folder, &grant).await?)
}

fn sandbox(settings: &Settings, kv: Arc<dyn Kv>) -> anyhow::Result<Sandbox> {
    let cache = settings.data.join("cache").join("components");
    Ok(Sandbox::new(Options { cache, ..Options::default() }, kv)?)
}

fn manifest(folder: &Path) -> PathBuf {
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

/// Plugins' own data in the host's store.
#[derive(Debug)]
pub(super) struct StoreKv(pub(super) Store);

impl Kv for StoreKv {
    fn get(&self, place: Place, now: Timestamp) -> KvAnswer<'_, Option<Vec<u8>>> {
        let entry = entry(place);
        async move { self.0.kv_get(&entry, now).await.map_err(failed) }.boxed()
    }

    fn set(&self, place: Place, value: Vec<u8>, terms: PluginTerms) -> KvAnswer<'_, ()> {
        let entry = entry(place);
        async move { self.0.kv_set(&entry, &value, within(terms)).await.map_err(failed) }.boxed()
    }

    fn delete(&self, place: Place, now: Timestamp) -> KvAnswer<'_, bool> {
        let entry = entry(place);
        async move { self.0.kv_delete(&entry, now).await.map_err(failed) }.boxed()
    }

    fn increment(&self, place: Place, by: i64, terms: PluginTerms) -> KvAnswer<'_, i64> {
        let entry = entry(place);
        async move { self.0.kv_increment(&entry, by, within(terms)).await.map_err(failed) }.boxed()
    }

    fn compare_and_set(
        &self,
        place: Place,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        terms: PluginTerms,
    ) -> KvAnswer<'_, bool> {
        let entry = entry(place);
        async move {
            let done =
                self.0.kv_compare_and_set(&entry, expected.as_deref(), &value, within(terms));
            done.await.map_err(failed)
        }
        .boxed()
    }
}

fn entry(place: Place) -> Entry {
    Entry { space: Space { plugin: place.plugin, session: place.session }, key: place.key }
}

const fn within(terms: PluginTerms) -> store::Terms {
    let PluginTerms { value_max, bytes_max, keys_max, ttl_ms, now } = terms;
    store::Terms { quota: Quota { value_max, bytes_max, keys_max }, ttl_ms, now }
}

fn failed(error: store::KvError) -> KvError {
    match error {
        store::KvError::TooLarge(max) => KvError::TooLarge(max),
        store::KvError::Quota(max) => KvError::Quota(max),
        store::KvError::NotANumber => KvError::NotANumber,
        store::KvError::Unavailable(why) => KvError::Unavailable(why),
    }
}
