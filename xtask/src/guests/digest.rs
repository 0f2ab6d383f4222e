//! One hash for the sources of something, so that what was made from them can tell whether they have changed. Bytes of
//! a build differ from machine to machine; sources do not.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of these files and folders below `root`, names and contents; prose and built things do not count.
pub(crate) fn of(root: &Path, parts: &[impl AsRef<Path>]) -> Result<String> {
    let mut files = Vec::new();
    for part in parts {
        collect(&root.join(part), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let text = fs::read(&file).with_context(|| format!("read `{}`", file.display()))?;
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        hash.update(format!("{name}\n{}\n", text.len()));
        hash.update(text);
    }
    Ok(hex(&hash.finalize()))
}

/// The SHA-256 of one file.
pub(crate) fn of_file(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("read `{}`", file.display()))?;
    Ok(hex(&Sha256::digest(bytes)))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let reading = || format!("read `{}`", path.display());
    if path.is_file() {
        let is_source = !path.extension().is_some_and(|kind| kind == "md" || kind == "wasm");
        files.extend(is_source.then(|| path.to_owned()));
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        if entry.file_name() != "target" {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a `String` cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_contents_count_and_prose_does_not() {
        let root = std::env::temp_dir().join(format!("xtask-digest-{}", std::process::id()));
        fs::create_dir_all(root.join("a/target")).unwrap();
        let write = |name: &str, text: &str| fs::write(root.join(name), text).unwrap();
        write("a/lib.rs", "one");
        let first = of(&root, &["a"]).unwrap();
        write("a/README.md", "prose");
        write("a/target/out", "built");
        assert_eq!(of(&root, &["a"]).unwrap(), first);
        write("a/lib.rs", "two");
        let second = of(&root, &["a"]).unwrap();
        assert_ne!(second, first);
        fs::rename(root.join("a/lib.rs"), root.join("a/main.rs")).unwrap();
        assert_ne!(of(&root, &["a"]).unwrap(), second);
        assert!(of(&root, &["b"]).is_err());
        fs::remove_dir_all(&root).unwrap();
    }
}
