//! Rust: cargo, and its own target for components.

use std::borrow::Cow;
use std::path::Path;
use std::process::Command;

use super::{Job, Recipe};
use crate::author::tell::Progress;
use crate::author::{Error, files, process};

/// Cargo's output for it is a component.
const TARGET: &str = "wasm32-wasip2";

const HELP: &str = "install Rust 1.85 or newer: https://rustup.rs";

/// A person's own library for the target, where rustup has none.
const FLAGS: &str = "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS";

pub(super) const RECIPE: Recipe = Recipe {
    vendored,
    aside: &[],
    keeps_track: true,
    fingerprint: |_job| Ok(String::new()),
    build,
};

/// Outside of our workspace a package says everything itself.
fn vendored(path: &str, bytes: &'static [u8]) -> Option<Cow<'static, [u8]>> {
    if !path.ends_with("Cargo.toml") {
        return Some(Cow::Borrowed(bytes));
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let own = |line: &str| match line {
        "version.workspace = true" => {
            concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"").to_owned()
        }
        "edition.workspace = true" => "edition = \"2024\"".to_owned(),
        "license.workspace = true" => {
            concat!("license = \"", env!("CARGO_PKG_LICENSE"), "\"").to_owned()
        }
        "publish.workspace = true" => "publish = false".to_owned(),
        other => other.to_owned(),
    };
    let text = text.replace("\n[lints]\nworkspace = true\n", "");
    let lines: Vec<String> = text.lines().map(own).collect();
    Some(Cow::Owned((lines.join("\n") + "\n").into_bytes()))
}

fn build(job: &Job<'_>) -> Result<Vec<u8>, Error> {
    has_target()?;
    let target = job.work.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--target", TARGET, "--target-dir"]);
    cargo.arg(&target).current_dir(job.folder);
    // A person's flags are for their machine.
    cargo
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    let output = process::run(&mut cargo, HELP)?;
    let warned = String::from_utf8_lossy(&output.stderr);
    if !warned.trim().is_empty() {
        (job.tools.tell())(Progress::Note(warned.trim_end()));
    }
    let file = crate_name(job)?.replace('-', "_");
    files::read(&target.join(TARGET).join("release").join(file).with_extension("wasm"))
}

/// The name that cargo gives its output.
fn crate_name(job: &Job<'_>) -> Result<String, Error> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let output = process::run(cargo.current_dir(job.folder), HELP)?;
    let path = job.folder.join("Cargo.toml");
    let read: serde_json::Result<serde_json::Value> = serde_json::from_slice(&output.stdout);
    let metadata =
        read.map_err(|error| Error::Component(format!("`cargo metadata` said {error}")))?;
    let packages = metadata.get("packages").and_then(|packages| packages.as_array());
    let mut packages = packages.into_iter().flatten();
    let ours = packages.find(|package| {
        package.get("manifest_path").and_then(|path| path.as_str()).map(Path::new) == Some(&path)
    });
    let mut targets =
        ours.and_then(|package| package.get("targets")?.as_array()).into_iter().flatten();
    let library = targets.find(|target| {
        let kinds = target.get("kind").and_then(|kinds| kinds.as_array());
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"))
    });
    let name = library.and_then(|target| target.get("name")?.as_str());
    let why = "it is no library; write `[lib]` with `crate-type = [\"cdylib\", \"rlib\"]`";
    name.map(str::to_owned).ok_or(Error::NothingToBuild { path, why })
}

/// Said before cargo says it in other words.
fn has_target() -> Result<(), Error> {
    if std::env::var_os(FLAGS).is_some_and(|flags| !flags.is_empty()) {
        return Ok(());
    }
    let output = process::run(Command::new("rustc").args(["--print", "sysroot"]), HELP)?;
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    let help = format!(
        "`rustup target add {TARGET}` brings it; where there is no rustup, point to a sysroot that has it with \
         `{FLAGS}=--sysroot=FOLDER`"
    );
    Err(Error::NoProgram { program: format!("Rust's library for {TARGET}"), help })
}
