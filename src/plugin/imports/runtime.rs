//! Time left, the conversation's time, and fresh random bytes.

use tokio::time::Instant;

use crate::plugin::bindings::cicerone::plugin::runtime::Host;
use crate::plugin::host::{State, Stop};

/// Bytes that may be drawn at once.
const RANDOM_MAX: usize = 1_024;

impl Host for State {
    async fn remaining_ms(&mut self) -> wasmtime::Result<u64> {
        let left = self.in_call("runtime.remaining-ms")?.deadline - Instant::now();
        Ok(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    /// Never true: a call that is given up ends at once, with its guest.
    async fn cancelled(&mut self) -> wasmtime::Result<bool> {
        self.in_call("runtime.cancelled")?;
        Ok(false)
    }

    async fn now_ms(&mut self) -> wasmtime::Result<u64> {
        let now = self.in_call("runtime.now-ms")?.now;
        Ok(u64::try_from(now.as_millis()).unwrap_or(0))
    }

    async fn random(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > RANDOM_MAX {
            let why = format!("at most {RANDOM_MAX} random bytes can be drawn at once");
            return Err(Stop::Limit(why).into());
        }
        self.pass("runtime.random", length)?;
        let mut bytes = vec![0; length];
        let chance = &self.in_call("runtime.random")?.chance;
        chance.fill(&mut bytes).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
        Ok(bytes)
    }
}
