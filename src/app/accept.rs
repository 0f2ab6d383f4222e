//! Has a plugin taken as it is now: it is looked at as if everything were granted to it, where it can do nothing to
//! anybody, and noted in `data/plugin.lock`. A host that runs hears of it by that file.

use std::io;
use std::path::Path;

use anyhow::Context;

use super::lock::{Lock, Pin};
use super::plugins::{Shelf, Written, manifest_of, misplaced};
use crate::config::Settings;
use crate::manifest::{Grant, Manifest};
use crate::reload::{Opened, messages};
use crate::tool::Registry;

/// Where a plugin came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// As it was named.
    pub source: String,
    /// By the operator's name for the key.
    pub signed_by: Option<String>,
}

/// A plugin that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What was noted; none for a server of the settings, which are the operator's own word.
    pub pin: Option<Pin>,
    /// What is otherwise than it was accepted before; none when it never was.
    pub changes: Option<Vec<String>>,
    /// Why a host with these settings would not load it all the same.
    pub refused: Option<String>,
}

/// Takes the plugin of this name in the settings' folder.
///
/// # Errors
/// When there is none, when it could not be loaded whatever is granted, or when nothing can be noted.
pub async fn accept(
    settings: &Settings,
    plugin: &str,
    origin: Option<Origin>,
) -> anyhow::Result<Accepted> {
    let components = super::components(settings, None)?;
    let shelf = Shelf::new(settings, components, None, Lock::none())?;
    let note = super::mcp::note(settings, plugin);
    if shelf.is_own(plugin) {
        forget(&note)?;
        return Ok(Accepted { pin: None, changes: None, refused: None });
    }
    let pin = look(settings, &shelf, plugin).await?;
    let lock = Lock::of(settings);
    let before = lock.pin(plugin)?;
    let changes = before.as_ref().map(|before| before.changes(&pin));
    // What is the same is from where it was.
    let same = changes.as_ref().is_some_and(Vec::is_empty);
    let (source, signed_by) = match (origin, before) {
        (Some(origin), _) => (Some(origin.source), origin.signed_by),
        (None, Some(before)) if same => (before.source, before.signed_by),
        (None, _) => (None, None),
    };
    let pin = Pin { source, signed_by, ..pin };
    lock.put(plugin, pin.clone())?;
    // What a server says next of its tools is taken, too.
    forget(&note)?;
    let refused = if pin.kind == "mcp" { None } else { refused(&shelf, plugin).await };
    Ok(Accepted { pin: Some(pin), changes, refused })
}

async fn look(settings: &Settings, shelf: &Shelf, plugin: &str) -> anyhow::Result<Pin> {
    let folder = settings.plugins.join(plugin);
    let file = manifest_of(&folder);
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!("read `{}`; the name of a plugin is that of its folder", file.display())
    })?;
    // No server is started for that.
    if let Manifest::Mcp(manifest) = Manifest::parse(&text)? {
        return match manifest.name == plugin {
            true => Pin::of_server(&manifest.version, &text),
            false => Err(misplaced(&manifest.name, plugin)),
        };
    }
    let grant = Grant::of_whatever_is_asked();
    let written = Written { text: &text, folder: &folder, grant: &grant, granted: "" };
    let package = shelf.package(plugin, written).await?;
    if package.name != plugin {
        return Err(misplaced(&package.name, plugin));
    }
    let alone = Registry::new(settings.tool.clone());
    (package.put)(&alone)?;
    Pin::of(&package, &text, &alone)
}

/// What is left to be granted, most of the time.
async fn refused(shelf: &Shelf, plugin: &str) -> Option<String> {
    match shelf.open(plugin).await {
        Opened::Ready(_) | Opened::Gone => None,
        Opened::Rejected { findings } => Some(messages(&findings)),
    }
}

fn forget(note: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(note) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove `{}`", note.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
