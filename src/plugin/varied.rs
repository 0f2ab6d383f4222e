//! A loaded plugin as it would be with another manifest: the same component, compiled once.

use std::sync::Arc;

use super::egress::Egress;
use super::grant::Rights;
use super::load::{Plugin, ToolDef};
use super::sandbox::Inner;
use super::warm::Warm;
use super::{Error, Grant};
use crate::manifest::Wasm;

impl Plugin {
    /// With other limits and settings. A tool's time gets only shorter by it.
    ///
    /// # Errors
    /// When what the manifest asks for is not granted.
    pub fn varied(&self, manifest: &Wasm, grant: &Grant) -> Result<Self, Error> {
        let Inner { lent, machine, options, roads, .. } = &*self.sandbox.inner;
        let rights = Rights::new(manifest, grant, &self.digest, options)?;
        let egress = Egress::new(&rights, lent, options.egress, roads);
        let most = rights.limits.timeout;
        let narrowed = |tool: &ToolDef| ToolDef { timeout: tool.timeout.min(most), ..tool.clone() };
        Ok(Self {
            name: self.name.clone(),
            version: self.version.clone(),
            digest: self.digest.clone(),
            size: self.size,
            description: self.description.clone(),
            tools: self.tools.iter().map(narrowed).collect(),
            imports: self.imports.clone(),
            rights: Arc::new(rights),
            egress,
            breaker: self.breaker,
            known: Arc::clone(&self.known),
            warm: Warm::of(manifest.instance, &self.known.ready.places, machine),
            sandbox: self.sandbox.clone(),
        })
    }
}
