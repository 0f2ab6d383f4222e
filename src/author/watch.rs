//! `serve --watch`: builds a plugin again when one of its sources was saved. It looks at times and sizes a few times a
//! second, because compilers and package managers make more noise below these folders than a system's messages can
//! tell apart. It loads nothing: whoever runs plugins sees the new component by itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::{Built, Error, Progress, Tools, files};

/// How often the folders are looked at; what has not changed from one look to the next is quiet.
const LOOK: Duration = Duration::from_millis(300);

/// What the one who watches has to tell.
#[derive(Debug)]
pub enum Seen<'a> {
    /// A plugin's sources changed, and it is built.
    Building(&'a str),
    /// Worth knowing while it is built.
    Note(&'a str),
    /// It was built.
    Built(&'a Built),
    /// It was not; the component that was there stays.
    Failed(&'a str, &'a Error),
}

/// Builds until it is dropped; a build that runs then is left to itself.
#[derive(Debug)]
pub struct Watching {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watching {
    /// Begins with what lies in the folder of plugins now; only what changes from now on is built.
    ///
    /// # Errors
    /// When there is no place for compilers, or no thread.
    pub fn begin(
        plugins: PathBuf,
        told: impl Fn(Seen<'_>) + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        // Asked for here, because nobody would see it later.
        drop(Tools::open(&|_| {})?);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (folder, built) = (plugins.clone(), looks(&plugins));
        let work = move || follow(&plugins, built, &told, &stopped);
        let thread = std::thread::Builder::new().name("builds".into()).spawn(work);
        Ok(Self { stop, thread: thread.map_err(Error::file("watch", &folder))? })
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
    }
}

/// What a plugin's sources look like from outside.
type Look = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

type Told<'a> = dyn Fn(Seen<'_>) + Sync + 'a;

fn follow(
    plugins: &Path,
    mut built: BTreeMap<PathBuf, Look>,
    told: &Told<'_>,
    stopped: &AtomicBool,
) {
    let mut last = built.clone();
    while !stopped.load(Ordering::Relaxed) {
        std::thread::park_timeout(LOOK);
        let now = looks(plugins);
        let quiet = now == last;
        last.clone_from(&now);
        if !quiet {
            continue;
        }
        let is_new = |(folder, look): &(&PathBuf, &Look)| built.get(*folder) != Some(*look);
        for (folder, _) in now.iter().filter(is_new) {
            build(folder, told);
        }
        built = now;
    }
}

fn build(folder: &Path, told: &Told<'_>) {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    told(Seen::Building(&name));
    let tell = |progress: Progress<'_>| match progress {
        Progress::Note(text) => told(Seen::Note(text)),
        Progress::Begin(_) | Progress::End => {}
    };
    let done = Tools::open(&tell).and_then(|tools| super::build(folder, &tools));
    match &done {
        Ok(built) => told(Seen::Built(built)),
        Err(error) => told(Seen::Failed(&name, error)),
    }
}

/// Every plugin that has sources. What cannot be read now is looked at again soon.
fn looks(plugins: &Path) -> BTreeMap<PathBuf, Look> {
    let entries = std::fs::read_dir(plugins).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(|folder| has_sources(folder));
    folders.map(|folder| (look(&folder), folder)).map(|(look, folder)| (folder, look)).collect()
}

fn look(folder: &Path) -> Look {
    let sources = files::sources(folder, &[]).unwrap_or_default();
    let one = |path: PathBuf| {
        let found = path.metadata().ok();
        let time = found.as_ref().and_then(|found| found.modified().ok());
        (path, (time, found.map_or(0, |found| found.len())))
    };
    sources.into_iter().filter(|path| !is_made(path)).map(one).collect()
}

/// What a compiler or a person leaves there that decides nothing.
fn is_made(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".wasm") || name.ends_with(".lock") || name == super::trial::FILE
}

/// Whether a folder's `plugin.toml` says how to build it; what else is wrong with it is told by the build.
#[must_use]
pub fn has_sources(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("plugin.toml")).unwrap_or_default();
    text.lines().any(|line| line.trim() == "[build]")
}
