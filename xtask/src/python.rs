//! Programs and packages from `PyPI`, in an environment of the project's own below `target/`. It touches no Python of the
//! system's.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{process, repository, say};

/// The path of a program that a package brings; the package is fetched if the program is not there.
pub(crate) fn program(name: &str, package: &str) -> Result<PathBuf> {
    let program = environment().join("bin").join(name);
    if !program.is_file() {
        install(&[package])?;
    }
    Ok(program)
}

/// Sees to it that a module can be imported; its package is fetched if it cannot.
pub(crate) fn module(name: &str, package: &str) -> Result<()> {
    let python = environment().join("bin/python");
    let mut import = Command::new(&python);
    let is_there = python.is_file()
        && process::quietly(import.args(["-c", &format!("import {name}")])).is_ok();
    if is_there { Ok(()) } else { install(&[package]) }
}

/// Where the environment lies.
pub(crate) fn environment() -> PathBuf {
    repository::root().join("target/python")
}

/// Puts packages into the environment.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let python = environment().join("bin/python");
    if !python.is_file() {
        let mut make = Command::new("python3");
        process::quietly(make.args(["-m", "venv"]).arg(environment()))
            .context("make a Python environment; `apt-get install python3-venv` may help")?;
    }
    say::note(&format!("fetching {} from PyPI", packages.join(", ")));
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    process::quietly(&mut pip).map(drop)
}
