//! Changes of flows that come not from their files: publishing a text, going back to an earlier version, retiring. The
//! store is told first and the file follows, so that a host which stops in between finds them in agreement again.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tracing::{debug, error};

use super::beside::Desk;
use super::disk::pretty;
use super::plan::{Change, News, plan};
use super::work::Work;
use super::{Error, files};
use crate::catalog::{self, Publish};
use crate::event::Timestamp;
use crate::flow::{self, Finding, Flow, Linked, Version};
use crate::rollout::{GuardChange, Percent, Rollout};
use crate::store::{Active, How, Note};

/// Changes that may wait.
const EDITS_MAX: usize = 64;

/// A change of one flow that somebody asks for.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Of which flow.
    pub flow: flow::Id,
    /// What.
    pub what: What,
    /// On what it was decided.
    pub guard: Guard,
    /// Who asks, as they call themselves.
    pub author: Option<String>,
    /// Why, in their words.
    pub changelog: Option<String>,
}

/// What is to become of a flow.
#[derive(Debug, Clone)]
pub enum What {
    /// This text becomes current.
    Publish(String),
    /// This version becomes current again.
    Rollback(Version),
    /// No new sessions; running ones go on.
    Retire,
    /// Some new sessions begin on this text.
    Canary {
        /// The text.
        text: String,
        /// How many of a hundred.
        percent: Percent,
        /// What is different in what takes it back.
        guard: GuardChange,
    },
    /// Another part of new sessions begins on what some begin on.
    Share {
        /// How many of a hundred.
        percent: Percent,
        /// What is different in what takes it back.
        guard: GuardChange,
    },
    /// What some new sessions begin on becomes current.
    Promote,
    /// No new sessions begin any more on what some begin on.
    Drop {
        /// Only if it has its percentage since then.
        since: Option<Timestamp>,
    },
}

/// What must be current for an edit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Whatever is.
    Any,
    /// This version; none is a flow that is not there.
    Is(Option<Version>),
}

/// What an edit came to.
#[derive(Debug, Clone)]
pub enum Edited {
    /// It is current on all hosts, or about to be; none is a retired flow.
    Done {
        /// What became current.
        version: Option<Version>,
        /// Warnings about it.
        findings: Vec<Finding>,
    },
    /// It was current already.
    Unchanged(Version),
    /// Something else is current than the edit was decided on.
    Stale(Option<Version>),
    /// The text must not run; what was current stays.
    Rejected(Vec<Finding>),
    /// There is no such flow, or no such version of it.
    Unknown,
    /// A part of new sessions begins on it on all hosts, or is about to.
    RollingOut {
        /// Which part, and on what.
        rollout: Rollout,
        /// Warnings about it.
        findings: Vec<Finding>,
    },
    /// No new session begins any more on what some began on.
    Dropped(Rollout),
    /// Some new sessions begin on another version already: that is to be promoted or taken back first.
    Busy(Rollout),
    /// All new sessions begin on the same version.
    NoRollout,
    /// The flow is not there, so there is nothing that the others could begin on.
    NothingBefore,
    /// The store is away, or this host stops.
    Unavailable(String),
}

/// The way to the flows for whoever changes them otherwise than by their files.
#[derive(Debug, Clone)]
pub struct Flows {
    edits: mpsc::Sender<Asked>,
    desk: Desk,
}

/// An edit, and who waits for what it comes to.
#[derive(Debug)]
pub(super) struct Asked {
    edit: Edit,
    reply: oneshot::Sender<Edited>,
}

impl Flows {
    pub(super) fn new(desk: Desk) -> (Self, mpsc::Receiver<Asked>) {
        let (edits, asked) = mpsc::channel(EDITS_MAX);
        (Self { edits, desk }, asked)
    }

    /// What a version that loads would come to in its trial, if it were published now among the flows that there are.
    pub async fn tried(&self, flow: Flow, current: &Linked) -> Vec<Finding> {
        let (flow, mut linked) = (Arc::new(flow), current.clone());
        linked.activate(Arc::clone(&flow));
        self.desk.findings(flow, Arc::new(linked)).await
    }

    /// Has an edit made, once those that came before are.
    pub async fn edit(&self, edit: Edit) -> Edited {
        let (reply, answer) = oneshot::channel();
        let stopped = || Edited::Unavailable("the host stops".to_owned());
        if self.edits.send(Asked { edit, reply }).await.is_err() {
            return stopped();
        }
        answer.await.unwrap_or_else(|_gone| stopped())
    }

    /// Whether a flow can have this name: it is the name of its file.
    #[must_use]
    pub fn is_name(id: &flow::Id) -> bool {
        let text = id.as_str();
        let reserved = text.starts_with("inline-") || text.trim() != text;
        !reserved && !text.contains(char::is_control) && files::can_be_file(id)
    }
}

impl Work {
    pub(super) async fn answer(&mut self, Asked { edit, reply }: Asked) {
        let edited = self.edit(&edit).await.unwrap_or_else(|error| {
            error!(flow = %edit.flow, %error, "An edit of a flow could not be made.");
            Edited::Unavailable(error.to_string())
        });
        if reply.send(edited).is_err() {
            debug!(flow = %edit.flow, "Nobody waits for what the edit came to.");
        }
    }

