//! The task that brings changes into force, one after the other, and says what came of each. It is the only one that
//! replaces what is current.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior};
use tracing::{error, info, warn};

use super::beside::Desk;
use super::disk::Disk;
use super::edit::Asked;
use super::gate::{Duty, Gate};
use super::plan::{self, Change, News};
use super::watch::{Touched, Watch, folders_in};
use super::{Error, Handle, Parts};
use crate::catalog::{self, Publish};
use crate::event::Host;
use crate::flow::{self, Finding, Offers};
use crate::store::Note;

/// Before a reading that failed, because the store or the folder was away, is made again.
const AGAIN: Duration = Duration::from_secs(1);

/// Between two looks at what sessions meet on versions that some get first.
const JUDGE_EVERY: Duration = Duration::from_secs(1);

/// What the task works with.
pub(super) struct Work {
    pub(super) parts: Parts,
    pub(super) disk: Disk,
    pub(super) gate: Gate,
    pub(super) owed: Owed,
    pub(super) edits: mpsc::Receiver<Asked>,
    pub(super) desk: Desk,
    /// Flows that were tried since somebody looked beside them.
    pub(super) tried: BTreeSet<flow::Id>,
    /// Flows that were current when the host started, with cases beside them that nobody has looked at yet.
    pub(super) unlooked: BTreeSet<flow::Id>,
}

/// What could not be done yet because the store or the folder was away.
#[derive(Default)]
pub(super) struct Owed {
    /// The flows' folder is to be read.
    flows: bool,
    /// Tools that the flows were not checked against.
    pub(super) offers: Option<Arc<Offers>>,
    /// Why; it is said once.
    why: Option<String>,
}

impl Owed {
    const fn is_something(&self) -> bool {
        self.flows || self.offers.is_some()
    }
}

/// What happens next.
enum Next {
    Touched(Touched),
    Duty(Box<Duty>),
    /// What could not be done is tried once more.
    Again,
    /// What sessions met is looked at.
    Judge,
    /// One of the flows with cases that nobody has looked at yet is.
    Beside,
    Edit(Box<Asked>),
}

impl Work {
    pub(super) fn new(mut parts: Parts, edits: mpsc::Receiver<Asked>, desk: Desk) -> Self {
        let disk = Disk::new(&parts.options);
        let gate = Gate::new(parts.plugins.take(), parts.clock.now());
        let (tried, unlooked) = (BTreeSet::new(), BTreeSet::new());
        Self { parts, disk, gate, owed: Owed::default(), edits, desk, tried, unlooked }
    }

    pub(super) fn handle(&self) -> Handle {
        self.gate.handle()
    }

