//! `cicerone test`: the conversations beside flows, played in this process in a time of their own; a transcript for each
//! that did not go as expected.

mod coverage;
pub(super) mod find;
mod play;
mod show;
mod watch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use clap::Args;

use super::{Places, paint};
use crate::config::Settings;
use crate::rehearsal::{self, junit};
use crate::telemetry;
use play::Ended;

/// Play the conversations beside flows and show which do not go as expected.
#[derive(Debug, Args)]
pub(super) struct Test {
    /// Flow files, files of cases, or folders of them [default: the folder of the flows]
    paths: Vec<PathBuf>,
    /// Only cases whose name, or whose flow's, has this in it
    #[arg(long)]
    filter: Option<String>,
    /// Write what came in the place of what was expected; look at the difference before you keep it
    #[arg(long)]
    update: bool,
    /// Show what of the flows was gone through, or write it to a file, as HTML or JSON by its name
    // Without the sign a flow that is named after it would be the file, and be written over.
    #[arg(long, value_name = "FILE", require_equals = true)]
    #[expect(clippy::option_option, reason = "there is no flag, a flag alone, or one with a file")]
    coverage: Option<Option<PathBuf>>,
    /// Write the verdict to a file, as XML for build servers (`JUnit`)
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write one JSON object for a program to read
    #[arg(long, conflicts_with = "watch")]
    json: bool,
    /// Play again whenever a flow or its cases are saved, until interrupted
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    places: Places,
}

impl Test {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        telemetry::start("error");
        let settings = self.places.clone().settings()?;
        let paths =
            if self.paths.is_empty() { vec![settings.flows.clone()] } else { self.paths.clone() };
        if self.watch {
            watch::each_time(&paths, || {
                if let Err(error) = self.once(&paths, &settings) {
                    paint::failure(&error);
                }
            })?;
        }
        let is_fine = self.once(&paths, &settings)?;
        Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Whether everything is as expected.
    fn once(&self, paths: &[PathBuf], settings: &Settings) -> anyhow::Result<bool> {
        let begun = Instant::now();
        let found = find::find(paths)?;
        for file in self.coverage.iter().flatten().chain(&self.junit) {
            ensure!(
                !found.has_read(file),
                "write to `{}`: it is a flow or a file of its cases",
                file.display()
            );
        }
        let mut ended = play::all(&found, self.filter.as_deref(), settings)?;
        if let (true, true, Some(filter)) = (ended.is_empty(), found.is_fine(), &self.filter) {
            // Nothing to play would look as if all were well.
            bail!("find a case with `{filter}` in its name, or in that of its flow");
        }
        if self.update {
            update(&found, &ended)?;
            ended = play::all(&find::find(paths)?, self.filter.as_deref(), settings)?;
        }
        if let Some(file) = &self.junit {
            write(file, &junit::junit("conversations", &verdicts(&found, &ended)))?;
        }
        let covered = coverage::of(&found, &ended);
        if self.json {
            paint::line(show::as_json(&found, &ended, &covered));
        } else {
            show::show(&found, &ended, begun.elapsed());
        }
        match &self.coverage {
            None => {}
            Some(None) if self.json => {}
            Some(None) => coverage::table(&covered),
            Some(Some(file)) => coverage::write(file, &found, &covered)?,
        }
        Ok(found.is_fine() && ended.iter().all(Ended::is_fine))
    }
}

/// Renews what is expected in every file of which something is not as expected.
fn update(found: &find::Found, ended: &[Ended]) -> anyhow::Result<()> {
    for (number, suite) in found.suites.iter().enumerate() {
        let of_it = ended.iter().filter(|one| one.suite == number);
        let played: Vec<_> = of_it.map(|one| &one.played).collect();
        if !suite.text.is_json() {
            let is_wrong = played.iter().any(|one| !one.is_fine());
            ensure!(!is_wrong, "renew `{}`: only JSON is written", suite.file.display());
            continue;
        }
        let (text, renewed) = rehearsal::renewed(suite.text.source(), &played);
        if renewed > 0 && text != suite.text.source() {
            write(&suite.file, &text)?;
            paint::aside(format_args!(
                "renewed {renewed} expectation(s) in {}",
                suite.file.display()
            ));
        }
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("write `{}`", file.display()))
}

fn verdicts(found: &find::Found, ended: &[Ended]) -> Vec<junit::Verdict> {
    let case = |one: &Ended, class: &str| junit::Verdicted {
        class: class.to_owned(),
        name: one.played.name.clone(),
        seconds: one.took.as_secs_f64(),
        mismatches: one.played.steps.iter().flat_map(|step| step.mismatches.clone()).collect(),
    };
    let suites = found.suites.iter().enumerate().map(|(number, suite)| {
        let name = suite.cases.flow.as_str();
        let of_it = ended.iter().filter(|one| one.suite == number);
        junit::Verdict { name: name.to_owned(), cases: of_it.map(|one| case(one, name)).collect() }
    });
    suites.collect()
}

/// Nothing to do would look as if all were well.
fn nothing() -> anyhow::Result<()> {
    bail!(
        "find a conversation there; those of a flow `name.json` are in `name.test.json` beside it"
    )
}