    pub(super) async fn edit(&mut self, edit: &Edit) -> Result<Edited, Error> {
        loop {
            // What was changed by hand was changed before this.
            self.flows().await?;
            match self.try_edit(edit).await {
                Err(Error::Catalog(catalog::Error::Overtaken)) => {}
                done => return done,
            }
        }
    }

    async fn try_edit(&mut self, edit: &Edit) -> Result<Edited, Error> {
        let catalog = Arc::clone(&self.parts.catalog);
        let active = catalog.active().await?;
        let running = active.versions.get(&edit.flow);
        if let Guard::Is(base) = &edit.guard
            && base.as_ref() != running
        {
            return Ok(Edited::Stale(running.cloned()));
        }
        let how = match edit.what.clone() {
            What::Publish(_) => match active.rollouts.get(&edit.flow) {
                Some(rollout) => return Ok(Edited::Busy(rollout.clone())),
                None => How::Publish,
            },
            What::Rollback(_) => How::Rollback,
            What::Retire => How::Retire,
            What::Promote => How::Promote,
            What::Canary { text, percent, guard } => {
                let begun = (pretty(&text), percent, guard);
                return self.begin_rollout(edit, &active, begun).await;
            }
            What::Share { percent, guard } => {
                return self.change_rollout(edit, &active, (percent, guard)).await;
            }
            What::Drop { since } => return self.drop_rollout(edit, &active, since).await,
        };
        self.make_current(edit, &active, how).await
    }

    async fn make_current(
        &mut self,
        edit: &Edit,
        active: &Active,
        how: How,
    ) -> Result<Edited, Error> {
        let catalog = Arc::clone(&self.parts.catalog);
        let running = active.versions.get(&edit.flow);
        let change = match self.change(edit, active).await? {
            Ok(change) => change,
            Err(nothing) => return Ok(nothing),
        };
        let changes = BTreeMap::from([(edit.flow.clone(), change)]);
        let current = catalog.current();
        let (mut next, mut news) = plan(&current, &changes, &current.offers);
        if let Some(findings) = rejected(&edit.flow, &mut news) {
            return Ok(Edited::Rejected(findings));
        }
        let version = next.next.linked.current(&edit.flow).map(|flow| flow.version.clone());
        let published = vec![(edit.flow.clone(), version.clone())];
        let is_return = matches!(edit.what, What::Rollback(_));
        let cases = self.disk.cases();
        let mut tried = self.parts.trial.of(&next, &published, cases, is_return).await;
        if let Some(findings) = tried.failed.remove(&edit.flow) {
            return Ok(Edited::Rejected(findings));
        }
        tried.tell(&mut next, &mut news);
        let unchanged = version.clone().filter(|version| Some(version) == running);
        let findings = next.next.files.get(&edit.flow).map(|reading| reading.findings.clone());
        let (changes, epoch) = (published, active.epoch);
        next.publish = Some(Publish { changes, epoch, note: self.note(edit, how) });
        catalog.replace(next).await?;
        self.disk.overrule(&edit.flow, &active.store);
        if let Err(error) = self.flows().await {
            error!(flow = %edit.flow, %error, "A flow's file is to follow what was published.");
        }
        news.into_iter().for_each(|news| self.tell_flow(news));
        let done = || Edited::Done { version, findings: findings.unwrap_or_default() };
        Ok(unchanged.map_or_else(done, Edited::Unchanged))
    }

    /// Else what it comes to where there is nothing that could change so.
    async fn change(&self, edit: &Edit, active: &Active) -> Result<Result<Change, Edited>, Error> {
        let version = match &edit.what {
            What::Publish(text) | What::Canary { text, .. } => {
                return Ok(Ok(Change::Text(pretty(text))));
            }
            What::Retire => {
                let running = active.versions.get(&edit.flow);
                return Ok(running.map(|_| Change::Gone).ok_or(Edited::Unknown));
            }
            What::Rollback(version) => version,
            What::Promote | What::Share { .. } | What::Drop { .. } => {
                match active.rollouts.get(&edit.flow) {
                    Some(rollout) => &rollout.version,
                    None => return Ok(Err(Edited::NoRollout)),
                }
            }
        };
        let text = self.parts.catalog.definition(&edit.flow, version).await?;
        Ok(text.map(|text| Change::Text(pretty(&text))).ok_or(Edited::Unknown))
    }

    pub(super) fn note(&self, edit: &Edit, how: How) -> Note {
        let (author, changelog) = (edit.author.clone(), edit.changelog.clone());
        Note { at: self.parts.clock.now(), how, author, changelog, percent: None }
    }
}

/// The findings, if that is what the change of this flow came to.
pub(super) fn rejected(flow: &flow::Id, news: &mut [News]) -> Option<Vec<Finding>> {
    news.iter_mut().find_map(|news| match news {
        News::Rejected { id, findings, .. } if id == flow => Some(std::mem::take(findings)),
        News::Rejected { .. }
        | News::Reloaded { .. }
        | News::Retired { .. }
        | News::Misses { .. } => None,
    })
}
