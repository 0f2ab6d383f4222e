//! What the workers of the tests need: Python and Node, each with its client of Redis in a folder under `target/`, where
//! it is nobody else's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{apt, process, repository};

/// The clients that the tests run with.
const PYTHON_CLIENT: &str = "redis==8.1.0";
const NODE_CLIENT: &str = "redis@6.3.1";

/// The newest that runs on the Node of Debian 12.
const OLDER_NODE_CLIENT: &str = "redis@5.12.1";
const NODE_MAJOR: u32 = 20;

/// Makes sure that the tests can start workers.
pub(crate) fn ensure() -> Result<()> {
    python().context("get a Python with a client of Redis, in which the tests run workers")?;
    node().context("get a Node with a client of Redis, in which the tests run workers")
}

fn python() -> Result<()> {
    let has_venv =
        || process::quietly(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_ok();
    if !has_venv() {
        apt::install(&["python3", "python3-venv"], "`python3` with its module `venv`")?;
    }
    once("python", PYTHON_CLIENT, |folder| {
        process::quietly(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/python3"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYTHON_CLIENT]);
        process::quietly(&mut pip)
    })
}

fn node() -> Result<()> {
    if !process::is_there("node") || !process::is_there("npm") {
        apt::install(&["nodejs", "npm"], "`node` and `npm`")?;
    }
    let version = process::quietly(Command::new("node").arg("--version"))?;
    let is_new = major(&version).is_some_and(|major| major >= NODE_MAJOR);
    let client = if is_new { NODE_CLIENT } else { OLDER_NODE_CLIENT };
    once("node", client, |folder| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", client, "--prefix"]);
        process::quietly(npm.arg(folder))
    })
}

/// Installs the client into a new folder, unless it is there.
fn once(name: &str, client: &str, install: impl Fn(&Path) -> Result<String>) -> Result<()> {
    let folder: PathBuf = repository::target().join("workers").join(name);
    let stamp = folder.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == client) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("make `{}`", folder.display()))?;
    install(&folder)?;
    fs::write(&stamp, client).with_context(|| format!("write `{}`", stamp.display()))
}

/// Of `v20.1.0`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_node_says() {
        assert_eq!(major("v18.20.4"), Some(18));
        assert_eq!(major("20"), None);
    }
}
