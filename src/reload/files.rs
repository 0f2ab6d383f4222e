//! The flow files of a folder, read whole, and written where the store has gone on. It does not know what is in them
//! beyond whether it is JSON at all.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::IgnoredAny;

use super::Error;
use crate::flow::{self, Version};

/// A conversation test beside a flow; not a flow.
const TEST_SUFFIX: &str = ".test";

/// What a file that the store went beyond is kept as, beside the new one.
const OLD_SUFFIX: &str = "json.old";

/// The version of a text that is no JSON: that of no flow.
const UNREADABLE: &str = "unreadable";

/// A file as it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) version: Version,
}

/// The last reading of a folder.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    settle: Duration,
    texts: BTreeMap<flow::Id, Text>,
}

impl Files {
    pub(super) const fn new(folder: PathBuf, settle: Duration) -> Self {
        Self { folder, settle, texts: BTreeMap::new() }
    }

    /// Reads the folder. A text that is not even JSON is read once more after a while: it may be half of a file that is
    /// being written. A file that vanished is looked for once more too: an editor may be about to put another in its
    /// place.
    pub(super) async fn read(&mut self) -> Result<(), Error> {
        let mut now = read_all(&self.folder).await?;
        let unsettled = now.values().any(|text| !is_json(text))
            || self.texts.keys().any(|id| !now.contains_key(id));
        if unsettled {
            tokio::time::sleep(self.settle).await;
            now = read_all(&self.folder).await?;
        }
        self.texts.retain(|id, _| now.contains_key(id));
        for (id, text) in now {
            if self.texts.get(&id).is_none_or(|known| known.text != text) {
                self.texts.insert(id, Text::new(text));
            }
        }
        Ok(())
    }

    /// By flow, as of the last reading.
    pub(super) const fn texts(&self) -> &BTreeMap<flow::Id, Text> {
        &self.texts
    }

    /// Puts another text in the file's place; the one that was there is kept beside it.
    pub(super) fn write(&mut self, id: &flow::Id, text: String) -> io::Result<()> {
        let file = self.file(id);
        self.set_aside(id)?;
        let mut half = tempfile(&file)?;
        half.1.write_all(text.as_bytes())?;
        half.1.sync_all()?;
        std::fs::rename(&half.0, &file)?;
        self.texts.insert(id.clone(), Text::new(text));
        Ok(())
    }

    /// Takes the file out of the way, under another name.
    pub(super) fn set_aside(&mut self, id: &flow::Id) -> io::Result<()> {
        let file = self.file(id);
        match std::fs::rename(&file, file.with_extension(OLD_SUFFIX)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        self.texts.remove(id);
        Ok(())
    }

    fn file(&self, id: &flow::Id) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

impl Text {
    fn new(text: String) -> Self {
        let version = flow::version_of(&text).unwrap_or_else(|| Version::from(UNREADABLE));
        Self { text, version }
    }
}

/// A hidden file beside `file`, for the time that it is half.
fn tempfile(file: &Path) -> io::Result<(PathBuf, std::fs::File)> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let half = file.with_file_name(format!(".{name}.half"));
    Ok((half.clone(), std::fs::File::create(half)?))
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
