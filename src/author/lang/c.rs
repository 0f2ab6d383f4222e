//! C: the compiler of zig, which brings everything for WebAssembly with it, and the component made of its core module.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Job, Recipe};
use crate::author::tell::Progress;
use crate::author::{Error, Kit, Registry, component, files, process, sdk};

const ZIG: Kit = Kit { name: "zig", registry: Registry::PyPi, packages: &["ziglang==0.17.1"] };

/// Small before fast: a call begins in a fresh sandbox. The stack would be 16 MiB.
const FLAGS: [&str; 9] = [
    "--target=wasm32-wasi",
    "-mexec-model=reactor",
    "-std=c11",
    "-Os",
    "-s",
    "-Wall",
    "-Wextra",
    "-fno-strict-aliasing",
    "-Wl,-z,stack-size=131072",
];

pub(super) const RECIPE: Recipe = Recipe {
    vendored: sdk::as_it_is,
    aside: &["test", "README.md", "plugin.test.json"],
    keeps_track: false,
    fingerprint: |_job| Ok([ZIG.packages, &FLAGS].concat().join(" ")),
    build,
};

fn build(job: &Job<'_>) -> Result<Vec<u8>, Error> {
    let own = sources(&job.folder.join("src"))?;
    if own.is_empty() {
        let path = job.folder.join("plugin.toml");
        return Err(Error::NothingToBuild { path, why: "there is no file `src/*.c`" });
    }
    let kit = job.tools.get(&ZIG)?;
    let module = job.work.join("module.wasm");
    let cache = job.tools.home().join("zig-cache");
    let mut zig = Command::new(kit.join("bin/python"));
    zig.args(["-m", "ziglang", "cc"]).args(FLAGS).current_dir(job.folder);
    zig.arg("-I").arg(job.sdk.join("include")).args(own);
    zig.args(sources(&job.sdk.join("src"))?).arg(job.sdk.join("bindings/wit.c"));
    if job.world.understands() {
        zig.arg("-DCICERONE_UNDERSTANDS").args(sources(&job.sdk.join("hearing"))?);
        zig.arg(job.sdk.join("bindings/understanding.c"));
    }
    zig.arg("-o").arg(&module);
    zig.env("ZIG_GLOBAL_CACHE_DIR", &cache).env("ZIG_LOCAL_CACHE_DIR", &cache);
    let output = process::run(&mut zig, "remove the folder of kits, to have it fetched again")?;
    let warned = String::from_utf8_lossy(&output.stderr);
    if !warned.trim().is_empty() {
        (job.tools.tell())(Progress::Note(warned.trim_end()));
    }
    component::from_module(&files::read(&module)?, &job.world)
}

/// Every C file below a folder.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = files::sources(folder, &[])?;
    found.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    Ok(found)
}
