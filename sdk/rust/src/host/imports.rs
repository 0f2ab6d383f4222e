//! The sandbox's imports in the SDK's own types. It decides nothing.

use crate::bindings::cicerone::plugin as imports;
use crate::{kv, log, session};

pub(crate) fn config_get(key: &str) -> Option<String> {
    imports::config::get(key)
}

pub(crate) fn log(level: log::Level, message: &str, fields: Vec<(String, String)>) {
    let level = match level {
        log::Level::Trace => imports::log::Level::Trace,
        log::Level::Debug => imports::log::Level::Debug,
        log::Level::Info => imports::log::Level::Info,
        log::Level::Warn => imports::log::Level::Warn,
        log::Level::Error => imports::log::Level::Error,
    };
    let fields: Vec<_> =
        fields.into_iter().map(|(key, value)| imports::types::Field { key, value }).collect();
    imports::log::emit(level, message, &fields);
}

pub(crate) fn now_ms() -> u64 {
    imports::runtime::now_ms()
}

pub(crate) fn remaining_ms() -> u64 {
    imports::runtime::remaining_ms()
}

pub(crate) fn is_cancelled() -> bool {
    imports::runtime::cancelled()
}

pub(crate) fn random(length: usize) -> Vec<u8> {
    imports::runtime::random(u32::try_from(length).unwrap_or(u32::MAX))
}

pub(crate) fn session_get(pointer: &str) -> Result<Option<String>, session::Error> {
    use imports::session::SessionError;
    imports::session::get(pointer).map_err(|error| match error {
        SessionError::NotGranted => session::Error::NotGranted,
        SessionError::BadPointer(why) => session::Error::BadPointer(why),
    })
}

pub(crate) fn kv_get(scope: kv::Scope, key: &str) -> Result<Option<Vec<u8>>, kv::Error> {
    imports::kv::get(scope_of(scope), key).map_err(error_of)
}

pub(crate) fn kv_set(
    scope: kv::Scope,
    key: &str,
    value: &[u8],
    ttl_ms: Option<u64>,
) -> Result<(), kv::Error> {
    imports::kv::set(scope_of(scope), key, value, ttl_ms).map_err(error_of)
}

pub(crate) fn kv_delete(scope: kv::Scope, key: &str) -> Result<bool, kv::Error> {
    imports::kv::delete(scope_of(scope), key).map_err(error_of)
}

pub(crate) fn kv_increment(
    scope: kv::Scope,
    key: &str,
    by: i64,
    ttl_ms: Option<u64>,
) -> Result<i64, kv::Error> {
    imports::kv::increment(scope_of(scope), key, by, ttl_ms).map_err(error_of)
}

pub(crate) fn kv_compare_and_set(
    scope: kv::Scope,
    key: &str,
    expected: Option<&[u8]>,
    value: &[u8],
    ttl_ms: Option<u64>,
) -> Result<bool, kv::Error> {
    imports::kv::compare_and_set(scope_of(scope), key, expected, value, ttl_ms).map_err(error_of)
}

fn scope_of(scope: kv::Scope) -> imports::kv::Scope {
    match scope {
        kv::Scope::Session => imports::kv::Scope::Session,
        kv::Scope::Plugin => imports::kv::Scope::Plugin,
    }
}

fn error_of(error: imports::kv::KvError) -> kv::Error {
    use imports::kv::KvError;
    match error {
        KvError::NotGranted => kv::Error::NotGranted,
        KvError::TooLarge(max) => kv::Error::TooLarge(max),
        KvError::Quota(max) => kv::Error::Quota(max),
        KvError::Unavailable(why) => kv::Error::Unavailable(why),
    }
}
