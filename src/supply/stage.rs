//! Puts a plugin's files into the folder of plugins, whole or not at all: first where no host looks, then in one step to
//! its place.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::parcel::{File, Parcel};
use super::{Brought, Error};

/// A plugin that lies in the folder of plugins, where no host looks. It goes when this is dropped.
#[derive(Debug)]
pub struct Staged {
    /// Its name, and that of its folder.
    pub name: String,
    plugins: PathBuf,
    aside: Aside,
}

/// A hidden folder of ours.
#[derive(Debug)]
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        // What is left there is hidden, and in nobody's way.
        fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

impl Brought {
    /// Writes it beside the other plugins of the folder; one of the same name stays as it is.
    ///
    /// # Errors
    /// When there is one that is not to be replaced, or nothing can be written there.
    pub fn stage(&self, plugins: &Path, replace: bool) -> Result<Staged, Error> {
        let name = self.parcel.name()?;
        let folder = plugins.join(&name);
        // Also what leads nowhere.
        if !replace && folder.symlink_metadata().is_ok() {
            return Err(Error::Exists { plugin: name, folder });
        }
        let aside = Aside(plugins.join(format!(".adding-{name}-{}", std::process::id())));
        let inside = aside.0.join(&name);
        fs::create_dir_all(&inside).map_err(Error::file("make the folder", &inside))?;
        write(&self.parcel, &inside)?;
        Ok(Staged { name, plugins: plugins.to_owned(), aside })
    }
}

impl Staged {
    /// The folder that its folder is in.
    #[must_use]
    pub fn inside(&self) -> &Path {
        &self.aside.0
    }

    /// Brings it to its place, where a running host sees it; gives its folder.
    ///
    /// # Errors
    /// When it cannot be moved there; what was there is there again then.
    pub fn place(self) -> Result<PathBuf, Error> {
        let (from, to) = (self.aside.0.join(&self.name), self.plugins.join(&self.name));
        let old = self.aside.0.join("before");
        let replaced = to.symlink_metadata().is_ok();
        if replaced {
            fs::rename(&to, &old).map_err(Error::file("move away", &to))?;
        }
        match fs::rename(&from, &to) {
            Ok(()) => Ok(to),
            Err(error) => {
                if replaced {
                    fs::rename(&old, &to).map_err(Error::file("put back", &to))?;
                }
                Err(Error::file("move to its place", &to)(error))
            }
        }
    }
}

fn write(parcel: &Parcel, folder: &Path) -> Result<(), Error> {
    for (place, File { bytes, is_program }) in &parcel.files {
        let path = folder.join(place);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::file("make the folder", folder))?;
        }
        let mode = if *is_program { 0o755 } else { 0o644 };
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        let mut file = file.map_err(Error::file("write", &path))?;
        file.write_all(bytes).map_err(Error::file("write", &path))?;
        file.sync_all().map_err(Error::file("write", &path))?;
    }
    Ok(())
}
