//! What an author does before a host sees a plugin.

mod making;
mod trying;
mod serving;
mod building;
mod scripts;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::host::{Place, Ran};

/// Kept from run to run, so that what is compiled once is compiled once.
pub(crate) fn kept(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("author").join(inside)
}

/// Runs a command in a place, with compilers and what they made in a folder of the tests' own.
pub(crate) fn run(place: &Place, args: &[&str]) -> Ran {
    let mut command = place.cicerone(args);
    command.env("CICERONE_TOOLS", kept("tools"));
    Ran::from(command.stdin(Stdio::null()).output().unwrap())
}
