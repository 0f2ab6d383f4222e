//! `cargo xtask bindings`: generates the bindings of the SDKs for Rust, C and Go from the contract. They are committed, so that nobody who
//! builds a plugin needs the generator; a test here tells when they lag behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::guests::digest;
use crate::{process, repository, say};

/// The generator's version; `wit-bindgen` in `sdk/rust/Cargo.toml` is of the same minor version.
const GENERATOR: &str = "0.63.0";

/// What the Rust SDK's are generated from: its world has what it has modules for.
const SOURCES: [&str; 3] = ["wit/v1", "wit/understanding/v1", "sdk/rust/wit"];

/// Its worlds, with the names of their export macros and the modules where they lie.
const WORLDS: [(&str, &str, &str); 2] = [
    ("plugin", "__export_plugin", "bindings"),
    ("understanding", "__export_understanding", "understanding"),
];

/// What those of C and Go are generated from: linkers drop what is not used. What only plugins export that understand
/// texts is apart, because exports are not dropped.
const CONTRACT: [&str; 1] = ["wit/v1"];
const UNDERSTANDING: &str = "understanding";

/// Where C's and Go's lie. Go's folder has more in it that is written by hand.
const C: &str = "sdk/c/bindings";
const GO: &str = "sdk/go/internal/wit";

pub(crate) fn run() -> Result<()> {
    rust()?;
    c()?;
    go()?;
    say::note(
        "the bindings are new; the example tools' prebuilt components now need `cargo xtask plugins --prebuilt`",
    );
    Ok(())
}

fn rust() -> Result<()> {
    let root = repository::root();
    let out = repository::target().join("bindings");
    for (world, export, module) in WORLDS {
        let mut command = Command::new(generator()?);
        command.current_dir(&root).arg("rust").args(SOURCES).arg("--out-dir").arg(&out);
        command.args(["--world", &format!("cicerone:sdk/{world}"), "--generate-all", "--format"]);
        command.args(["--pub-export-macro", "--export-macro-name", export]);
        command.args(["--default-bindings-module", &format!("cicerone_sdk::{module}")]);
        process::quietly(&mut command)?;
        let code = fs::read_to_string(out.join(world).with_extension("rs"));
        let code = code.context("read the generated bindings")?;
        write(&committed(module), &format!("{}{code}", head()?))?;
    }
    process::loudly(process::cargo().current_dir(&root).args(["fmt", "--package", "cicerone-sdk"]))
}

/// The object file with the contract is left out: whoever builds a component puts the contract in.
fn c() -> Result<()> {
    let out = repository::target().join("bindings/c");
    for (sources, world, name) in worlds() {
        let mut command = Command::new(generator()?);
        command.current_dir(repository::root()).arg("c").args(sources).arg("--out-dir").arg(&out);
        command.args(["--world", world, "--rename-world", name, "--no-object-file"]);
        process::quietly(&mut command)?;
        for name in [format!("{name}.c"), format!("{name}.h")] {
            let code =
                fs::read_to_string(out.join(&name)).context("read the generated bindings")?;
            let code = format!("{}{}", note(sources)?, released(&code));
            write(&repository::root().join(C).join(name), &code)?;
        }
    }
    Ok(())
}

/// For C and Go: what is generated from which sources, and its name.
const fn worlds() -> [(&'static [&'static str], &'static str, &'static str); 2] {
    [(&CONTRACT, "tool", "wit"), (&SOURCES, "cicerone:sdk/understanding", UNDERSTANDING)]
}

/// What the host hands over lies in the memory of the call, which is let go as a whole; `free` would take it for its own.
fn released(code: &str) -> String {
    code.replace("  free(arg);\n", "")
}

/// Formatted where there is a `gofmt`. The generator's runtime package would come from a proxy; ours lies beside.
fn go() -> Result<()> {
    for (sources, world, name) in worlds() {
        let out = repository::target().join("bindings/go").join(name);
        if out.exists() {
            fs::remove_dir_all(&out).with_context(|| format!("remove `{}`", out.display()))?;
        }
        let mut command = Command::new(generator()?);
        command.current_dir(repository::root()).arg("go").args(sources).arg("--out-dir").arg(&out);
        command.args(["--world", world, "--pkg-name", "cicerone/sdk/internal/wit"]);
        process::quietly(&mut command)?;
        for file in go_files(&out)? {
            let code = fs::read_to_string(&file).context("read the generated bindings")?;
            let code =
                code.replace("go.bytecodealliance.org/pkg/wit/", "cicerone/sdk/internal/wit/");
            let exports = format!("{name}_exports");
            let code = collectable(&code.replace("wit_exports", &exports))?;
            let code = format!("{}\n//go:build wasip1\n\n{code}", note(sources)?);
            let inside = file.strip_prefix(&out).context("find the place of a file")?;
            let inside = inside.to_string_lossy().replace("wit_exports", &exports);
            write(&repository::root().join(GO).join(inside), &code)?;
        }
    }
    Ok(())
}

