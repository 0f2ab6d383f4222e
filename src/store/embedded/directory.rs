//! The data directory: made if missing, private, and held by one host at a time. It never deletes or overwrites what
//! it finds.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::store::Error;

/// Only the owner reads conversations.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Where the database is.
pub(super) fn database(directory: &Path) -> PathBuf {
    directory.join("cicerone.db")
}

/// Makes the directory and its files and takes the lock, which lasts as long as the file that is returned, also when
/// the process is killed.
pub(super) fn hold(directory: &Path) -> Result<File, Error> {
    make(directory).map_err(|error| refused(directory, &error))?;
    let mut held = private(&directory.join("lock")).map_err(|error| refused(directory, &error))?;
    match held.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(taken(directory, &mut held)),
        Err(TryLockError::Error(error)) => return Err(refused(directory, &error)),
    }
    prepare(directory, &mut held).map_err(|error| refused(directory, &error))?;
    Ok(held)
}

fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory)
}

fn prepare(directory: &Path, held: &mut File) -> io::Result<()> {
    held.set_len(0)?;
    write!(held, "{}", std::process::id())?;
    // SQLite would make the database readable for everybody whom the umask lets.
    private(&database(directory))?.sync_all()?;
    File::open(directory)?.sync_all()
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
}

/// Another host has it; its process id is in the lock file.
fn taken(directory: &Path, held: &mut File) -> Error {
    let mut process = String::new();
    let known = held.read_to_string(&mut process).is_ok() && !process.is_empty();
    let who = if known { format!(" (process {process})") } else { String::new() };
    Error::Open(format!(
        "`{}` is in use by another host{who}; stop that one, or give this one a directory of its own with `--data`",
        directory.display()
    ))
}

fn refused(directory: &Path, error: &io::Error) -> Error {
    let shown = directory.display();
    let file_in_the_way =
        matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::AlreadyExists)
            || fs::metadata(directory).is_ok_and(|found| !found.is_dir());
    if file_in_the_way {
        return Error::Open(format!(
            "`{shown}` is a file, or lies below one; give a directory with `--data`"
        ));
    }
    Error::Open(format!(
        "`{shown}` cannot be written ({error}); give this user the right to, or another directory with `--data`"
    ))
}
