//! The flow files of a folder and the cases beside them, read whole, and flows written where the store has gone on. It
//! does not know what is in them beyond whether it is JSON at all.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::IgnoredAny;

use super::Error;
use super::trial::{Cases, CasesByFlow};
use crate::flow::{self, Finding, Version};

/// Conversations beside a flow; not a flow.
const TEST_SUFFIX: &str = ".test";

/// How they may be written.
const TEST_KINDS: [&str; 3] = ["json", "yaml", "yml"];

/// What a file that the store went beyond is kept as, beside the new one.
const OLD_SUFFIX: &str = "json.old";

/// So many such copies of one file are kept.
const OLD_MAX: usize = 20;

/// Bytes of a file's name.
const NAME_MAX: usize = 200;

/// The version of a text that is no JSON: that of no flow.
const UNREADABLE: &str = "unreadable";

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// As far as it can be shown, if something is wrong.
    pub(super) text: String,
    /// Why that is no text.
    pub(super) wrong: Option<Finding>,
}

/// A file as it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) source: Source,
    pub(super) version: Version,
    /// We wrote it, so that the store has it.
    ours: bool,
}

/// The last reading of a folder.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    settle: Duration,
    texts: BTreeMap<flow::Id, Text>,
    cases: CasesByFlow,
}

/// What one look at a folder finds.
#[derive(Debug, Default)]
struct Looked {
    texts: BTreeMap<flow::Id, Source>,
    cases: CasesByFlow,
}

impl Files {
    pub(super) const fn new(folder: PathBuf, settle: Duration) -> Self {
        Self { folder, settle, texts: BTreeMap::new(), cases: CasesByFlow::new() }
    }

    /// Reads the folder. A text that is not even JSON is read once more after a while: it may be half of a file that is
    /// being written. A file that vanished is looked for once more too: an editor may be about to put another in its
    /// place.
    pub(super) async fn read(&mut self) -> Result<(), Error> {
        let mut now = read_all(&self.folder).await?;
        let unsettled = now.texts.values().any(|source| !source.is_json())
            || self.texts.keys().any(|id| !now.texts.contains_key(id));
        if unsettled {
            tokio::time::sleep(self.settle).await;
            now = read_all(&self.folder).await?;
        }
        self.cases = now.cases;
        self.texts.retain(|id, _| now.texts.contains_key(id));
        for (id, source) in now.texts {
            if self.texts.get(&id).is_none_or(|known| known.source != source) {
                self.texts.insert(id, Text::new(source));
            }
        }
        Ok(())
    }

    /// By flow, as of the last reading.
    pub(super) const fn texts(&self) -> &BTreeMap<flow::Id, Text> {
        &self.texts
    }

    /// What lies beside the flows, as of the last reading.
    pub(super) const fn cases(&self) -> &CasesByFlow {
        &self.cases
    }

    /// Puts another text in the file's place, all at once; the one that was there is kept beside it unless it was written
    /// here. `false` if somebody changed the file since it was read: then that counts.
    pub(super) fn write(&mut self, id: &flow::Id, text: String) -> io::Result<bool> {
        let file = self.file(id);
        let Some(there) = self.unchanged(id) else { return Ok(false) };
        let ours = self.texts.get(id).is_some_and(|text| text.ours);
        let half = file.with_file_name(format!(".{id}.{}.half", std::process::id()));
        let written = fs::File::create(&half).and_then(|mut half| {
            half.write_all(text.as_bytes())?;
            half.sync_all()
        });
        let placed = written.and_then(|()| {
            if there && !ours {
                let kept = unused(&file)?;
                // Not every file system has links.
                fs::hard_link(&file, &kept).or_else(|_error| fs::copy(&file, &kept).map(drop))?;
            }
            fs::rename(&half, &file)
        });
        if placed.is_err() {
            drop(fs::remove_file(&half));
        }
        placed?;
        let source = Source { text, wrong: None };
        self.texts.insert(id.clone(), Text { ours: true, ..Text::new(source) });
        Ok(true)
    }

    /// Takes the file out of the way, under another name; `false` if somebody changed it since it was read.
    pub(super) fn set_aside(&mut self, id: &flow::Id) -> io::Result<bool> {
        let file = self.file(id);
        match self.unchanged(id) {
            None => return Ok(false),
            Some(true) => fs::rename(&file, unused(&file)?)?,
            Some(false) => {}
        }
        self.texts.remove(id);
        Ok(true)
    }

