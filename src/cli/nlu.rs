//! `cicerone nlu`: why a text is understood as it is, and how well the intents of a flow are told apart. It reads flow
//! files only: no plugin, no store, no network.

mod eval;
pub(super) mod explain;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::Places;
use crate::clock::Clock;
use crate::config::Settings;
use crate::flow::{self, Flow, Id, Known, Offers};

/// Look at how a flow understands texts.
#[derive(Debug, Args)]
pub(super) struct Nlu {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the way of one text: intents, what speaks for them, values, and why it was taken or not.
    Explain(explain::Explain),
    /// Ask with texts that were kept back, or with each example while it is left out.
    Eval(eval::Eval),
}

impl Nlu {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Explain(explain) => explain.run(),
            Command::Eval(eval) => eval.run(),
        }
    }
}

/// The flow of a file, or of this id in the folder of flows, and what time it is.
fn load(flow: &str, places: Places) -> anyhow::Result<(Flow, Clock)> {
    let settings = places.settings()?;
    Ok((self::flow(flow, &settings)?, settings.clock))
}

/// The flow of a file, or of this id in the folder of flows.
pub(super) fn flow(flow: &str, settings: &Settings) -> anyhow::Result<Flow> {
    let named = PathBuf::from(flow);
    let file = if named.is_file() { named } else { settings.flows.join(format!("{flow}.json")) };
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("read the flow `{}`", file.display()))?;
    let id = id_of(&file);
    let mut flows = BTreeSet::from([id.clone()]);
    // Flows call one another by id; those beside it are known.
    for entry in file.parent().into_iter().flat_map(std::fs::read_dir).flatten() {
        flows.insert(id_of(&entry?.path()));
    }
    let offers = Offers::default();
    match flow::load(&id, &text, Known { flows: &flows, offers: &offers }) {
        Ok((flow, _)) => Ok(flow),
        Err(_) => bail!("load the flow; `cicerone check {}` says why", file.display()),
    }
}

fn id_of(file: &Path) -> Id {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Id::from(stem.unwrap_or_default().as_str())
}
