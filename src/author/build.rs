//! `plugin build`: from a plugin's folder to its component in `target/`, where a host looks first. Built again only if
//! something changed that decides it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::cache::{Cache, Key};
use super::lang::{self, Job, Recipe};
use super::tell::during;
use super::{Error, Tools, World, files, sdk};
use crate::manifest::{Build, Language, Manifest, Wasm};
use crate::plugin;

/// What a component exports that understands texts.
const CLASSIFY: &str = "cicerone:understanding/classify";

/// How linkers and encoders say that it is missing.
const MISSED: [&str; 2] = [
    "failed to find export of interface `cicerone:understanding/classify",
    "undefined symbol: cicerone_this_classify",
];

/// What to do with a component that exports it, though nobody said so.
pub(super) const UNSAID: &str =
    "it understands texts; write `classify = true` in `[build]`, so that who reads it knows";

/// What came of a build.
#[derive(Debug, Clone)]
pub struct Built {
    /// The plugin's name.
    pub name: String,
    /// What it is written in.
    pub language: Language,
    /// Where the component is.
    pub component: PathBuf,
    /// How large, bytes.
    pub size: u64,
    /// What it imports: its request for rights.
    pub imports: Vec<String>,
    /// How long it took.
    pub took: Duration,
    /// Whether it was built before from the same.
    pub cached: bool,
}

/// Builds the plugin in `folder`.
///
/// # Errors
/// What is wrong with its `plugin.toml`, what is missing on this machine, or the compiler's own words.
pub fn build(folder: &Path, tools: &Tools<'_>) -> Result<Built, Error> {
    let began = Instant::now();
    let folder = folder.canonicalize().map_err(Error::file("find the folder", folder))?;
    let manifest = read(&folder)?;
    let path = folder.join("plugin.toml");
    let why = "it has no `[build]`; write `[build]` with `lang = \"rust\"` (or another language)";
    let Some(how) = manifest.build else { return Err(Error::NothingToBuild { path, why }) };
    let language = how.lang;
    let wrong = |source| Error::Manifest { path, source: Box::new(source) };
    let component = folder.join("target").join(manifest.component().map_err(wrong)?);
    let recipe = lang::recipe(language)?;
    let work = work(tools, &folder);
    let (bytes, cached) = files::alone(&work.with_extension("lock"), || {
        let job = prepare(&folder, &manifest, tools, &work)?;
        recipe.component(&job).map_err(|error| explained(error, how))
    })?;
    let imports = plugin::imports(&manifest, &bytes)?;
    if how.classify != plugin::classifies(&bytes)? {
        return Err(Error::Component(understands_or_not(how)));
    }
    let same = std::fs::read(&component).is_ok_and(|there| there == bytes);
    files::put(&component, &bytes)?;
    Ok(Built {
        name: manifest.plugin.name,
        language,
        component,
        size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        imports,
        took: began.elapsed(),
        cached: cached.unwrap_or(same),
    })
}

/// The manifest of a plugin that has a component.
fn read(folder: &Path) -> Result<Wasm, Error> {
    let path = folder.join("plugin.toml");
    let text = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    match Manifest::parse(&text) {
        Ok(Manifest::Wasm(manifest)) => Ok(*manifest),
        Ok(Manifest::Http(_) | Manifest::Queue(_) | Manifest::Mcp(_)) => {
            let why = "its tools run somewhere else; only `kind = \"wasm\"` is built";
            Err(Error::NothingToBuild { path, why })
        }
        Err(source) => Err(Error::Manifest { path, source: Box::new(source) }),
    }
}

/// What to do where `[build]` and component do not say the same about texts.
fn understands_or_not(how: Build) -> String {
    if !how.classify {
        return UNSAID.to_owned();
    }
    let line = match how.lang {
        Language::Rust => "`classify = …` in `plugin!`",
        Language::Typescript => "`classify` in `plugin({ … })`",
        Language::Python => "`classify=…` in `plugin(…)`",
        Language::Go => "`classify.With(…)` in a func init",
        Language::C => "`CICERONE_CLASSIFY(…)` beside `CICERONE_PLUGIN`",
    };
    format!(
        "`[build]` says `classify = true`, but it exports no `{CLASSIFY}`; name a function that understands texts: write {line}"
    )
}

/// In the words of an author, who has not written the symbol that is missing.
fn explained(error: Error, how: Build) -> Error {
    let said = error.to_string();
    if how.classify && MISSED.iter().any(|words| said.contains(words)) {
        Error::Component(understands_or_not(how))
    } else {
        error
    }
}

/// One folder to work in for each plugin's folder, so that what compilers keep there helps the next time.
fn work(tools: &Tools<'_>, folder: &Path) -> PathBuf {
    let key = Key::new().with("folder", folder.to_string_lossy().as_bytes()).done();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let short: String = key.chars().take(12).collect();
    tools.home().join("work").join(format!("{name}-{short}"))
}

fn prepare<'a>(
    folder: &'a Path,
    manifest: &'a Wasm,
    tools: &'a Tools<'a>,
    work: &Path,
) -> Result<Job<'a>, Error> {
    let language = manifest.build.map_or(Language::Rust, |build| build.lang);
    let world = World::of(manifest);
    let wit = work.join("wit");
    world.write(&wit)?;
    let sdk = sdk_of(folder, language, work)?;
    Ok(Job { folder, manifest, tools, sdk, work: work.to_owned(), wit, world })
}

/// The SDK in the plugin's folder; or of the repository that it lies in; or ours, unpacked.
fn sdk_of(folder: &Path, language: Language, work: &Path) -> Result<PathBuf, Error> {
    let own = folder.join("sdk");
    if own.is_dir() {
        return Ok(own);
    }
    let around = folder.ancestors().map(|above| above.join("sdk").join(language.word()));
    if let Some(found) = around.skip(1).find(|sdk| sdk.join("template").is_dir()) {
        return Ok(found);
    }
    let unpacked = work.join("sdk");
    sdk::unpack(language, lang::recipe(language)?.vendored, &unpacked)?;
    Ok(unpacked)
}

impl Recipe {
    /// The component, and whether it was there before; none is that only its bytes can tell.
    fn component(&self, job: &Job<'_>) -> Result<(Vec<u8>, Option<bool>), Error> {
        if self.keeps_track {
            return Ok((self.compile(job)?, None));
        }
        let key = Key::new()
            .with("world", job.world.text().as_bytes())
            .with(
                "contract",
                job.world.contracts().map(|(_, text)| text).collect::<String>().as_bytes(),
            )
            .with("by", (self.fingerprint)(job)?.as_bytes())
            .with_folder(&job.sdk, self.aside)?
            .with_folder(job.folder, self.aside)?
            .done();
        let cache = Cache::at(job.tools.home());
        if let Some(component) = cache.get(&key) {
            return Ok((component, Some(true)));
        }
        let component = self.compile(job)?;
        cache.put(&key, &component)?;
        Ok((component, Some(false)))
    }

    fn compile(&self, job: &Job<'_>) -> Result<Vec<u8>, Error> {
        let what = format!("building {}", job.manifest.plugin.name);
        during(job.tools.tell(), &what, || (self.build)(job))
    }
}
