//! Which version a session gets while some get another than the rest, and what sessions of both have met. Who is among
//! them is `rollout`'s to say; that and since when is the store's.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracing::error;

use super::{Catalog, Current, Error, unavailable};
use crate::engine::Session;
use crate::event::{SessionId, Timestamp};
use crate::flow::{self, Flow, Linked, Version};
use crate::rollout::{Met, Rollout};
use crate::store::{Active, Note, Publication};

/// A version that some new sessions begin on.
#[derive(Debug, Clone)]
pub struct Canary {
    /// The version.
    pub flow: Arc<Flow>,
    /// Who gets it, and what takes it back.
    pub rollout: Rollout,
    /// All flows as they are for those who get it.
    linked: Arc<Linked>,
}

/// What sessions met that began since both versions are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// On the current version.
    pub old: Met,
    /// On the one that some get.
    pub new: Met,
}

impl Current {
    /// The version on which this session comes into a flow.
    #[must_use]
    pub fn side(&self, id: &flow::Id, session: &SessionId) -> Option<&Arc<Flow>> {
        let canary = self.canaries.get(id).filter(|canary| canary.rollout.takes(id, session));
        canary.map_or_else(|| self.linked.current(id), |canary| Some(&canary.flow))
    }

    /// The flows as they are for this session: where it is in a flow already, it stays on its side.
    pub(super) fn linked_of(&self, session: &Session) -> Arc<Linked> {
        let is_new = |(id, canary): &(&flow::Id, &Canary)| {
            let frame = session.frames.iter().find(|frame| frame.flow == **id);
            frame.map_or_else(
                || canary.rollout.takes(id, &session.id),
                |frame| frame.version == canary.rollout.version,
            )
        };
        let mut new = self.canaries.iter().filter(is_new).map(|(_, canary)| canary);
        let Some(first) = new.next() else { return Arc::clone(&self.linked) };
        let Some(second) = new.next() else { return Arc::clone(&first.linked) };
        let mut linked = Linked::clone(&first.linked);
        [second].into_iter().chain(new).for_each(|more| linked.activate(Arc::clone(&more.flow)));
        Arc::new(linked)
    }

    /// With these versions for some, as far as the flow is there.
    pub(super) fn with_canaries(
        self,
        canaries: impl Iterator<Item = (Arc<Flow>, Rollout)>,
    ) -> Self {
        let canary = |(flow, rollout): (Arc<Flow>, Rollout)| {
            self.linked.current(&flow.id)?;
            let mut linked = Linked::clone(&self.linked);
            linked.activate(Arc::clone(&flow));
            Some((flow.id.clone(), Canary { flow, rollout, linked: Arc::new(linked) }))
        };
        let canaries = canaries.filter_map(canary).collect();
        Self { canaries, ..self }
    }

    /// Those that go on when this becomes what is current after `before`: of flows of which the same is current.
    pub(super) fn with_canaries_of(self, before: &Self) -> Self {
        let version =
            |of: &Self, id: &flow::Id| of.linked.current(id).map(|flow| flow.version.clone());
        let kept: Vec<(Arc<Flow>, Rollout)> = before
            .canaries
            .iter()
            .filter(|(id, _)| version(before, id) == version(&self, id))
            .map(|(_, canary)| (Arc::clone(&canary.flow), canary.rollout.clone()))
            .collect();
        self.with_canaries(kept.into_iter())
    }
}

impl Catalog {
    /// The version of a flow that this session begins on.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn begin(&self, id: &flow::Id, session: &SessionId) -> Result<Arc<Flow>, Error> {
        let side = self.current.load().side(id, session).cloned();
        side.map_or_else(|| self.find(id), Ok)
    }

    /// Has some new sessions begin on this version from now on, or none any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Overtaken`]; then nothing changed here. What the store was told by then is found there
    /// with the next look at it.
    pub async fn roll_out(
        &self,
        of: (&flow::Id, &Version),
        begun: Option<(Arc<Flow>, Rollout)>,
        epoch: u64,
        note: &Note,
    ) -> Result<(), Error> {
        if let Some((flow, _)) = &begun {
            self.put(flow).await?;
            self.teach(flow).await;
        }
        let rollout = begun.as_ref().map(|(_, rollout)| rollout);
        let told = self.store.roll_out(of, rollout, epoch, note).await;
        told.map_err(unavailable)?.ok_or(Error::Overtaken)?;
        let mut rollouts = self.rollouts();
        match begun {
            Some(begun) => drop(rollouts.insert(of.0.clone(), begun)),
            None => drop(rollouts.remove(of.0)),
        }
        self.swap_canaries(rollouts).await
    }

    /// Goes by what the store says of what some new sessions begin on; `false` if that is known already.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn follow_rollouts(&self, active: &Active) -> Result<bool, Error> {
        let known = self.rollouts();
        if known.iter().map(|(id, (_, rollout))| (id, rollout)).eq(&active.rollouts) {
            return Ok(false);
        }
        let mut rollouts = BTreeMap::new();
        for (id, rollout) in &active.rollouts {
            match self.version(id, &rollout.version).await {
                Ok(flow) => drop(rollouts.insert(id.clone(), (flow, rollout.clone()))),
                Err(why @ Error::Unavailable(_)) => return Err(why),
                Err(why) => {
                    error!(flow = %id, %why, "A version that some sessions should begin on does not run here.");
                }
            }
        }
        self.swap_canaries(rollouts).await?;
        Ok(true)
    }

    fn rollouts(&self) -> BTreeMap<flow::Id, (Arc<Flow>, Rollout)> {
        let current = self.current.load();
        let pair = |canary: &Canary| (Arc::clone(&canary.flow), canary.rollout.clone());
        current.canaries.iter().map(|(id, canary)| (id.clone(), pair(canary))).collect()
    }

    async fn swap_canaries(
        &self,
        rollouts: BTreeMap<flow::Id, (Arc<Flow>, Rollout)>,
    ) -> Result<(), Error> {
        let before = self.current();
        let is_over = |id: &&flow::Id| !rollouts.contains_key(*id);
        let over: Vec<flow::Id> = before.canaries.keys().filter(is_over).cloned().collect();
        // Sessions on those that have gone move from now on.
        let replaced = self.replaced(&over).await?;
        let next = Current { replaced, ..Current::clone(&before) };
        self.current.store(Arc::new(next.with_canaries(rollouts.into_values())));
        before.canaries.values().for_each(|canary| self.older.keep(&canary.flow));
        Ok(())
    }

    /// What sessions of both versions of a flow have met, as far as it is compared now.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn compared(&self, canary: &Canary, now: Timestamp) -> Result<Compared, Error> {
        let id = &canary.flow.id;
        let mut compared = Compared::default();
        let Ok(old) = self.find(id) else { return Ok(compared) };
        let (counted, keys): (Vec<_>, Vec<_>) = canary.rollout.keys(now).into_iter().unzip();
        for (version, met) in
            [(&old.version, &mut compared.old), (&canary.flow.version, &mut compared.new)]
        {
            let counts = self.store.counts_of(id, version, &keys).await.map_err(unavailable)?;
            counted.iter().zip(counts).for_each(|(counted, count)| met.add(*counted, count));
        }
        Ok(compared)
    }

    /// What was published of a flow last.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn last_publication(&self, id: &flow::Id) -> Result<Option<Publication>, Error> {
        let mut newest = self.store.publications(id, u64::MAX, 1).await.map_err(unavailable)?;
        Ok(newest.pop())
    }
}
