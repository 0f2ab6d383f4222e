//! What files and store last agreed on, kept in a small file of this host's data so that a restart does not forget it. It
//! decides nothing.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use tracing::warn;

use crate::flow::{self, Version};

/// The versions that files and store last agreed on, by flow.
#[derive(Debug)]
pub(super) struct Agreed {
    file: Option<PathBuf>,
    versions: BTreeMap<flow::Id, Version>,
}

impl Agreed {
    /// What an earlier run of this host noted; without a file it is remembered as long as this one runs.
    pub(super) fn load(file: Option<PathBuf>) -> Self {
        let read = file.as_ref().map(std::fs::read_to_string);
        let versions = match read {
            None => BTreeMap::new(),
            Some(Err(error)) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Some(Ok(text)) => serde_json::from_str(&text).unwrap_or_else(|error| forgotten(&error)),
            Some(Err(error)) => forgotten(&error),
        };
        Self { file, versions }
    }

    pub(super) const fn versions(&self) -> &BTreeMap<flow::Id, Version> {
        &self.versions
    }

    /// Notes what is agreed on now.
    pub(super) fn note(&mut self, versions: BTreeMap<flow::Id, Version>) {
        if versions == self.versions {
            return;
        }
        self.versions = versions;
        let Some(file) = &self.file else { return };
        let text = serde_json::to_string_pretty(&self.versions).unwrap_or_default();
        let half = file.with_extension("half");
        let written = std::fs::write(&half, text).and_then(|()| std::fs::rename(&half, file));
        if let Err(error) = written {
            warn!(file = %file.display(), %error, "Which flow files are current could not be noted.");
        }
    }
}

/// Without the note the store's own memory decides which file is old.
fn forgotten(error: &dyn std::fmt::Display) -> BTreeMap<flow::Id, Version> {
    warn!(%error, "The note of which flow files were current cannot be read.");
    BTreeMap::new()
}
