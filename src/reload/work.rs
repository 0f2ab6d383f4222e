//! The task that brings changes into force, one after the other, and says what came of each. It is the only one that
//! replaces what is current.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tracing::{error, info, warn};

use super::disk::Disk;
use super::gate::{Duty, Gate};
use super::plan::{News, plan};
use super::watch::{Touched, Watch, folders_in};
use super::{Error, Handle, Parts};
use crate::catalog;
use crate::event::Host;
use crate::flow::{Finding, Offers};

/// Before a reading that failed, because the store or the folder was away, is made again.
const AGAIN: Duration = Duration::from_secs(1);

/// What the task works with.
pub(super) struct Work {
    pub(super) parts: Parts,
    pub(super) disk: Disk,
    pub(super) gate: Gate,
}

/// What happens next.
enum Next {
    Touched(Touched),
    Duty(Box<Duty>),
}

impl Work {
    pub(super) fn new(mut parts: Parts) -> Self {
        let disk = Disk::new(&parts.options);
        let gate = Gate::new(parts.plugins.take(), parts.clock.now());
        Self { parts, disk, gate }
    }

    pub(super) fn handle(&self) -> Handle {
        self.gate.handle()
    }

    /// Follows changes for ever.
    pub(super) async fn follow(mut self, mut watch: Watch) {
        loop {
            let next = tokio::select! {
                touched = watch.next() => Next::Touched(touched),
                duty = self.gate.next() => Next::Duty(Box::new(duty)),
            };
            match next {
                Next::Touched(touched) => {
                    self.plugins(&touched);
                    if touched.flows {
                        self.flows_at_last(&mut watch).await;
                        self.gate.retry_unfit();
                    }
                }
                Next::Duty(duty) => self.see_to(*duty).await,
            }
        }
    }

    /// Reads the flows' folder, however long it or the store is away; what is current stays so meanwhile.
    async fn flows_at_last(&mut self, watch: &mut Watch) {
        let mut failed = None;
        while let Err(error) = self.flows().await {
            let why = error.to_string();
            if failed.as_ref() != Some(&why) {
                error!(%error, "The flows could not be reloaded; it is tried again.");
                failed = Some(why);
            }
            tokio::time::sleep(AGAIN).await;
            watch.renew();
        }
    }

    /// Reads the flows' folder and brings files, store and what runs into agreement.
    pub(super) async fn flows(&mut self) -> Result<(), Error> {
        let offers = Arc::clone(&self.parts.catalog.current().offers);
        self.agree(&offers).await
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
            let (plan, _news) = plan(&catalog.current(), &kept, offers);
            catalog.replace(plan).await?;
        }
        let current = catalog.current();
        let changes = decided.changes(&current, &self.disk);
        if changes.is_empty() && *offers == current.offers {
            self.disk.settle(&decided, &current);
            return Ok(());
        }
        let (mut plan, news) = plan(&current, &changes, offers);
        (plan.publish, plan.epoch) = (decided.publish(&plan), decided.epoch());
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

    fn tell_flow(&self, news: News) {
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
