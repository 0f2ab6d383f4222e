//! What was agreed on about a server's tools: what it said the first time, in a file beside the store. A server that
//! says something else later has changed what people, flows and models rely on, so that this is told, and taken only
//! where the operator is at the machine himself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use super::define::Definition;

/// Where it is noted, and how strictly it is kept.
#[derive(Debug, Clone)]
pub struct Pins {
    /// None keeps nothing: whatever a server says is taken.
    folder: Option<PathBuf>,
    /// Whether a change is taken, and told.
    lenient: bool,
}

impl Pins {
    /// Notes in this folder; `lenient` takes changes with a line in the log.
    #[must_use]
    pub const fn new(folder: PathBuf, lenient: bool) -> Self {
        Self { folder: Some(folder), lenient }
    }

    /// Keeps nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self { folder: None, lenient: true }
    }

    /// Where what one server says is noted; without it, what is said next is taken.
    #[must_use]
    pub fn file(folder: &Path, plugin: &str) -> PathBuf {
        folder.join(format!("{plugin}.json"))
    }

    /// What was agreed on with the server of this plugin, whose `plugin.toml` has this digest: another one is reviewed
    /// anew.
    pub(super) fn of(&self, plugin: &str, source: &str) -> Pin {
        let file = self.folder.as_ref().map(|folder| Self::file(folder, plugin));
        let agreed = file.as_ref().and_then(|file| {
            let text = std::fs::read(file).ok()?;
            let note: Note = serde_json::from_slice(&text)
                .inspect_err(|error| warn!(plugin, %error, "The note of a server's tools is none."))
                .ok()?;
            (note.source == source).then_some(note.tools)
        });
        let (plugin, source) = (plugin.to_owned(), source.to_owned());
        let agreed = Arc::new(Mutex::new(agreed));
        Pin { plugin, source, file, lenient: self.lenient, agreed }
    }
}

/// The file.
#[derive(Serialize, Deserialize)]
struct Note {
    /// Digest of the `plugin.toml`.
    source: String,
    tools: Vec<Definition>,
}

/// What was agreed on with one server.
#[derive(Debug)]
pub(super) struct Pin {
    plugin: String,
    source: String,
    file: Option<PathBuf>,
    lenient: bool,
    agreed: Arc<Mutex<Option<Vec<Definition>>>>,
}

/// How what a server says differs from what it said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Difference {
    changed: Vec<String>,
    added: Vec<String>,
    gone: Vec<String>,
}

impl Pin {
    /// As it was noted.
    pub(super) fn agreed(&self) -> Option<Vec<Definition>> {
        self.agreed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Of what the server says now, what is in force.
    pub(super) async fn agree(&self, told: Vec<Definition>) -> Vec<Definition> {
        // Somebody accepted whatever is said next.
        let forgotten = self.file.as_ref().is_some_and(|file| !file.exists());
        let Some(agreed) = self.agreed().filter(|_| !forgotten) else {
            self.note(&told).await;
            return told;
        };
        let Difference { changed, added, gone } = difference(&agreed, &told);
        let plugin = &self.plugin;
        if !gone.is_empty() {
            info!(plugin, tools = gone.join(", "), "A tool server no longer has some tools.");
        }
        if changed.is_empty() && added.is_empty() {
            return told;
        }
        let (changed_tools, new_tools) = (changed.join(", "), added.join(", "));
        if self.lenient {
            warn!(
                plugin,
                changed_tools,
                new_tools,
                "A tool server says other things of its tools than before; they are taken."
            );
            self.note(&told).await;
            return told;
        }
        let file = self.file.as_ref().map(|file| file.display().to_string());
        warn!(
            plugin,
            changed_tools,
            new_tools,
            file,
            "A tool server says other things of its tools than before; they are left out until `cicerone plugin accept` and the server's next start."
        );
        told.into_iter().filter(|tool| agreed.contains(tool)).collect()
    }

    async fn note(&self, tools: &[Definition]) {
        *self.agreed.lock().unwrap_or_else(PoisonError::into_inner) = Some(tools.to_vec());
        let Some(file) = self.file.clone() else { return };
        let note = Note { source: self.source.clone(), tools: tools.to_vec() };
        let written = tokio::task::spawn_blocking(move || write(&file, &note)).await;
        let written = written.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        if let Err(error) = written {
            let plugin = &self.plugin;
            warn!(plugin, %error, "What a tool server says of its tools could not be noted.");
        }
    }
}

/// Whole or not at all.
fn write(file: &Path, note: &Note) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let text = serde_json::to_vec_pretty(note)?;
    let new = file.with_extension("json.new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, file)
}

fn difference(agreed: &[Definition], told: &[Definition]) -> Difference {
    let by_name = |tools: &[Definition]| -> BTreeMap<String, Definition> {
        tools.iter().map(|tool| (tool.name.clone(), tool.clone())).collect()
    };
    let (before, now) = (by_name(agreed), by_name(told));
    let mut difference = Difference::default();
    for (name, tool) in &now {
        match before.get(name) {
            Some(old) if old == tool => {}
            Some(_) => difference.changed.push(name.clone()),
            None => difference.added.push(name.clone()),
        }
    }
    difference.gone = before.into_keys().filter(|name| !now.contains_key(name)).collect();
    difference
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(name: &str, description: &str) -> Definition {
        Definition {
            name: name.to_owned(),
            description: description.to_owned(),
            input_schema: Arc::new(json!({ "type": "object" })),
            output_schema: None,
            repeatable: false,
        }
    }

    #[tokio::test]
    async fn a_changed_tool_is_taken_only_by_the_lenient() {
        let folder = tempfile::tempdir().unwrap();
        let first = vec![tool("a", "Reads."), tool("b", "Writes."), tool("c", "Goes.")];
        let then = vec![tool("a", "Reads."), tool("b", "Sends it to me."), tool("d", "New.")];
        let pins = |lenient| Pins::new(folder.path().join("mcp"), lenient);
        assert_eq!(pins(false).of("notes", "1").agree(first.clone()).await, first);
        // After a restart.
        let pin = pins(false).of("notes", "1");
        assert_eq!(pin.agreed().as_ref(), Some(&first));
        assert_eq!(pin.agree(then.clone()).await, [tool("a", "Reads.")]);
        assert_eq!(pins(false).of("notes", "1").agreed(), Some(first.clone()));
        // Once somebody accepts it, what is said next is taken.
        let pin = pins(false).of("notes", "1");
        std::fs::remove_file(Pins::file(&folder.path().join("mcp"), "notes")).unwrap();
        assert_eq!(pin.agree(then.clone()).await, then);
        pins(true).of("notes", "1").agree(first.clone()).await;
        // Another plugin.toml is reviewed anew.
        assert_eq!(pins(false).of("notes", "2").agreed(), None);
        assert_eq!(pins(true).of("notes", "1").agree(then.clone()).await, then);
        assert_eq!(pins(false).of("notes", "1").agree(then.clone()).await, then);
    }
}
