//! The SDKs as they lie in this binary, put there by `build.rs`.

use std::borrow::Cow;
use std::path::Path;

use super::{Error, files};
use crate::manifest::Language;

/// Every file of `sdk/<lang>`, by its path below `sdk/`, in order.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// Where a starter lies in an SDK.
const TEMPLATE: &str = "template/";

/// What a file of an SDK becomes in a plugin's folder; none is that it stays out.
pub(super) type Vendored = fn(&str, &'static [u8]) -> Option<Cow<'static, [u8]>>;

/// As it is.
pub(super) fn as_it_is(_path: &str, bytes: &'static [u8]) -> Option<Cow<'static, [u8]>> {
    Some(Cow::Borrowed(bytes))
}

/// The SDK's own files, by their path in it.
pub(super) fn package(language: Language) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    of(language).filter(|(path, _)| !path.starts_with(TEMPLATE))
}

/// The starter's files, by their path in the new folder.
pub(super) fn template(language: Language) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    of(language).filter_map(|(path, bytes)| Some((path.strip_prefix(TEMPLATE)?, bytes)))
}

fn of(language: Language) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let inside = move |path: &'static str| path.strip_prefix(language.word())?.strip_prefix('/');
    FILES.iter().filter_map(move |(path, bytes)| Some((inside(path)?, *bytes)))
}

/// Writes the SDK to a folder of its own.
pub(super) fn unpack(language: Language, vendored: Vendored, folder: &Path) -> Result<(), Error> {
    for (path, bytes) in package(language) {
        if let Some(bytes) = vendored(path, bytes) {
            files::put(&folder.join(path), &bytes)?;
        }
    }
    Ok(())
}
