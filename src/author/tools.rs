//! Compilers that come from npm and `PyPI`: each kit in a folder of its own below `$CICERONE_TOOLS` (else the user's cache),
//! with the versions that are written down here. Fetched when something is built and it is not there, by one of us at a
//! time, and told before. It touches nothing else of the machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::tell::{Progress, Tell, during};
use super::{Error, files, process};

/// Packages that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kit {
    /// What it is called here.
    pub name: &'static str,
    /// Who has it.
    pub registry: Registry,
    /// Each with its exact version, as its registry writes it: `esbuild@0.25.0`, `ziglang==0.15.1`.
    pub packages: &'static [&'static str],
}

/// Who has packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registry {
    /// Into a prefix: programs lie in `node_modules/.bin`. With everything that the packages bring along, each by its
    /// version and hash, as npm locks it.
    Npm(&'static str),
    /// Into an environment: programs lie in `bin`.
    PyPi,
}

/// Where kits lie, and who is told when one is fetched.
pub struct Tools<'a> {
    home: PathBuf,
    tell: &'a Tell<'a>,
}

impl<'a> Tools<'a> {
    /// In the folder that the environment names.
    ///
    /// # Errors
    /// When there is neither `$CICERONE_TOOLS` nor a home.
    pub fn open(tell: &'a Tell<'a>) -> Result<Self, Error> {
        let of = |name: &str| {
            std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
        };
        let cache = || of("XDG_CACHE_HOME").or_else(|| Some(of("HOME")?.join(".cache")));
        let home = of("CICERONE_TOOLS").or_else(|| Some(cache()?.join("cicerone")));
        let help = "set `CICERONE_TOOLS` to a folder for compilers and builds";
        let missing = || Error::NoProgram {
            program: "a folder to build in".to_owned(),
            help: help.to_owned(),
        };
        Ok(Self::at(home.ok_or_else(missing)?, tell))
    }

    /// In a folder of its own.
    #[must_use]
    pub fn at(home: PathBuf, tell: &'a Tell<'a>) -> Self {
        Self { home: std::path::absolute(&home).unwrap_or(home), tell }
    }

    /// Where components that were compiled for this machine are kept.
    #[must_use]
    pub fn compiled(&self) -> PathBuf {
        self.home.join("compiled")
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    pub(super) const fn tell(&self) -> &'a Tell<'a> {
        self.tell
    }

    /// The folder of a kit, fetched if it is not there whole.
    ///
    /// # Errors
    /// When its registry or its installer does not do it.
    pub fn get(&self, kit: &Kit) -> Result<PathBuf, Error> {
        let folder = self.home.join("kits").join(kit.folder());
        let complete = folder.join("complete");
        if complete.is_file() {
            return Ok(folder);
        }
        files::alone(&folder.with_extension("lock"), || {
            if complete.is_file() {
                return Ok(());
            }
            if folder.exists() {
                fs::remove_dir_all(&folder).map_err(Error::file("empty", &folder))?;
            }
            fs::create_dir_all(&folder).map_err(Error::file("make the folder", &folder))?;
            let what = format!("fetching {} from {}", kit.packages.join(", "), kit.registry.name());
            (self.tell)(Progress::Note(&format!("{what} into {}", folder.display())));
            during(self.tell, &what, || kit.install(&folder))?;
            files::put(&complete, kit.packages.join("\n").as_bytes())
        })?;
        Ok(folder)
    }
}

impl Registry {
    const fn name(self) -> &'static str {
        match self {
            Self::Npm(_) => "npm",
            Self::PyPi => "PyPI",
        }
    }
}

impl Kit {
    /// Other versions are another folder, so that nobody's build changes below them.
    fn folder(&self) -> String {
        let locked = match self.registry {
            Registry::Npm(lock) => lock,
            Registry::PyPi => "",
        };
        let sum = Sha256::digest(self.packages.join("\n") + locked);
        let sum: String = sum.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{sum}", self.name)
    }

    fn install(&self, folder: &Path) -> Result<(), Error> {
        match self.registry {
            Registry::Npm(lock) => {
                let wanted = self.packages.iter().filter_map(|package| package.rsplit_once('@'));
                let wanted: BTreeMap<&str, &str> = wanted.collect();
                let package = json!({ "name": self.name, "private": true, "dependencies": wanted });
                files::put(&folder.join("package.json"), package.to_string().as_bytes())?;
                files::put(&folder.join("package-lock.json"), lock.as_bytes())?;
                // `ci` of npm 11 wants optional packages in the lock, too, that are not to be had for any platform.
                let mut npm = Command::new("npm");
                npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
                npm.current_dir(folder);
                process::run(&mut npm, "install Node.js 20 or newer, which brings it").map(drop)
            }
            Registry::PyPi => {
                let mut python = Command::new("python3");
                python.args(["-m", "venv"]).arg(folder);
                let help = "install Python 3.10 or newer with its `venv` (Debian: python3-venv)";
                process::run(&mut python, help)?;
                let mut pip = Command::new(folder.join("bin/python"));
                pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
                process::run(pip.args(self.packages), help).map(drop)
            }
        }
    }
}

impl std::fmt::Debug for Tools<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tools").field("home", &self.home).finish_non_exhaustive()
    }
}