/// What a call of the host gives is held until it is taken over. And a result is let go by the next call, not by a function
/// of its own after the call: while that runs the component may call nobody, so Go's runtime must not run then.
fn collectable(code: &str) -> Result<String> {
    let mut code = code.to_owned();
    // Without it there is no place to which a result could be handed.
    if code.contains("witRuntime.Allocate(") {
        code = after(&code, "defer pinner.Unpin()", "defer witRuntime.Take()()");
    }
    code = after(&code, "pinner := &syncExportPinner", "pinner.Unpin()");
    while let Some((before, rest)) = code.split_once("//go:wasmexport cabi_post_") {
        let (_, rest) = rest.split_once("\n}\n").context("find the end of a function")?;
        code = format!("{}\n{rest}", before.trim_end_matches('\n'));
    }
    Ok(code)
}

/// With another line after each that is this one.
fn after(code: &str, line: &str, next: &str) -> String {
    let both = |found: &str| {
        let indent = found.strip_suffix(line).filter(|indent| indent.trim().is_empty());
        indent.map_or_else(|| format!("{found}\n"), |indent| format!("{found}\n{indent}{next}\n"))
    };
    code.lines().map(both).collect()
}

fn go_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let reading = || format!("read `{}`", folder.display());
    for entry in fs::read_dir(folder).with_context(reading)? {
        let path = entry.with_context(reading)?.path();
        if path.is_dir() {
            found.extend(go_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "go") {
            found.push(path);
        }
    }
    Ok(found)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let writing = || format!("write `{}`", path.display());
    fs::create_dir_all(path.parent().unwrap_or(path)).with_context(writing)?;
    fs::write(path, text).with_context(writing)
}

/// The generator, built once into the target folder.
fn generator() -> Result<PathBuf> {
    let home = repository::target().join("tools").join(format!("{GENERATOR}-rust-c-go"));
    let binary = home.join("bin").join(format!("wit-bindgen{}", std::env::consts::EXE_SUFFIX));
    if !binary.is_file() {
        say::note("building wit-bindgen; a minute or two, once");
        let mut install = process::cargo();
        install.args(["install", "wit-bindgen-cli", "--locked", "--debug", "--version", GENERATOR]);
        install.args(["--no-default-features", "--features", "rust,c,go", "--root"]).arg(&home);
        process::loudly(&mut install)?;
    }
    Ok(binary)
}

fn committed(module: &str) -> PathBuf {
    repository::root().join("sdk/rust/src").join(module).with_extension("rs")
}

/// The first lines of the bindings: what they are, and of which contract.
fn head() -> Result<String> {
    let sources = digest::of(&repository::root(), &SOURCES)?;
    Ok(format!(
        "//! The contract in Rust, generated by `cargo xtask bindings`.\n//! Sources: {sources}\n\n"
    ))
}

/// The same for C and Go.
fn note(sources: &[&str]) -> Result<String> {
    let sources = digest::of(&repository::root(), sources)?;
    Ok(format!("// The contract, generated by `cargo xtask bindings`.\n// Sources: {sources}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bindings_are_of_the_contract_as_it_is() {
        for (world, _, module) in WORLDS {
            let code = fs::read_to_string(committed(module)).unwrap();
            let run = "the contract changed: run `cargo xtask bindings`";
            assert!(code.starts_with(&head().unwrap()), "{world}: {run}");
        }
    }

    #[test]
    fn the_bindings_for_c_and_go_are_of_the_contract_as_it_is() {
        let root = repository::root();
        let mut files = go_files(&root.join(GO).join("imports")).unwrap();
        for (_, _, name) in worlds() {
            files.push(root.join(GO).join(format!("exports/{name}_exports/{name}_exports.go")));
            files.extend(["c", "h"].map(|kind| root.join(C).join(name).with_extension(kind)));
        }
        assert!(files.len() > 14, "{files:?}");
        for file in files {
            let code = fs::read_to_string(&file).unwrap();
            let is_of_texts = file.to_string_lossy().contains(UNDERSTANDING);
            let (sources, ..) = worlds()[usize::from(is_of_texts)];
            let run = "the contract changed: run `cargo xtask bindings`";
            assert!(code.starts_with(&note(sources).unwrap()), "{}: {run}", file.display());
        }
    }
}
