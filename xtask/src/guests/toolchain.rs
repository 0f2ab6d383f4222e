//! Finds a compiler with a standard library for WebAssembly. The ways, in this order: rustup's target, a library built
//! here before, rustup again by asking it to fetch, Debian's sources of this very compiler, Debian's compiler for the
//! web. Who finds none uses the committed components.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::debian_web::Web;
use super::{Routes, TARGET, debian, is_set};
use crate::{process, repository, say};

/// How long rustup may try to fetch the target.
const RUSTUP_MAX: Duration = Duration::from_secs(180);

/// A compiler that can make guests.
#[derive(Debug)]
pub(crate) enum Toolchain {
    /// The ordinary one has the target.
    Installed,
    /// The ordinary one, with a library of our own.
    Sysroot(PathBuf),
    /// Debian's own, unpacked privately.
    Web(Web),
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Installed => "the target that rustup installed",
            Self::Sysroot(_) => "a standard library built from Debian's rust-src",
            Self::Web(_) => "Debian's rustc-web",
        })
    }
}

impl Toolchain {
    /// Cargo, set up to build guests.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = match self {
            Self::Installed | Self::Sysroot(_) => process::cargo(),
            Self::Web(web) => web.cargo(),
        };
        let mut flags = match self {
            Self::Installed => Vec::new(),
            Self::Sysroot(folder) => vec![format!("--sysroot={}", folder.display())],
            Self::Web(web) => web.flags(),
        };
        flags.extend(anonymous());
        // In place of a person's own flags, which are for their machine.
        cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
        cargo.env("CARGO_TARGET_DIR", self.guests_target());
        cargo
    }

    /// Flags with which the ordinary cargo builds a guest; none where it needs none.
    pub(crate) fn flags_of_authors(&self) -> Result<Option<String>> {
        match self {
            Self::Installed => Ok(None),
            Self::Sysroot(folder) => Ok(Some(format!("--sysroot={}", folder.display()))),
            Self::Web(_) => bail!("build as an author does: {self} is another cargo"),
        }
    }

    /// The compiler itself.
    pub(crate) fn rustc(&self) -> Command {
        match self {
            Self::Installed | Self::Sysroot(_) => process::rustc(),
            Self::Web(web) => web.rustc(),
        }
    }

    /// Where it builds: one folder for each, as one compiler cannot read what another left.
    pub(crate) fn guests_target(&self) -> PathBuf {
        repository::target().join(match self {
            Self::Installed => "guests",
            Self::Sysroot(_) => "guests-sysroot",
            Self::Web(_) => "guests-web",
        })
    }
}

/// Flags that keep the paths of this machine out of what is built; of two that fit, the compiler takes the later.
fn anonymous() -> Vec<String> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let sources = cargo.join("registry/src");
    let registries = fs::read_dir(&sources).into_iter().flatten().flatten();
    let mut remaps = vec![(home, "home"), (cargo, "cargo"), (repository::root(), "cicerone")];
    remaps.extend(registries.map(|registry| (registry.path(), "crates")));
    let flag = |(from, to): (PathBuf, &str)| format!("--remap-path-prefix={}={to}", from.display());
    remaps.into_iter().map(flag).collect()
}

/// The first way that works; the error tells of each that did not.
pub(crate) fn find(routes: Routes) -> Result<Toolchain> {
    let force = Force::of_environment();
    if force == Force::Nothing && has_target()? {
        return Ok(Toolchain::Installed);
    }
    let version = process::quietly(process::rustc().arg("-vV"))?;
    let library = Library::of(&version)?;
    if force != Force::Web && library.is_complete() {
        return Ok(Toolchain::Sysroot(library.folder));
    }
    if let Some(web) = Web::cached(&version) {
        return Ok(Toolchain::Web(web));
    }
    if routes == Routes::Here {
        bail!("there is no {TARGET} here; `rustup target add {TARGET}` brings it");
    }
    fetch(force, library, &version)
}

fn fetch(force: Force, library: Library, version: &str) -> Result<Toolchain> {
    let mut failures = Vec::new();
    if force == Force::Nothing {
        match fetch_with_rustup() {
            Ok(()) => return Ok(Toolchain::Installed),
            Err(error) => failures.push(told("rustup", &error)),
        }
    }
    if force != Force::Web {
        match debian::build(&library) {
            Ok(()) => return Ok(Toolchain::Sysroot(library.folder)),
            Err(error) => failures.push(told("Debian's rust-src", &error)),
        }
    }
    match Web::unpack(version) {
        Ok(web) => return Ok(Toolchain::Web(web)),
        Err(error) => failures.push(told("Debian's rustc-web", &error)),
    }
    bail!("{}", failures.join("; "))
}

/// What `FORCE` has us pass over, so that the later ways can be tested anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Force {
    Nothing,
    /// Rustup.
    Library,
    /// Rustup and the library from Debian's rust-src.
    Web,
}

impl Force {
    fn of_environment() -> Self {
        match std::env::var("FORCE") {
            Ok(value) if value == "web" => Self::Web,
            _ if is_set("FORCE") => Self::Library,
            _ => Self::Nothing,
        }
    }
}

/// Notes a failure in full and gives its first line, for the one line at the end.
fn told(route: &str, error: &anyhow::Error) -> String {
    let full = format!("{route} did not help: could not {error:#}");
    say::note(&full);
    full.lines().next().unwrap_or_default().to_owned()
}

fn has_target() -> Result<bool> {
    let sysroot = process::quietly(process::rustc().args(["--print", "sysroot"]))?;
    Ok(Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn fetch_with_rustup() -> Result<()> {
    if !process::is_there("rustup") {
        bail!("find rustup");
    }
    say::note(&format!("rustup target add {TARGET}"));
    process::within(RUSTUP_MAX, Command::new("rustup").args(["target", "add", TARGET]))?;
    if !has_target()? {
        bail!("find {TARGET} after rustup said that it is there; is cargo another one's?");
    }
    Ok(())
}

/// A standard library built for one version of the compiler.
#[derive(Debug)]
pub(super) struct Library {
    pub(super) folder: PathBuf,
    /// As in `1.95.0`.
    pub(super) release: String,
    version: String,
}

impl Library {
    fn of(version: &str) -> Result<Self> {
        let field = |name: &str| version.lines().find_map(|line| line.strip_prefix(name));
        let release = field("release: ").context("read the compiler's version")?.to_owned();
        let commit: String = field("commit-hash: ").unwrap_or_default().chars().take(9).collect();
        let folder = repository::target().join("wasm-std").join(format!("{release}-{commit}"));
        Ok(Self { folder, release, version: version.to_owned() })
    }

    fn is_complete(&self) -> bool {
        fs::read_to_string(self.stamp()).is_ok_and(|stamp| stamp == self.version)
    }

    /// Written last: without it the library counts as half built.
    pub(super) fn complete(&self) -> Result<()> {
        fs::write(self.stamp(), &self.version).context("mark the library as complete")
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join("complete")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_belongs_to_one_build_of_the_compiler() {
        let of = |text: &str| Library::of(text).unwrap().folder;
        let one = of("rustc 1.95.0\nrelease: 1.95.0\ncommit-hash: 59807616e1fa\n");
        assert!(one.ends_with("wasm-std/1.95.0-59807616e"), "{}", one.display());
        assert_ne!(one, of("release: 1.95.0\ncommit-hash: 0123456789ab\n"));
        assert!(Library::of("what is this").is_err());
    }
}
