//! TypeScript: its own compiler for the types, esbuild for one bundle, `QuickJS` around it. The SDK's `build.mjs` runs them, in
//! the process of Node where all three are libraries.

use std::borrow::Cow;
use std::process::Command;

use super::{Job, Recipe};
use crate::author::{Error, Kit, Registry, World, files, process};

const HELP: &str = "install Node.js 20 or newer: https://nodejs.org";

const KIT: Kit = Kit {
    name: "typescript",
    registry: Registry::Npm,
    packages: &["componentize-qjs@0.4.5", "esbuild@0.28.2", "typescript@7.0.2"],
};

pub(super) const RECIPE: Recipe = Recipe {
    vendored,
    aside: &["test", "tests", "template", "README.md", "plugin.test.json"],
    keeps_track: false,
    fingerprint: |_job| Ok(KIT.packages.join(" ")),
    build,
};

/// What a test of the SDK itself has left beside it stays out.
fn vendored(path: &str, bytes: &'static [u8]) -> Option<Cow<'static, [u8]>> {
    (path != "package-lock.json").then_some(Cow::Borrowed(bytes))
}

fn build(job: &Job<'_>) -> Result<Vec<u8>, Error> {
    let kit = job.tools.get(&KIT)?;
    let out = job.work.join("component.wasm");
    let imports: Vec<&str> = job.world.imports().collect();
    let mut node = Command::new("node");
    node.arg(job.sdk.join("build.mjs")).args(["--world", World::NAME]);
    node.args(["--imports", &imports.join(",")]).arg("--kit").arg(kit);
    node.arg("--plugin").arg(job.folder).arg("--wit").arg(&job.wit).arg("--out").arg(&out);
    // A person's options are for their own programs.
    node.env_remove("NODE_OPTIONS").current_dir(job.folder);
    process::run(&mut node, HELP)?;
    files::read(&out)
}
