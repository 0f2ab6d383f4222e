//! What the workers and servers of the tests need: Python and Node, each with its client of Redis in a folder under
//! `target/`, and Python with the package of the Model Context Protocol.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{apt, process, python, repository, say};

/// The clients that the tests run with.
const PYTHON_CLIENT: &str = "8.1.0";
const MCP_PACKAGE: &str = "2.3.0";
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
    let mut ask = Command::new(python::environment().join("bin/python"));
    let versions = "import redis; from importlib.metadata import version; print(redis.__version__, version('mcp'))";
    ask.args(["-c", versions]);
    let wanted = format!("{PYTHON_CLIENT} {MCP_PACKAGE}");
    if process::quietly(&mut ask).is_ok_and(|versions| versions.trim() == wanted) {
        return Ok(());
    }
    python::install(&[&format!("redis=={PYTHON_CLIENT}"), &format!("mcp=={MCP_PACKAGE}")])
}

fn node() -> Result<()> {
    if !process::is_there("node") || !process::is_there("npm") {
        apt::install(&["nodejs", "npm"], "`node` and `npm`")?;
    }
    let version = process::quietly(Command::new("node").arg("--version"))?;
    let is_new = major(&version).is_some_and(|major| major >= NODE_MAJOR);
    let client = if is_new { NODE_CLIENT } else { OLDER_NODE_CLIENT };
    let folder = repository::root().join("target/node");
    let stamp = folder.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == client) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("make `{}`", folder.display()))?;
    say::note(&format!("fetching {client} from npm"));
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", client, "--prefix"]);
    process::quietly(npm.arg(&folder))?;
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
