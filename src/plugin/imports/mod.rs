//! What a guest can ask of its host: one file per interface of the contract. Each checks the right first, counts
//! what passes, and answers from the call's own data; none reads a clock or a store that was not handed in.

mod config;
mod http;
mod kv;
mod log;
mod runtime;
mod secrets;
mod session;
mod told;
mod wasi_http;

pub(super) use wasi_http::Hooks;

use super::bindings::cicerone::plugin::types::Host;
use super::host::State;

impl Host for State {}
