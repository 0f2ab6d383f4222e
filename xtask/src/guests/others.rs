//! The example tools in other languages than Rust: built as their authors do it, by the host's own `plugin build`. What
//! cannot be had on this machine is named and left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::value_of;
use crate::{process, repository, say};

/// Builds those that can be built here.
pub(crate) fn make() -> Result<()> {
    let folders = folders()?;
    if folders.is_empty() {
        return Ok(());
    }
    let mut left_out = Vec::new();
    let mut cargo = process::cargo();
    cargo.current_dir(repository::root()).args(["build", "--package", "cicerone", "--locked"]);
    process::loudly(&mut cargo)?;
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match process::quietly(&mut build(&folder)) {
            Ok(said) => said.lines().take(1).for_each(say::note),
            Err(error) => {
                let why = format!("{error:#}");
                say::note(&format!("`{name}` is not built: could not {why}"));
                left_out.push(name);
            }
        }
    }
    if !left_out.is_empty() {
        say::warning(&format!("left out, for the reasons above: {}", left_out.join(", ")));
    }
    Ok(())
}

/// Refuses a machine on which one of them could not be built.
pub(crate) fn all_built() -> Result<()> {
    for folder in folders()? {
        let text = manifest(&folder)?;
        let component = value_of(&text, "component").context("find the name of a component")?;
        let built = folder.join("target").join(component);
        if !built.is_file() {
            bail!("build `{}`; the lines above say why not", folder.display());
        }
    }
    Ok(())
}

/// The host of this build, with compilers below `target/`.
fn build(folder: &Path) -> Command {
    let name = format!("cicerone{}", std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(repository::target().join("debug").join(name));
    command.env("CICERONE_TOOLS", repository::target().join("tools"));
    command.args(["plugin", "build"]).arg(folder).current_dir(repository::root());
    command
}

/// Every plugin whose `[build]` names another language, in order.
fn folders() -> Result<Vec<PathBuf>> {
    let plugins = repository::plugins();
    let reading = || format!("read `{}`", plugins.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(&plugins).with_context(reading)? {
        let folder = entry.with_context(reading)?.path();
        if !folder.join("plugin.toml").is_file() {
            continue;
        }
        if value_of(&manifest(&folder)?, "lang").is_some_and(|language| language != "rust") {
            found.push(folder);
        }
    }
    found.sort();
    Ok(found)
}

fn manifest(folder: &Path) -> Result<String> {
    let path = folder.join("plugin.toml");
    fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))
}
