//! Where the sessions are that live now, and what a version would do to them, found by looking at all of them. It changes
//! nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use tracing::warn;

use super::{Error, Parts, Runtime};
use crate::catalog::{Catalog, Newer};
use crate::engine::{Impact, Session};
use crate::event::{SessionId, Timestamp};
use crate::flow::{self, Flow};
use crate::store::Store;

/// Sessions that are read at once.
const PAGE: usize = 500;

/// Sessions that are looked at; what becomes of more can be told from these.
const LOOKED_AT_MAX: usize = 100_000;

/// What a version would do to the sessions of its flow.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// By state.
    pub impact: Impact,
    /// Whether all sessions of the host were looked at, or only the first 100 000.
    pub is_all: bool,
}

/// All of a session that says where it is.
#[derive(Deserialize)]
struct Whereabouts {
    frames: Vec<Spot>,
}

/// Where it is in one of its flows.
#[derive(Deserialize)]
struct Spot {
    flow: flow::Id,
    state: String,
}

impl Runtime {
    /// How many of the sessions that live now are in each state of a flow, whichever flow they began on. Who went on into a
    /// called flow is in the state that waits for it, too. Of more than 100 000 sessions the first are counted.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn by_state(&self, flow: &flow::Id) -> Result<BTreeMap<String, u64>, Error> {
        let mut by_state = BTreeMap::new();
        let name = serde_json::to_string(flow.as_str()).unwrap_or_default();
        let mut pages = Pages::of(&self.inner.parts.store);
        while let Some(page) = pages.next().await? {
            for (id, data) in page.iter().filter(|(_, data)| data.contains(&name)) {
                let frames = match serde_json::from_str(data) {
                    Ok(Whereabouts { frames }) => frames,
                    Err(error) => {
                        warn!(session = %id, %error, "Where a session is cannot be told.");
                        continue;
                    }
                };
                let here = frames.into_iter().filter(|spot| spot.flow == *flow);
                for state in here.map(|spot| spot.state).collect::<BTreeSet<_>>() {
                    *by_state.entry(state).or_insert(0) += 1;
                }
            }
        }
        Ok(by_state)
    }

    /// What would become of the sessions that live now if `to` were published.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn impact(&self, to: &Arc<Flow>) -> Result<Live, Error> {
        impact(&self.inner.parts, to).await
    }

    /// The same, if some of these sessions might have to end for it; `None` if none has to, which is told without a look at
    /// them where it can be.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn strands(&self, to: &Arc<Flow>) -> Result<Option<Live>, Error> {
        strands(&self.inner.parts, to).await
    }
}

/// What would become of the sessions that live now, if some might have to end.
pub(super) async fn strands(parts: &Parts, to: &Arc<Flow>) -> Result<Option<Live>, Error> {
    if !parts.catalog.may_strand(to).await? {
        return Ok(None);
    }
    let live = impact(parts, to).await?;
    Ok((live.impact.stranded() > 0).then_some(live))
}

/// What would become of the sessions that live now if `to` were published, or becomes of them if it is.
pub(super) async fn impact(parts: &Parts, to: &Arc<Flow>) -> Result<Live, Error> {
    let (store, catalog, now) = (&parts.store, &parts.catalog, parts.clock.now());
    let mut live = Live::default();
    let name = serde_json::to_string(to.id.as_str()).unwrap_or_default();
    let mut pages = Pages::of(store);
    while let Some(page) = pages.next().await? {
        for (id, data) in &page {
            // Of one in other flows nothing but its text is looked at.
            if !data.contains(&name) {
                continue;
            }
            if let Err(error) = add(&mut live.impact, catalog, data, (to, now)).await {
                warn!(session = %id, %error, "What becomes of a session cannot be told.");
            }
        }
    }
    live.is_all = pages.is_all;
    Ok(live)
}

/// The sessions that live now, page by page.
struct Pages<'s> {
    store: &'s Store,
    after: Option<SessionId>,
    count: usize,
    /// Whether there are no more than were read.
    is_all: bool,
}

impl<'s> Pages<'s> {
    const fn of(store: &'s Store) -> Self {
        Self { store, after: None, count: 0, is_all: false }
    }

    async fn next(&mut self) -> Result<Option<Vec<(SessionId, Arc<str>)>>, Error> {
        if self.is_all || self.count >= LOOKED_AT_MAX {
            return Ok(None);
        }
        let page = self.store.live(self.after.as_ref(), PAGE).await?;
        self.count += page.len();
        self.is_all = page.len() < PAGE;
        self.after = page.last().map(|(id, _)| id.clone());
        Ok(Some(page))
    }
}

async fn add(
    impact: &mut Impact,
    catalog: &Catalog,
    data: &str,
    (to, now): (&Arc<Flow>, Timestamp),
) -> Result<(), Error> {
    let unreadable = |error: serde_json::Error| Error::Unavailable(error.to_string());
    let session: Session = serde_json::from_str(data).map_err(unreadable)?;
    let way = catalog.way(&session).await?;
    // What is replaced only by this has been so for no time.
    let since = way.newer.iter().find(|newer| newer.flow.id == to.id);
    let since = since.map_or(now, |newer| newer.since);
    let late = Newer { flow: Arc::clone(to), since }.is_late(now);
    impact.add(&way.linked, &session, to, late);
    Ok(())
}
