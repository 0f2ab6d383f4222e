//! The components that git knows, for machines without a WebAssembly toolchain, and `plugins/prebuilt.toml`, which says
//! from which sources and with which tools they were built.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::toolchain::Toolchain;
use super::{Guest, all, digest, put, value_of};
use crate::{process, repository, say};

/// Whatever goes into a guest beside its own folder.
const SHARED_SOURCES: [&str; 7] = [
    "wit/v1",
    "wit/understanding/v1",
    "sdk/rust/Cargo.toml",
    "sdk/rust/src",
    "sdk/rust/macros",
    "plugins/Cargo.toml",
    "plugins/Cargo.lock",
];

/// Leaves the committed components as the only ones, and says so in a line that cannot be overlooked.
pub(crate) fn fall_back(reason: &str) -> Result<()> {
    say::warning(&format!(
        "no tool is built; the PREBUILT components in git are used, because {reason}"
    ));
    for guest in all()? {
        if !guest.committed().is_file() {
            bail!("find `{}`; it belongs into git", guest.committed().display());
        }
        if guest.built().is_file() {
            fs::remove_file(guest.built())
                .with_context(|| format!("remove `{}`", guest.built().display()))?;
        }
    }
    if let Err(stale) = check_all() {
        say::warning(&format!("{stale:#}"));
    }
    Ok(())
}

/// Puts what was built just now into git's place and writes down what it is.
pub(super) fn renew(toolchain: &Toolchain) -> Result<()> {
    let rustc = process::quietly(toolchain.rustc().arg("--version"))?;
    let mut text = String::from(
        "# The committed components and what they were built from. Written by `cargo xtask plugins --prebuilt`;\n\
         # `cargo xtask ci` fails when `sources` is not what lies there.\n",
    );
    for guest in all()? {
        put(&guest.built(), &guest.committed())?;
        let name = &guest.name;
        let sources = sources(&guest)?;
        let component = digest::of_file(&guest.committed())?;
        write!(
            text,
            "\n[{name}]\nsources = \"{sources}\"\ncomponent = \"{component}\"\nrustc = \"{rustc}\"\nstd = \"{toolchain}\"\n",
        )
        .context("write text")?;
    }
    fs::write(manifest(), text).with_context(|| format!("write `{}`", manifest().display()))
}

/// Fails when a guest's sources changed and its committed component did not.
pub(crate) fn check_all() -> Result<()> {
    let text = fs::read_to_string(manifest())
        .with_context(|| format!("read `{}`", manifest().display()))?;
    let stale: Vec<String> = all()?
        .into_iter()
        .filter_map(|guest| check(&guest, &text).transpose())
        .collect::<Result<_>>()?;
    if stale.is_empty() {
        return Ok(());
    }
    bail!(
        "accept the committed components: {}; run `cargo xtask plugins --prebuilt` and commit",
        stale.join(", ")
    )
}

/// What is wrong with a guest's committed component, if something is.
fn check(guest: &Guest, manifest: &str) -> Result<Option<String>> {
    let name = &guest.name;
    let Some(written) = section(manifest, name) else {
        return Ok(Some(format!("`{name}` is not in plugins/prebuilt.toml")));
    };
    if value_of(written, "sources") != Some(sources(guest)?.as_str()) {
        return Ok(Some(format!("the sources of `{name}` have changed since it was built")));
    }
    if value_of(written, "component") != Some(digest::of_file(&guest.committed())?.as_str()) {
        return Ok(Some(format!("the component of `{name}` is not the one that was written down")));
    }
    Ok(None)
}

fn sources(guest: &Guest) -> Result<String> {
    let root = repository::root();
    let folder = guest.folder.strip_prefix(&root).unwrap_or(&guest.folder);
    let own = [folder.join("Cargo.toml"), folder.join("src")];
    let parts: Vec<PathBuf> = SHARED_SOURCES.iter().map(PathBuf::from).chain(own).collect();
    digest::of(&root, &parts)
}

fn section<'a>(manifest: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = manifest.split_once(&format!("\n[{name}]\n"))?;
    Some(after.split_once("\n[").map_or(after, |(section, _)| section))
}

fn manifest() -> PathBuf {
    repository::plugins().join("prebuilt.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str =
        "# head\n\n[a]\nsources = \"1\"\n\n[reservations]\nsources = \"2\"\ncomponent = \"3\"\n";

    #[test]
    fn a_section_ends_where_the_next_begins() {
        assert_eq!(value_of(section(MANIFEST, "a").unwrap(), "sources"), Some("1"));
        assert_eq!(value_of(section(MANIFEST, "a").unwrap(), "component"), None);
        assert_eq!(section(MANIFEST, "b"), None);
    }

    #[test]
    fn changed_sources_and_another_component_are_told_apart() {
        let guest = all().unwrap().into_iter().find(|guest| guest.name == "reservations").unwrap();
        let wrong = |manifest: &str| check(&guest, manifest).unwrap().unwrap();
        assert!(wrong("").contains("not in plugins/prebuilt.toml"));
        assert!(wrong(MANIFEST).contains("have changed"));
        let right_sources = MANIFEST.replace("\"2\"", &format!("\"{}\"", sources(&guest).unwrap()));
        assert!(wrong(&right_sources).contains("not the one"));
    }
}
