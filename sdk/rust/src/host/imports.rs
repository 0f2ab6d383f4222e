//! The sandbox's imports in the SDK's own types. It decides nothing.

use crate::bindings::cicerone::plugin as imports;
use crate::{events, http, kv, log, secrets, session};

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

pub(crate) fn http_send(request: http::Request) -> Result<http::Response, http::Error> {
    let http::Request { method, url, headers, body, timeout } = request;
    let timeout_ms = timeout.map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
    let answer =
        imports::http::send(&imports::http::Request { method, url, headers, body, timeout_ms });
    match answer {
        Ok(imports::http::Response { status, headers, body }) => {
            Ok(http::Response { status, headers, body })
        }
        Err(imports::http::HttpError { kind, message, sent }) => {
            Err(http::Error { kind: failure_of(kind), message, sent })
        }
    }
}

fn failure_of(kind: imports::http::Failure) -> http::Failure {
    use imports::http::Failure;
    match kind {
        Failure::Denied => http::Failure::Denied,
        Failure::InvalidRequest => http::Failure::InvalidRequest,
        Failure::Timeout => http::Failure::Timeout,
        Failure::Dns => http::Failure::Dns,
        Failure::Connect => http::Failure::Connect,
        Failure::Tls => http::Failure::Tls,
        Failure::TooLarge => http::Failure::TooLarge,
        Failure::Quota => http::Failure::Quota,
        Failure::Protocol => http::Failure::Protocol,
    }
}

pub(crate) fn secret_placeholder(name: &str) -> Result<String, secrets::Error> {
    imports::secrets::placeholder(name).map_err(secret_error_of)
}

pub(crate) fn secret_reveal(name: &str) -> Result<String, secrets::Error> {
    imports::secrets::reveal(name).map_err(secret_error_of)
}

fn secret_error_of(error: imports::secrets::SecretError) -> secrets::Error {
    match error {
        imports::secrets::SecretError::NotGranted => secrets::Error::NotGranted,
        imports::secrets::SecretError::Missing => secrets::Error::Missing,
    }
}

pub(crate) fn progress(percent: Option<u8>, message: &str) {
    imports::progress::update(percent, message);
}

pub(crate) fn publish(topic: &str, payload: String) -> Result<(), events::Error> {
    use imports::events::PublishError;
    imports::events::publish(topic, &payload).map_err(|error| match error {
        PublishError::NotGranted => events::Error::NotGranted,
        PublishError::TooLarge(max) => events::Error::TooLarge(max),
        PublishError::Quota(max) => events::Error::Quota(max),
    })
}
