//! Public test suites that our tests hold themselves against: their texts are not ours, so they are fetched.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::{process, repository, say};

/// A package that carries the public suite of JSON Logic as `tests/data/tests.json`.
const CARRIER: &str = "jsonlogic-rs";
const VERSION: &str = "0.5.0";

/// Makes sure that `target/suites/jsonlogic.json` is there.
pub(crate) fn ensure() -> Result<()> {
    let folder = repository::target().join("suites");
    let suite = folder.join("jsonlogic.json");
    if suite.exists() {
        return Ok(());
    }
    say::note(&format!(
        "fetching the public suite of JSON Logic, in {CARRIER} {VERSION} from crates.io"
    ));
    let package = folder.join("carrier");
    fs::create_dir_all(package.join("src"))
        .with_context(|| format!("make `{}`", package.display()))?;
    let manifest = format!(
        "[package]\nname = \"carrier\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{CARRIER} = \"={VERSION}\"\n"
    );
    fs::write(package.join("Cargo.toml"), manifest).context("write the manifest of the carrier")?;
    fs::write(package.join("src/lib.rs"), "").context("write the carrier")?;
    let mut cargo = process::cargo();
    let told =
        process::quietly(cargo.current_dir(&package).args(["metadata", "--format-version", "1"]))?;
    let from = carried(&told).context("find the suite in what cargo fetched")?;
    fs::copy(&from, &suite).with_context(|| format!("copy `{}`", from.display()))?;
    Ok(())
}

/// The suite beside the carrier's manifest, which is named in what cargo tells.
fn carried(told: &str) -> Option<PathBuf> {
    let end = format!("{CARRIER}-{VERSION}/Cargo.toml\"");
    let (before, _) = told.split_once(&end)?;
    let start = before.rsplit_once('"')?.1;
    Some(PathBuf::from(format!("{start}{CARRIER}-{VERSION}/tests/data/tests.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suite_lies_beside_the_manifest() {
        let told = r#"{"name":"x","manifest_path":"/home/a/registry/jsonlogic-rs-0.5.0/Cargo.toml","y":1}"#;
        let suite = carried(told).unwrap();
        assert_eq!(
            suite.to_str(),
            Some("/home/a/registry/jsonlogic-rs-0.5.0/tests/data/tests.json")
        );
        assert_eq!(carried("{}"), None);
    }
}