    /// Follows changes for ever.
    pub(super) async fn follow(mut self, mut watch: Watch) {
        let mut judge = tokio::time::interval(JUDGE_EVERY);
        judge.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            match self.next(&mut watch, &mut judge).await {
                Next::Touched(touched) => {
                    self.plugins(&touched);
                    if touched.flows {
                        self.try_flows().await;
                    }
                }
                Next::Again => {
                    watch.renew();
                    self.try_flows().await;
                }
                Next::Judge => self.judge_rollouts().await,
                Next::Beside => self.look_beside_one().await,
                Next::Duty(duty) => self.see_to(*duty).await,
                Next::Edit(asked) => {
                    self.answer(*asked).await;
                    self.try_flows().await;
                }
            }
        }
    }

    async fn next(&mut self, watch: &mut Watch, judge: &mut Interval) -> Next {
        let is_rolling_out = self.is_rolling_out();
        tokio::select! {
            touched = watch.next() => Next::Touched(touched),
            duty = self.gate.next() => Next::Duty(Box::new(duty)),
            () = tokio::time::sleep(AGAIN), if self.owed.is_something() => Next::Again,
            _ = judge.tick(), if is_rolling_out => Next::Judge,
            Some(asked) = self.edits.recv() => Next::Edit(Box::new(asked)),
            () = std::future::ready(()), if !self.unlooked.is_empty() => Next::Beside,
        }
    }

    /// Reads the flows' folder, or notes that it is to be read; what is current stays so meanwhile. Plugins do not wait.
    async fn try_flows(&mut self) {
        let Err(error) = self.flows().await else {
            self.owed = Owed::default();
            self.gate.retry_unfit();
            return;
        };
        let why = error.to_string();
        if self.owed.why.as_ref() != Some(&why) {
            error!(%error, "The flows could not be reloaded; it is tried again.");
            self.owed.why = Some(why);
        }
        self.owed.flows = true;
    }

    /// Reads the flows' folder and brings files, store and what runs into agreement.
    pub(super) async fn flows(&mut self) -> Result<(), Error> {
        self.agree(&self.offers()).await?;
        self.look_beside().await;
        self.follow_rollouts().await
    }

    /// What the flows are checked against, or will be.
    pub(super) fn offers(&self) -> Arc<Offers> {
        let current = || Arc::clone(&self.parts.catalog.current().offers);
        self.owed.offers.clone().unwrap_or_else(current)
    }

    pub(super) async fn agree(&mut self, offers: &Arc<Offers>) -> Result<(), Error> {
        loop {
            self.disk.read().await?;
            match self.attempt(offers).await {
                // Another host was first: what it did is looked at, and everything decided again.
                Err(Error::Catalog(catalog::Error::Overtaken)) => {}
                done => return done,
            }
        }
    }

    async fn attempt(&mut self, offers: &Arc<Offers>) -> Result<(), Error> {
        let catalog = &self.parts.catalog;
        let decided = self.disk.decide(catalog).await?;
        // What runs already must go on where the file has become unreadable while no host was there.
        let kept = decided.kept(&catalog.current());
        if !kept.is_empty() {
            let (plan, _news) = plan::plan(&catalog.current(), &kept, offers);
            catalog.replace(plan).await?;
        }
        let current = catalog.current();
        let mut changes = decided.changes(&current, &self.disk);
        if changes.is_empty() && *offers == current.offers {
            self.disk.settle(&decided, &current);
            return Ok(());
        }
        let (mut plan, mut news) = plan::plan(&current, &changes, offers);
        let published = decided.published(&plan);
        let mut tried = self.parts.trial.of(&plan, &published, self.disk.cases(), false).await;
        self.tried.extend(published.into_iter().map(|(id, _)| id));
        if !tried.failed.is_empty() {
            for (id, why) in std::mem::take(&mut tried.failed) {
                let change = Change::failed(changes.get(&id), why);
                changes.insert(id, change);
            }
            (plan, news) = plan::plan(&current, &changes, offers);
        }
        tried.tell(&mut plan, &mut news);
        let changes = decided.published(&plan);
        let note = Note::of_file(self.parts.clock.now());
        plan.publish = Some(Publish { changes, epoch: decided.epoch(), note });
        catalog.replace(plan).await?;
        self.disk.settle(&decided, &catalog.current());
        news.into_iter().for_each(|news| self.tell_flow(news));
        Ok(())
    }

    /// Opens what changed, beside all else that is done.
    fn plugins(&mut self, touched: &Touched) {
        let every = self.parts.options.plugins.as_ref().filter(|_| touched.all_plugins);
        for folder in every.into_iter().flat_map(|folder| folders_in(folder)) {
            if let Some(name) = folder.file_name().and_then(|name| name.to_str()) {
                self.gate.open(name.to_owned(), Vec::new());
            }
        }
        for (name, heard) in &touched.plugins {
            self.gate.changed(name.clone(), *heard);
        }
    }

    pub(super) fn tell_flow(&self, news: News) {
        match news {
            News::Reloaded { id, version, findings } => {
                info!(flow = %id, %version, warnings = findings.len(), "A flow was reloaded.");
                let version = Some(version.as_str().to_owned());
                self.tell("flow.reloaded", id.as_str(), version, values(&findings));
            }
            News::Rejected { id, current, findings } => {
                warn!(flow = %id, problems = %lines(&findings), "A flow was rejected; what was current stays.");
                let version = current.map(|version| version.as_str().to_owned());
                self.tell("flow.rejected", id.as_str(), version, values(&findings));
            }
            News::Retired { id } => {
                info!(flow = %id, "A flow was retired; running sessions go on.");
                self.tell("flow.reloaded", id.as_str(), None, Vec::new());
            }
            News::Misses { id, findings } => {
                warn!(flow = %id, problems = %lines(&findings), "A flow misses something that is there no more; it stays in force.");
            }
        }
    }

    pub(super) fn tell(&self, kind: &str, id: &str, version: Option<String>, findings: Vec<Value>) {
        let timestamp = self.parts.clock.now();
        let (kind, id) = (kind.to_owned(), id.to_owned());
        let event = json!(Host { kind, id, version, findings, timestamp });
        self.parts.bus.publish_host(event.to_string().into());
    }
}

fn values(findings: &[Finding]) -> Vec<Value> {
    findings.iter().map(|finding| json!(finding)).collect()
}

/// Findings for the log: one line each, with the place.
fn lines(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let suggestion = finding.suggestion.as_ref().map(|text| format!("; {text}"));
        let suggestion = suggestion.unwrap_or_default();
        format!("{}:{}: {}{suggestion}", finding.line, finding.column, finding.message)
    };
    findings.iter().map(line).collect::<Vec<_>>().join(" | ")
}
