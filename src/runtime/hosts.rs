//! This host among those that share a store: it says that it is alive, knows who else is, and which part of the deadline
//! index is its own to look after. Its view may be some seconds old; the commits keep that from doing harm.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tracing::{info, warn};

use super::Parts;
use super::timers::stopped;
use super::work::Inner;
use crate::event::HostId;
use crate::store::{self, Share};

/// A host says this often in the time of its lease that it is alive, so that one word may be lost.
const BEATS: u32 = 3;

/// Who is at work on a call, and how long others wait before they look whether that is still so.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) host: HostId,
    pub(super) lease_ms: u64,
}

/// The hosts that share the store.
#[derive(Debug)]
pub(super) struct Hosts {
    owner: Owner,
    lease: Duration,
    living: Mutex<Arc<Living>>,
}

/// The hosts that were alive a moment ago.
#[derive(Debug)]
struct Living {
    hosts: Vec<HostId>,
    share: Share,
}

impl Hosts {
    /// This host, and as yet nobody else.
    pub(super) fn new(host: HostId, lease: Duration) -> Self {
        let lease_ms = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        let living = Living { hosts: vec![host.clone()], share: Share::all() };
        Self { owner: Owner { host, lease_ms }, lease, living: Mutex::new(Arc::new(living)) }
    }

    pub(super) const fn owner(&self) -> &Owner {
        &self.owner
    }

    pub(super) fn is_me(&self, host: &HostId) -> bool {
        self.owner.host == *host
    }

    pub(super) fn is_alive(&self, host: &HostId) -> bool {
        self.living().hosts.contains(host)
    }

    /// The part of the deadline index that this host looks after.
    pub(super) fn share(&self) -> Share {
        self.living().share.clone()
    }

    /// Whether this host does what one of them is enough for.
    pub(super) fn is_first(&self) -> bool {
        self.living().hosts.first().is_none_or(|first| self.is_me(first))
    }

    fn living(&self) -> Arc<Living> {
        Arc::clone(&self.living.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether there is no other host.
    pub(super) fn is_alone(&self) -> bool {
        self.living().hosts.len() <= 1
    }

    /// Returns when the other hosts have noticed this one, if there are any: until then they do not listen to what it does.
    pub(super) async fn be_noticed(&self) {
        if !self.is_alone() {
            tokio::time::sleep(self.lease * 4 / (3 * BEATS)).await;
        }
    }

    /// Says that this host is alive, and learns who else is.
    pub(super) async fn beat(&self, parts: &Parts) -> Result<(), store::Error> {
        let hosts = parts.store.beat(&self.owner.host, self.lease).await?;
        parts.bus.set_alone(hosts.len() <= 1);
        if self.living().hosts != hosts {
            info!(hosts = hosts.len(), "The hosts at work are others than before.");
            let share = Share::of(&self.owner.host, &hosts);
            *self.living.lock().unwrap_or_else(PoisonError::into_inner) =
                Arc::new(Living { hosts, share });
        }
        Ok(())
    }
}

/// Says that this host is alive until the runtime stops, then that it leaves.
pub(super) async fn stay_alive(inner: Weak<Inner>) -> Option<Infallible> {
    let mut phase = inner.upgrade()?.phase.subscribe();
    loop {
        let pause = {
            let inner = inner.upgrade()?;
            if let Err(error) = inner.hosts.beat(&inner.parts).await {
                warn!(%error, "The other hosts could not be told that this one is alive.");
            }
            inner.hosts.lease / BEATS
        };
        tokio::select! {
            () = stopped(&mut phase) => return None,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
