//! Lists the files of `sdk/` that the binary carries for `cicerone plugin new` and `plugin build`. It fetches nothing and
//! reads nothing but that folder.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What lies beside sources without being one, and what only this repository needs.
const ASIDE: [&str; 8] =
    ["target", "node_modules", "__pycache__", "dist", "build", "tests", "zig-cache", "zig-out"];

/// Hidden files that a starter has all the same.
const HIDDEN: [&str; 1] = [".gitignore"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?).join("sdk.rs");
    let mut files = Vec::new();
    for language in ["rust", "typescript", "python", "go", "c"] {
        collect(&root.join("sdk").join(language), &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(root.join("sdk")).unwrap_or(&file).display();
        let line =
            writeln!(list, "    (\"{name}\", include_bytes!({:?})),", file.display().to_string());
        line.map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    fs::write(out, list)
}

fn variable(name: &str) -> io::Result<String> {
    std::env::var(name).map_err(io::Error::other)
}

/// Every file below a folder that there may not be yet; what comes and goes there is noticed by the folder's own time.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if ASIDE.contains(&&*name) || name.starts_with('.') && !HIDDEN.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    Ok(())
}
