//! Files of a plugin: every one below a folder in order, and writing so that nobody reads half of one.

use std::fs;
use std::path::{Path, PathBuf};

use super::Error;

/// Below a plugin's folder, what is never a source.
const ASIDE: [&str; 5] = ["target", "node_modules", "__pycache__", "data", "dist"];

/// Every source below `folder`, in order, hidden ones left out and what `aside` names too.
pub(super) fn sources(folder: &Path, aside: &[&str]) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    collect(folder, aside, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, aside: &[&str], found: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::file("read the folder", folder))? {
        let entry = entry.map_err(Error::file("read the folder", folder))?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') || ASIDE.contains(&&*name) || aside.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, aside, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(Error::file("read", path))
}

/// Writes unless it is there as it should be, beside and renamed.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::file("make the folder", folder))?;
    }
    let mut half = path.as_os_str().to_owned();
    half.push(format!(".{}.half", std::process::id()));
    let half = PathBuf::from(half);
    fs::write(&half, bytes).map_err(Error::file("write", &half))?;
    fs::rename(&half, path).map_err(Error::file("write", path))
}

/// Holds a lock on `path` while `work` runs, so that two of us do it one after the other.
pub(super) fn alone<T>(path: &Path, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::file("make the folder", folder))?;
    }
    let open = fs::File::options().create(true).truncate(false).write(true).open(path);
    let file = open.map_err(Error::file("open", path))?;
    file.lock().map_err(Error::file("lock", path))?;
    // Closing gives the lock back, also if this process dies.
    work()
}
