//! Cicerone, the host that runs conversations in production. `ARCHITECTURE.md` is the map of the rooms.

// first, so that every room has the macro
#[cfg(feature = "host")]
#[macro_use]
mod fault;

// words: names and checks
#[deny(clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]
pub mod event;
#[deny(clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]
pub mod script;
#[deny(clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]
pub mod slots;
#[deny(clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]
pub mod flow;

// heart: decides
#[deny(clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]
pub mod engine;
#[deny(clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]
pub mod rollout;

// before people meet a flow
#[deny(clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]
pub mod rehearsal;

// ground: what the ports stand on
#[cfg(feature = "host")]
pub mod clock;
#[cfg(feature = "host")]
pub mod figures;
#[cfg(feature = "host")]
pub mod secret;
#[cfg(feature = "host")]
pub mod token;
#[cfg(feature = "host")]
pub mod manifest;
#[cfg(feature = "host")]
pub mod breaker;
#[cfg(feature = "host")]
pub mod net;
#[cfg(feature = "host")]
pub mod link;

// ports: each does one kind of IO
#[cfg(feature = "host")]
pub mod store;
#[cfg(feature = "host")]
pub mod bus;
pub mod nlu;
#[cfg(feature = "wasm")]
pub mod plugin;
#[cfg(feature = "host")]
pub mod tool;

// shell: orders the IO
#[cfg(feature = "host")]
pub mod catalog;
#[cfg(feature = "host")]
pub mod reload;
#[cfg(feature = "host")]
pub mod runtime;

// edge: speaks to people and clients
#[cfg(feature = "host")]
pub mod api;
#[cfg(feature = "host")]
pub mod config;
#[cfg(feature = "host")]
pub mod telemetry;
#[cfg(feature = "host")]
pub mod app;
#[cfg(feature = "wasm")]
pub mod author;
#[cfg(feature = "wasm")]
pub mod supply;
#[cfg(feature = "host")]
pub mod cli;
