//! Everything that is tested from outside, in one binary: each test binary that links the sandbox costs seconds.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg_attr(
    feature = "host",
    expect(clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")
)]

mod flows;
mod fitting;
mod tidy;
#[cfg(feature = "host")]
mod replaying;
mod documents;
mod logic;
#[cfg(feature = "host")]
mod bus;
#[cfg(feature = "wasm")]
#[path = "../guests/template.rs"]
mod template;
#[cfg(feature = "wasm")]
#[path = "../guests/kv.rs"]
mod kv;
#[cfg(feature = "wasm")]
#[path = "../beside/mod.rs"]
mod beside;
#[cfg(feature = "wasm")]
mod guest;
#[cfg(feature = "wasm")]
mod hostile;
#[cfg(feature = "wasm")]
mod plugin;
#[cfg(feature = "wasm")]
mod loading;
#[cfg(feature = "wasm")]
mod contracts;
#[cfg(feature = "wasm")]
mod supply;
#[cfg(feature = "wasm")]
mod compiling;
#[cfg(feature = "wasm")]
mod sandboxed;
#[cfg(feature = "wasm")]
mod places;
#[cfg(feature = "wasm")]
mod warm;
#[cfg(feature = "wasm")]
mod neighbours;
#[cfg(feature = "host")]
mod redis;
#[cfg(feature = "host")]
mod link;
#[cfg(feature = "host")]
mod store;
#[cfg(feature = "host")]
mod tool;
#[cfg(feature = "host")]
mod widening;
#[cfg(feature = "host")]
mod breaking;
#[cfg(feature = "wasm")]
mod model;
#[cfg(feature = "host")]
mod http;
#[cfg(feature = "wasm")]
mod egress;
#[cfg(feature = "host")]
mod queue;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(feature = "host")]
mod house;
#[cfg(feature = "host")]
mod runtime;
#[cfg(feature = "host")]
mod following;
#[cfg(feature = "host")]
mod meeting;
#[cfg(feature = "host")]
mod recover;
#[cfg(feature = "host")]
mod reload;
#[cfg(feature = "host")]
mod agreeing;
#[cfg(feature = "host")]
mod publishing;
#[cfg(feature = "host")]
mod moving;
#[cfg(feature = "host")]
mod trickling;
#[cfg(feature = "host")]
mod swapping;
#[cfg(feature = "host")]
mod hosts;
#[cfg(feature = "wasm")]
mod host;
#[cfg(feature = "wasm")]
mod faults;
#[cfg(feature = "wasm")]
mod author;
