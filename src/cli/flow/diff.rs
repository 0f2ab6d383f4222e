//! `cicerone flow diff`: what is different in two files that are versions of one flow.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use crate::cli::paint;
use crate::flow::{self, Way};

/// Say what is different in two versions of a flow, by what they mean.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The file with the older version
    before: PathBuf,
    /// The file with the newer version
    after: PathBuf,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
}

impl Diff {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let differences = flow::diff(&read(&self.before)?, &read(&self.after)?);
        if self.json {
            paint::line(json!({ "changes": differences }));
            return Ok(ExitCode::SUCCESS);
        }
        for one in &differences {
            match one.kind {
                Way::Added => paint::line(one.green()),
                Way::Removed => paint::line(one.red()),
                Way::Changed | Way::Renamed => paint::line(one.yellow()),
            }
        }
        if differences.is_empty() {
            paint::aside(format_args!("they mean the same"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn read(file: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("read the flow `{}`", file.display()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    serde_json::from_str(text).with_context(|| {
        format!("read the flow `{0}`; `cicerone check {0}` shows the place", file.display())
    })
}
