//! What lies beside the files that are checked: a flow may call any flow of its folder, and conversations name what those
//! have, whether they are among what is checked or not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use super::Checked;
use crate::app::fits;
use crate::cli::reading;
use crate::cli::test::find::{id_of, is_cases};
use crate::flow::{self, Finding, Id, Known, Linked, Offers, Text};
use crate::rehearsal;

/// The folders of the files that are checked.
pub(super) struct Beside {
    offers: Arc<Offers>,
    named: BTreeSet<Id>,
    folders: BTreeMap<PathBuf, Folder>,
}

/// One of them.
#[derive(Default)]
struct Folder {
    ids: BTreeSet<Id>,
    flows: Vec<PathBuf>,
    /// Those that load; only conversations need them.
    linked: Option<Linked>,
}

impl Beside {
    pub(super) fn new(files: &[PathBuf], offers: Arc<Offers>) -> Self {
        let flows = || files.iter().filter(|file| !is_cases(file));
        let named: BTreeSet<Id> = flows().map(|file| id_of(file)).collect();
        let mut folders: BTreeMap<PathBuf, Folder> = BTreeMap::new();
        for folder in files.iter().map(|file| folder_of(file)) {
            folders.entry(folder.to_owned()).or_insert_with(|| Folder::read(folder, &named));
        }
        Self { offers, named, folders }
    }

    /// Reads a file and says what is wrong with it.
    pub(super) fn check(&mut self, file: PathBuf) -> Checked {
        match reading::text(&file) {
            Ok(text) => Checked { findings: self.findings(&file, &text), file, text },
            Err((text, finding)) => Checked { file, text, findings: vec![*finding] },
        }
    }

    /// What is wrong with a file that says this.
    pub(super) fn findings(&mut self, file: &Path, text: &str) -> Vec<Finding> {
        let Some(folder) = self.folders.get_mut(folder_of(file)) else { return Vec::new() };
        let known = Known { flows: &folder.ids, offers: &self.offers };
        let id = id_of(file);
        if !is_cases(file) {
            return match flow::load(&id, text, known) {
                Ok((_, warnings)) => warnings,
                Err(findings) => findings,
            };
        }
        let linked = folder.linked.get_or_insert_with(|| load(&folder.flows, known));
        // Its own mistakes are told, and one that does not load has no names that could be known.
        if linked.current(&id).is_none() && self.named.contains(&id) {
            return Vec::new();
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let text = Text::named(&name, text);
        rehearsal::read(&id, &text, linked, &fits).err().unwrap_or_default()
    }
}

impl Folder {
    fn read(folder: &Path, named: &BTreeSet<Id>) -> Self {
        // One whose files are known by name only is no worse for it.
        let flows = flows_in(folder).unwrap_or_default();
        let ids = flows.iter().map(|file| id_of(file)).chain(named.iter().cloned()).collect();
        Self { ids, flows, linked: None }
    }
}

fn load(files: &[PathBuf], known: Known<'_>) -> Linked {
    let mut linked = Linked::default();
    for file in files {
        let loaded = reading::text(file).ok().map(|text| flow::load(&id_of(file), &text, known));
        if let Some(Ok((flow, _))) = loaded {
            linked.activate(Arc::new(flow));
        }
    }
    linked
}

fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

/// The flow files of a folder, as a host takes them: its `*.json` without tests and what is hidden.
pub(super) fn flows_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || format!("read the folder `{}`", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(read)? {
        let file = entry.with_context(read)?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let is_flow = name.ends_with(".json") && !name.starts_with('.') && !is_cases(&file);
        // A folder with an odd name is no flow.
        if is_flow && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}
