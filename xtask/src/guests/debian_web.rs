//! Debian's own compiler for the web, for the day on which its archive has no sources of the installed one: compiler and
//! sources come from one build and always fit. Unpacked privately; cargo and the linker stay the installed ones.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::debian::{self, Apt};
use crate::{process, repository, say};

/// Packages of every system, which the compiler takes from there.
const EVERYWHERE: [&str; 6] =
    ["libc6", "libgcc-s1", "libstdc++6", "libcrypt1", "gcc-12-base", "gcc-14-base"];

/// The suite whose C library for WebAssembly has a folder for our target.
const LIBC_SUITE: &str = "trixie";

/// The unpacked compiler with its library for WebAssembly.
#[derive(Debug)]
pub(crate) struct Web {
    folder: PathBuf,
    /// Where the installed compiler keeps its linkers.
    linkers: PathBuf,
}

impl Web {
    /// What an earlier run unpacked for the compiler installed now, if it did.
    pub(super) fn cached(version: &str) -> Option<Self> {
        let web = Self::of(version).ok()?;
        fs::read_to_string(web.stamp()).is_ok_and(|stamp| stamp == version).then_some(web)
    }

    fn of(version: &str) -> Result<Self> {
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.context("read which machine the installed compiler is for")?;
        let sysroot = process::quietly(process::rustc().args(["--print", "sysroot"]))?;
        let linkers = Path::new(&sysroot).join("lib/rustlib").join(host).join("bin");
        if !linkers.join("wasm-component-ld").is_file() {
            bail!(
                "find `wasm-component-ld` in `{}`; rustup's compilers have it",
                linkers.display()
            );
        }
        Ok(Self { folder: repository::target().join("wasm-web"), linkers })
    }

    /// Fetches, unpacks and completes it.
    pub(super) fn unpack(version: &str) -> Result<Self> {
        let web = Self::of(version)?;
        say::note(
            "unpacking Debian's rustc-web and building its standard library; some minutes, once",
        );
        debian::empty(&web.folder)?;
        web.fetch_compiler()?;
        let libc = web.fetch_libc()?;
        let target = web.folder.join("work/target");
        debian::compile(&mut web.command(process::cargo()), &web.library_sources()?, &target)?;
        debian::assemble(&target, &libc, &web.sysroot())?;
        for used_up in ["work", "root/usr/src"] {
            fs::remove_dir_all(web.folder.join(used_up))
                .context("remove what is not needed any more")?;
        }
        fs::write(web.stamp(), version).context("mark the compiler as complete")?;
        Ok(web)
    }

    /// Cargo with this compiler, set up to build guests.
    pub(super) fn cargo(&self) -> Command {
        self.command(process::cargo())
    }

    /// What makes the compiler take its library and linker for guests.
    pub(super) fn flags(&self) -> Vec<String> {
        let linker = self.linkers.join("wasm-component-ld");
        vec![
            format!("--sysroot={}", self.sysroot().display()),
            format!("-Clinker={}", linker.display()),
        ]
    }

    /// The compiler itself.
    pub(super) fn rustc(&self) -> Command {
        self.command(Command::new(self.compiler()))
    }

    fn command(&self, mut command: Command) -> Command {
        command.env("RUSTC", self.compiler()).env_remove("RUSTC_WRAPPER");
        command.env("LD_LIBRARY_PATH", before("LD_LIBRARY_PATH", &self.libraries()));
        command.env("PATH", before("PATH", &self.linkers.join("gcc-ld")));
        command
    }

    fn compiler(&self) -> PathBuf {
        self.folder.join("root/usr/bin/rustc")
    }

    fn libraries(&self) -> PathBuf {
        let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
        self.folder.join("root/usr/lib").join(machine)
    }

    fn sysroot(&self) -> PathBuf {
        self.folder.join("sysroot")
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join("complete")
    }

    fn fetch_compiler(&self) -> Result<()> {
        let apt = Apt::new(&self.folder.join("work/apt"), &[&codename()?])?;
        let packages = self.folder.join("work/packages");
        debian::empty(&packages)?;
        let mut wanted = apt.needed_by("libstd-rust-web-dev")?;
        wanted.retain(|package| !EVERYWHERE.contains(&package.as_str()));
        wanted.extend(["rustc-web", "rust-web-src"].map(str::to_owned));
        apt.download(&packages, &wanted)?;
        for entry in fs::read_dir(&packages).context("read what apt brought")? {
            let package = entry.context("read what apt brought")?.path();
            debian::unpack(&package, &self.folder.join("root"))?;
        }
        Ok(())
    }

    fn fetch_libc(&self) -> Result<PathBuf> {
        let apt = Apt::new(&self.folder.join("work/apt"), &[LIBC_SUITE])?;
        let packages = self.folder.join("work/libc-package");
        debian::empty(&packages)?;
        apt.download(&packages, &["wasi-libc".to_owned()])?;
        let libc = self.folder.join("work/libc");
        debian::unpack(&debian::package(&packages, "wasi-libc_")?, &libc)?;
        Ok(libc)
    }

    fn library_sources(&self) -> Result<PathBuf> {
        let sources = self.folder.join("root/usr/src");
        let entries =
            fs::read_dir(&sources).with_context(|| format!("read `{}`", sources.display()))?;
        let mut folders = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let found = folders.find(|folder| folder.join("library/sysroot/Cargo.toml").is_file());
        found.context("find the standard library in rust-web-src")
    }
}

/// The release of Debian that runs here: its programs run with its own C library.
fn codename() -> Result<String> {
    let text = fs::read_to_string("/etc/os-release").context("read which system this is")?;
    let name = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    Ok(name.context("find the codename of this system")?.trim_matches('"').to_owned())
}

/// The value of a variable that lists folders, with another one in front.
fn before(variable: &str, first: &Path) -> OsString {
    let rest = std::env::var_os(variable).unwrap_or_default();
    let rest = std::env::split_paths(&rest).filter(|path| !path.as_os_str().is_empty());
    let all: Vec<PathBuf> = std::iter::once(first.to_owned()).chain(rest).collect();
    std::env::join_paths(all).unwrap_or_else(|_colon_in_a_path| first.as_os_str().to_owned())
}
