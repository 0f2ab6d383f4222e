//! From a folder to a plugin that can be called: read whole, hash, imports within the request and the request
//! within the grant, compile, start once with everything denied, and check what it says of its tools.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::Error;
use super::bindings::V1Indices;
use super::bindings::cicerone::plugin::types::{Effects, ToolDef as Described};
use super::bindings::understanding;
use super::component::Parts;
use super::contract::Built;
use super::egress::Egress;
use super::grant::Rights;
use super::guest::{self, Ready};
use super::known::{Known, Tried};
use super::lent::Lent;
use super::sandbox::{Inner, Sandbox};
use super::warm::Warm;
use crate::event::clean;
use crate::manifest::{self, Expose, Grant, Manifest, Sum, Wasm, is_name};

/// Longest description, characters: it can reach a language model.
const DESCRIPTION_MAX: usize = 2_000;

/// Largest schema, bytes.
const SCHEMA_MAX: usize = 64 << 10;

/// Tools of one plugin.
const TOOLS_MAX: usize = 128;

/// A loaded plugin.
pub struct Plugin {
    /// Its name: tools are called `<name>/<tool>`.
    pub name: String,
    /// As its author says it.
    pub version: String,
    /// SHA-256 of the component, hex.
    pub digest: String,
    /// Stands for the component and all that it asks for: the digest of `grant = "as-requested"`.
    pub reviewed: String,
    /// Of the component, bytes.
    pub size: u64,
    /// For people, cleaned.
    pub description: String,
    /// What it offers.
    pub tools: Vec<ToolDef>,
    /// Whether it understands texts.
    pub classifies: bool,
    /// What the component imports: its request for rights.
    pub imports: Vec<String>,
    /// When its tools are left alone.
    pub breaker: manifest::Breaker,
    pub(super) rights: Arc<Rights>,
    pub(super) egress: Option<Arc<Egress>>,
    pub(super) lent: Arc<Lent>,
    pub(super) known: Arc<Known>,
    pub(super) warm: Option<Arc<Warm>>,
    pub(super) sandbox: Sandbox,
}

/// One tool of a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolDef {
    /// Unique in the plugin.
    pub name: String,
    /// For people and language models, cleaned.
    pub description: String,
    /// JSON Schema of the arguments.
    pub input: Arc<Value>,
    /// JSON Schema of the result.
    pub output: Option<Arc<Value>>,
    /// Read-only or idempotent, by its own word.
    pub repeatable: bool,
    /// The shorter one of what component and manifest say.
    pub timeout: Duration,
    /// By the manifest; `None` is as many as the flow says.
    pub attempts_max: Option<u32>,
    /// By the manifest: the least wait before another attempt.
    pub backoff: Duration,
    /// Calls at a time.
    pub concurrency: usize,
    /// The longest wait for a place.
    pub queue_timeout: Duration,
    /// By the manifest: to whom it is offered.
    pub expose: Expose,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, version, digest, .. } = self;
        write!(f, "Plugin({name} {version} {digest})")
    }
}

impl Plugin {
    /// Secrets that it was granted and the operator has not set.
    pub fn unset(&self) -> impl Iterator<Item = &str> {
        self.egress.iter().flat_map(|egress| egress.unset())
    }
}

/// What is read from disk, before anything runs.
struct Package {
    manifest: Wasm,
    rights: Rights,
    digest: String,
    reviewed: String,
    size: u64,
    found: Found,
}

/// The component of a package.
enum Found {
    /// It is in use, and was tried with the same limits.
    Known(Arc<Known>),
    /// It is to be tried.
    New(Ready, Parts),
}

pub(super) async fn load(sandbox: &Sandbox, folder: &Path, grant: &Grant) -> Result<Plugin, Error> {
    let (inner, folder, grant) = (sandbox.clone(), folder.to_owned(), grant.clone());
    let threads = sandbox.inner.machine.threads();
    let work = threads.spawn_blocking(move || open(&inner, &folder, &grant));
    let package = work.await.map_err(|error| Error::Machine(error.to_string()))??;
    let Package { manifest, rights, digest, reviewed, size, found } = package;
    let known = match found {
        Found::Known(known) => known,
        Found::New(ready, parts) => {
            let known = Arc::new(tried(sandbox, &rights, (ready, parts)).await?);
            sandbox.inner.in_use.note(&digest, &known);
            known
        }
    };
    let tools = tools(&known.info.tools, &manifest, &rights)?;
    let Inner { lent, machine, options, roads, .. } = &*sandbox.inner;
    let warm = Warm::of(manifest.instance, &known.ready.places, machine);
    let egress = Egress::new(&rights, lent, options.egress, roads);
    Ok(Plugin {
        name: manifest.plugin.name,
        version: manifest.plugin.version,
        digest,
        reviewed,
        size,
        description: clean(&known.info.description, DESCRIPTION_MAX),
        tools,
        classifies: known.parts.classifies(),
        imports: known.parts.imports.clone(),
        breaker: manifest.breaker,
        rights: Arc::new(rights),
        egress,
        lent: Arc::clone(lent),
        known,
        warm,
        sandbox: sandbox.clone(),
    })
}

