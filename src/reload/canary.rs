//! Versions for some new sessions first: begun, given to more, given to all, taken back; by whoever asks, or by what the
//! sessions met. What is to be concluded from that is `rollout`'s to say. The flow's file stays what it was until the new
//! version is current.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tracing::{debug, info, warn};

use super::Error;
use super::edit::{Edit, Edited, Guard, What, rejected};
use super::plan::{Change, plan};
use super::work::Work;
use crate::catalog::Canary;
use crate::event::Timestamp;
use crate::flow::{self, Finding, Flow, Version};
use crate::rollout::{GuardChange, Judgement, Percent, Reason, Rollout, judge};
use crate::store::{Active, How, Note, Publication};

/// How the host calls itself where it does something by itself.
const ITSELF: &str = "cicerone";

impl Work {
    /// Begins a rollout of a text.
    pub(super) async fn begin_rollout(
        &mut self,
        edit: &Edit,
        active: &Active,
        (text, percent, guard): (String, Percent, GuardChange),
    ) -> Result<Edited, Error> {
        let Some(running) = active.versions.get(&edit.flow) else {
            return Ok(Edited::NothingBefore);
        };
        if let Some(rollout) = active.rollouts.get(&edit.flow) {
            return Ok(Edited::Busy(rollout.clone()));
        }
        let (flow, findings) = match self.candidate(&edit.flow, text).await {
            Ok(candidate) => candidate,
            Err(findings) => return Ok(Edited::Rejected(findings)),
        };
        if flow.version == *running {
            return Ok(Edited::Unchanged(running.clone()));
        }
        let (now, guard) = (self.parts.clock.now(), self.parts.guard.with(guard));
        let version = flow.version.clone();
        let rollout = Rollout { version, percent, began: now, since: now, guard };
        let begun = Some((flow, rollout.clone()));
        self.set_rollout(edit, &rollout.version, (begun, active.epoch)).await?;
        Ok(Edited::RollingOut { rollout, findings })
    }

    /// Gives a rollout to another part of new sessions.
    pub(super) async fn change_rollout(
        &mut self,
        edit: &Edit,
        active: &Active,
        (percent, guard): (Percent, GuardChange),
    ) -> Result<Edited, Error> {
        let Some(before) = active.rollouts.get(&edit.flow) else { return Ok(Edited::NoRollout) };
        let (now, guard) = (self.parts.clock.now(), before.guard.with(guard));
        let rollout = Rollout { percent, since: now, guard, ..before.clone() };
        let flow = self.parts.catalog.version(&edit.flow, &before.version).await?;
        let changed = Some((flow, rollout.clone()));
        self.set_rollout(edit, &rollout.version, (changed, active.epoch)).await?;
        Ok(Edited::RollingOut { rollout, findings: Vec::new() })
    }

    /// Ends a rollout; what is current stays. With `since` only the one that has its percentage since then.
    pub(super) async fn drop_rollout(
        &mut self,
        edit: &Edit,
        active: &Active,
        since: Option<Timestamp>,
    ) -> Result<Edited, Error> {
        let rollout = active.rollouts.get(&edit.flow);
        let rollout = rollout.filter(|rollout| since.is_none_or(|since| rollout.since == since));
        let Some(rollout) = rollout else { return Ok(Edited::NoRollout) };
        self.set_rollout(edit, &rollout.version, (None, active.epoch)).await?;
        Ok(Edited::Dropped(rollout.clone()))
    }

    /// A text as it would run, after everything that a text must pass to be published.
    async fn candidate(
        &self,
        id: &flow::Id,
        text: String,
    ) -> Result<(Arc<Flow>, Vec<Finding>), Vec<Finding>> {
        let current = self.parts.catalog.current();
        let changes = BTreeMap::from([(id.clone(), Change::Text(text))]);
        let (mut next, mut news) = plan(&current, &changes, &current.offers);
        if let Some(findings) = rejected(id, &mut news) {
            return Err(findings);
        }
        let flow = next.next.linked.current(id).cloned().ok_or_else(Vec::new)?;
        let published = vec![(id.clone(), Some(flow.version.clone()))];
        let cases = self.disk.cases();
        let mut tried = self.parts.trial.of(&next, &published, cases, false).await;
        if let Some(findings) = tried.failed.remove(id) {
            return Err(findings);
        }
        tried.tell(&mut next, &mut news);
        let reading = next.next.files.get(id).cloned().unwrap_or_default();
        Ok((flow, reading.findings))
    }

