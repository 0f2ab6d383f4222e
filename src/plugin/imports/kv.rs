//! A guest's own small data: the right, the namespace and the quota are the host's affair, the bytes the guest's.

use std::sync::Arc;

use tokio::time::Instant;

use crate::plugin::bindings::cicerone::plugin::kv::{Host, KvError, Scope};
use crate::plugin::host::{Calling, State};
use crate::plugin::kv::{self, Kv, Place, Terms};

/// Longest key, bytes.
const KEY_MAX: usize = 512;

type Answer<T> = wasmtime::Result<Result<T, KvError>>;

impl Host for State {
    async fn get(&mut self, scope: Scope, key: String) -> Answer<Option<Vec<u8>>> {
        self.pass("kv.get", key.len())?;
        let (kv, place, terms) = match self.reach(scope, key, None)? {
            Ok(reached) => reached,
            Err(error) => return Ok(Err(error)),
        };
        let began = Instant::now();
        let found = kv.get(place, terms.now).await.map_err(KvError::from);
        self.spent.host += began.elapsed();
        self.pass("kv.get", found.as_ref().ok().and_then(Option::as_ref).map_or(0, Vec::len))?;
        Ok(found)
    }

    async fn set(
        &mut self,
        scope: Scope,
        key: String,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> Answer<()> {
        self.pass("kv.set", key.len() + value.len())?;
        let (kv, place, terms) = match self.reach(scope, key, ttl_ms)? {
            Ok(reached) => reached,
            Err(error) => return Ok(Err(error)),
        };
        let began = Instant::now();
        let done = kv.set(place, value, terms).await.map_err(KvError::from);
        self.spent.host += began.elapsed();
        Ok(done)
    }

    async fn delete(&mut self, scope: Scope, key: String) -> Answer<bool> {
        self.pass("kv.delete", key.len())?;
        let (kv, place, terms) = match self.reach(scope, key, None)? {
            Ok(reached) => reached,
            Err(error) => return Ok(Err(error)),
        };
        let began = Instant::now();
        let was = kv.delete(place, terms.now).await.map_err(KvError::from);
        self.spent.host += began.elapsed();
        Ok(was)
    }

    async fn increment(
        &mut self,
        scope: Scope,
        key: String,
        by: i64,
        ttl_ms: Option<u64>,
    ) -> Answer<i64> {
        self.pass("kv.increment", key.len())?;
        let (kv, place, terms) = match self.reach(scope, key, ttl_ms)? {
            Ok(reached) => reached,
            Err(error) => return Ok(Err(error)),
        };
        let began = Instant::now();
        let sum = kv.increment(place, by, terms).await.map_err(KvError::from);
        self.spent.host += began.elapsed();
        Ok(sum)
    }

    async fn compare_and_set(
        &mut self,
        scope: Scope,
        key: String,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> Answer<bool> {
        let old = expected.as_ref().map_or(0, Vec::len);
        self.pass("kv.compare-and-set", key.len() + old + value.len())?;
        let (kv, place, terms) = match self.reach(scope, key, ttl_ms)? {
            Ok(reached) => reached,
            Err(error) => return Ok(Err(error)),
        };
        let began = Instant::now();
        let was = kv.compare_and_set(place, expected, value, terms).await.map_err(KvError::from);
        self.spent.host += began.elapsed();
        Ok(was)
    }
}

type Reached = (Arc<dyn Kv>, Place, Terms);

impl State {
    /// The place that `key` names, if the plugin has the right to it.
    fn reach(&self, scope: Scope, key: String, ttl_ms: Option<u64>) -> Answer<Reached> {
        let call = self.in_call("kv")?;
        if key.is_empty() || key.len() > KEY_MAX {
            return Ok(Err(KvError::TooLarge(KEY_MAX.try_into()?)));
        }
        let Some(session) = granted(call, scope) else { return Ok(Err(KvError::NotGranted)) };
        let Some(right) = call.rights.kv else { return Ok(Err(KvError::NotGranted)) };
        let place = Place { plugin: call.rights.plugin.clone(), session, key };
        let terms = Terms {
            value_max: right.value_max,
            bytes_max: right.bytes_max,
            keys_max: right.keys_max,
            ttl_ms,
            now: call.now,
        };
        Ok(Ok((Arc::clone(&call.kv), place, terms)))
    }
}

/// The namespace of a granted scope: `Some(None)` is the plugin's own.
#[expect(clippy::option_option, reason = "the outer one is the right, the inner one the namespace")]
fn granted(call: &Calling, scope: Scope) -> Option<Option<crate::event::SessionId>> {
    let right = call.rights.kv?;
    match scope {
        Scope::Plugin => right.plugin.then_some(None),
        Scope::Session => right.session.then(|| call.session.clone()).filter(Option::is_some),
    }
}

impl From<kv::KvError> for KvError {
    fn from(error: kv::KvError) -> Self {
        match error {
            kv::KvError::TooLarge(max) => Self::TooLarge(max),
            kv::KvError::Quota(max) => Self::Quota(max),
            kv::KvError::NotANumber | kv::KvError::Unavailable(_) => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}
