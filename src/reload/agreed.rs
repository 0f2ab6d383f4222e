//! What files and store last agreed on, kept in a small file of this host's data so that a restart does not forget it. It
//! names the store, and says nothing about another. It decides nothing.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::flow::{self, Version};

/// The versions that files and store last agreed on, by flow.
#[derive(Debug)]
pub(super) struct Agreed {
    file: Option<PathBuf>,
    note: Note,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// With which store; earlier notes do not say.
    store: Option<String>,
    flows: BTreeMap<flow::Id, Version>,
}

impl Agreed {
    /// What an earlier run of this host noted; without a file it is remembered as long as this one runs.
    pub(super) fn load(file: Option<PathBuf>) -> Self {
        let read = file.as_ref().map(std::fs::read_to_string);
        let note = match read {
            None => Note::default(),
            Some(Err(error)) if error.kind() == ErrorKind::NotFound => Note::default(),
            Some(Ok(text)) => Note::read(&text).unwrap_or_else(|error| forgotten(&error)),
            Some(Err(error)) => forgotten(&error),
        };
        Self { file, note }
    }

    /// What this store last agreed on with the files.
    pub(super) fn versions(&self, store: &str) -> BTreeMap<flow::Id, Version> {
        let other = self.note.store.as_ref().is_some_and(|noted| noted != store);
        if other { BTreeMap::new() } else { self.note.flows.clone() }
    }

    /// Notes what is agreed on now.
    pub(super) fn note(&mut self, store: &str, flows: BTreeMap<flow::Id, Version>) {
        let note = Note { store: Some(store.to_owned()), flows };
        if note == self.note {
            return;
        }
        self.note = note;
        let Some(file) = &self.file else { return };
        let text = serde_json::to_string_pretty(&self.note).unwrap_or_default();
        let half = file.with_extension("half");
        let written = std::fs::write(&half, text).and_then(|()| std::fs::rename(&half, file));
        if let Err(error) = written {
            warn!(file = %file.display(), %error, "Which flow files are current could not be noted.");
        }
    }
}

impl Note {
    fn read(text: &str) -> Result<Self, serde_json::Error> {
        // Earlier ones have the versions alone.
        let earlier = |_| serde_json::from_str(text).map(|flows| Self { store: None, flows });
        serde_json::from_str(text).or_else(earlier)
    }
}

/// Without the note the store's own memory decides which file is old.
fn forgotten(error: &dyn std::fmt::Display) -> Note {
    warn!(%error, "The note of which flow files were current cannot be read.");
    Note::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_speaks_of_its_store_and_an_earlier_one_of_any() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("agreed.json");
        std::fs::write(&file, r#"{ "store": "1", "flows": "2" }"#).unwrap();
        let mut agreed = Agreed::load(Some(file.clone()));
        let versions = agreed.versions("a");
        assert_eq!(versions.len(), 2, "flows may have any name");
        agreed.note("a", versions.clone());
        let agreed = Agreed::load(Some(file));
        assert_eq!(agreed.versions("a"), versions);
        assert!(agreed.versions("b").is_empty());
    }
}
