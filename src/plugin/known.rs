//! What is known of the components in use: read, compiled, and what each said of itself. Whoever opens one of them again
//! spares all that. It keeps none in use.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::bindings::exports::cicerone::plugin::tools::PluginInfo;
use super::component::Parts;
use super::grant::Rights;
use super::guest::Ready;

/// A component that can be called.
pub(super) struct Known {
    pub(super) parts: Parts,
    pub(super) ready: Ready,
    /// What it said of itself.
    pub(super) info: PluginInfo,
    /// With what it was tried.
    pub(super) tried: Tried,
}

/// What decides whether a component starts and describes itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tried {
    memory: u64,
    fuel: Option<u64>,
    hostcall_bytes: u64,
}

/// The components in use, by digest.
#[derive(Default)]
pub(super) struct InUse(Mutex<BTreeMap<String, Weak<Known>>>);

impl Tried {
    pub(super) const fn with(rights: &Rights) -> Self {
        let limits = &rights.limits;
        let (memory, hostcall_bytes) = (limits.memory, limits.hostcall_bytes);
        Self { memory, fuel: limits.fuel, hostcall_bytes }
    }
}

impl Known {
    /// What stays mapped while nobody calls it, bytes: its code, and what its memories begin with.
    pub(super) fn resident(&self) -> u64 {
        let image = self.ready.linked.component().image_range();
        u64::try_from(image.end.addr().saturating_sub(image.start.addr())).unwrap_or(u64::MAX)
    }
}

impl InUse {
    pub(super) fn find(&self, digest: &str) -> Option<Arc<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(digest)?.upgrade()
    }

    /// Notes it for as long as somebody else keeps it.
    pub(super) fn note(&self, digest: &str, known: &Arc<Known>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, known| known.strong_count() > 0);
        all.insert(digest.to_owned(), Arc::downgrade(known));
    }
}