    /// Whether the file is there, if it is what was read last; `None` if it is not.
    fn unchanged(&self, id: &flow::Id) -> Option<bool> {
        let file = self.file(id);
        let there = Source::of(&file, fs::read(&file));
        let known = self.texts.get(id).map(|text| &text.source);
        (there.as_ref() == known).then_some(there.is_some())
    }

    fn file(&self, id: &flow::Id) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

impl Source {
    /// None for what is not there after all.
    fn of(path: &Path, read: io::Result<Vec<u8>>) -> Option<Self> {
        let error = match read.map(flow::decoded) {
            Ok(Ok(text)) => return Some(Self { text, wrong: None }),
            Ok(Err((text, wrong))) => return Some(Self { text, wrong: Some(*wrong) }),
            Err(error) => error,
        };
        let is_gone = match error.kind() {
            // A folder with an odd name.
            ErrorKind::IsADirectory => true,
            // Renamed away between two looks; but a link that leads nowhere is there.
            ErrorKind::NotFound => path.symlink_metadata().is_err(),
            _ => false,
        };
        // A text that nobody can read is one that nobody can run; it must not hold up the others.
        let wrong =
            || Self { text: String::new(), wrong: Some(flow::unreadable(&error.to_string())) };
        (!is_gone).then(wrong)
    }

    fn is_json(&self) -> bool {
        self.wrong.is_none() && serde_json::from_str::<IgnoredAny>(&self.text).is_ok()
    }
}

impl Text {
    fn new(source: Source) -> Self {
        let readable = Some(&source).filter(|source| source.wrong.is_none());
        let version = readable.and_then(|source| flow::version_of(&source.text));
        let version = version.unwrap_or_else(|| Version::from(UNREADABLE));
        Self { source, version, ours: false }
    }
}

/// A name beside `file` for what was there; of very many such copies the last is written over.
fn unused(file: &Path) -> io::Result<PathBuf> {
    let first = file.with_extension(OLD_SUFFIX);
    let numbered = (2..OLD_MAX).map(|number| file.with_extension(format!("{OLD_SUFFIX}.{number}")));
    if let Some(free) = std::iter::once(first).chain(numbered).find(|name| !name.exists()) {
        return Ok(free);
    }
    let last = file.with_extension(format!("{OLD_SUFFIX}.{OLD_MAX}"));
    match fs::remove_file(&last) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(last),
    }
}

/// Whether a flow of this name can have a file: what comes from the store must not name a place elsewhere.
pub(super) fn can_be_file(id: &flow::Id) -> bool {
    let name = format!("{id}.json");
    let plain = !name.contains(['/', '\\', '\0']) && name.len() <= NAME_MAX;
    plain && flow_id(Path::new(&name)).as_ref() == Some(id)
}

async fn read_all(folder: &Path) -> Result<Looked, Error> {
    let failed = |source| Error::Read { folder: folder.to_owned(), source };
    let mut entries = tokio::fs::read_dir(folder).await.map_err(failed)?;
    let mut looked = Looked::default();
    while let Some(entry) = entries.next_entry().await.map_err(failed)? {
        let path = entry.path();
        if let Some(id) = flow_id(&path) {
            looked.texts.extend(read(&path).await.map(|source| (id, source)));
        } else if let Some((id, file)) = cases_of(&path) {
            let read = read(&path).await;
            let cases = read.map(|Source { text, wrong }| Cases { file, text, wrong });
            looked.cases.entry(id).or_default().extend(cases);
        }
    }
    // The system names files in any order.
    looked.cases.values_mut().for_each(|all| all.sort_by(|a, b| a.file.cmp(&b.file)));
    Ok(looked)
}

async fn read(path: &Path) -> Option<Source> {
    Source::of(path, tokio::fs::read(path).await)
}

/// The flow beside which a file of cases lies, and the file's name.
fn cases_of(path: &Path) -> Option<(flow::Id, String)> {
    let file = path.file_name()?.to_str()?;
    let (stem, kind) = file.rsplit_once('.')?;
    let id = stem.strip_suffix(TEST_SUFFIX).filter(|id| !id.is_empty() && !id.starts_with('.'))?;
    TEST_KINDS.contains(&kind).then(|| (flow::Id::from(id), file.to_owned()))
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