/// Starts it once, with everything denied, to hear what it is.
async fn tried(
    sandbox: &Sandbox,
    rights: &Rights,
    (ready, parts): (Ready, Parts),
) -> Result<Known, Error> {
    let deadline = Instant::now() + sandbox.inner.options.describe_timeout;
    let threads = sandbox.inner.machine.threads();
    let info = guest::describe(threads, &ready, rights, deadline).await;
    let info = info.map_err(|failure| Error::Describe(failure.error.to_string()))?;
    Ok(Known { parts, ready, info, tried: Tried::with(rights) })
}

fn open(sandbox: &Sandbox, folder: &Path, grant: &Grant) -> Result<Package, Error> {
    let inner = &sandbox.inner;
    let text = read(&folder.join("plugin.toml"), inner.options.bytes_max)?;
    let (manifest, text) = component_manifest(text)?;
    let path = find(folder, manifest.component()?);
    if manifest.build.is_some() && !path.exists() {
        return Err(Error::NotBuilt { folder: folder.to_owned() });
    }
    let bytes = read(&path, inner.options.component_max)?;
    let digest = as_pinned(&manifest, Sum::of(&bytes))?;
    let known = inner.in_use.find(&digest);
    let parts = match &known {
        Some(known) => known.parts.clone(),
        None => Parts::read(&bytes)?,
    };
    let built = parts.check()?;
    asked(&manifest, &parts)?;
    let reviewed = manifest::reviewed(&digest, &text);
    let rights = Rights::new(&manifest, grant, &reviewed, &inner.options)?;
    let found = match known {
        Some(known) if known.tried == Tried::with(&rights) => Found::Known(known),
        Some(known) => Found::New(known.ready.clone(), parts),
        None => {
            let component = (digest.as_str(), bytes.as_slice());
            Found::New(compiled(inner, &rights.plugin, component, (built, &parts))?, parts)
        }
    };
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Package { manifest, rights, digest, reviewed, size, found })
}

fn compiled(
    inner: &Inner,
    plugin: &str,
    component: (&str, &[u8]),
    (built, parts): (Built, &Parts),
) -> Result<Ready, Error> {
    let component = inner.artifacts.component(inner.machine.engine(), plugin, component)?;
    let mismatch = |error: wasmtime::Error| {
        Error::Component(format!("does not fit: {error:#}; {}", built.help()))
    };
    let linker = inner.linkers.of(built.contract);
    let linked = linker.instantiate_pre(&component).map_err(mismatch)?;
    let tools = V1Indices::new(&linked).map_err(mismatch)?;
    let classify = parts.classifies().then(|| understanding::GuestIndices::new(&linked));
    let classify = classify.transpose().map_err(mismatch)?;
    Ok(Ready { linked, tools, classify, places: inner.machine.places(&component)? })
}

/// The component's digest, if the manifest names no other one.
fn as_pinned(manifest: &Wasm, found: Sum) -> Result<String, Error> {
    match &manifest.plugin.digest {
        Some(pinned) if *pinned != found => Err(Error::Pinned { pinned: pinned.clone(), found }),
        Some(_) | None => Ok(found.hex().to_owned()),
    }
}

/// The manifest, and its text.
fn component_manifest(text: Vec<u8>) -> Result<(Wasm, String), manifest::Error> {
    let text =
        String::from_utf8(text).map_err(|error| manifest::Error::Written(error.to_string()))?;
    match Manifest::parse(&text)? {
        Manifest::Wasm(manifest) => Ok((*manifest, text)),
        Manifest::Http(_) | Manifest::Queue(_) | Manifest::Mcp(_) => {
            let why = "its tools run somewhere else; only kind `wasm` runs in a sandbox".to_owned();
            Err(manifest::Error::Written(why))
        }
    }
}

/// What a component imports, if a host would take it with this manifest; nothing is compiled or run.
///
/// # Errors
/// Why a host would refuse it.
pub fn imports(manifest: &Wasm, component: &[u8]) -> Result<Vec<String>, Error> {
    let parts = Parts::read(component)?;
    parts.check()?;
    asked(manifest, &parts)?;
    Ok(parts.imports)
}

/// Whether a component understands texts; nothing is compiled or run.
///
/// # Errors
/// When it is none.
pub fn classifies(component: &[u8]) -> Result<bool, Error> {
    Parts::read(component).map(|parts| parts.classifies())
}

