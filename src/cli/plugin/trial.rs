//! `cicerone plugin test`: the cases of a plugin, each with what is not as expected; for people, programs and build
//! servers.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::make;
use crate::author::Tools;
use crate::author::trial::{self, Line, Mismatch, Trial, Tried, Verdict};
use crate::cli::{paint, wait_for};

/// Run the cases of a plugin's plugin.test.json in real sandboxes.
#[derive(Debug, Args)]
pub(super) struct Test {
    /// The plugin's folder, with its plugin.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Only cases whose name has this in it
    #[arg(long)]
    filter: Option<String>,
    /// Another file with cases [default: plugin.test.json in the folder]
    #[arg(long)]
    file: Option<PathBuf>,
    /// Take the component as it is, although its sources may have changed
    #[arg(long)]
    no_build: bool,
    /// Write the verdict to a file, as XML for build servers (`JUnit`)
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
}

impl Test {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let silent = |_: crate::author::Progress<'_>| {};
        let tools = Tools::open(&silent)?;
        self.build()?;
        let file = self.file.unwrap_or_else(|| self.folder.join(trial::FILE));
        let (folder, filter) = (self.folder.as_path(), self.filter.as_deref());
        let trial = Trial { folder, file, filter, cache: tools.compiled() };
        let verdict = wait_for(async { Ok(trial::run(trial).await?) })?;
        if let Some(file) = &self.junit {
            let written = std::fs::write(file, trial::junit(&verdict));
            written.with_context(|| format!("write `{}`", file.display()))?;
        }
        if self.json {
            paint::line(as_json(&verdict));
        } else {
            show(&verdict);
        }
        Ok(if verdict.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// If the plugin has sources.
    fn build(&self) -> anyhow::Result<()> {
        if self.no_build || !has_sources(&self.folder) {
            return Ok(());
        }
        let built = make::built(&self.folder)?;
        if !self.json {
            paint::line(make::told(&built));
        }
        Ok(())
    }
}

/// What is wrong with a manifest is told by whoever loads it.
fn has_sources(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("plugin.toml")).unwrap_or_default();
    text.lines().any(|line| line.trim() == "[build]")
}

fn as_json(verdict: &Verdict) -> Value {
    let case = |case: &Tried| {
        json!({
            "name": case.name, "tool": case.tool, "ok": case.is_fine(),
            "mismatches": case.mismatches.iter().map(mismatch).collect::<Vec<_>>(),
            "took_us": u64::try_from(case.took().as_micros()).unwrap_or(u64::MAX),
            "fuel": case.report.fuel, "memory": case.report.memory, "log": case.report.log,
        })
    };
    json!({
        "ok": verdict.failed() == 0, "plugin": verdict.plugin, "failed": verdict.failed(),
        "leftOut": verdict.left_out, "cases": verdict.cases.iter().map(case).collect::<Vec<_>>(),
    })
}

fn mismatch(mismatch: &Mismatch) -> Value {
    let line = |line: &Line| match line {
        Line::Same(text) => format!("  {text}"),
        Line::Missing(text) => format!("- {text}"),
        Line::Extra(text) => format!("+ {text}"),
    };
    let lines: Vec<String> = mismatch.lines.iter().map(line).collect();
    json!({ "what": mismatch.what, "diff": lines })
}

fn show(verdict: &Verdict) {
    for case in &verdict.cases {
        let report = &case.report;
        let took = format!(
            "{:.1?}, fuel {}, memory {} KiB",
            Duration::from_micros(u64::try_from(case.took().as_micros()).unwrap_or(u64::MAX)),
            report.fuel,
            report.memory / 1024
        );
        let mark = if case.is_fine() {
            "ok".green().bold().to_string()
        } else {
            "no".red().bold().to_string()
        };
        paint::line(format_args!("{mark} {} {}", case.name, took.dimmed()));
        case.mismatches.iter().for_each(show_mismatch);
        if !case.is_fine() {
            for line in &report.log {
                paint::line(format_args!("     {} {}", line.level.dimmed(), line.message));
            }
        }
    }
    let (failed, all) = (verdict.failed(), verdict.cases.len());
    let left = match verdict.left_out {
        0 => String::new(),
        count => format!(", {count} left out"),
    };
    paint::line(format_args!("{all} case(s), {failed} not as expected{left}"));
}

fn show_mismatch(mismatch: &Mismatch) {
    let (minus, plus) = ("- expected".red(), "+ came".green());
    paint::line(format_args!("   {} {minus} {plus}", mismatch.what.bold()));
    for line in &mismatch.lines {
        paint::line(match line {
            Line::Same(text) => format!("       {text}"),
            Line::Missing(text) => format!("     {} {}", "-".red(), text.red()),
            Line::Extra(text) => format!("     {} {}", "+".green(), text.green()),
        });
    }
}
