//! Components that were built before, by the hash of everything that decides what they are.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::{Error, files};

/// How long a component is kept that nobody asked for again.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What decides a component, put in bit by bit.
pub(super) struct Key(Sha256);

impl Key {
    pub(super) fn new() -> Self {
        Self(Sha256::new()).with("cicerone", env!("CARGO_PKG_VERSION").as_bytes())
    }

    /// With its length, so that no two lists of parts look the same.
    pub(super) fn with(mut self, name: &str, part: &[u8]) -> Self {
        for bytes in [name.as_bytes(), part] {
            self.0.update(bytes.len().to_le_bytes());
            self.0.update(bytes);
        }
        self
    }

    /// Every source below `folder`, by its path in it.
    pub(super) fn with_folder(mut self, folder: &Path, aside: &[&str]) -> Result<Self, Error> {
        for path in files::sources(folder, aside)? {
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            self = self.with(&name, &files::read(&path)?);
        }
        Ok(self)
    }

    pub(super) fn done(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What was built before.
#[derive(Debug)]
pub(super) struct Cache(PathBuf);

impl Cache {
    pub(super) fn at(home: &Path) -> Self {
        Self(home.join("components"))
    }

    pub(super) fn get(&self, key: &str) -> Option<Vec<u8>> {
        std::fs::read(self.0.join(key)).ok()
    }

    /// Keeps one, and lets go of what is old.
    pub(super) fn put(&self, key: &str, component: &[u8]) -> Result<(), Error> {
        files::put(&self.0.join(key), component)?;
        let entries =
            std::fs::read_dir(&self.0).map_err(Error::file("read the folder", &self.0))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            let written = path.metadata().and_then(|found| found.modified());
            let age = written.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
            if age.is_some_and(|age| age > KEPT) {
                std::fs::remove_file(&path).map_err(Error::file("remove", &path))?;
            }
        }
        Ok(())
    }
}
