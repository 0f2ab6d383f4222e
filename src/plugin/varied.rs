//! A loaded plugin as it would be with another manifest and another host around it: the same component, compiled once.

use std::sync::Arc;

use super::egress::Egress;
use super::grant::Rights;
use super::load::{Plugin, ToolDef};
use super::sandbox::Inner;
use super::warm::Warm;
use super::{Error, Grant, Lent};
use crate::manifest::Wasm;

impl Plugin {
    /// With other limits and settings, and with what this host lends. A tool's time gets only shorter by it.
    ///
    /// # Errors
    /// When what the manifest asks for is not granted.
    pub fn varied(&self, manifest: &Wasm, grant: &Grant, lent: Lent) -> Result<Self, Error> {
        let Inner { machine, options, roads, .. } = &*self.sandbox.inner;
        let rights = Rights::new(manifest, grant, &self.reviewed, options)?;
        let egress = Egress::new(&rights, &lent, options.egress, roads);
        let most = rights.limits.timeout;
        let narrowed = |tool: &ToolDef| ToolDef { timeout: tool.timeout.min(most), ..tool.clone() };
        Ok(Self {
            name: self.name.clone(),
            version: self.version.clone(),
            digest: self.digest.clone(),
            reviewed: self.reviewed.clone(),
            size: self.size,
            description: self.description.clone(),
            tools: self.tools.iter().map(narrowed).collect(),
            classifies: self.classifies,
            imports: self.imports.clone(),
            rights: Arc::new(rights),
            egress,
            lent: Arc::new(lent),
            breaker: self.breaker,
            known: Arc::clone(&self.known),
            warm: Warm::of(manifest.instance, &self.known.ready.places, machine),
            sandbox: self.sandbox.clone(),
        })
    }
}
