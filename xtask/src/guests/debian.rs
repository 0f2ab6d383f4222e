//! The standard library for WebAssembly from Debian's sources of exactly the installed compiler: fetched with apt into
//! private folders, compiled, kept. It changes nothing of the system and needs no right on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::TARGET;
use super::toolchain::Library;
use crate::{process, repository, say};

/// Where new compilers arrive first comes last: the oldest suite that has the version is the most settled.
const SUITES: [&str; 4] = ["trixie-backports", "trixie", "forky", "sid"];

/// Builds the library into its folder.
pub(super) fn build(library: &Library) -> Result<()> {
    say::note(&format!(
        "building a standard library for {TARGET} from Debian's rust-src; a minute or two, once"
    ));
    let apt = Apt::new(&repository::target().join("wasm-std/apt"), &SUITES)?;
    let version = apt.version_of("rust-src", &library.release)?;
    let work = repository::target().join("wasm-std/work");
    empty(&work)?;
    apt.download(&work, &[format!("rust-src={version}"), "wasi-libc".to_owned()])?;

    let (sources, libc) = (work.join("src"), work.join("libc"));
    unpack_library(&package(&work, "rust-src_")?, &sources)?;
    unpack(&package(&work, "wasi-libc_")?, &libc)?;
    let target = work.join("target");
    compile(&mut process::cargo(), &sources, &target)?;
    empty(&library.folder)?;
    assemble(&target, &libc, &library.folder)?;
    library.complete()?;
    fs::remove_dir_all(&work).context("remove the unpacked sources")
}

/// Compiles the standard library in `sources`.
pub(super) fn compile(cargo: &mut Command, sources: &Path, target: &Path) -> Result<()> {
    cargo.args(["build", "--release", "--target", TARGET, "--target-dir"]).arg(target);
    cargo.arg("--manifest-path").arg(sources.join("library/sysroot/Cargo.toml"));
    // The library may use what only the library may use.
    cargo.env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
    let anonymous = format!("--remap-path-prefix={}=rust", sources.display());
    let flags = ["-Zforce-unstable-if-unmarked", "-Cembed-bitcode=yes", &anonymous];
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    process::quietly(cargo).map(drop)
}

/// Lays the compiled library and the C library out as a compiler looks for them.
pub(super) fn assemble(target: &Path, libc: &Path, sysroot: &Path) -> Result<()> {
    let home = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    copy(&target.join(TARGET).join("release/deps"), &home, |name| name.ends_with(".rlib"))?;
    let start = ["crt1-command.o", "crt1-reactor.o", "libc.a"];
    copy(&libc.join("usr/lib").join(TARGET), &home.join("self-contained"), |name| {
        start.contains(&name)
    })
}

/// Only the library's part of the sources: the compiler's is ten times as large.
fn unpack_library(package: &Path, into: &Path) -> Result<()> {
    empty(into)?;
    let mut tar = Command::new("tar");
    tar.arg("-x").arg("-C").arg(into).args([
        "--wildcards",
        "./usr/src/*/library/*",
        "--strip-components=4",
    ]);
    process::piped(Command::new("dpkg-deb").arg("--fsys-tarfile").arg(package), &mut tar)
}

/// Unpacks a whole package.
pub(super) fn unpack(package: &Path, into: &Path) -> Result<()> {
    fs::create_dir_all(into).with_context(|| format!("make `{}`", into.display()))?;
    process::quietly(Command::new("dpkg-deb").arg("-x").arg(package).arg(into)).map(drop)
}

/// The package file whose name begins so.
pub(super) fn package(folder: &Path, begins: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("read `{}`", folder.display()))?;
    let mut files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let fits = |file: &PathBuf| {
        file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(begins))
    };
    files.find(fits).with_context(|| format!("find the package `{begins}…` that apt brought"))
}

fn copy(from: &Path, to: &Path, wanted: impl Fn(&str) -> bool) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("make `{}`", to.display()))?;
    let mut copied = 0;
    for entry in fs::read_dir(from).with_context(|| format!("read `{}`", from.display()))? {
        let entry = entry.with_context(|| format!("read `{}`", from.display()))?;
        let name = entry.file_name();
        if wanted(&name.to_string_lossy()) {
            fs::copy(entry.path(), to.join(&name))
                .with_context(|| format!("copy `{}`", entry.path().display()))?;
            copied += 1;
        }
    }
    if copied == 0 {
        bail!("find anything of use in `{}`", from.display());
    }
    Ok(())
}

