//! Settings that the operator or the author wrote into plugin.toml, never secrets.

use crate::plugin::bindings::cicerone::plugin::config::Host;
use crate::plugin::host::State;

impl Host for State {
    async fn get(&mut self, key: String) -> wasmtime::Result<Option<String>> {
        let found = self.in_call("config.get")?.rights.config.get(&key).cloned();
        self.pass("config.get", key.len() + found.as_ref().map_or(0, String::len))?;
        Ok(found)
    }
}
