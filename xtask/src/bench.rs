//! `cargo xtask bench`: the criterion benchmarks. It asserts nothing: figures are for people, and hold as ratios.

use anyhow::Result;

use crate::{process, repository};

pub(crate) fn run(args: &[String]) -> Result<()> {
    process::loudly(process::cargo().current_dir(repository::root()).arg("bench").args(args))
}