/// Makes the folder anew.
pub(super) fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("make `{}`", folder.display()))
}

/// An apt of our own: its lists, cache and sources lie in one folder, its mirror and keys are the system's.
#[derive(Debug)]
pub(super) struct Apt {
    config: PathBuf,
}

impl Apt {
    /// With the lists of these suites fetched.
    pub(super) fn new(folder: &Path, suites: &[&str]) -> Result<Self> {
        for tool in ["apt-get", "apt-cache", "dpkg-deb", "tar"] {
            if !process::is_there(tool) {
                bail!("find `{tool}`; this way is for Debian");
            }
        }
        let mirror = mirror()?;
        let key = ["gpg", "pgp"]
            .map(|kind| PathBuf::from(format!("/usr/share/keyrings/debian-archive-keyring.{kind}")))
            .into_iter()
            .find(|key| key.is_file())
            .context("find the keys of Debian's archive")?;
        empty(folder)?;
        for part in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(folder.join(part)).context("make folders for apt")?;
        }
        let key = key.display();
        let source = |suite: &&str| format!("deb [signed-by={key}] {mirror} {suite} main\n");
        let sources: String = suites.iter().map(source).collect();
        fs::write(folder.join("sources.list"), sources).context("write apt's sources")?;
        let config = folder.join("apt.conf");
        let here = folder.display();
        let settings = format!(
            "Dir::Etc::sourcelist \"{here}/sources.list\";\nDir::Etc::sourceparts \"-\";\n\
             Dir::State::lists \"{here}/lists\";\nDir::Cache \"{here}/cache\";\n\
             Acquire::Languages \"none\";\nAPT::Sandbox::User \"\";\n"
        );
        fs::write(&config, settings).context("write apt's settings")?;
        let apt = Self { config };
        process::quietly(apt.command("apt-get").args(["-qq", "update"]))?;
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("APT_CONFIG", &self.config);
        command
    }

    /// Debian's version of `package` that is upstream's `release`.
    pub(super) fn version_of(&self, package: &str, release: &str) -> Result<String> {
        let table = process::quietly(self.command("apt-cache").args(["madison", package]))?;
        let mut versions = table.lines().filter_map(|line| line.split('|').nth(1).map(str::trim));
        let fits = |version: &&str| {
            version.strip_prefix(release).is_some_and(|rest| rest.starts_with(['+', '-']))
        };
        let found = versions.find(fits).map(str::to_owned);
        found.with_context(|| format!("find `{package}` {release} in Debian now"))
    }

    /// A package and all that it needs.
    pub(super) fn needed_by(&self, package: &str) -> Result<Vec<String>> {
        let only_needs = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"];
        let mut apt = self.command("apt-cache");
        apt.args(["depends", "--recurse"]).args(only_needs.map(|kind| format!("--no-{kind}")));
        let tree = process::quietly(apt.arg(package))?;
        // Packages begin a line, their needs are indented, names that others provide are in brackets.
        let is_package = |line: &&str| !line.starts_with([' ', '<', '|']);
        Ok(tree.lines().filter(is_package).map(str::to_owned).collect())
    }

    /// Brings packages into a folder, without installing them.
    pub(super) fn download(&self, into: &Path, packages: &[String]) -> Result<()> {
        let mut apt = self.command("apt-get");
        process::quietly(apt.current_dir(into).args(["-qq", "download"]).args(packages)).map(drop)
    }
}

/// The mirror that the system uses for Debian itself.
fn mirror() -> Result<String> {
    let mut apt = Command::new("apt-get");
    let uris = process::quietly(apt.args(["indextargets", "--format", "$(REPO_URI)"]))?;
    let debian = uris.lines().find(|uri| uri.trim_end_matches('/').ends_with("/debian"));
    debian.map(str::to_owned).context("find a mirror of Debian in apt's sources")
}