/// What was built on this machine wins over what came with the sources.
fn find(folder: &Path, name: &str) -> PathBuf {
    let built = folder.join("target").join(name);
    if built.is_file() { built } else { folder.join(name) }
}

fn read(path: &Path, max: u64) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > max {
        let why = format!("it has {size} bytes; at most {max} are read");
        return Err(failed(std::io::Error::other(why)));
    }
    std::fs::read(path).map_err(failed)
}

/// The imports must lie within what plugin.toml asks for, so that whoever reads the one knows the other.
fn asked(manifest: &Wasm, parts: &Parts) -> Result<(), Error> {
    let asked = &manifest.capabilities;
    let wants = [
        ("cicerone:plugin/session@", "session = …", asked.session.is_some()),
        ("cicerone:plugin/kv@", "kv = …", asked.kv.is_some()),
        ("cicerone:plugin/http@", "http = [{ hosts = […] }]", !asked.http.is_empty()),
        ("wasi:http/", "http = [{ hosts = […] }]", !asked.http.is_empty()),
        ("cicerone:plugin/secrets@", "secrets = …", !asked.secrets.is_empty()),
        ("cicerone:plugin/progress@", "progress = true", asked.progress),
        ("cicerone:plugin/events@", "events = …", asked.events.is_some()),
    ];
    match wants.into_iter().find(|(import, _, asked)| parts.wants(import) && !asked) {
        Some((import, line, _)) => {
            Err(Error::NotAsked { import: import.trim_end_matches(['@', '/']), line })
        }
        None => Ok(()),
    }
}

fn tools(described: &[Described], manifest: &Wasm, rights: &Rights) -> Result<Vec<ToolDef>, Error> {
    if described.len() > TOOLS_MAX {
        return Err(Error::Describe(format!("it has more than {TOOLS_MAX} tools")));
    }
    let mut seen = BTreeSet::new();
    for tool in described {
        let refuse =
            |why: &str| Err(Error::Tool { tool: clean(&tool.name, 64), why: why.to_owned() });
        if !is_name(&tool.name.replace('_', "-"), 48) {
            return refuse("its name must be a-z first, then at most 47 of a-z 0-9 _ -");
        }
        if !seen.insert(tool.name.clone()) {
            return refuse("it is there twice");
        }
    }
    if let Some(unknown) = manifest.tool.iter().find(|tool| !seen.contains(&tool.name)) {
        let why = "plugin.toml has [[tool]] for it, but the component does not".to_owned();
        return Err(Error::Tool { tool: unknown.name.clone(), why });
    }
    described.iter().map(|tool| define(tool, manifest, rights)).collect()
}

fn define(tool: &Described, manifest: &Wasm, rights: &Rights) -> Result<ToolDef, Error> {
    let narrowed = manifest.narrowed(&tool.name);
    let retry = narrowed.and_then(|tool| tool.retry);
    let limits = &rights.limits;
    let own = tool.timeout_ms.map(|ms| Duration::from_millis(ms.into()));
    let told = narrowed.and_then(|tool| tool.timeout).map(|span| span.0);
    let shortest = [own, told].into_iter().flatten().fold(limits.timeout, Duration::min);
    let input = schema(&tool.name, "input", &tool.input_schema)?;
    let output = tool.output_schema.as_deref();
    Ok(ToolDef {
        description: clean(&tool.description, DESCRIPTION_MAX),
        input,
        output: output.map(|text| schema(&tool.name, "output", text)).transpose()?,
        repeatable: tool.effects.intersects(Effects::READ_ONLY | Effects::IDEMPOTENT),
        timeout: shortest,
        attempts_max: retry.map(|retry| retry.max_attempts),
        backoff: retry.and_then(|retry| retry.backoff).map_or(Duration::ZERO, |span| span.0),
        concurrency: narrowed
            .and_then(|tool| tool.concurrency)
            .map_or(limits.concurrency, |count| count.clamp(1, limits.concurrency)),
        queue_timeout: limits.queue_timeout,
        expose: narrowed.map(|tool| tool.expose.clone()).unwrap_or_default(),
        name: tool.name.clone(),
    })
}

fn schema(tool: &str, which: &str, text: &str) -> Result<Arc<Value>, Error> {
    let refuse = |why: String| Error::Tool { tool: tool.to_owned(), why };
    if text.len() > SCHEMA_MAX {
        return Err(refuse(format!("its {which} schema has more than {SCHEMA_MAX} bytes")));
    }
    let value: Value = serde_json::from_str(text)
        .map_err(|error| refuse(format!("its {which} schema is not JSON: {error}")))?;
    if which == "input" && value.get("type").and_then(Value::as_str) != Some("object") {
        return Err(refuse("its input schema must have `\"type\": \"object\"`".to_owned()));
    }
    Ok(Arc::new(value))
}
