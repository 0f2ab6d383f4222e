//! `cargo xtask bench-nlu`: how well and how fast texts are understood, on data sets that a folder holds; beside it, if
//! asked for, a classifier of scikit-learn on the same texts. Only the rooms without features are built for it.

use anyhow::{Result, bail};

use crate::{process, python, repository};

/// What the baseline needs.
const BASELINE: &str = "scikit-learn==1.9.1";

pub(crate) fn run(args: &[String]) -> Result<()> {
    if !args.iter().any(|word| word == "--data") {
        bail!("measure without data sets; say where they are with `--data DIR`");
    }
    let mut bench = process::cargo();
    let bench = bench.args(["bench", "--package", "cicerone", "--no-default-features"]);
    bench.args(["--bench", "understand", "--"]);
    let here = std::env::current_dir()?;
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--baseline" => {
                python::module("sklearn", BASELINE)?;
                bench.arg("--baseline").arg(python::environment().join("bin/python"));
                bench.arg("--scratch").arg(repository::target().join("bench-nlu"));
            }
            // Benchmarks run in the package's folder, wherever cargo was started.
            "--data" => {
                let folder = words.next().map(String::as_str).unwrap_or_default();
                bench.arg("--data").arg(here.join(folder));
            }
            other => {
                bench.arg(other);
            }
        }
    }
    process::loudly(bench.current_dir(repository::root()))
}
