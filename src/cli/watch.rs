//! `serve --watch`: what is told of builds while the host runs.

use clap::Args;
use owo_colors::OwoColorize;

use super::paint;
use crate::author::{Seen, Watching};
use crate::config::{Changes, Settings, Supply};

/// Whether plugins are built again when their sources change.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Watch {
    /// Build a plugin again when one of its sources is saved, for working on it; never where others use the host
    #[arg(long)]
    watch: bool,
}

impl Watch {
    /// Whoever works on plugins need not accept each of his changes, unless he says so.
    pub(super) fn settle(self, settings: Settings) -> Settings {
        if !self.watch {
            return settings;
        }
        let changes = settings.supply.changes.or(Some(Changes::Take));
        Settings { supply: Supply { changes, ..settings.supply }, ..settings }
    }

    /// Builds until what it gives is dropped.
    pub(super) fn begin(self, settings: &Settings) -> anyhow::Result<Option<Watching>> {
        let folder = settings.plugins.clone();
        let begin = || Watching::begin(folder, |seen| tell(&seen));
        Ok(self.watch.then(begin).transpose()?)
    }
}

fn tell(seen: &Seen<'_>) {
    match seen {
        Seen::Building(plugin) => paint::line(format_args!("{} {plugin}", "building".cyan())),
        Seen::Note(text) => paint::line(text.dimmed()),
        Seen::Built(built) => {
            let (kib, took) = (built.size.div_ceil(1024), built.took);
            let what = "built".green();
            paint::line(format_args!("{what} {}, {kib} KiB, took {took:.1?}", built.name));
        }
        Seen::Failed(plugin, error) => {
            let what = "not built".red();
            paint::line(format_args!("{what} {plugin}; the one before stays: could not {error}"));
        }
    }
}
