//! Sessions that nobody writes to and that have been on an older version of their flow for as long as they may: when the
//! time is over all that live are looked through, once, by one host. What is found has its own turn like any other. And a
//! word to the operator when a new version has no place for sessions that live.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tracing::{info, warn};

use super::impact::strands;
use super::sweep::take_up;
use super::timers::stopped;
use super::work::Inner;
use super::{Error, moving};
use crate::engine::Session;
use crate::event::{SessionId, Timestamp};
use crate::flow::{self, Flow, Version};

/// Sessions that are read at once.
const PAGE: usize = 200;

/// Between two questions whether time has run out for some; asking costs no IO.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Looks when there is reason to, until the runtime stops.
pub(super) async fn run(inner: Weak<Inner>) -> Option<Infallible> {
    let mut phase = inner.upgrade().map(|inner| inner.phase.subscribe())?;
    let mut roll_call = RollCall::default();
    loop {
        roll_call.hold(&inner.upgrade()?).await;
        tokio::select! {
            () = stopped(&mut phase) => return None,
            () = tokio::time::sleep(ASK_EVERY) => {}
        }
    }
}

/// What was looked through already, by what came in place of older versions and since when those are too old.
#[derive(Debug, Default)]
struct RollCall {
    done: BTreeSet<(flow::Id, Version, Timestamp)>,
    /// What was current at the last look; none before the first.
    seen: Option<BTreeMap<flow::Id, Version>>,
}

impl RollCall {
    /// Looks through all sessions if time has run out for some since the last look.
    async fn hold(&mut self, inner: &Arc<Inner>) {
        if !inner.hosts.is_first() {
            // Whoever becomes the first does not know how far the one before came.
            *self = Self::default();
            return;
        }
        self.warn_of_the_stranded(inner).await;
        let now = inner.parts.clock.now();
        let overdue = inner.parts.catalog.current().overdue(now);
        if overdue.is_subset(&self.done) {
            return;
        }
        match look_through(inner, now).await {
            Ok(found) => {
                if found > 0 {
                    info!(sessions = found, "Sessions have been on an older version for too long.");
                }
                self.done = overdue;
            }
            Err(error) => warn!(%error, "Sessions on older versions could not be looked through."),
        }
    }
}

impl RollCall {
    /// Says which versions that came since the last look have no place for sessions: a file that is saved by hand asks
    /// nobody before.
    async fn warn_of_the_stranded(&mut self, inner: &Arc<Inner>) {
        let current = inner.parts.catalog.current();
        let versions = |flow: &Arc<Flow>| (flow.id.clone(), flow.version.clone());
        let now: BTreeMap<flow::Id, Version> = current.linked.iter().map(versions).collect();
        let Some(before) = self.seen.replace(now) else { return };
        let is_new = |flow: &&Arc<Flow>| {
            before.get(&flow.id).is_some_and(|version| *version != flow.version)
        };
        for flow in current.linked.iter().filter(is_new) {
            match strands(&inner.parts, flow).await {
                Ok(None) => {}
                Ok(Some(live)) => warn!(
                    flow = %flow.id, version = %flow.version, sessions = live.impact.stranded(),
                    "A new version has no place for sessions; they end when their time on the older one is over."
                ),
                Err(error) => {
                    warn!(flow = %flow.id, %error, "What a new version does to sessions cannot be told.");
                }
            }
        }
    }
}

async fn look_through(inner: &Arc<Inner>, now: Timestamp) -> Result<usize, Error> {
    let mut found = 0;
    let mut after: Option<SessionId> = None;
    loop {
        let page = inner.parts.store.live(after.as_ref(), PAGE).await?;
        let mut late = Vec::new();
        for (id, data) in &page {
            if is_late(inner, id, data, now).await {
                late.push(id.clone());
            }
        }
        found += late.len();
        take_up(Arc::clone(inner), late).await;
        if page.len() < PAGE {
            return Ok(found);
        }
        after = page.into_iter().next_back().map(|(id, _)| id);
    }
}

/// Whether something must become of a session. One that cannot be read, or whose flow is gone, does not keep the others
/// from being looked at.
async fn is_late(inner: &Inner, id: &SessionId, data: &str, now: Timestamp) -> bool {
    let session: Session = match serde_json::from_str(data) {
        Ok(session) => session,
        Err(error) => {
            warn!(session = %id, %error, "A session cannot be read.");
            return false;
        }
    };
    match inner.parts.catalog.way(&session).await {
        Ok(way) => moving::is_overdue(&way, &session, now),
        Err(error) => {
            warn!(session = %id, %error, "A session's flow is not there.");
            false
        }
    }
}
