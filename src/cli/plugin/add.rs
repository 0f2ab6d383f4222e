//! `cicerone plugin add`: brings a plugin here from somewhere else, and has it taken as it is.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use owo_colors::OwoColorize;
use serde_json::json;

use super::accept;
use crate::app::{self, Accepted, Origin};
use crate::cli::{Places, paint, wait_for};
use crate::config::Settings;
use crate::manifest::Sum;
use crate::supply::{self, Source, Terms, Wish};

/// The secret that a registry is shown.
const REGISTRY: &str = "registry";

/// Bring a plugin into the folder of plugins: from a folder, a file, a URL or a registry.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// A folder, a .wasm or .tar.gz file, an https:// URL, or `oci://registry/name:tag`
    source: String,
    /// What its bytes must add up to, `sha256:…`
    #[arg(long, value_name = "SHA256")]
    digest: Option<Sum>,
    /// Where its signature is: a file or a URL [default: beside it, with .minisig at its end]
    #[arg(long, value_name = "FILE|URL")]
    signature: Option<String>,
    /// The plugin's name, for a component that comes without a plugin.toml
    #[arg(long)]
    name: Option<String>,
    /// Put it in the place of the plugin that has its name
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    way: Way,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

/// How it comes here.
#[derive(Debug, Args)]
struct Way {
    /// It may come from this machine or a private network
    #[arg(long)]
    private_networks: bool,
    /// The registry speaks HTTP without TLS
    #[arg(long)]
    plain_http: bool,
    /// Who asks a registry; the password is in `CICERONE_SECRET_REGISTRY`
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

impl Add {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.places.clone().settings()?;
        wait_for(self.add(&settings))
    }

    async fn add(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let wish = self.wish(settings)?;
        let terms = Terms { keys: &settings.supply.keys, signed: settings.supply.signed };
        let brought = supply::bring(&wish, terms).await?;
        let staged = brought.stage(&settings.plugins, self.replace)?;
        // Looked at and noted where no host sees it: one that sees it then takes it.
        let inside = Settings { plugins: staged.inside().to_owned(), ..settings.clone() };
        let origin =
            Origin { source: wish.source.to_string(), signed_by: brought.signed_by.clone() };
        let name = staged.name.clone();
        if settings.mcp.contains_key(&name) {
            anyhow::bail!(
                "add plugin `{name}`: `[mcp.{name}]` in the settings has that name; give one another"
            );
        }
        let accepted = app::accept(&inside, &name, Some(origin)).await?;
        let folder = staged.place()?;
        if self.json {
            let Accepted { pin, changes, refused } = &accepted;
            paint::line(json!({
                "name": name, "folder": folder, "package": brought.digest, "pin": pin,
                "changes": changes, "refused": refused,
            }));
        } else {
            paint::line(format_args!("{} {}", "added".green().bold(), folder.display()));
            accept::show(&name, &accepted);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn wish(&self, settings: &Settings) -> anyhow::Result<Wish> {
        let login = match &self.way.user {
            None => None,
            Some(user) => {
                let word = settings.secrets.get(REGISTRY);
                let word = word.context("find the password; set `CICERONE_SECRET_REGISTRY`")?;
                Some((user.clone(), word.clone()))
            }
        };
        Ok(Wish {
            source: self.source.parse()?,
            digest: self.digest.clone(),
            signature: self.signature.as_deref().map(str::parse::<Source>).transpose()?,
            name: self.name.clone(),
            private_networks: self.way.private_networks,
            plain_http: self.way.plain_http,
            login,
        })
    }
}
