//! Tells that something in the watched folders changed, and for plugins in which: quiet for a while first. It reads no
//! file; what the system's messages leave out or repeat does not matter, because the reader compares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, warn};

use super::{Error, Options};

/// A folder that is never quiet is read all the same after this many times the debounce.
const PATIENCE: u32 = 4;

/// The folder in a plugin's folder into which its component is built.
const BUILT: &str = "target";

/// What changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Touched {
    pub(super) flows: bool,
    /// By folder name, and when it was heard last.
    pub(super) plugins: BTreeMap<String, Instant>,
    /// Messages were lost: every plugin is meant.
    pub(super) all_plugins: bool,
    /// Plugins whose folder itself came, went or was put in the place of another: a folder of the same name is another
    /// one to the system.
    renewed: BTreeSet<String>,
}

/// The folders under watch.
#[derive(Debug)]
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    places: Arc<Places>,
    heard: Arc<Heard>,
    watched: BTreeSet<PathBuf>,
}

#[derive(Debug)]
struct Places {
    flows: PathBuf,
    plugins: Option<PathBuf>,
    debounce: Duration,
}

/// What can be told beside what the system tells.
#[derive(Debug)]
pub(super) struct Touch(Arc<Heard>);

impl Touch {
    pub(super) fn plugin(&self, name: &str) {
        self.0.lock().plugins.insert(name.to_owned(), Instant::now());
        self.0.more.notify_one();
    }
}

#[derive(Debug, Default)]
struct Heard {
    touched: Mutex<Touched>,
    more: Notify,
}

/// Has the next one who waits look again, unless it is forgotten.
struct Again<'a>(&'a Notify);

impl Drop for Again<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Watch {
    pub(super) fn begin(options: &Options) -> Result<Self, Error> {
        let places = Arc::new(Places {
            flows: real(&options.flows),
            plugins: options.plugins.as_deref().map(real),
            debounce: options.debounce,
        });
        let heard = Arc::new(Heard::default());
        let (to, known) = (Arc::clone(&heard), Arc::clone(&places));
        let listen = move |event| to.take(&known, event);
        let failed = |source| Error::Watch { folder: options.flows.clone(), source };
        let mut watcher = notify::recommended_watcher(listen).map_err(failed)?;
        watcher.watch(&places.flows, RecursiveMode::NonRecursive).map_err(failed)?;
        if let Some(folder) = &places.plugins {
            let failed = |source| Error::Watch { folder: folder.clone(), source };
            watcher.watch(folder, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        let mut watch = Self { watcher, places, heard, watched: BTreeSet::new() };
        watch.widen();
        Ok(watch)
    }

    /// The next changes, once it has been quiet for the debounce. Safe to cancel.
    pub(super) async fn next(&mut self) -> Touched {
        self.heard.more.notified().await;
        let cancelled = Again(&self.heard.more);
        let debounce = self.places.debounce;
        let latest = Instant::now() + debounce * PATIENCE;
        let quiet = async { while timeout(debounce, self.heard.more.notified()).await.is_ok() {} };
        tokio::select! {
            () = quiet => {}
            () = sleep_until(latest) => {}
        }
        std::mem::forget(cancelled);
        let touched = std::mem::take(&mut *self.heard.lock());
        self.leave(&touched.renewed);
        self.widen();
        touched
    }

    /// Gives up what is watched of folders that are others now.
    fn leave(&mut self, renewed: &BTreeSet<String>) {
        let places = Arc::clone(&self.places);
        for folder in
            places.plugins.iter().flat_map(|all| renewed.iter().map(|name| all.join(name)))
        {
            for folder in [folder.join(BUILT), folder] {
                if self.watched.remove(&folder)
                    && let Err(error) = self.watcher.unwatch(&folder)
                {
                    debug!(folder = %folder.display(), %error, "A folder was not watched any more.");
                }
            }
        }
    }

    /// Has the next look take in the flows, though no file changed.
    pub(super) fn poke(&self) -> impl Fn() + Send + 'static {
        let heard = Arc::clone(&self.heard);
        move || {
            heard.lock().flows = true;
            heard.more.notify_one();
        }
    }

    /// A way to have plugins looked at.
    pub(super) fn touch(&self) -> Arc<Touch> {
        Arc::new(Touch(Arc::clone(&self.heard)))
    }

    /// Watches the flows' folder anew: one that went and came back is another folder to the system.
    pub(super) fn renew(&mut self) {
        let folder = &self.places.flows;
        if let Err(error) = self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            debug!(folder = %folder.display(), %error, "The flows' folder cannot be watched yet.");
        }
    }

    /// Watches each plugin's folder, new ones too, and the folder in it for what was just built. No deeper: a compiler
    /// makes thousands of folders there.
    fn widen(&mut self) {
        let places = Arc::clone(&self.places);
        let inside = places.plugins.iter().flat_map(|folder| folders_in(folder));
        let with_built = |folder: PathBuf| [folder.join(BUILT), folder];
        let wanted: BTreeSet<PathBuf> =
            inside.flat_map(with_built).filter(|folder| folder.is_dir()).collect();
        // A folder that went and came back is another folder to the system.
        self.watched.retain(|folder| wanted.contains(folder));
        for folder in wanted {
            if self.watched.contains(&folder) {
                continue;
            }
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.watched.insert(folder)),
                Err(error) => warn!(folder = %folder.display(), %error, "A folder is not watched."),
            }
        }
    }
}

impl Heard {
    fn take(&self, places: &Places, event: notify::Result<notify::Event>) {
        let mut touched = self.lock();
        match event {
            Ok(event) if event.need_rescan() => touched.everything(),
            Ok(event) if !is_change(event.kind) => return,
            Ok(event) => event.paths.iter().for_each(|path| touched.add(places, path)),
            Err(error) => {
                warn!(%error, "Messages about changed files were lost.");
                touched.everything();
            }
        }
        let any = *touched != Touched::default();
        drop(touched);
        if any {
            self.more.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Touched> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Touched {
    fn everything(&mut self) {
        self.flows = true;
        self.all_plugins = true;
    }

    fn add(&mut self, places: &Places, path: &Path) {
        debug!(path = %path.display(), "A watched file changed.");
        self.flows |= path == places.flows || path.parent() == Some(&places.flows);
        let Some(folder) = &places.plugins else { return };
        let Ok(inside) = path.strip_prefix(folder) else { return };
        let mut steps = inside.iter();
        let name = steps.next().and_then(|name| name.to_str());
        let itself = inside.components().count() == 1;
        // What else a compiler leaves beside the component changes nothing.
        let left = steps.next().is_some_and(|step| step == BUILT)
            && steps.next().is_some()
            && path.extension().is_none_or(|extension| extension != "wasm");
        if let Some(name) = name.filter(|name| !left && !name.starts_with('.')) {
            self.plugins.insert(name.to_owned(), Instant::now());
            if itself {
                self.renewed.insert(name.to_owned());
            }
        }
    }
}

/// Reading a file is no change.
fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)))
}

/// As the system names it in its messages.
fn real(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_missing| folder.to_owned())
}

pub(super) fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
    folders.filter(|path| !is_hidden(path)).collect()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}
