//! A host in memory, one for each thread, so that tools run in plain unit tests. Its clock stands still until it is
//! moved, and its chance is a counter.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::outside::Outside;
use crate::{kv, log, session};

/// A line that a tool logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: log::Level,
    /// The constant message.
    pub message: String,
    /// The values that belong to it.
    pub fields: Vec<(String, String)>,
}

#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) now_ms: u64,
    pub(crate) cancelled: bool,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) session: Value,
    pub(crate) kv: BTreeMap<(kv::Scope, String), Held>,
    pub(crate) kv_failure: Option<kv::Error>,
    pub(crate) lines: Vec<Line>,
    pub(crate) outside: Outside,
    random_given: u64,
}

#[derive(Debug)]
pub(crate) struct Held {
    value: Vec<u8>,
    until_ms: Option<u64>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

pub(crate) fn with<T>(work: impl FnOnce(&mut Memory) -> T) -> T {
    MEMORY.with_borrow_mut(work)
}

impl Memory {
    fn held(&mut self, scope: kv::Scope, key: &str) -> Result<Option<&[u8]>, kv::Error> {
        if let Some(failure) = &self.kv_failure {
            return Err(failure.clone());
        }
        let now = self.now_ms;
        let held = self.kv.get(&(scope, key.to_owned()));
        Ok(held
            .filter(|held| held.until_ms.is_none_or(|until| now < until))
            .map(|held| held.value.as_slice()))
    }

    fn hold(&mut self, scope: kv::Scope, key: &str, value: Vec<u8>, ttl_ms: Option<u64>) {
        let until_ms = ttl_ms.map(|ttl| self.now_ms.saturating_add(ttl));
        self.kv.insert((scope, key.to_owned()), Held { value, until_ms });
    }
}

pub(crate) fn config_get(key: &str) -> Option<String> {
    with(|memory| memory.config.get(key).cloned())
}

pub(crate) fn log(level: log::Level, message: &str, fields: Vec<(String, String)>) {
    with(|memory| memory.lines.push(Line { level, message: message.to_owned(), fields }));
}

pub(crate) fn now_ms() -> u64 {
    with(|memory| memory.now_ms)
}

pub(crate) fn remaining_ms() -> u64 {
    60_000
}

pub(crate) fn is_cancelled() -> bool {
    with(|memory| memory.cancelled)
}

pub(crate) fn random(length: usize) -> Vec<u8> {
    with(|memory| {
        (0..length)
            .map(|_| {
                memory.random_given += 1;
                // The high byte of a multiplicative hash: spread, and the same in every run.
                memory.random_given.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()[0]
            })
            .collect()
    })
}

pub(crate) fn session_get(pointer: &str) -> Result<Option<String>, session::Error> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(session::Error::BadPointer(format!("`{pointer}` does not begin with `/`")));
    }
    Ok(with(|memory| memory.session.pointer(pointer).map(Value::to_string)))
}

pub(crate) fn kv_get(scope: kv::Scope, key: &str) -> Result<Option<Vec<u8>>, kv::Error> {
    with(|memory| Ok(memory.held(scope, key)?.map(<[u8]>::to_vec)))
}

pub(crate) fn kv_set(
    scope: kv::Scope,
    key: &str,
    value: &[u8],
    ttl_ms: Option<u64>,
) -> Result<(), kv::Error> {
    with(|memory| {
        memory.held(scope, key)?;
        memory.hold(scope, key, value.to_vec(), ttl_ms);
        Ok(())
    })
}

pub(crate) fn kv_delete(scope: kv::Scope, key: &str) -> Result<bool, kv::Error> {
    with(|memory| {
        let was_there = memory.held(scope, key)?.is_some();
        memory.kv.remove(&(scope, key.to_owned()));
        Ok(was_there)
    })
}

pub(crate) fn kv_increment(
    scope: kv::Scope,
    key: &str,
    by: i64,
    ttl_ms: Option<u64>,
) -> Result<i64, kv::Error> {
    with(|memory| {
        let before = match memory.held(scope, key)? {
            None => 0,
            Some(bytes) => serde_json::from_slice(bytes).map_err(|_not_a_number| {
                kv::Error::Unavailable(format!("`{key}` holds no counter"))
            })?,
        };
        let after = by.saturating_add(before);
        memory.hold(scope, key, after.to_string().into_bytes(), ttl_ms);
        Ok(after)
    })
}

pub(crate) fn kv_compare_and_set(
    scope: kv::Scope,
    key: &str,
    expected: Option<&[u8]>,
    value: &[u8],
    ttl_ms: Option<u64>,
) -> Result<bool, kv::Error> {
    with(|memory| {
        if memory.held(scope, key)? != expected {
            return Ok(false);
        }
        memory.hold(scope, key, value.to_vec(), ttl_ms);
        Ok(true)
    })
}
