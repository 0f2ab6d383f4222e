//! Versions of the contract: the names at a component's edge say which one it was built against, and that chooses what
//! it is linked with. A version that was released once is linked for ever; `tests/contracts` has a guest of each.

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use super::Error;
use super::bindings::V1;
use super::host::State;

/// What the names of the contract begin with.
const PACKAGE: &str = "cicerone:plugin/";

/// A version that this host speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contract {
    V1,
}

impl Contract {
    /// The newest of it that this host has.
    const fn newest(self) -> Version {
        match self {
            Self::V1 => Version(1, 0, 0),
        }
    }

    /// Where it is written down.
    const fn folder(self) -> &'static str {
        match self {
            Self::V1 => "wit/v1",
        }
    }

    fn of(version: Version) -> Result<Self, Error> {
        match version.0 {
            1 => Ok(Self::V1),
            0 => Err(Error::Contract { version: version.to_string(), help: AGAINST_OURS }),
            _ => Err(Error::Contract { version: version.to_string(), help: NEWER_HOST }),
        }
    }
}

const AGAINST_OURS: &str = "build it against wit/v1";
const NEWER_HOST: &str = "take a newer host, or build it against wit/v1";

/// `1.0.0`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(major, minor, patch) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl Version {
    /// What comes after a number, as in `1.0.0-rc.1`, makes it none that was released.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let version = Self(parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(version)
    }
}

/// What a component was built against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Built {
    pub(super) contract: Contract,
    /// The newest that its names say.
    version: Version,
}

impl Built {
    /// By the names of ours among those at its edge.
    pub(super) fn against<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, Error> {
        let mut built: Option<Self> = None;
        for name in names {
            let Some((_, said)) = name.strip_prefix(PACKAGE).and_then(|rest| rest.split_once('@'))
            else {
                continue;
            };
            let strange = || Error::Contract { version: said.to_owned(), help: AGAINST_OURS };
            let version = Version::parse(said).ok_or_else(strange)?;
            let contract = Contract::of(version)?;
            let newest = built.map_or(version, |other| other.version.max(version));
            built = Some(Self { contract, version: newest });
        }
        let nothing = "does not export `cicerone:plugin/tools@1.0.0`; build it against wit/v1";
        built.ok_or_else(|| Error::Component(nothing.into()))
    }

    /// What to do about something that is missing here.
    pub(super) fn help(self) -> String {
        let (newest, folder) = (self.contract.newest(), self.contract.folder());
        if self.version > newest {
            return format!(
                "it was built against {} of the contract and this host has {newest}; take a newer host, or build it against {folder}",
                self.version
            );
        }
        format!("{folder} has no such interface; leave it out of the plugin's world")
    }
}

/// What components are linked with, by the version that they were built against.
pub(super) struct Linkers {
    v1: Linker<State>,
}

impl Linkers {
    pub(super) fn new(engine: &Engine) -> wasmtime::Result<Self> {
        let mut v1 = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut v1)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut v1)?;
        V1::add_to_linker::<_, HasSelf<State>>(&mut v1, |state| state)?;
        Ok(Self { v1 })
    }

    pub(super) const fn of(&self, contract: Contract) -> &Linker<State> {
        match contract {
            Contract::V1 => &self.v1,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn against(names: &[&str]) -> Result<Built, Error> {
        Built::against(names.iter().copied())
    }

    #[track_caller]
    fn check(names: &[&str], expected: Expect) {
        expected.assert_eq(&against(names).unwrap_err().to_string());
    }

    #[test]
    fn the_newest_of_all_names_counts_and_strangers_do_not() {
        let built = against(&[
            "cicerone:plugin/log@1.0.0",
            "wasi:io/streams@0.2.6",
            "cicerone:plugin/kv@1.2.0",
            "cicerone:plugin/tools@1.1.0",
        ])
        .unwrap();
        assert_eq!((built.contract, built.version), (Contract::V1, Version(1, 2, 0)));
        assert!(
            built.help().contains("built against 1.2.0 of the contract and this host has 1.0.0")
        );
        assert!(
            against(&["cicerone:plugin/log@1.0.0"]).unwrap().help().contains("no such interface")
        );
    }

    #[test]
    fn a_version_that_nobody_speaks_is_refused_with_what_to_do() {
        check(
            &["cicerone:plugin/tools@2.0.0"],
            expect![
                "load the component: it was built against 2.0.0 of the contract; take a newer host, or build it against wit/v1"
            ],
        );
        check(
            &["cicerone:plugin/tools@0.3.0"],
            expect![
                "load the component: it was built against 0.3.0 of the contract; build it against wit/v1"
            ],
        );
        check(
            &["cicerone:plugin/tools@1.0.0-rc.1"],
            expect![
                "load the component: it was built against 1.0.0-rc.1 of the contract; build it against wit/v1"
            ],
        );
        check(
            &["wasi:cli/run@0.2.6"],
            expect![
                "load the component: the file does not export `cicerone:plugin/tools@1.0.0`; build it against wit/v1"
            ],
        );
    }
}
