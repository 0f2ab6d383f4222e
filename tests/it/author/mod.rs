//! What an author does before a host sees a plugin.

mod making;
mod scripts;

use std::path::{Path, PathBuf};

use crate::host::{Place, Ran};

/// Kept from run to run, so that what is compiled once is compiled once.
pub(crate) fn kept(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("author").join(inside)
}

/// An empty folder in which commands run, and builds keep to themselves.
pub(crate) fn run(place: &Place, args: &[&str]) -> Ran {
    let mut command = place.cicerone(args);
    command.env("CICERONE_TOOLS", place.path("tools"));
    Ran::from(command.stdin(std::process::Stdio::null()).output().unwrap())
}
