//! The world of a component: what it imports and exports, made from what its `plugin.toml` asks for, so that the list of
//! its imports is its request for rights.

use std::path::Path;

use super::{Error, files};
use crate::manifest::Wasm;

/// The contract, as this host has it.
const CONTRACT: &str = include_str!("../../wit/v1/plugin.wit");

/// That with plugins that understand texts.
const UNDERSTANDING: &str = include_str!("../../wit/understanding/v1/understanding.wit");

/// What is there without asking: it gives nothing away.
const ALWAYS: [&str; 3] = ["log", "runtime", "config"];

/// How a line of the world begins that imports something.
const IMPORT: &str = "  import cicerone:plugin/";

/// The line of the world that exports what understands texts.
const CLASSIFY: &str = "  export cicerone:understanding/classify@1.0.0;\n";

/// A world with its WIT text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World(String);

impl World {
    /// Its package.
    pub const PACKAGE: &str = "cicerone:guest";
    /// Its name in the package.
    pub const NAME: &str = "plugin";

    /// For what a plugin asks for, and for what it is.
    #[must_use]
    pub fn of(manifest: &Wasm) -> Self {
        let asked = &manifest.capabilities;
        let wanted = [
            ("session", asked.session.is_some()),
            ("kv", asked.kv.is_some()),
            ("http", !asked.http.is_empty()),
            ("secrets", !asked.secrets.is_empty()),
            ("progress", asked.progress),
            ("events", asked.events.is_some()),
        ];
        let asked = wanted.into_iter().filter_map(|(name, asked)| asked.then_some(name));
        let mut text = format!("package {};\n\nworld {} {{\n", Self::PACKAGE, Self::NAME);
        for name in ALWAYS.into_iter().chain(asked) {
            text.push_str(IMPORT);
            text.push_str(name);
            text.push_str("@1.0.0;\n");
        }
        text.push_str("  export cicerone:plugin/tools@1.0.0;\n");
        if manifest.build.is_some_and(|build| build.classify) {
            text.push_str(CLASSIFY);
        }
        text.push_str("}\n");
        Self(text)
    }

    /// The world alone.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it exports what understands texts.
    pub(super) fn understands(&self) -> bool {
        self.0.contains(CLASSIFY)
    }

    /// The names of its imports: `log`, `kv`.
    pub(super) fn imports(&self) -> impl Iterator<Item = &str> {
        let imports = self.0.lines().filter_map(|line| line.strip_prefix(IMPORT));
        imports.filter_map(|rest| rest.split('@').next())
    }

    /// What it speaks of: the file in a folder of dependencies, and the text.
    pub fn contracts(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let all = [
            ("cicerone-plugin/plugin.wit", CONTRACT),
            ("cicerone-understanding/understanding.wit", UNDERSTANDING),
        ];
        let count = if self.understands() { 2 } else { 1 };
        all.into_iter().take(count)
    }

    /// Writes world and contracts as a folder that WIT tools read.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Error> {
        files::put(&folder.join("world.wit"), self.0.as_bytes())?;
        let deps = folder.join("deps");
        self.contracts().try_for_each(|(file, text)| files::put(&deps.join(file), text.as_bytes()))
    }
}
