//! Looks into the store from time to time: for sessions that have waited long enough, of this host or of one that died, and
//! for sessions that nobody uses any more. It has them looked at or removed; it decides nothing about them.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;
use tracing::warn;

use super::Error;
use super::timers::{HORIZON_MS, stopped};
use super::work::Inner;
use crate::event::{SessionId, Timestamp};
use crate::store::Share;

/// Sessions that are looked at at the same time.
const AT_ONCE: usize = 16;

/// Sessions that one look into the store brings.
const SWEEP_MAX: usize = 10_000;

/// Sessions that one statement removes.
const EXPIRE_MAX: usize = 500;

/// Between two looks into the store; well below the timers' horizon.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Between two looks for what is overdue, where several hosts look.
const SCAN_EVERY: Duration = Duration::from_millis(500);

/// How long the host that made a turn has for what is due in it before others look.
const GRACE_MS: i64 = 500;

/// Looks at sessions that wait.
pub(super) async fn take_up(inner: Arc<Inner>, waiting: Vec<SessionId>) {
    let _at_work = inner.at_work.begin();
    let look = |id: SessionId| {
        let looked = inner.have_looked_at(&id);
        async move { drop(looked.await) }
    };
    stream::iter(waiting).for_each_concurrent(AT_ONCE, look).await;
}

/// Brings near wake-ups into memory, or overdue ones of any host to work, and removes sessions that nobody uses, until the
/// runtime stops.
pub(super) async fn sweep(inner: Weak<Inner>) -> Option<Infallible> {
    let (mut phase, shared) = inner.upgrade().map(|i| (i.phase.subscribe(), i.is_shared()))?;
    let mut swept: Option<Instant> = None;
    loop {
        {
            let inner = inner.upgrade()?;
            if shared {
                inner.scan().await;
            }
            if swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY) {
                inner.look_into_store().await;
                swept = Some(Instant::now());
            }
        }
        let pause = if shared { SCAN_EVERY } else { SWEEP_EVERY };
        tokio::select! {
            () = stopped(&mut phase) => return None,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Inner {
    /// Has what is overdue in this host's share looked at, whoever left it.
    async fn scan(self: &Arc<Self>) {
        let now = self.parts.clock.now().as_millis();
        let before = Timestamp::from_millis(now.saturating_sub(GRACE_MS));
        match self.parts.store.due(before, &self.hosts.share(), SWEEP_MAX).await {
            Ok(overdue) => take_up(Arc::clone(self), overdue).await,
            Err(error) => warn!(%error, "The store's wake-ups could not be read."),
        }
    }

    async fn look_into_store(self: &Arc<Self>) {
        if !self.is_shared()
            && let Err(error) = self.bring_near().await
        {
            warn!(%error, "The store's wake-ups could not be read.");
        }
        if self.hosts.is_first()
            && let Err(error) = self.expire().await
        {
            warn!(%error, "Unused sessions could not be removed.");
        }
    }

    async fn bring_near(self: &Arc<Self>) -> Result<(), Error> {
        let until = self.parts.clock.now().plus_millis(HORIZON_MS);
        let near = self.parts.store.due(until, &Share::all(), SWEEP_MAX).await?;
        let unknown = near.into_iter().filter(|id| !self.timers.has(id)).collect();
        take_up(Arc::clone(self), unknown).await;
        Ok(())
    }

    async fn expire(&self) -> Result<(), Error> {
        let now = self.parts.clock.now().as_millis();
        // Where sessions are kept for ever, some are deleted all the same and leave flows behind.
        let before = self.parts.options.idle_ttl.map_or(i64::MIN, |ttl| {
            now.saturating_sub(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX))
        });
        let before = Timestamp::from_millis(before);
        loop {
            let gone = self.parts.store.expire(before, EXPIRE_MAX).await?;
            for id in &gone {
                self.mailboxes.keep(id, None);
                self.parts.bus.end(id);
            }
            if gone.len() < EXPIRE_MAX {
                return Ok(());
            }
        }
    }
}
