//! The flow files of a folder, read whole, and how they differ from the last reading. It does not know what is in them
//! beyond whether it is JSON at all.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::IgnoredAny;

use super::Error;
use super::plan::Change;
use crate::flow;

/// A conversation test beside a flow; not a flow.
const TEST_SUFFIX: &str = ".test";

/// The last reading of a folder.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    settle: Duration,
    seen: BTreeMap<flow::Id, String>,
}

impl Files {
    pub(super) fn new(folder: PathBuf, settle: Duration) -> Self {
        Self { folder, settle, seen: BTreeMap::new() }
    }

    /// What changed since the last reading. A text that is not even JSON is read once more after a while: it may be
    /// half of a file that is being written. A file that vanished is looked for once more too: an editor may be
    /// about to put another in its place.
    pub(super) async fn changes(&mut self) -> Result<BTreeMap<flow::Id, Change>, Error> {
        let mut now = read_all(&self.folder).await?;
        let unsettled = now.values().any(|text| !is_json(text))
            || self.seen.keys().any(|id| !now.contains_key(id));
        if unsettled {
            tokio::time::sleep(self.settle).await;
            now = read_all(&self.folder).await?;
        }
        let gone = self.seen.keys().filter(|id| !now.contains_key(id));
        let mut changes: BTreeMap<_, _> = gone.map(|id| (id.clone(), Change::Gone)).collect();
        for (id, text) in &now {
            if self.seen.get(id) != Some(text) {
                changes.insert(id.clone(), Change::Text(text.clone()));
            }
        }
        self.seen = now;
        Ok(changes)
    }

    /// The text of the last reading.
    pub(super) fn text(&self, id: &flow::Id) -> Option<&String> {
        self.seen.get(id)
    }

    /// Has everything count as changed at the next reading, because the last was not put to use.
    pub(super) fn forget(&mut self, changes: &BTreeMap<flow::Id, Change>) {
        for (id, change) in changes {
            match change {
                Change::Text(_) | Change::Again(_) => drop(self.seen.remove(id)),
                Change::Gone => drop(self.seen.insert(id.clone(), String::new())),
            }
        }
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

async fn read_all(folder: &Path) -> Result<BTreeMap<flow::Id, String>, Error> {
    let failed = |source| Error::Read { folder: folder.to_owned(), source };
    let mut entries = tokio::fs::read_dir(folder).await.map_err(failed)?;
    let mut texts = BTreeMap::new();
    while let Some(entry) = entries.next_entry().await.map_err(failed)? {
        let path = entry.path();
        let Some(id) = flow_id(&path) else { continue };
        match tokio::fs::read(&path).await {
            // What is not UTF-8 is not JSON either, and is rejected with the place.
            Ok(bytes) => drop(texts.insert(id, String::from_utf8_lossy(&bytes).into_owned())),
            // Renamed away between the two looks, or a folder with an odd name.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {
            }
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(texts)
}

/// `<id>.json` that is neither hidden, as editors' temporary files are, nor a test.
fn flow_id(path: &Path) -> Option<flow::Id> {
    if path.extension()? != "json" {
        return None;
    }
    let stem = path.file_stem()?.to_str()?;
    let other = stem.is_empty() || stem.starts_with('.') || stem.ends_with(TEST_SUFFIX);
    (!other).then(|| flow::Id::from(stem))
}
