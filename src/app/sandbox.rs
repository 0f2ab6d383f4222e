//! Components for the shelf: where they run, and their data in the host's store.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::FutureExt;

use super::cast::Forget;
use super::plugins::{LoadComponent, Package, grant_of};
use crate::config::Settings;
use crate::event::Timestamp;
use crate::plugin::{
    Kv, KvAnswer, KvError, Lent, MemoryKv, Options, Place, Plugin, Sandbox, Terms as PluginTerms,
};
use crate::secret::variable;
use crate::store::{self, Entry, Quota, Space, Store};

/// What loads a component; its data goes to `store`, or is kept in memory.
pub(super) fn components(
    settings: &Settings,
    store: Option<&Store>,
) -> anyhow::Result<LoadComponent> {
    let kv: Arc<dyn Kv> = match store {
        Some(store) => Arc::new(StoreKv(store.clone())),
        None => Arc::new(MemoryKv::default()),
    };
    Ok(loading(sandbox(settings, kv)?))
}

/// The same with data in memory, and what forgets it.
pub(super) fn forgetful(settings: &Settings) -> anyhow::Result<(LoadComponent, Forget)> {
    let kv = Arc::new(MemoryKv::default());
    let sandbox = sandbox(settings, Arc::clone(&kv) as Arc<dyn Kv>)?;
    Ok((loading(sandbox), Box::new(move || kv.clear())))
}

fn loading(sandbox: Sandbox) -> LoadComponent {
    Arc::new(move |folder, grant| {
        let sandbox = sandbox.clone();
        async move { Ok(package(sandbox.load(&folder, &grant).await?)) }.boxed()
    })
}

fn package(plugin: Plugin) -> Package {
    for name in plugin.unset() {
        let (plugin, variable) = (&plugin.name, variable(name));
        tracing::info!(plugin, variable, "A plugin does without a secret until it is set.");
    }
    let plugin = Arc::new(plugin);
    Package {
        name: plugin.name.clone(),
        kind: "wasm",
        version: plugin.version.clone(),
        digest: plugin.digest.clone(),
        memory: Some(plugin.resident()),
        put: Box::new(move |tools| tools.replace_plugin(Arc::clone(&plugin))),
    }
}

/// One plugin, outside of any registry.
pub(super) async fn load_alone(settings: &Settings, folder: &Path) -> anyhow::Result<Plugin> {
    let grant = grant_of(settings, folder)?;
    let sandbox = sandbox(settings, Arc::new(MemoryKv::default()))?;
    Ok(sandbox.load(folder, &grant).await?)
}

/// The same, unseen by any operator.
pub(super) async fn load_ungranted(settings: &Settings, folder: &Path) -> anyhow::Result<Plugin> {
    let sandbox = sandbox(settings, Arc::new(MemoryKv::default()))?;
    Ok(sandbox.load(folder, &crate::manifest::Grant::of_whatever_is_asked()).await?)
}

fn sandbox(settings: &Settings, kv: Arc<dyn Kv>) -> anyhow::Result<Sandbox> {
    let cache = settings.data.join("cache").join("components");
    let compiler = settings.compiler.clone();
    let (secrets, clock) = (settings.secrets.clone(), settings.clock);
    let lent = Lent { secrets, clock, seed: settings.seed, ..Lent::new(kv) };
    let (asked, default) = (&settings.sandbox, Options::default());
    let options = Options {
        cache,
        compiler,
        places: asked.places.unwrap_or(default.places),
        threads: asked.threads.unwrap_or(default.threads),
        memory_max: asked.memory_bytes_max.unwrap_or(default.memory_max),
        ..default
    };
    Ok(Sandbox::new(options, lent)?)
}

/// Plugins' own data in the host's store.
#[derive(Debug)]
struct StoreKv(Store);

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
