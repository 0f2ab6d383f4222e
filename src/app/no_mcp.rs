//! In place of MCP servers in a host that was built without them.

use std::path::PathBuf;

use anyhow::bail;

use super::plugins::{Package, Written};
use crate::config::Settings;
use crate::manifest;

/// Nothing is noted there.
pub(super) fn note(settings: &Settings, plugin: &str) -> PathBuf {
    settings.data.join("mcp").join(format!("{plugin}.json"))
}

pub(super) type News = Box<dyn Fn(&str) + Send + Sync>;

pub(super) struct Servers;

impl Servers {
    pub(super) const fn new(_settings: &Settings, _alone: bool) -> Self {
        Self
    }

    pub(super) async fn load(
        &self,
        _manifest: manifest::Mcp,
        written: Written<'_>,
    ) -> anyhow::Result<Package> {
        let Written { text: _, folder: _, grant: _, granted: _ } = written;
        bail!("load the plugin: this host was built without the feature `mcp`")
    }

    pub(super) const fn forget(&self, _name: &str) {}

    pub(super) fn tell(&self, _news: News) {}

    pub(super) async fn close(&self) {}
}
