//! `cargo xtask test`: gets what the tests need, says what that is, and runs them.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::guests::{self, Routes};
use crate::{process, redis, repository, say};

pub(crate) fn run(filters: &[String]) -> Result<()> {
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    say::step("what the tests need", prepare)?;
    say::step("the tests of the example tools", || plugins(&filters))?;
    say::step("the tests of everything else", || host(&filters))?;
    Ok(())
}

/// Gets what is missing on this machine: a Redis, Python, the example tools, and for them a standard library for WebAssembly.
pub(crate) fn prepare() -> Result<()> {
    redis::ensure()?;
    python()?;
    guests::make(Routes::All)
}

/// Gets Python, with which the tests run the server of `plugins/orders`, and what makes environments of its own.
pub(crate) fn python() -> Result<()> {
    let mut whole = Command::new("python3");
    whole.args(["-c", "import ensurepip, venv"]);
    if process::is_there("python3") && process::quietly(&mut whole).is_ok() {
        return Ok(());
    }
    say::note("python3 is missing or has no `venv`; apt-get gets it");
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends", "python3", "python3-venv"]);
    process::loudly(Command::new("apt-get").arg("update"))
        .and_then(|()| process::loudly(&mut install))
        .context("get python3, with which the tests run an example's server; install it")
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
