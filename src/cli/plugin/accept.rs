//! `cicerone plugin accept`: has a plugin taken as it is now, where the host asks about changes.

use std::process::ExitCode;

use clap::Args;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use crate::app::{self, Accepted};
use crate::cli::{Places, paint, wait_for};

/// Have a plugin taken as it is now; a host that runs on the same data takes it at once.
#[derive(Debug, Args)]
pub(super) struct Accept {
    /// The plugin's name, which is its folder's
    name: String,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

impl Accept {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.places.settings()?;
        let accepted = wait_for(app::accept(&settings, &self.name, None))?;
        if self.json {
            paint::line(as_json(&self.name, &accepted));
        } else {
            show(&self.name, &accepted);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(name: &str, accepted: &Accepted) -> Value {
    let Accepted { pin, changes, refused } = accepted;
    json!({ "name": name, "pin": pin, "changes": changes, "refused": refused })
}

/// What was taken, and what is left to be done.
pub(super) fn show(name: &str, accepted: &Accepted) {
    let Some(pin) = &accepted.pin else {
        let what = "what its server says of its tools next is taken";
        paint::line(format_args!("{} {name}: {what}", "accepted".green().bold()));
        return;
    };
    paint::line(format_args!("{} {name} {}", "accepted".green().bold(), pin.version));
    let row = |key: &str, text: &str| paint::line(format_args!("  {:<9} {text}", key.dimmed()));
    row("digest", &pin.digest.to_string());
    let asks = if pin.asks.is_empty() { "nothing".to_owned() } else { pin.asks.join("; ") };
    row("asks for", &asks);
    if let Some(source) = &pin.source {
        row("from", source);
    }
    if let Some(signed_by) = &pin.signed_by {
        row("signed by", signed_by);
    }
    match &accepted.changes {
        None => {}
        Some(same) if same.is_empty() => row("changed", "nothing"),
        Some(changes) => changes.iter().for_each(|change| row("changed", change)),
    }
    if let Some(refused) = &accepted.refused {
        paint::line(format_args!("{} {refused}", "not loaded yet:".yellow()));
    }
}
