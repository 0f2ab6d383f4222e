//! Debian's own compiler for the web, for the day on which its archive has no sources of the installed one.

use std::process::Command;

use anyhow::{Result, bail};

#[derive(Debug)]
pub(crate) struct Web;

impl Web {
    pub(super) fn cargo(&self) -> Command {
        Command::new("cargo")
    }

    pub(super) fn rustc(&self) -> Command {
        Command::new("rustc")
    }
}

pub(super) fn unpack() -> Result<Web> {
    bail!("unpack")
}
