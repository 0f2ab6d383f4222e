//! Python: componentize-py, which takes a picture of an interpreter that has imported the plugin. No Python of the machine runs
//! the plugin's code, and none of its packages get in.

use std::path::Path;
use std::process::Command;

use super::{Job, Recipe};
use crate::author::{Error, Kit, Registry, World, files, process, sdk};

const KIT: Kit =
    Kit { name: "python", registry: Registry::PyPi, packages: &["componentize-py==0.25.0"] };

/// What the component exports, made of what the author calls `PLUGIN`.
const ENTRY: &str = "\
from cicerone_sdk.component import tools_of
import main

Tools = tools_of(getattr(main, \"PLUGIN\", None))
";

/// The same for one that understands texts.
const HEARING: &str = "\
from cicerone_sdk.component import tools_of
from cicerone_sdk.hearing import classify_of
import main

Tools = tools_of(getattr(main, \"PLUGIN\", None), hears=True)
Classify = classify_of(main.PLUGIN)
";

/// Names that tools of Python give to what they leave behind.
const ASIDE: &[&str] = &["test", "tests", "template", "README.md", "plugin.test.json", "venv"];

pub(super) const RECIPE: Recipe = Recipe {
    vendored: sdk::as_it_is,
    aside: ASIDE,
    keeps_track: false,
    fingerprint: |job| Ok(KIT.packages.join(" ") + entry(job)),
    build,
};

fn entry(job: &Job<'_>) -> &'static str {
    if job.world.understands() { HEARING } else { ENTRY }
}

fn build(job: &Job<'_>) -> Result<Vec<u8>, Error> {
    let why = "it has no `src/main.py`; that is the module that says `PLUGIN = plugin(…)`";
    if !job.folder.join("src/main.py").is_file() {
        let path = job.folder.join("plugin.toml");
        return Err(Error::NothingToBuild { path, why });
    }
    let kit = job.tools.get(&KIT)?;
    let app = job.work.join("app");
    gather(job, &app)?;
    let out = job.work.join("component.wasm");
    let mut python = Command::new(kit.join("bin/componentize-py"));
    python.arg("--quiet").arg("--wit-path").arg(&job.wit).args(["--world", World::NAME]);
    python.args(["componentize", "cicerone_component", "--python-path"]).arg(&app);
    python.arg("--output").arg(&out);
    // The packages of whatever environment is active are not the plugin's: an empty one is.
    python.env("VIRTUAL_ENV", job.work.join("nothing")).env_remove("PYTHONPATH");
    process::run(
        python.current_dir(&job.work),
        "remove the kit's folder, so that it is fetched again",
    )?;
    files::read(&out)
}

/// The plugin, what it brings along in `site-packages`, and the SDK: all modules that there are.
fn gather(job: &Job<'_>, app: &Path) -> Result<(), Error> {
    if app.exists() {
        std::fs::remove_dir_all(app).map_err(Error::file("empty", app))?;
    }
    files::put(&app.join("cicerone_component.py"), entry(job).as_bytes())?;
    let package = job.sdk.join("cicerone_sdk");
    copy(&package, &app.join("cicerone_sdk"))?;
    let brought = job.folder.join("site-packages");
    if brought.is_dir() {
        copy(&brought, app)?;
    }
    copy(&job.folder.join("src"), app)
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    for path in files::sources(from, &[])? {
        let inside = path.strip_prefix(from).unwrap_or(&path);
        files::put(&to.join(inside), &files::read(&path)?)?;
    }
    Ok(())
}
