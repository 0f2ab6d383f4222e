//! Which flows and which files of cases are meant, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use crate::app::fits;
use crate::cli::reading;
use crate::flow::{self, Finding, Id, Known, Linked, Offers, Severity, Text};
use crate::rehearsal::{self, Suite};

/// How the name of a file of cases may end.
const ENDINGS: [&str; 3] = [".test.json", ".test.yaml", ".test.yml"];

/// What a file must end in to be looked at.
pub(super) const KINDS: [&str; 3] = ["json", "yaml", "yml"];

/// Everything that is there.
#[derive(Default)]
pub(super) struct Found {
    /// Flows of one folder are loaded together.
    pub(super) stages: Vec<Linked>,
    /// As they are written.
    pub(super) texts: BTreeMap<Id, String>,
    /// Every file that was read, by its one name.
    read: BTreeSet<PathBuf>,
    pub(super) suites: Vec<Cases>,
    /// Files with mistakes.
    pub(super) wrong: Vec<Wrong>,
}

/// A file of cases.
pub(super) struct Cases {
    pub(super) file: PathBuf,
    pub(super) text: Text<'static>,
    /// The place of its flows among the stages.
    pub(super) stage: usize,
    pub(super) cases: Suite,
}

/// A file with mistakes.
pub(super) struct Wrong {
    pub(super) file: PathBuf,
    pub(super) text: String,
    pub(super) findings: Vec<Finding>,
}

impl Found {
    pub(super) fn is_fine(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Whether this file is one of those that were read, under whatever name.
    pub(super) fn has_read(&self, file: &Path) -> bool {
        file.canonicalize().is_ok_and(|file| self.read.contains(&file))
    }
}

/// Reads flows and cases.
pub(super) fn find(paths: &[PathBuf]) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let mut folders: Vec<(PathBuf, BTreeSet<PathBuf>)> = Vec::new();
    for path in paths {
        let (folder, files) = meant(path)?;
        match folders.iter_mut().find(|(known, _)| *known == folder) {
            Some((_, all)) => all.extend(files),
            None => folders.push((folder, files)),
        }
    }
    for (folder, files) in folders {
        let stage = found.stages.len();
        let flows = found.flows(&folder)?;
        found.stages.push(flows);
        for file in files {
            found.cases(file, stage);
        }
    }
    if found.suites.is_empty() && found.wrong.is_empty() {
        super::nothing()?;
    }
    Ok(found)
}

/// The folder whose flows are loaded, and the files of cases that are meant.
fn meant(path: &Path) -> anyhow::Result<(PathBuf, BTreeSet<PathBuf>)> {
    if path.is_dir() {
        let cases = names(path)?.into_iter().filter(|file| is_cases(file)).collect();
        return Ok((path.to_owned(), cases));
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new(".")).to_owned();
    let beside = |ending: &&str| path.with_extension(ending.trim_start_matches('.'));
    let there = match is_cases(path) {
        true => [path.to_owned()].into_iter().filter(|file| file.is_file()).collect(),
        false => ENDINGS.iter().map(beside).filter(|file| file.is_file()).collect(),
    };
    // A path that leads nowhere is a slip of the pen.
    path.metadata().with_context(|| format!("find `{}`", path.display()))?;
    Ok((folder, there))
}

fn names(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || format!("read the folder `{}`", folder.display());
    let entries = std::fs::read_dir(folder).with_context(read)?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.with_context(read)?.path();
        let kind = path.extension().map(|kind| kind.to_string_lossy().into_owned());
        if kind.is_some_and(|kind| KINDS.contains(&kind.as_str())) && !path.is_dir() {
            names.push(path);
        }
    }
    names.sort();
    Ok(names)
}

pub(in crate::cli) fn is_cases(file: &Path) -> bool {
    let name = name_of(file);
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub(in crate::cli) fn id_of(file: &Path) -> Id {
    let name = name_of(file);
    let of_cases = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    Id::from(of_cases.or_else(|| name.strip_suffix(".json")).unwrap_or(&name))
}

impl Found {
    /// The flows of a folder; whether their tools are there is for `check`.
    fn flows(&mut self, folder: &Path) -> anyhow::Result<Linked> {
        let is_flow = |file: &PathBuf| name_of(file).ends_with(".json") && !is_cases(file);
        let files = names(folder)?.into_iter().filter(is_flow);
        let files: Vec<PathBuf> = files.collect();
        let ids: BTreeSet<Id> = files.iter().map(|file| id_of(file)).collect();
        let known = Known { flows: &ids, offers: &Offers::default() };
        let mut linked = Linked::default();
        for file in files {
            let Some(text) = self.text(&file) else { continue };
            match flow::load(&id_of(&file), &text, known) {
                Ok((flow, _)) => {
                    self.texts.insert(flow.id.clone(), text);
                    linked.activate(Arc::new(flow));
                }
                Err(mut findings) => {
                    findings.retain(|finding| finding.severity == Severity::Error);
                    self.wrong.push(Wrong { file, text, findings });
                }
            }
        }
        Ok(linked)
    }

    /// What a file says; none, and it is among those with mistakes, if that cannot be read.
    fn text(&mut self, file: &Path) -> Option<String> {
        self.read.extend(file.canonicalize());
        match reading::text(file) {
            Ok(text) => Some(text),
            Err((text, finding)) => {
                self.wrong.push(Wrong { file: file.to_owned(), text, findings: vec![*finding] });
                None
            }
        }
    }

    fn cases(&mut self, file: PathBuf, stage: usize) {
        let Some(source) = self.text(&file) else { return };
        let Some(flows) = self.stages.get(stage) else { return };
        let text = Text::named(&name_of(&file), &source);
        match rehearsal::read(&id_of(&file), &text, flows, &fits) {
            Ok(cases) => {
                let text = text.into_owned();
                self.suites.push(Cases { file, text, stage, cases });
            }
            Err(findings) => self.wrong.push(Wrong { file, text: source, findings }),
        }
    }
}
