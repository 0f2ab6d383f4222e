//! Versions that are not current but in use: a bounded memory of the last of them, over the store that has them all.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::flow::{self, Flow, Version};

/// Versions kept in memory.
const OLDER_MAX: NonZeroUsize = NonZeroUsize::new(256).expect("256 is not zero");

type Versions = LruCache<(flow::Id, Version), Arc<Flow>>;

/// The last versions that were asked for.
#[derive(Debug)]
pub(super) struct Older {
    versions: Mutex<Versions>,
}

impl Default for Older {
    fn default() -> Self {
        Self { versions: Mutex::new(LruCache::new(OLDER_MAX)) }
    }
}

impl Older {
    pub(super) fn get(&self, id: &flow::Id, version: &Version) -> Option<Arc<Flow>> {
        self.lock().get(&(id.clone(), version.clone())).cloned()
    }

    pub(super) fn find(&self, id: &flow::Id, is: impl Fn(&Version) -> bool) -> Option<Arc<Flow>> {
        let versions = self.lock();
        let found = versions.iter().find(|((flow, version), _)| flow == id && is(version));
        found.map(|(_, flow)| Arc::clone(flow))
    }

    pub(super) fn keep(&self, flow: &Arc<Flow>) {
        self.lock().put((flow.id.clone(), flow.version.clone()), Arc::clone(flow));
    }

    fn lock(&self) -> MutexGuard<'_, Versions> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
