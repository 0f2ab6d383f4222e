//! TypeScript: its own compiler for the types, esbuild for one bundle, `QuickJS` around it. The SDK's `build.mjs` runs them, in
//! the process of Node where all three are libraries.

use std::borrow::Cow;
use std::process::Command;

use super::{Job, Recipe};
use crate::author::{Error, Kit, Registry, World, files, process};

const HELP: &str = "install Node.js 20 or newer: https://nodejs.org";

/// Made by `npm install --package-lock-only --omit-lockfile-registry-resolved` of the packages below.
const LOCK: &str = include_str!("typescript.lock.json");

const KIT: Kit = Kit {
    name: "typescript",
    registry: Registry::Npm(LOCK),
    packages: &["componentize-qjs@0.4.5", "esbuild@0.28.2", "typescript@7.0.2"],
};

pub(super) const RECIPE: Recipe = Recipe {
    vendored,
    aside: &["test", "tests", "template", "README.md", "plugin.test.json"],
    keeps_track: false,
    fingerprint: |_job| Ok(KIT.packages.join(" ") + LOCK),
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
    if job.world.understands() {
        node.arg("--classify");
    }
    // A person's options are for their own programs.
    node.env_remove("NODE_OPTIONS").current_dir(job.folder);
    process::run(&mut node, HELP)?;
    files::read(&out)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_lock_is_of_these_packages_and_everything_in_it_has_its_hash() {
        let lock: Value = serde_json::from_str(LOCK).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        for package in KIT.packages {
            let (name, version) = package.rsplit_once('@').unwrap();
            assert_eq!(packages[""]["dependencies"][name], version);
            assert_eq!(packages[&format!("node_modules/{name}")]["version"], version);
        }
        assert_eq!(packages[""]["dependencies"].as_object().unwrap().len(), KIT.packages.len());
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(package["integrity"].is_string() && package["version"].is_string(), "{name}");
            // Whichever registry a machine is set up for has it.
            assert!(package.get("resolved").is_none(), "{name}");
        }
    }
}
