//! Random bytes for guests: fresh ones, or in a replay the same for the same call.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::event::CallId;

/// A call's source of random bytes.
#[derive(Debug, Default)]
pub(super) struct Chance(Option<Repeated>);

/// Bytes that follow from a seed.
#[derive(Debug)]
struct Repeated {
    key: [u8; 32],
    drawn: AtomicU64,
}

/// Who draws from a call's chance; each draws other bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Drawer {
    Runtime,
    Wasi,
    Placeholders,
}

impl Chance {
    /// With a seed, the same bytes for the same attempt at the same call.
    pub(super) fn of(seed: Option<u64>, call: &CallId, attempt: u32, drawer: Drawer) -> Self {
        Self(seed.map(|seed| {
            let mut hasher = Sha256::new();
            hasher.update(seed.to_le_bytes());
            hasher.update(attempt.to_le_bytes());
            hasher.update([drawer as u8]);
            hasher.update(call.as_str());
            Repeated { key: hasher.finalize().into(), drawn: AtomicU64::new(0) }
        }))
    }

    /// Whether the bytes follow from a seed.
    pub(super) const fn is_repeated(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn fill(&self, bytes: &mut [u8]) -> Result<(), getrandom::Error> {
        let Some(Repeated { key, drawn }) = &self.0 else { return getrandom::fill(bytes) };
        for chunk in bytes.chunks_mut(32) {
            let mut hasher = Sha256::new();
            hasher.update(key);
            hasher.update(drawn.fetch_add(1, Ordering::Relaxed).to_le_bytes());
            let block = hasher.finalize();
            chunk.iter_mut().zip(block).for_each(|(into, from)| *into = from);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: Option<u64>, call: &str, attempt: u32, drawer: Drawer) -> [u8; 40] {
        let mut bytes = [0; 40];
        Chance::of(seed, &CallId::from(call), attempt, drawer).fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn with_a_seed_the_same_attempt_draws_the_same_bytes_and_another_others() {
        let first = drawn(Some(7), "s.1", 1, Drawer::Runtime);
        assert_eq!(first, drawn(Some(7), "s.1", 1, Drawer::Runtime));
        assert_ne!(first, drawn(Some(8), "s.1", 1, Drawer::Runtime));
        assert_ne!(first, drawn(Some(7), "s.2", 1, Drawer::Runtime));
        assert_ne!(first, drawn(Some(7), "s.1", 2, Drawer::Runtime));
        assert_ne!(first, drawn(Some(7), "s.1", 1, Drawer::Wasi));
        assert_ne!(first[..8], first[32..]);
        assert_ne!(drawn(None, "s.1", 1, Drawer::Runtime), drawn(None, "s.1", 1, Drawer::Runtime));
    }
}
