//! What a component is made of, read before any of its code is compiled or run: its imports are its request for
//! rights.

use wasmparser::{Encoding, Parser, Payload};

use super::Error;
use super::contract::Built;

/// Interfaces of ours.
const OURS: [&str; 10] =
    ["types", "log", "runtime", "config", "session", "kv", "http", "secrets", "progress", "events"];

/// Packages of WASI that are there; `http` with what is granted, the others empty.
const WASI: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];

/// What every plugin exports, in some version.
const TOOLS: &str = "cicerone:plugin/tools@";

/// What a plugin exports that understands texts.
const CLASSIFY: &str = "cicerone:understanding/classify@";

/// The names at a component's edge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Parts {
    pub(super) imports: Vec<String>,
    exports: Vec<String>,
}

impl Parts {
    /// Reads the whole file, so that half a file is noticed here.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let damaged = |error: wasmparser::BinaryReaderError| {
            Error::Component(format!("is damaged or only half written: {error}"))
        };
        let mut parts = Self::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(damaged)? {
                Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                    let why = "is a core module; build it as a component, for target wasm32-wasip2";
                    return Err(Error::Component(why.into()));
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        parts.imports.push(import.map_err(damaged)?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        parts.exports.push(export.map_err(damaged)?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(parts)
    }

    /// What it was built against. Refuses a component that is no plugin, or that imports what is not there.
    pub(super) fn check(&self) -> Result<Built, Error> {
        let tools = self.exports.iter().filter(|name| name.starts_with(TOOLS));
        let edge = self.imports.iter().chain(tools.clone());
        if tools.count() == 0 {
            let why = "does not export `cicerone:plugin/tools@1.0.0`; build it against wit/v1";
            return Err(Error::Component(why.into()));
        }
        let built = Built::against(edge.map(String::as_str))?;
        self.imports.iter().try_for_each(|name| check_import(name, built))?;
        match self.understanding().find(|version| !version.starts_with("1.")) {
            Some(version) => Err(Error::Understanding { version: version.to_owned() }),
            None => Ok(built),
        }
    }

    /// Whether it understands texts.
    pub(super) fn classifies(&self) -> bool {
        self.understanding().next().is_some()
    }

    /// The versions of `classify` that it exports.
    fn understanding(&self) -> impl Iterator<Item = &str> {
        self.exports.iter().filter_map(|name| name.strip_prefix(CLASSIFY))
    }

    /// Whether it imports an interface whose name begins so.
    pub(super) fn wants(&self, interface: &str) -> bool {
        self.imports.iter().any(|name| name.starts_with(interface))
    }
}

/// `log` of `cicerone:plugin/log@1.0.0`.
fn ours(name: &str) -> Option<&str> {
    name.strip_prefix("cicerone:plugin/")?.split('@').next()
}

fn check_import(name: &str, built: Built) -> Result<(), Error> {
    let refuse = |help: &str| Err(Error::Import { name: name.to_owned(), help: help.to_owned() });
    if let Some(interface) = ours(name) {
        return if OURS.contains(&interface) { Ok(()) } else { refuse(&built.help()) };
    }
    let package = name.strip_prefix("wasi:").and_then(|rest| rest.split('/').next());
    if package.is_some_and(|package| WASI.contains(&package)) {
        return Ok(());
    }
    refuse("a plugin can import interfaces of `cicerone:plugin` and of WASI 0.2 only")
}
