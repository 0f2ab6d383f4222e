//! What an author does before a host sees a plugin.

mod making;

use crate::host::{Place, Ran};

/// An empty folder in which commands run, and builds keep to themselves.
pub(crate) fn run(place: &Place, args: &[&str]) -> Ran {
    let mut command = place.cicerone(args);
    command.env("CICERONE_TOOLS", place.path("tools"));
    Ran::from(command.stdin(std::process::Stdio::null()).output().unwrap())
}
