//! `cicerone plugin new` and `plugin build`: what an author does before a host sees anything.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use owo_colors::OwoColorize;
use serde_json::json;

use super::progress::Ticker;
use crate::author::{self, Built, Tools};
use crate::cli::paint;
use crate::manifest::Language;

/// Make a folder with a new plugin that works and everything that it needs.
#[derive(Debug, Args)]
pub(super) struct New {
    /// The plugin's name, such as `weather`; the folder gets the same
    name: String,
    /// What it is written in: rust, typescript, python, go or c
    #[arg(long)]
    lang: Language,
    /// Folder that the new one goes into
    #[arg(long, default_value = ".")]
    into: PathBuf,
}

/// Build the component of a plugin from its sources.
#[derive(Debug, Args)]
pub(super) struct Build {
    /// The plugin's folder, with its plugin.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
}

impl New {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let new = author::New { inside: &self.into, name: &self.name, language: self.lang };
        let folder = author::start(new)?;
        let folder = folder.strip_prefix(".").unwrap_or(&folder);
        paint::line(format_args!("{} {}", "made".green().bold(), folder.display()));
        let shown = folder.display();
        for (command, why) in [
            (format!("cicerone plugin test {shown}"), "builds its component and tries its tools"),
            (format!("cicerone plugin inspect {shown}"), "shows its tools and what they ask for"),
        ] {
            paint::line(format_args!("  {command:<40} {}", why.dimmed()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Build {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let built = built(&self.folder)?;
        if self.json {
            paint::line(as_json(&built));
        } else {
            show(&built);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Builds and shows how it goes on.
pub(super) fn built(folder: &Path) -> anyhow::Result<Built> {
    let ticker = Ticker::start();
    let tell = |progress: author::Progress<'_>| ticker.tell(progress);
    let tools = Tools::open(&tell)?;
    Ok(author::build(folder, &tools)?)
}

fn as_json(built: &Built) -> serde_json::Value {
    let Built { name, language, component, size, imports, took, cached } = built;
    json!({
        "name": name, "lang": language.word(), "component": component, "size": size,
        "imports": imports, "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "cached": cached,
    })
}

fn show(built: &Built) {
    paint::line(told(built));
    let component = near(&built.component).display();
    paint::line(format_args!("  {} {component}", "component".dimmed()));
    paint::line(format_args!("  {} {}", "imports  ".dimmed(), built.imports.join(", ")));
}

/// In one line.
pub(super) fn told(built: &Built) -> String {
    let Built { name, language, size, took, cached, .. } = built;
    let how = if *cached { "nothing changed".to_owned() } else { format!("took {took:.1?}") };
    let kib = size.div_ceil(1024);
    format!("{} {name} ({language}), {kib} KiB, {how}", "built".green().bold())
}

/// As somebody in this folder would write it.
fn near(path: &Path) -> &Path {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path)
}