    async fn set_rollout(
        &self,
        edit: &Edit,
        version: &Version,
        (begun, epoch): (Option<(Arc<Flow>, Rollout)>, u64),
    ) -> Result<(), Error> {
        let how = if begun.is_some() { How::Canary } else { How::Drop };
        let percent = begun.as_ref().map(|(_, rollout)| rollout.percent);
        let note = Note { percent, ..self.note(edit, how) };
        let before = self.parts.catalog.current();
        self.parts.catalog.roll_out((&edit.flow, version), begun, epoch, &note).await?;
        self.tell_rollouts(&before.canaries).await;
        Ok(())
    }

    /// Goes by what the store says of rollouts: another host, or an earlier run of this one, may have begun or ended some.
    pub(super) async fn follow_rollouts(&self) -> Result<(), Error> {
        let catalog = &self.parts.catalog;
        let before = catalog.current();
        if catalog.follow_rollouts(&catalog.active().await?).await? {
            self.tell_rollouts(&before.canaries).await;
        }
        Ok(())
    }

    /// Whether somebody must look at what sessions meet.
    pub(super) fn is_rolling_out(&self) -> bool {
        !self.parts.catalog.current().canaries.is_empty()
    }

    /// Takes back what is clearly worse than what was current before.
    pub(super) async fn judge_rollouts(&mut self) {
        let current = self.parts.catalog.current();
        let automatic = |canary: &Canary| canary.rollout.guard.automatic;
        for (id, canary) in current.canaries.iter().filter(|(_, canary)| automatic(canary)) {
            match self.judged(canary).await {
                Ok(Judgement::Back(reason)) => self.take_back(id, canary, &reason).await,
                Ok(Judgement::TooFew | Judgement::GoOn) => {}
                Err(error) => {
                    debug!(flow = %id, %error, "What sessions met could not be read; it is tried again.");
                }
            }
        }
    }

    async fn judged(&self, canary: &Canary) -> Result<Judgement, Error> {
        let now = self.parts.clock.now();
        let compared = self.parts.catalog.compared(canary, now).await?;
        Ok(judge(&compared.old, &compared.new, &canary.rollout.guard))
    }

    async fn take_back(&mut self, id: &flow::Id, canary: &Canary, reason: &Reason) {
        let Rollout { version, since, .. } = &canary.rollout;
        let edit = Edit {
            flow: id.clone(),
            what: What::Drop { since: Some(*since) },
            guard: Guard::Any,
            author: Some(ITSELF.to_owned()),
            changelog: Some(reason.to_string()),
        };
        match Box::pin(self.edit(&edit)).await {
            Ok(Edited::Dropped(_)) => {
                warn!(flow = %id, %version, %reason, "A new version was taken back: its sessions met more trouble.");
            }
            // Somebody, or another host, was first.
            Ok(_) => {}
            Err(error) => {
                warn!(flow = %id, %error, "A new version could not be taken back; it is tried again.");
            }
        }
    }

    /// Tells what became of rollouts since they were these.
    async fn tell_rollouts(&self, before: &BTreeMap<flow::Id, Canary>) {
        let current = self.parts.catalog.current();
        for (id, canary) in &current.canaries {
            let known = before.get(id).map(|before| &before.rollout);
            if known != Some(&canary.rollout) {
                self.tell_share(id, &canary.rollout);
            }
        }
        let ended = before.keys().filter(|id| !current.canaries.contains_key(*id));
        for (id, stable) in ended.filter_map(|id| Some((id, current.linked.current(id)?))) {
            // Who was promoted, or made way for something else, is told of as what became current.
            let last = self.parts.catalog.last_publication(id).await.ok().flatten();
            if let Some(last) = last.filter(|last| last.note.how == How::Drop) {
                self.tell_drop(id, &stable.version, last);
            }
        }
    }

    fn tell_share(&self, id: &flow::Id, rollout: &Rollout) {
        let (percent, version) = (u8::from(rollout.percent), &rollout.version);
        info!(flow = %id, %version, percent, "Some new sessions begin on another version.");
        let message = format!("{percent} of 100 new sessions begin on this version");
        let version = Some(version.as_str().to_owned());
        self.tell("flow.rollout", id.as_str(), version, finding("rollout.share", &message));
    }

    fn tell_drop(&self, id: &flow::Id, stable: &Version, last: Publication) {
        info!(flow = %id, version = %stable, "All new sessions begin on the version before again.");
        let version = Some(stable.as_str().to_owned());
        let why = last.note.changelog.unwrap_or_else(|| "somebody took it back".to_owned());
        self.tell("flow.rolled-back", id.as_str(), version, finding("rollout.dropped", &why));
    }
}

fn finding(code: &str, message: &str) -> Vec<Value> {
    vec![json!({ "code": code, "severity": "info", "message": message })]
}
