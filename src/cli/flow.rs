//! `cicerone flow`: what is done with flows as files. It asks no host.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::paint;
use crate::flow::{self, Finding, Id, Known, Offers};

/// Take flows over from elsewhere.
#[derive(Debug, Args)]
pub(super) struct Flow {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a CSM definition as a flow in our own words.
    Import(Import),
}

/// Write a CSM definition as a flow in our own words.
#[derive(Debug, Args)]
struct Import {
    /// The definition: JSON, or a program in JavaScript or TypeScript in which it stands
    file: PathBuf,
    /// Where the flow is written; without it, on standard output
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write the findings as one JSON object for a program to read
    #[arg(long)]
    json: bool,
}

impl Flow {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Import(import) => import.run(),
        }
    }
}

impl Import {
    fn run(self) -> anyhow::Result<ExitCode> {
        let file = &self.file;
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("read the definition `{}`", file.display()))?;
        let known = Known { flows: &neighbours(file), offers: &Offers::default() };
        let id = Id::from(stem(file).as_str());
        match flow::import(&id, &text, known) {
            Ok((flow, findings)) => {
                self.tell(&text, &findings);
                self.write(&format!("{flow:#}\n"))?;
                Ok(ExitCode::SUCCESS)
            }
            Err(findings) => {
                self.tell(&text, &findings);
                Ok(ExitCode::FAILURE)
            }
        }
    }

    fn tell(&self, text: &str, findings: &[Finding]) {
        if self.json {
            paint::aside(serde_json::json!({ "findings": findings }));
            return;
        }
        for finding in findings {
            paint::aside(paint::finding(&self.file, text, finding));
        }
    }

    fn write(&self, flow: &str) -> anyhow::Result<()> {
        let Some(out) = &self.out else {
            paint::line(flow.trim_end());
            return Ok(());
        };
        std::fs::write(out, flow).with_context(|| format!("write the flow `{}`", out.display()))?;
        if !self.json {
            paint::aside(format_args!("wrote {}", out.display()));
        }
        Ok(())
    }
}

fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The flows beside the definition, which it may lead to.
fn neighbours(file: &Path) -> BTreeSet<Id> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new(".")));
    let files = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    files.map(|file| Id::from(stem(&file).as_str())).collect()
}
