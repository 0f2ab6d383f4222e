//! Bringing plugins from somewhere else, at the room's door: files, servers, a real registry, and whoever means harm.

mod files;
mod hostile;
mod signed;
mod urls;
mod registry;
mod pretended;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use cicerone::manifest::Sum;
use cicerone::supply::{self, Brought, Error, Terms, Wish};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::guest::Guest;

/// A wish for what is at this place, and nothing special about it.
fn wish(source: &str) -> Wish {
    Wish {
        source: source.parse().unwrap(),
        digest: None,
        signature: None,
        name: None,
        private_networks: false,
        plain_http: false,
        login: None,
    }
}

/// The same, trusting a server of the test.
fn near(source: &str, bytes: &[u8]) -> Wish {
    Wish { private_networks: true, plain_http: true, digest: Some(Sum::of(bytes)), ..wish(source) }
}

async fn bring(wish: &Wish) -> Result<Brought, Error> {
    supply::bring(wish, Terms { keys: &BTreeMap::new(), signed: false }).await
}

async fn refused(wish: &Wish) -> String {
    bring(wish).await.unwrap_err().to_string()
}

/// What is written of it, by its place in the plugin's folder.
fn written(brought: &Brought) -> BTreeMap<PathBuf, Vec<u8>> {
    let plugins = tempfile::tempdir().unwrap();
    let folder = brought.stage(plugins.path(), false).unwrap().place().unwrap();
    assert_eq!(fs::read_dir(plugins.path()).unwrap().count(), 1, "nothing else is left there");
    let mut files = BTreeMap::new();
    collect(&folder, &folder, &mut files);
    files
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
}

fn manifest() -> String {
    "[plugin]\nname = \"testing\"\nversion = \"1.0.0\"\nkind = \"wasm\"\ncomponent = \"testing.wasm\"\n\
     contract = \"1\"\n"
        .to_owned()
}

fn component() -> Vec<u8> {
    Guest::that("").bytes()
}

/// One entry of an archive; names as they are, whatever they are.
struct Entry<'a> {
    name: &'a str,
    kind: tar::EntryType,
    link: &'a str,
    bytes: &'a [u8],
}

impl<'a> Entry<'a> {
    const fn file(name: &'a str, bytes: &'a [u8]) -> Self {
        Self { name, kind: tar::EntryType::Regular, link: "", bytes }
    }
}

fn packed(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(entry.bytes.len().try_into().unwrap());
        header.set_mode(0o644);
        header.set_entry_type(entry.kind);
        header.as_old_mut().name[..entry.name.len()].copy_from_slice(entry.name.as_bytes());
        header.as_old_mut().linkname[..entry.link.len()].copy_from_slice(entry.link.as_bytes());
        header.set_cksum();
        archive.append(&header, entry.bytes).unwrap();
    }
    let mut gzip = archive.into_inner().unwrap();
    gzip.flush().unwrap();
    gzip.finish().unwrap()
}

/// A whole plugin as an archive.
fn package() -> Vec<u8> {
    let (manifest, component) = (manifest(), component());
    packed(&[
        Entry::file("testing/plugin.toml", manifest.as_bytes()),
        Entry::file("testing/testing.wasm", &component),
    ])
}

/// A file of a test.
struct Kept {
    folder: tempfile::TempDir,
}

impl Kept {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}
