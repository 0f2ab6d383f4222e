//! The files of one plugin, in memory: from an archive, from a folder, or a component alone, for which a `plugin.toml` is
//! written. Sizes and numbers are bounded, and no name leads out of the plugin's folder.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use super::{Error, FILES_MAX, PACKAGE_MAX, UNPACKED_MAX, archive};
use crate::manifest::{self, Manifest, Wasm};
use crate::plugin;

/// What every plugin has.
pub(super) const MANIFEST: &str = "plugin.toml";

/// Below a plugin's folder, what is never carried along.
const ASIDE: [&str; 4] = ["target", "node_modules", "__pycache__", "data"];

/// How deep a file may lie.
const DEPTH_MAX: usize = 16;

/// One file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) is_program: bool,
}

/// A plugin's files by their place in its folder.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) files: BTreeMap<PathBuf, File>,
    size: u64,
}

impl Parcel {
    /// Of a package: what it is its first bytes say.
    pub(super) fn of_bytes(bytes: &[u8], name: Option<&str>) -> Result<Self, Error> {
        let parcel = match bytes {
            [0x1f, 0x8b, ..] => archive::unpack(bytes)?,
            [0, b'a', b's', b'm', ..] => Self::of_component(bytes, name)?,
            _ => {
                let why = "it is neither a component (.wasm) nor an archive (.tar.gz)".to_owned();
                return Err(Error::Package(why));
            }
        };
        parcel.check()?;
        Ok(parcel)
    }

