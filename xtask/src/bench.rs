//! `cargo xtask bench`: the host in release mode under load, or with names the benchmarks of parts. It asserts nothing:
//! figures are for people, and hold as ratios.

use anyhow::Result;

use crate::{process, repository};

/// The benchmark that starts a server and loads it.
const LOAD: &str = "load";

/// Words before the first option name benchmarks; options go to them.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let names = args.iter().take_while(|word| !word.starts_with('-')).count();
    let (names, options) = args.split_at_checked(names).unwrap_or((args, &[]));
    let mut bench = process::cargo();
    bench.current_dir(repository::root()).args(["bench", "--package", "cicerone"]);
    if names.is_empty() {
        bench.args(["--bench", LOAD]);
    }
    for name in names {
        bench.args(["--bench", name]);
    }
    process::loudly(bench.arg("--").args(options))
}
