//! `cicerone check`: every finding of the given flows, with a caret under the place or for a program, and what may be
//! mended without thinking.

mod beside;
mod format;
mod mend;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use owo_colors::OwoColorize;

use super::{Places, paint};
use crate::flow::{Finding, Offers, Severity};
use crate::telemetry;
use beside::Beside;

/// Check flow files and show every finding where it is.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Flow files, files of conversations, or folders of flows
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Write one JSON object for a program to read; the same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// How the findings are written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Put the name that was probably meant in the place of each that is unknown
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    places: Places,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with a caret under the place
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// What GitHub shows beside a change
    Github,
}

/// How often a text is mended and looked at again: what is mended may show what was hidden.
const ROUNDS_MAX: usize = 8;

/// The code of a key that an object has twice.
const TWICE: &str = "key.duplicate";

/// One file's text and what was found in it.
struct Checked {
    file: PathBuf,
    text: String,
    findings: Vec<Finding>,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        // A plugin that does not load is why a flow's tools are missing.
        telemetry::start("warn");
        let files = files(&self.paths)?;
        let mut beside = Beside::new(&files, offers(self.places)?);
        let mut checked = Vec::new();
        for file in files {
            let mut one = beside.check(file);
            if self.fix {
                one.mend(&mut beside)?;
            }
            checked.push(one);
        }
        let failed = checked.iter().flat_map(|one| &one.findings).any(is_error);
        match if self.json { Format::Json } else { self.format } {
            Format::Text => show(&checked),
            Format::Json => paint::line(format::as_json(&checked, failed)),
            Format::Sarif => paint::line(format::as_sarif(&checked)),
            Format::Github => format::as_github(&checked).iter().for_each(paint::line),
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

impl Checked {
    /// Mends what can be, and writes the file if it is better for it.
    fn mend(&mut self, beside: &mut Beside) -> anyhow::Result<()> {
        let mut count = 0;
        for _ in 0..ROUNDS_MAX {
            let Some((text, mended)) = mend::mended(&self.text, &self.findings) else { break };
            let findings = beside.findings(&self.file, &text);
            if errors(&findings) >= errors(&self.findings) || is_new(&findings, &self.findings) {
                break;
            }
            (self.text, self.findings) = (text, findings);
            count += mended;
        }
        if count == 0 {
            return Ok(());
        }
        std::fs::write(&self.file, &self.text)
            .with_context(|| format!("write the flow `{}`", self.file.display()))?;
        paint::aside(format_args!("mended {count} name(s) in {}", self.file.display()));
        Ok(())
    }
}

fn errors(findings: &[Finding]) -> usize {
    findings.iter().filter(|one| is_error(one)).count()
}

/// Whether a key is there twice that was not before: mending put it there.
fn is_new(after: &[Finding], before: &[Finding]) -> bool {
    let twice = |findings: &[Finding]| findings.iter().filter(|one| one.code == TWICE).count();
    twice(after) > twice(before)
}

const fn is_error(finding: &Finding) -> bool {
    matches!(finding.severity, Severity::Error)
}

/// The files among `paths`, in order; a folder stands for its flows.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(beside::flows_in(path)?);
            continue;
        }
        // A path that leads nowhere is a slip of the pen; a file that cannot be read is a finding.
        path.symlink_metadata().with_context(|| format!("read the flow `{}`", path.display()))?;
        files.push(path.clone());
    }
    if files.is_empty() {
        bail!("find a flow there; a flow is a file whose name ends with `.json`");
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// What the plugins of this checkout offer, so that names and schemas of tools are checked too.
fn offers(places: Places) -> anyhow::Result<std::sync::Arc<Offers>> {
    let settings = places.settings()?;
    super::wait_for(crate::app::offers(&settings))
}

fn show(checked: &[Checked]) {
    for one in checked {
        for finding in &one.findings {
            paint::line(paint::finding(&one.file, &one.text, finding));
        }
        let errors = one.findings.iter().filter(|finding| is_error(finding)).count();
        let warnings = one.findings.len() - errors;
        let mark = if errors == 0 { "ok".green().to_string() } else { "no".red().to_string() };
        paint::line(format_args!(
            "{mark} {}: {errors} error(s), {warnings} warning(s)",
            one.file.display()
        ));
    }
}
