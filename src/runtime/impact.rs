//! What a version would do to the sessions that live now, found by looking at all of them. It changes nothing.

use std::sync::Arc;

use tracing::warn;

use super::{Error, Parts, Runtime};
use crate::catalog::{Catalog, Newer};
use crate::engine::{Impact, Session};
use crate::event::{SessionId, Timestamp};
use crate::flow::Flow;

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

impl Runtime {
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
    let (mut after, mut count): (Option<SessionId>, usize) = (None, 0);
    while count < LOOKED_AT_MAX {
        let page = store.live(after.as_ref(), PAGE).await?;
        for (id, data) in &page {
            // Of one in other flows nothing but its text is looked at.
            if !data.contains(&name) {
                continue;
            }
            if let Err(error) = add(&mut live.impact, catalog, data, (to, now)).await {
                warn!(session = %id, %error, "What becomes of a session cannot be told.");
            }
        }
        count += page.len();
        if page.len() < PAGE {
            live.is_all = true;
            break;
        }
        after = page.into_iter().next_back().map(|(id, _)| id);
    }
    Ok(live)
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
