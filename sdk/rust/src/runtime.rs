//! The clock, the time left and chance, all by the host, whose clock tests can freeze: never use WASI's own.

use std::time::Duration;

use crate::host;

/// Milliseconds since the Unix epoch.
#[must_use]
pub fn now_ms() -> u64 {
    host::now_ms()
}

/// How long the host still waits for this call.
#[must_use]
pub fn remaining() -> Duration {
    Duration::from_millis(host::remaining_ms())
}

/// Whether nobody waits for the answer any more: the conversation moved on, or the client cancelled.
#[must_use]
pub fn is_cancelled() -> bool {
    host::is_cancelled()
}

/// Fresh random bytes; `N` is at most 1024.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    const { assert!(N <= 1024, "the host gives 1024 random bytes at most at once") };
    let mut bytes = [0; N];
    for (into, from) in bytes.iter_mut().zip(host::random(N)) {
        *into = from;
    }
    bytes
}
