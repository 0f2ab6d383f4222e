//! `cicerone plugin ask`: what a plugin that understands texts says of one, among the intents of a flow, and what a host
//! takes of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use owo_colors::OwoColorize;
use serde_json::json;

use crate::app;
use crate::author::trial;
use crate::cli::{Places, nlu, paint};

/// Ask a plugin what a text means, in a fresh sandbox, and show what a host takes of its answer.
#[derive(Debug, Args)]
pub(super) struct Ask {
    /// The plugin's folder, with its plugin.toml
    folder: PathBuf,
    /// What a person writes
    text: String,
    /// The flow whose intents it can mean: a file, or the id of one in the folder of flows
    #[arg(long)]
    flow: String,
    /// Among the intents that this state can take, rather than all of the flow
    #[arg(long)]
    state: Option<String>,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

impl Ask {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let settings = super::settings(self.places)?;
        let flow = nlu::flow(&self.flow, &settings)?;
        let now = settings.clock.now();
        let query = nlu::explain::query(&flow, self.state.as_deref(), &self.text, now)?;
        let plugin = app::plugin(&settings, &self.folder).await?;
        if !plugin.classifies {
            anyhow::bail!("ask `{}`: it has tools only, and understands no texts", plugin.name);
        }
        let (outcome, report) = trial::understood(&plugin, &flow, &query).await;
        let is_ok = outcome.is_ok();
        if self.json {
            paint::line(match &outcome {
                Ok(commands) => json!({ "ok": true, "commands": commands, "report": report }),
                Err(error) => json!({ "ok": false, "error": error, "report": report }),
            });
            return Ok(if is_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        match &outcome {
            Ok(commands) => paint::line(format_args!("{} {commands:#}", "ok".green().bold())),
            Err(error) => {
                let kind = error.kind.as_str();
                paint::line(format_args!("{} {kind}: {error}", "failed".red().bold()));
            }
        }
        super::show_report(&report);
        Ok(if is_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
