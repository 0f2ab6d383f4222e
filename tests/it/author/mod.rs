//! What an author does before a host sees a plugin.

mod making;
mod trying;
mod calling;
mod serving;
mod building;
mod scripts;
mod collecting;
mod understanding;
mod texts;
mod reusing;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::host::{Place, Ran};

/// Kept from run to run, so that what is compiled once is compiled once.
pub(crate) fn kept(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("author").join(inside)
}

/// Compilers and what they made, where `cargo xtask` keeps them too, so that nothing is fetched twice.
pub(crate) fn tools() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tools")
}

/// Runs a command in a place, with these compilers.
pub(crate) fn run(place: &Place, args: &[&str]) -> Ran {
    let mut command = place.cicerone(args);
    command.env("CICERONE_TOOLS", tools());
    Ran::from(command.stdin(Stdio::null()).output().unwrap())
}

/// The same in a folder that stays.
pub(crate) fn run_in(folder: &Path, args: &[&str]) -> Ran {
    let mut command = Place::empty().cicerone(args);
    Ran::from(command.current_dir(folder).stdin(Stdio::null()).output().unwrap())
}

/// A folder that stays the same from run to run, so that nothing is compiled twice; emptied first.
pub(crate) fn emptied(inside: &str) -> PathBuf {
    let folder = kept(inside);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}
