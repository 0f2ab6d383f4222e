//! `cargo xtask test`: gets what the tests need, says what that is, and runs them.

use anyhow::Result;

use crate::guests::{self, Routes};
use crate::{process, repository, say};

pub(crate) fn run(filters: &[String]) -> Result<()> {
    say::step("what the tests need", prepare)?;
    say::step("the tests of the example tools", || plugins(filters))?;
    say::step("the tests of everything else", || host(filters))?;
    Ok(())
}

/// Gets what is missing on this machine: the example tools, and for them a standard library for WebAssembly.
pub(crate) fn prepare() -> Result<()> {
    guests::make(Routes::All)
}

/// The unit tests of the tools, natively.
pub(crate) fn plugins(filters: &[String]) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.current_dir(repository::plugins()).args(["test", "--workspace", "--locked"]);
    process::loudly(cargo.args(filters))
}

/// Every other test, the host with all its parts included.
pub(crate) fn host(filters: &[String]) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.current_dir(repository::root()).args(["test", "--workspace", "--locked"]);
    process::loudly(cargo.args(filters))
}
