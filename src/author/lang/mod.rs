//! What is special to each language: how its SDK lies in a plugin's folder, and the steps from sources to a component.

mod c;
mod go;
mod rust;

use std::path::{Path, PathBuf};

use super::sdk::Vendored;
use super::{Error, Tools, World};
use crate::manifest::{Language, Wasm};

/// How plugins are made in one language.
pub(super) struct Recipe {
    /// What a file of the SDK becomes in a plugin's folder.
    pub(super) vendored: Vendored,
    /// Names of files and folders that decide nothing, beside those that are left out for every language.
    pub(super) aside: &'static [&'static str],
    /// Whether its compiler knows by itself what has changed, and is asked each time.
    pub(super) keeps_track: bool,
    /// What decides the component beside the files: the versions of compilers, flags of the environment.
    pub(super) fingerprint: fn(&Job<'_>) -> Result<String, Error>,
    /// From sources to a component.
    pub(super) build: fn(&Job<'_>) -> Result<Vec<u8>, Error>,
}

/// One build. All paths are absolute.
pub(super) struct Job<'a> {
    /// The plugin's folder; nothing is written there.
    pub(super) folder: &'a Path,
    /// Its `plugin.toml`.
    pub(super) manifest: &'a Wasm,
    /// Where compilers come from, and who is told.
    pub(super) tools: &'a Tools<'a>,
    /// The language's SDK.
    pub(super) sdk: PathBuf,
    /// A folder to work in, the same each time for this plugin and used by one build at a time.
    pub(super) work: PathBuf,
    /// The world and the contract as WIT files.
    #[expect(dead_code, reason = "of use to the languages that come next")]
    pub(super) wit: PathBuf,
    /// The world.
    pub(super) world: World,
}

/// The way for a language.
pub(super) const fn recipe(language: Language) -> Result<&'static Recipe, Error> {
    match language {
        Language::Rust => Ok(&rust::RECIPE),
        Language::Go => Ok(&go::RECIPE),
        Language::C => Ok(&c::RECIPE),
        Language::Typescript | Language::Python => Err(Error::NoRecipe(language)),
    }
}
