//! Secrets by name: what stands for them, and for the few that a plugin may see, what they are.

use crate::plugin::bindings::cicerone::plugin::secrets::{Host, SecretError};
use crate::plugin::egress::VeilError;
use crate::plugin::host::State;

type Answer = wasmtime::Result<Result<String, SecretError>>;

impl Host for State {
    async fn placeholder(&mut self, name: String) -> Answer {
        self.pass("secrets.placeholder", name.len())?;
        let Some(outing) = self.outing("secrets.placeholder")? else {
            return Ok(Err(SecretError::NotGranted));
        };
        Ok(outing.veil.placeholder(&outing.egress, &name).map_err(SecretError::from))
    }

    async fn reveal(&mut self, name: String) -> Answer {
        self.pass("secrets.reveal", name.len())?;
        let Some(outing) = self.outing("secrets.reveal")? else {
            return Ok(Err(SecretError::NotGranted));
        };
        Ok(outing.egress.reveal(&name).map(str::to_owned).map_err(SecretError::from))
    }
}

impl From<VeilError> for SecretError {
    fn from(error: VeilError) -> Self {
        match error {
            VeilError::NotGranted => Self::NotGranted,
            VeilError::Missing => Self::Missing,
        }
    }
}
