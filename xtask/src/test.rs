//! `cargo xtask test`: gets what the tests need, says what that is, and runs them.

use std::process::Command;

use anyhow::Result;

use crate::guests::{self, Routes};
use crate::{process, redis, registry, repository, say, suites, workers};

pub(crate) fn run(filters: &[String]) -> Result<()> {
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    say::step("what the tests need", prepare)?;
    say::step("the tests of the example tools", || plugins(&filters))?;
    say::step("the tests of everything else", || host(&filters))?;
    Ok(())
}

/// Gets what is missing on this machine: a Redis, a registry of artifacts, Python and Node with its clients, the public
/// suite of JSON Logic, the example tools, and for them a standard library for WebAssembly.
pub(crate) fn prepare() -> Result<()> {
    redis::ensure()?;
    registry::ensure()?;
    workers::ensure()?;
    suites::ensure()?;
    guests::make(Routes::All)
}

/// The unit tests of the tools, natively.
pub(crate) fn plugins(filters: &[&str]) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.current_dir(repository::plugins()).args(["test", "--workspace", "--locked"]);
    process::loudly(only(&mut cargo, filters))
}

/// Every other test, the host with all its parts included.
pub(crate) fn host(filters: &[&str]) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.current_dir(repository::root()).args(["test", "--workspace", "--locked"]);
    process::loudly(only(&mut cargo, filters))
}

/// Only the tests that one of the filters names; all without any.
fn only<'c>(cargo: &'c mut Command, filters: &[&str]) -> &'c mut Command {
    if filters.is_empty() { cargo } else { cargo.arg("--").args(filters) }
}
