//! `cicerone plugin inspect`: a plugin's tools, what it asks for and whether that is granted, and what its calls may take.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::elsewhere;
use crate::app;
use crate::cli::{Places, paint, wait_for};
use crate::config::Settings;
use crate::manifest;
use crate::plugin::{self, Allowed, Plugin, ToolDef};

/// Show a plugin's tools, what it asks for, its limits and its digest.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The plugin's folder, with its plugin.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

/// A plugin, and why a host with these settings would not load it.
struct Found {
    plugin: Plugin,
    asked: Vec<String>,
    refused: Option<anyhow::Error>,
}

impl Inspect {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = super::settings(self.places)?;
        let elsewhere = wait_for(app::elsewhere(&settings, &self.folder))?;
        if let Some(plugin) = elsewhere {
            elsewhere::show(&plugin, self.json);
            return Ok(ExitCode::SUCCESS);
        }
        let found = find(&settings, &self.folder)?;
        if self.json {
            paint::line(described(&found));
        } else {
            show(&found);
        }
        // Last, so that nobody overlooks it.
        found.refused.map_or(Ok(ExitCode::SUCCESS), Err)
    }
}

/// One that is not granted what it asks for is looked at all the same.
fn find(settings: &Settings, folder: &Path) -> anyhow::Result<Found> {
    let file = folder.join("plugin.toml");
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("read `{}`", file.display()))?;
    let asked = manifest::asked_lines(&text)?;
    match wait_for(app::plugin(settings, folder)) {
        Ok(plugin) => Ok(Found { plugin, asked, refused: None }),
        Err(error) if is_of_grants(&error) => {
            let plugin = wait_for(app::ungranted_plugin(settings, folder))?;
            Ok(Found { plugin, asked, refused: Some(error) })
        }
        Err(error) => Err(error),
    }
}

fn is_of_grants(error: &anyhow::Error) -> bool {
    let grant = |error: &plugin::Error| {
        matches!(error, plugin::Error::Manifest(manifest::Error::Grant { .. }))
    };
    error.downcast_ref().is_some_and(grant)
}

fn described(found: &Found) -> Value {
    let tool = |tool: &ToolDef| {
        json!({
            "name": tool.name, "description": tool.description, "input": tool.input,
            "output": tool.output, "repeatable": tool.repeatable,
            "timeout_ms": u64::try_from(tool.timeout.as_millis()).unwrap_or(u64::MAX),
        })
    };
    let Found { plugin, asked, refused } = found;
    json!({
        "name": plugin.name, "version": plugin.version, "digest": plugin.digest,
        "reviewed": plugin.reviewed, "size": plugin.size, "description": plugin.description, "imports": plugin.imports,
        "asked": asked, "granted": refused.is_none(), "limits": plugin.allowed(),
        "classifies": plugin.classifies,
        "tools": plugin.tools.iter().map(tool).collect::<Vec<_>>(),
    })
}

fn show(found: &Found) {
    let Found { plugin, asked, refused } = found;
    paint::line(format_args!("{} {}", plugin.name.bold().cyan(), plugin.version));
    paint::line(format_args!("  {}", plugin.description));
    let row = |name: &str, text: String| paint::line(format_args!("  {:<8} {text}", name.dimmed()));
    row("digest", format!("sha256 {}", plugin.digest));
    row("reviewed", format!("sha256 {} (component and what it asks for)", plugin.reviewed));
    row("size", format!("{} KiB", plugin.size.div_ceil(1024)));
    row("imports", imports(&plugin.imports));
    row("limits", limits(&plugin.allowed()));
    row(
        "asks for",
        match (asked.is_empty(), refused) {
            (true, _) => "nothing".to_owned(),
            (false, None) => format!("{} {}", asked.join("; "), "(granted)".green()),
            (false, Some(_)) => format!("{} {}", asked.join("; "), "(NOT granted)".red()),
        },
    );
    if plugin.classifies {
        row("texts", "understands them, for flows whose `nlu` names the plugin".to_owned());
    }
    for tool in &plugin.tools {
        let again = if tool.repeatable { " (may be sent twice)" } else { "" };
        paint::line(format_args!("\n  {}{}", tool.name.bold(), again.dimmed()));
        paint::line(format_args!("    {}", tool.description));
        paint::line(format_args!("    {} {}", "takes".dimmed(), tool.input));
        if let Some(output) = &tool.output {
            paint::line(format_args!("    {} {output}", "gives".dimmed()));
        }
    }
}

/// Ours by name; those of WASI, which are there and empty, as one.
pub(super) fn imports(names: &[String]) -> String {
    let (wasi, ours): (Vec<&String>, Vec<&String>) =
        names.iter().partition(|name| name.starts_with("wasi:"));
    let mut shown: Vec<String> = ours.into_iter().cloned().collect();
    if !wasi.is_empty() {
        shown.push(format!("{} of WASI", wasi.len()));
    }
    shown.join(", ")
}

fn limits(allowed: &Allowed) -> String {
    let Allowed { timeout_ms, fuel, memory, args, output, concurrency, .. } = allowed;
    let fuel = fuel.map_or_else(|| "no".to_owned(), |fuel| fuel.to_string());
    let kib = |bytes: &u64| bytes / 1024;
    format!(
        "{timeout_ms} ms, {fuel} fuel, {} KiB memory, {} KiB arguments, {} KiB result, {concurrency} calls at a time",
        kib(memory),
        kib(args),
        kib(output)
    )
}
