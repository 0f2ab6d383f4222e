//! The one door to what the host lends: the sandbox's imports in a component, a memory of the same behaviour natively.

#[cfg(not(target_family = "wasm"))]
pub(crate) mod memory;
#[cfg(not(target_family = "wasm"))]
mod outside;
#[cfg(target_family = "wasm")]
mod imports;

#[cfg(target_family = "wasm")]
pub(crate) use imports::*;
#[cfg(not(target_family = "wasm"))]
pub(crate) use memory::{
    config_get, is_cancelled, kv_compare_and_set, kv_delete, kv_get, kv_increment, kv_set, log,
    now_ms, random, remaining_ms, session_get,
};
#[cfg(not(target_family = "wasm"))]
pub(crate) use outside::{http_send, progress, publish, secret_placeholder, secret_reveal};
