//! `serve` in a host without a sandbox: there is nothing to build again.

use clap::Args;

use crate::config::Settings;

/// Nothing to say.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Watch {}

impl Watch {
    pub(super) const fn settle(self, settings: Settings) -> Settings {
        settings
    }

    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as with a sandbox")]
    pub(super) fn begin(self, _settings: &Settings) -> anyhow::Result<Option<()>> {
        Ok(None)
    }
}