    /// Of a folder; what was built there counts.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, Error> {
        let mut parcel = Self::default();
        parcel.collect(folder, Path::new(""))?;
        if let Manifest::Wasm(manifest) = parcel.manifest()? {
            let component = manifest.component()?;
            let built = folder.join("target").join(component);
            if built.is_file() {
                parcel.remove(component);
                parcel.read(&built, PathBuf::from(component))?;
            }
        }
        parcel.check()?;
        Ok(parcel)
    }

    /// A component that asks for nothing that has to be written down.
    fn of_component(bytes: &[u8], name: Option<&str>) -> Result<Self, Error> {
        let name = name.unwrap_or_default();
        let text = format!(
            "# Written by `cicerone plugin add`: the component came alone.\n[plugin]\nname = \"{name}\"\nversion = \"0.0.0\"\n\
             kind = \"wasm\"\ncomponent = \"{name}.wasm\"\ncontract = \"1\"\n"
        );
        if !manifest::is_name(name, 32) {
            let why = format!("`{name}` is no name for a plugin; give it one with `--name`");
            return Err(Error::Package(why));
        }
        let mut parcel = Self::default();
        parcel.add(PathBuf::from(MANIFEST), text.into_bytes(), false)?;
        parcel.add(PathBuf::from(format!("{name}.wasm")), bytes.to_vec(), false)?;
        Ok(parcel)
    }

    fn collect(&mut self, folder: &Path, inside: &Path) -> Result<(), Error> {
        let here = folder.join(inside);
        let failed = || Error::file("read the folder", &here);
        for entry in fs::read_dir(&here).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') || ASIDE.contains(&&*name) {
                continue;
            }
            let (path, place) = (entry.path(), inside.join(&*name));
            let kind = entry.file_type().map_err(failed())?;
            if kind.is_dir() {
                self.collect(folder, &place)?;
            } else if kind.is_file() {
                self.read(&path, place)?;
            } else {
                let why = format!("`{}` is neither a file nor a folder", path.display());
                return Err(Error::Package(why));
            }
        }
        Ok(())
    }

    fn read(&mut self, path: &Path, place: PathBuf) -> Result<(), Error> {
        let data = fs::metadata(path).map_err(Error::file("read", path))?;
        if data.len() > PACKAGE_MAX {
            return Err(too_much());
        }
        let bytes = fs::read(path).map_err(Error::file("read", path))?;
        self.add(place, bytes, data.permissions().mode() & 0o111 != 0)
    }

    pub(super) fn add(
        &mut self,
        place: PathBuf,
        bytes: Vec<u8>,
        is_program: bool,
    ) -> Result<(), Error> {
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.size > UNPACKED_MAX || self.files.len() >= FILES_MAX {
            return Err(too_much());
        }
        if self.files.contains_key(&place) {
            return Err(Error::Package(format!("`{}` is there twice", place.display())));
        }
        self.files.insert(place, File { bytes, is_program });
        Ok(())
    }

    fn remove(&mut self, place: &str) {
        if let Some(file) = self.files.remove(Path::new(place)) {
            self.size = self.size.saturating_sub(u64::try_from(file.bytes.len()).unwrap_or(0));
        }
    }

    /// Bytes that may still come.
    pub(super) const fn room(&self) -> u64 {
        UNPACKED_MAX.saturating_sub(self.size)
    }

    /// Many archives have all their files in one folder.
    pub(super) fn flatten(&mut self) {
        if self.files.contains_key(Path::new(MANIFEST)) {
            return;
        }
        let first = |path: &Path| path.components().next().map(|step| step.as_os_str().to_owned());
        let Some(top) = self.files.keys().next().and_then(|path| first(path)) else { return };
        if !self.files.contains_key(&Path::new(&top).join(MANIFEST))
            || !self.files.keys().all(|path| first(path).as_ref() == Some(&top))
        {
            return;
        }
        let files = std::mem::take(&mut self.files).into_iter();
        let inside = |(path, file): (PathBuf, File)| {
            path.strip_prefix(&top).map(|path| (path.to_owned(), file)).ok()
        };
        self.files = files.filter_map(inside).collect();
    }

    pub(super) fn manifest(&self) -> Result<Manifest, Error> {
        let Some(file) = self.files.get(Path::new(MANIFEST)) else {
            return Err(Error::Package("it has no plugin.toml".to_owned()));
        };
        let text = std::str::from_utf8(&file.bytes)
            .map_err(|error| manifest::Error::Written(error.to_string()))?;
        Ok(Manifest::parse(text)?)
    }

    /// As far as it can be seen without running anything.
    fn check(&self) -> Result<(), Error> {
        match self.manifest()? {
            Manifest::Wasm(manifest) => self.check_component(&manifest),
            Manifest::Http(_) | Manifest::Queue(_) | Manifest::Mcp(_) => Ok(()),
        }
    }

    fn check_component(&self, manifest: &Wasm) -> Result<(), Error> {
        let name = manifest.component()?;
        match self.files.get(Path::new(name)) {
            Some(file) => {
                plugin::imports(manifest, &file.bytes)?;
                Ok(())
            }
            None => {
                let why =
                    format!("it has no `{name}`; build it first with `cicerone plugin build`");
                Err(Error::Package(why))
            }
        }
    }

    pub(super) fn name(&self) -> Result<String, Error> {
        Ok(match self.manifest()? {
            Manifest::Wasm(manifest) => manifest.plugin.name.clone(),
            Manifest::Http(manifest) => manifest.name.clone(),
            Manifest::Queue(manifest) => manifest.name.clone(),
            Manifest::Mcp(manifest) => manifest.name.clone(),
        })
    }
}

pub(super) fn too_much() -> Error {
    let (mib, max) = (UNPACKED_MAX >> 20, PACKAGE_MAX >> 20);
    Error::Package(format!(
        "it is too much: at most {FILES_MAX} files with {mib} MiB together, {max} MiB packed"
    ))
}

/// A name in an archive as a place in the plugin's folder; nothing for the folder itself.
pub(super) fn place(name: &Path) -> Result<Option<PathBuf>, Error> {
    let refuse = |why: &str| Err(Error::Package(format!("`{}` {why}", name.display())));
    let mut place = PathBuf::new();
    for step in name.components() {
        match step {
            Component::CurDir => {}
            Component::Normal(step) => place.push(step),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return refuse("leads out of the plugin's folder");
            }
        }
    }
    let Some(text) = place.to_str() else { return refuse("is no name in UTF-8") };
    if text.contains(['\\', '\0']) || text.chars().any(char::is_control) {
        return refuse("is no name that every system knows");
    }
    if place.components().count() > DEPTH_MAX {
        return refuse("lies too deep");
    }
    Ok((place != Path::new("")).then_some(place))
}
