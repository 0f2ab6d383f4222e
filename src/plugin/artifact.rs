//! Compiled components, kept on disk by the hash of their bytes and of the machine that they were compiled for.
//! Compiled code is trusted code: it is read back only from a directory that nobody else can write, and only if it
//! still is what was written.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use sha2::{Digest, Sha256};
use tracing::{info, warn};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::Error;
use super::compile::{Haste, compile, elsewhere};

/// Length of the checksum in front of the code.
const SUM: usize = 32;

/// Compiled components on disk.
#[derive(Debug)]
pub(super) struct Artifacts {
    directory: PathBuf,
    /// None is this process itself.
    compiler: Option<PathBuf>,
    /// One at a time: compiling takes all the processors it gets.
    compiling: Mutex<()>,
    /// Plugins of which a version is there already, so that the next one has time.
    there: Mutex<BTreeSet<String>>,
}

impl Artifacts {
    pub(super) fn new(directory: PathBuf, compiler: Option<PathBuf>) -> Self {
        let (compiling, there) = (Mutex::new(()), Mutex::new(BTreeSet::new()));
        Self { directory, compiler, compiling, there }
    }

    /// The compiled component of a plugin, from disk if it was compiled before. Takes seconds if it was not: longer for one
    /// that follows another, because nobody waits for it.
    pub(super) fn component(
        &self,
        engine: &Engine,
        plugin: &str,
        (digest, bytes): (&str, &[u8]),
    ) -> Result<Component, Error> {
        let there = || self.there.lock().unwrap_or_else(PoisonError::into_inner);
        let haste = if there().contains(plugin) { Haste::Beside } else { Haste::First };
        let component = self.kept_or_compiled(engine, (digest, bytes), haste)?;
        there().insert(plugin.to_owned());
        Ok(component)
    }

    fn kept_or_compiled(
        &self,
        engine: &Engine,
        (digest, bytes): (&str, &[u8]),
        haste: Haste,
    ) -> Result<Component, Error> {
        let path = self.directory.join(format!("{digest}-{:016x}.cwasm", machine(engine)));
        self.prepare().map_err(|source| Error::Cache { path: self.directory.clone(), source })?;
        // What is there already waits for nobody's compiling.
        if let Some(component) = kept(engine, &path) {
            return Ok(component);
        }
        let _one = self.compiling.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(component) = kept(engine, &path) {
            return Ok(component);
        }
        info!(digest, bytes = bytes.len(), "Compiling a component.");
        let began = Instant::now();
        let component = self.compiled(engine, bytes, (&path, haste))?;
        info!(digest, ms = began.elapsed().as_millis(), "A component was compiled.");
        Ok(component)
    }

    fn compiled(
        &self,
        engine: &Engine,
        bytes: &[u8],
        (path, haste): (&Path, Haste),
    ) -> Result<Component, Error> {
        let Some(compiler) = &self.compiler else {
            let component = compile(engine, bytes)?;
            if let Err(error) = keep(path, &component) {
                warn!(%error, path = %path.display(), "A compiled component was not kept.");
            }
            return Ok(component);
        };
        elsewhere(compiler, bytes, (path, haste))?;
        kept(engine, path).ok_or_else(|| {
            let why = "was compiled, but not for this host; was its binary replaced while it runs? start it anew";
            Error::Component(why.to_owned())
        })
    }

    /// Makes the directory. One of ours that others could enter, such as a copy, is emptied: what lies there may not be
    /// what this host compiled. Somebody else's is refused.
    fn prepare(&self) -> std::io::Result<()> {
        let make = || fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.directory);
        make()?;
        let found = fs::symlink_metadata(&self.directory)?;
        let ours = found.is_dir() && found.uid() == me();
        if ours && found.permissions().mode() & 0o077 == 0 {
            return Ok(());
        }
        if ours {
            warn!(directory = %self.directory.display(), "Others could enter the compiled components; they are made anew.");
            fs::remove_dir_all(&self.directory)?;
            return make();
        }
        let why = "it must be a directory of this user that nobody else can enter (mode 0700)";
        Err(std::io::Error::new(ErrorKind::PermissionDenied, why))
    }
}

#[expect(
    unsafe_code,
    reason = "asks the system who runs this; it has no arguments and cannot fail"
)]
fn me() -> u32 {
    // SAFETY: `geteuid` has no preconditions.
    unsafe { libc::geteuid() }
}

/// The machine that code is compiled for: engine version, settings and processor.
fn machine(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

fn kept(engine: &Engine, path: &Path) -> Option<Component> {
    let file = fs::read(path).ok()?;
    let (sum, code) = file.split_at_checked(SUM)?;
    if Sha256::digest(code).as_slice() != sum {
        warn!(path = %path.display(), "A kept component is damaged and compiled again.");
        return None;
    }
    load(engine, code).ok()
}

#[expect(unsafe_code, reason = "maps code that this host compiled and only its user can write")]
fn load(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are what `keep` wrote: the directory is ours alone and the checksum holds.
    unsafe { Component::deserialize(engine, code) }
}

/// Written beside and renamed, so that nobody reads half a file.
pub(super) fn keep(path: &Path, component: &Component) -> wasmtime::Result<()> {
    let code = component.serialize()?;
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(&Sha256::digest(&code))?;
    file.write_all(&code)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    Ok(())
}

pub(super) fn refused(error: &wasmtime::Error) -> Error {
    let why = format!("{error:#}");
    if why.contains("component model async") {
        return Error::Component("uses the asynchronous ABI; build it with `--sync`".into());
    }
    Error::Component(format!("does not compile: {why}"))
}
