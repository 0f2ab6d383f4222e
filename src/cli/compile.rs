//! `cicerone compile-component`: what a host starts to compile a component outside of its own process. Nobody else needs
//! it; the component comes in on standard input.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::plugin::{Error, compile_here};

/// Compile one component for the host that asks for it.
#[derive(Debug, Args)]
pub(super) struct CompileComponent {
    /// Where the artifact goes
    artifact: PathBuf,
    /// How much it lets other processes go first
    #[arg(long, default_value_t = 19)]
    nice: i32,
}

impl CompileComponent {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let done = compile_here(self.artifact.as_os_str(), self.nice, std::io::stdin().lock());
        let (code, said) = match done {
            Ok(()) => return Ok(ExitCode::SUCCESS),
            // For whoever wrote the component, told by the host in a sentence of its own.
            Err(Error::Component(why)) => (1, why),
            Err(other) => (3, format!("could not {other}")),
        };
        writeln!(std::io::stderr(), "{said}").context("say why")?;
        Ok(ExitCode::from(code))
    }
}
