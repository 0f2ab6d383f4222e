//! `cargo xtask plugins`: builds the example tools as WebAssembly components, by the first way that works on this machine.
//! What it builds lies in `plugins/<name>/target/`, which git ignores and the host prefers to the committed component.

pub(crate) mod digest;
pub(crate) mod prebuilt;
pub(crate) mod others;

mod debian;
mod debian_web;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{process, repository, say};
use toolchain::Toolchain;

/// The target of all Rust guests: cargo's output for it is a component.
const TARGET: &str = "wasm32-wasip2";

/// How far to go for a toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Routes {
    /// Only what is on this machine already.
    Here,
    /// Also what has to be fetched.
    All,
}

/// One tool's folder in `plugins/`.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// The file name of its component, by `plugin.toml`.
    pub(crate) component: String,
}

pub(crate) fn run(args: &[String]) -> Result<()> {
    match args {
        [] => {
            make(Routes::All)?;
            others::make()
        }
        [one] if one == "--prebuilt" => {
            let toolchain = toolchain::find(Routes::All)?;
            build(&toolchain)?;
            prebuilt::renew(&toolchain)
        }
        _ => bail!("read these options; `plugins` takes `--prebuilt`"),
    }
}

/// Builds every guest, or clears the way for the committed components and says so.
pub(crate) fn make(routes: Routes) -> Result<()> {
    if is_set("CICERONE_PREBUILT") {
        return prebuilt::fall_back("CICERONE_PREBUILT is set");
    }
    match toolchain::find(routes) {
        Ok(toolchain) => build(&toolchain),
        Err(reason) => prebuilt::fall_back(&format!("{reason:#}")),
    }
}

/// What an author on this machine sets for `plugin build`, where Rust has no library for the target of its own.
pub(crate) fn flags_of_authors() -> Result<Option<String>> {
    toolchain::find(Routes::Here)?.flags_of_authors()
}

/// Refuses a machine on which only the committed components were to be had.
pub(crate) fn all_built() -> Result<()> {
    for guest in all()? {
        if !guest.built().is_file() {
            bail!("build `{}` from its source; the lines above say why not", guest.name);
        }
    }
    Ok(())
}

/// Whether a switch of the environment is on.
pub(crate) fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty() && value != "0")
}

/// The guests in Rust, by name.
pub(crate) fn all() -> Result<Vec<Guest>> {
    let plugins = repository::plugins();
    let mut guests = Vec::new();
    // Those of the tests lie deeper, where no host takes them for its plugins.
    for shelf in [plugins.clone(), plugins.join("hostile")] {
        let reading = || format!("read `{}`", shelf.display());
        for entry in fs::read_dir(&shelf).with_context(reading)? {
            let folder = entry.with_context(reading)?.path();
            if folder.join("Cargo.toml").is_file() && folder.join("plugin.toml").is_file() {
                guests.push(guest(folder)?);
            }
        }
    }
    guests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(guests)
}

fn guest(folder: PathBuf) -> Result<Guest> {
    let manifest = folder.join("plugin.toml");
    let text =
        fs::read_to_string(&manifest).with_context(|| format!("read `{}`", manifest.display()))?;
    let component = value_of(&text, "component")
        .with_context(|| format!("find `component = \"…\"` in `{}`", manifest.display()))?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Guest { name, component: component.to_owned(), folder })
}

/// The text after `key =` on a line of its own; enough for the files that we write ourselves.
pub(crate) fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let value = line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim();
        value.strip_prefix('"')?.split('"').next()
    })
}

impl Guest {
    /// The component that git knows.
    pub(crate) fn committed(&self) -> PathBuf {
        self.folder.join(&self.component)
    }

    /// The component that was built here; the host prefers it.
    pub(crate) fn built(&self) -> PathBuf {
        self.folder.join("target").join(&self.component)
    }
}

fn build(toolchain: &Toolchain) -> Result<()> {
    say::note(&format!("WebAssembly by {toolchain}"));
    let mut cargo = toolchain.cargo();
    cargo.current_dir(repository::plugins());
    cargo.args(["build", "--release", "--workspace", "--locked", "--target", TARGET]);
    process::loudly(&mut cargo)?;
    let output = toolchain.guests_target().join(TARGET).join("release");
    for guest in all()? {
        let file = output.join(guest.name.replace('-', "_")).with_extension("wasm");
        put(&file, &guest.built())?;
    }
    Ok(())
}

/// Copies by renaming, so that a running host never sees half a component, and only what differs.
fn put(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("read `{}`", from.display()))?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let writing = || format!("write `{}`", to.display());
    fs::create_dir_all(to.parent().unwrap_or(to)).with_context(writing)?;
    let half = to.with_extension("half");
    fs::write(&half, &bytes).with_context(writing)?;
    fs::rename(&half, to).with_context(writing)?;
    say::note(&format!("{} ({} KiB)", shown(to), bytes.len() / 1024));
    Ok(())
}

/// A path as a person in the repository's root would write it.
fn shown(path: &Path) -> String {
    path.strip_prefix(repository::root()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_tools_are_found_with_their_components() {
        let guests = all().unwrap();
        let reservations = guests.iter().find(|guest| guest.name == "reservations").unwrap();
        assert_eq!(reservations.component, "reservations.wasm");
        assert!(reservations.committed().is_file(), "a clone without a toolchain needs it");
    }

    #[test]
    fn a_value_is_read_from_its_own_line_only() {
        let text = "# component = \"no\"\ncomponents = \"no\"\ncomponent = \"yes.wasm\" # so\n";
        assert_eq!(value_of(text, "component"), Some("yes.wasm"));
        assert_eq!(value_of(text, "kind"), None);
    }

    #[test]
    fn the_same_component_is_not_written_again() {
        let folder = std::env::temp_dir().join(format!("xtask-put-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("deep/to.wasm"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(&from, "one").unwrap();
        put(&from, &to).unwrap();
        let first = fs::metadata(&to).unwrap().modified().unwrap();
        put(&from, &to).unwrap();
        assert_eq!(fs::metadata(&to).unwrap().modified().unwrap(), first);
        fs::write(&from, "two").unwrap();
        put(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "two");
        fs::remove_dir_all(&folder).unwrap();
    }
}
