//! `plugin new`: a folder with a tool that works, its test, and the SDK that it needs.

use std::path::{Path, PathBuf};

use super::{Error, files, lang, sdk};
use crate::manifest::{Language, is_name};

/// A plugin to begin with.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// Where its folder goes.
    pub inside: &'a Path,
    /// The name of plugin and folder.
    pub name: &'a str,
    /// What it is written in.
    pub language: Language,
}

/// Makes the folder, and gives it.
///
/// # Errors
/// [`Error::Name`], [`Error::Exists`], or a file that cannot be written; nothing is overwritten.
pub fn start(new: New<'_>) -> Result<PathBuf, Error> {
    if !is_name(new.name, 32) {
        return Err(Error::Name(new.name.to_owned()));
    }
    let recipe = lang::recipe(new.language)?;
    let folder = new.inside.join(new.name);
    if std::fs::symlink_metadata(&folder).is_ok() {
        return Err(Error::Exists(folder));
    }
    for (path, bytes) in sdk::template(new.language) {
        files::put(&folder.join(filled(path, new.name)), &fill(bytes, new.name))?;
    }
    sdk::unpack(new.language, recipe.vendored, &folder.join("sdk"))?;
    Ok(folder)
}

/// `{{name}}` is the plugin's name, `{{ident}}` the same for languages in which a name has no `-`.
fn filled(text: &str, name: &str) -> String {
    text.replace("{{name}}", name).replace("{{ident}}", &name.replace('-', "_"))
}

/// The same for a file; one that is no text stays as it is.
fn fill(bytes: &[u8], name: &str) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => filled(text, name).into_bytes(),
        Err(_no_text) => bytes.to_vec(),
    }
}
