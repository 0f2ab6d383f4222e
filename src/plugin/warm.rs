//! Sandboxes of plugins whose author asks that they be used again (`[instance] mode = "warm"`). One that rests between
//! calls keeps what its guest has in memory and nothing of the call before. It is never in two calls at once, it is gone
//! after the first call that does not end well, and it gives way to calls that find no place.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};
use wasmtime::Store;
use wasmtime::component::Instance as Started;

use super::bindings::{V1, understanding};
use super::engine::{Machine, Places};
use super::host::State;
use crate::manifest::{self, Instance};

/// A started sandbox with its place, which is free again when it is gone.
pub(super) struct Live {
    pub(super) store: Store<State>,
    /// None until it has started.
    pub(super) started: Option<Started>,
    /// None until one of them is called.
    pub(super) tools: Option<V1>,
    /// None until it is asked about a text.
    pub(super) classify: Option<understanding::Guest>,
    pub(super) calls: u32,
    pub(super) place: OwnedSemaphorePermit,
}

/// Sandboxes of one plugin between calls.
pub(super) struct Warm {
    terms: manifest::Warm,
    places: Places,
    threads: Handle,
    resting: Mutex<Resting>,
}

#[derive(Default)]
struct Resting {
    /// The one that was used last is used next, so that those that are too many grow old.
    live: VecDeque<(Live, Instant)>,
    /// Whether somebody sees to the old ones.
    seen_to: bool,
}

/// The plugins with sandboxes that rest.
#[derive(Default)]
pub(super) struct Everybody(Mutex<Vec<Weak<Warm>>>);

impl fmt::Debug for Everybody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Everybody").finish_non_exhaustive()
    }
}

impl Everybody {
    /// Has sandboxes that rest give up so many places, the oldest first; fewer if there are no more.
    pub(super) fn give_way(&self, places: u32) {
        let all: Vec<Arc<Warm>> = self.lock().iter().filter_map(Weak::upgrade).collect();
        let mut freed = 0;
        while freed < places {
            let oldest = all.iter().filter_map(|warm| Some((warm.oldest()?, warm)));
            let Some((_, warm)) = oldest.min_by_key(|(since, _)| *since) else { return };
            freed += warm.give_up_oldest();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Warm>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Warm {
    /// None for a plugin whose calls have a sandbox of their own each.
    pub(super) fn of(instance: Instance, places: &Places, machine: &Machine) -> Option<Arc<Self>> {
        let Instance::Warm(terms) = instance else { return None };
        let (places, threads) = (places.clone(), machine.threads().clone());
        let warm = Arc::new(Self { terms, places, threads, resting: Mutex::default() });
        let mut all = machine.warm().lock();
        all.retain(|warm| warm.strong_count() > 0);
        all.push(Arc::downgrade(&warm));
        Some(warm)
    }

    /// One that rests, for the caller alone.
    pub(super) fn take(&self) -> Option<Live> {
        self.lock().live.pop_back().map(|(live, _)| live)
    }

    /// Keeps one in which a call ended well for the next call, if it may be and nobody waits for its place.
    pub(super) fn keep(self: &Arc<Self>, mut live: Live) {
        if live.calls >= self.terms.max_calls || self.places.are_all_taken() {
            return;
        }
        live.store.data_mut().rest();
        let mut resting = self.lock();
        if resting.live.len() >= self.terms.max_instances {
            drop(resting);
            return drop(live);
        }
        resting.live.push_back((live, Instant::now()));
        if !std::mem::replace(&mut resting.seen_to, true) {
            self.threads.spawn(see_to(Arc::downgrade(self)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Resting> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn oldest(&self) -> Option<Instant> {
        self.lock().live.front().map(|(_, since)| *since)
    }

    /// How many places are free by it.
    fn give_up_oldest(&self) -> u32 {
        let oldest = self.lock().live.pop_front();
        oldest.map_or(0, |(live, _)| u32::try_from(live.place.num_permits()).unwrap_or(u32::MAX))
    }

    /// Gives up those that have rested for too long; when the next one will have, if there is one.
    fn give_up_old(&self) -> Option<Instant> {
        let now = Instant::now();
        loop {
            let mut resting = self.lock();
            let Some((_, since)) = resting.live.front() else {
                resting.seen_to = false;
                return None;
            };
            let until = *since + self.terms.max_idle;
            if until > now {
                return Some(until);
            }
            let old = resting.live.pop_front();
            // Not under the lock: giving back a large memory takes a while.
            drop(resting);
            drop(old);
        }
    }
}

/// Sees to it that none rests for too long, as long as any rests.
async fn see_to(warm: Weak<Warm>) {
    while let Some(next) = warm.upgrade().and_then(|warm| warm.give_up_old()) {
        sleep_until(next).await;
    }
}
