//! Whether a session may be in a state that a version has no place for, told by the names of the states that the published
//! versions have: most versions have a place for all of them, and nobody has to look at the sessions themselves.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::{Catalog, Error, load_older, unavailable};
use crate::flow::{self, Flow, Version};

/// Publications that are looked at; where there are more, sessions may be anywhere.
const PUBLICATIONS_MAX: usize = 1_000;

/// Versions whose names are kept.
const VERSIONS_MAX: NonZeroUsize = NonZeroUsize::new(1_024).expect("1 024 is not zero");

type Names = Arc<[String]>;

/// The names of the states of versions that were asked for.
#[derive(Debug)]
pub(super) struct States(Mutex<LruCache<(flow::Id, Version), Names>>);

impl Default for States {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(VERSIONS_MAX)))
    }
}

impl States {
    fn get(&self, version: &(flow::Id, Version)) -> Option<Names> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(version).cloned()
    }

    fn keep(&self, version: (flow::Id, Version), names: &Names) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.put(version, Arc::clone(names));
    }
}

impl Catalog {
    /// Whether some published version has a state for which `to` has no place; also when that cannot be told. If not, no
    /// session has to end for `to`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn may_strand(&self, to: &Flow) -> Result<bool, Error> {
        let published = self.store.publications(&to.id, u64::MAX, PUBLICATIONS_MAX + 1).await;
        let published = published.map_err(unavailable)?;
        if published.len() > PUBLICATIONS_MAX {
            return Ok(true);
        }
        let versions: BTreeSet<Version> =
            published.into_iter().filter_map(|publication| publication.version).collect();
        for version in versions.into_iter().filter(|version| *version != to.version) {
            let Some(names) = self.states(&to.id, &version).await? else { return Ok(true) };
            let migration = to.migration_from(&version);
            let is_there = |name: &String| {
                let moved = migration.and_then(|migration| migration.states.get(name));
                to.states.contains_key(moved.unwrap_or(name))
            };
            if !names.iter().all(is_there) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `None` for a version that cannot be had.
    async fn states(&self, id: &flow::Id, version: &Version) -> Result<Option<Names>, Error> {
        let key = (id.clone(), version.clone());
        if let Some(names) = self.states.get(&key) {
            return Ok(Some(names));
        }
        let names = |flow: &Flow| flow.states.keys().cloned().collect::<Names>();
        let names = match self.recognise(id, |other| other == version) {
            Some(flow) => names(&flow),
            None => {
                let text = self.store.flow_get(id, version).await.map_err(unavailable)?;
                let flow = text.and_then(|text| load_older(id, &text, &self.current()).ok());
                let Some(flow) = flow else { return Ok(None) };
                names(&flow)
            }
        };
        self.states.keep(key, &names);
        Ok(Some(names))
    }
}
