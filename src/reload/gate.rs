//! The gate that a plugin's new version passes before anybody calls it: opened beside the one that serves, compared
//! with the flows that use its tools, swapped whole, and taken back when its first calls fail clearly more often. One
//! that does not pass changes nothing, and it is known why.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, interval};
use tracing::{debug, error, info, warn};

use super::messages;
use super::opening::{Opening, Waiting};
use super::plugins::{About, InForce, Opened, Plugins};
use super::shelf::{Ask, Handle, Kept, Rejection, Reloaded};
use super::work::Work;
use crate::event::Timestamp;
use crate::flow::{self, Known, Offer, Offers};
use crate::tool::TakenBack;

/// After so long a new version has proved itself, whether it was called or not: the one before is let go of, and with it
/// what it kept running.
const SETTLE_AFTER: Duration = Duration::from_secs(10 * 60);

/// Versions before that are remembered.
const BEFORE_MAX: usize = 2;

/// Findings of one rejection.
const FINDINGS_MAX: usize = 20;

/// The plugins' part of the work.
pub(super) struct Gate {
    plugins: Option<Plugins>,
    opening: Opening,
    asks: mpsc::Receiver<Ask>,
    handle: Handle,
    /// Did not fit the flows; other flows may change that.
    unfit: BTreeSet<String>,
    /// When versions before are let go of.
    settling: Interval,
}

/// What the gate has to see to.
pub(super) enum Duty {
    Asked(Ask),
    Opened(String, Opened),
    TakenBack(Vec<TakenBack>),
    /// Versions before may be let go of.
    Settle,
}

impl Gate {
    pub(super) fn new(mut plugins: Option<Plugins>, now: Timestamp) -> Self {
        let begun = plugins.as_mut().map(|plugins| std::mem::take(&mut plugins.begun));
        let kept = |(name, begun)| {
            let kept = match begun {
                Ok(in_force) => Kept { in_force: Some(in_force), ..Kept::default() },
                Err(findings) => Kept { error: Some(rejection(findings, now)), ..Kept::default() },
            };
            (name, kept)
        };
        let shelf = begun.into_iter().flatten().map(kept).collect();
        let (handle, asks) = Handle::of(shelf);
        Self {
            plugins,
            opening: Opening::default(),
            asks,
            handle,
            unfit: BTreeSet::new(),
            settling: interval(SETTLE_AFTER / 10),
        }
    }

    pub(super) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// What is to be seen to next. Safe to cancel.
    pub(super) async fn next(&mut self) -> Duty {
        let tools = self.plugins.as_ref().map(|plugins| &plugins.tools);
        let taken_back = async {
            match tools {
                Some(tools) => tools.taken_back().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(ask) = self.asks.recv() => Duty::Asked(ask),
            Some((name, opened)) = self.opening.next() => Duty::Opened(name, opened),
            plugins = taken_back => Duty::TakenBack(plugins),
            _ = self.settling.tick() => Duty::Settle,
        }
    }

    /// Opens a plugin beside all else that is done.
    pub(super) fn open(&mut self, name: String, asked: Waiting) {
        if let Some(plugins) = &self.plugins {
            self.opening.open(&plugins.open, name, asked);
        }
    }

    /// The same because a file of it changed, as was heard then.
    pub(super) fn changed(&mut self, name: String, heard: Instant) {
        if let Some(plugins) = &self.plugins {
            self.opening.changed(&plugins.open, name, heard);
        }
    }

    /// What was opened, and who waits for it, unless it is opened again.
    fn opened(&mut self, name: &str, opened: Opened) -> Option<(Opened, Waiting)> {
        let plugins = self.plugins.as_ref()?;
        self.opening.done(&plugins.open, name, opened)
    }

    /// Opens again what did not fit the flows that there were.
    pub(super) fn retry_unfit(&mut self) {
        for name in std::mem::take(&mut self.unfit) {
            self.open(name, Vec::new());
        }
    }
}

impl Work {
    pub(super) async fn see_to(&mut self, duty: Duty) {
        match duty {
            Duty::Asked(Ask { name, reply }) => self.gate.open(name, vec![reply]),
            Duty::Opened(name, opened) => {
                let Some((opened, asked)) = self.gate.opened(&name, opened) else { return };
                let reloaded = self.decide(&name, opened).await;
                for reply in asked {
                    if reply.send(reloaded.clone()).is_err() {
                        debug!(plugin = name, "Nobody waits for the plugin any more.");
                    }
                }
            }
            Duty::TakenBack(plugins) => {
                for version in plugins {
                    self.taken_back(version).await;
                }
            }
            Duty::Settle => {
                self.gate.plugins.iter().for_each(|plugins| plugins.tools.settle(SETTLE_AFTER));
            }
        }
    }

    async fn decide(&mut self, name: &str, opened: Opened) -> Reloaded {
        self.gate.unfit.remove(name);
        let ready = match opened {
            Opened::Ready(ready) => ready,
            Opened::Rejected { findings } => return self.reject(name, findings),
            Opened::Gone => return self.remove(name).await,
        };
        if let Some(known) = self.known(name, &ready.about) {
            return known;
        }
        let offers = self.offers_with(name, &ready.offers);
        let findings = self.unfit(&offers);
        if !findings.is_empty() {
            self.gate.unfit.insert(name.to_owned());
            return self.reject(name, findings);
        }
        if let Some(plugins) = &self.gate.plugins
            && let Err(error) = (ready.put)(&plugins.tools)
        {
            let message = format!("could not {error}");
            return self
                .reject(name, vec![json!({ "code": "plugin.invalid", "message": message })]);
        }
        let (about, since) = (ready.about, self.parts.clock.now());
        // Nobody else puts a plugin in force.
        let number = self.gate.plugins.as_ref().map_or(0, |plugins| plugins.tools.newest());
        {
            let mut shelf = self.gate.handle.shelf.lock();
            let kept = shelf.entry(name.to_owned()).or_default();
            let mut before = std::mem::take(&mut kept.before);
            before.extend(kept.in_force.take().map(|force| (kept.number, force)));
            before.drain(..before.len().saturating_sub(BEFORE_MAX));
            let in_force = Some(InForce { about: about.clone(), since });
            *kept = Kept { in_force, number, before, ..Kept::default() };
        }
        info!(
            plugin = name,
            version = about.version,
            digest = about.digest,
            "A plugin was reloaded."
        );
        self.tell("plugin.reloaded", name, Some(about.version.clone()), Vec::new());
        self.agree_on(offers).await;
        Reloaded::Replaced(Some(about))
    }

    /// What needs no change: it is in force, or it was taken back.
    fn known(&self, name: &str, about: &About) -> Option<Reloaded> {
        let mut shelf = self.gate.handle.shelf.lock();
        let kept = shelf.get_mut(name)?;
        if kept.in_force.as_ref().is_some_and(|force| force.about.identity == about.identity) {
            if kept.taken_back.is_none() {
                kept.error = None;
            }
            return Some(Reloaded::Unchanged);
        }
        let (_, why) = kept.taken_back.as_ref().filter(|(id, _)| *id == about.identity)?;
        Some(Reloaded::Rejected(why.clone()))
    }

    fn reject(&mut self, name: &str, mut findings: Vec<Value>) -> Reloaded {
        findings.truncate(FINDINGS_MAX);
        let why = rejection(findings.clone(), self.parts.clock.now());
        let version = {
            let mut shelf = self.gate.handle.shelf.lock();
            let kept = shelf.entry(name.to_owned()).or_default();
            kept.error = Some(why.clone());
            kept.in_force.as_ref().map(|force| force.about.version.clone())
        };
        warn!(plugin = name, problems = %messages(&findings), "A plugin was rejected.");
        self.tell("plugin.rejected", name, version, findings);
        Reloaded::Rejected(why)
    }

    async fn remove(&mut self, name: &str) -> Reloaded {
        self.gate.opening.forget(name);
        let kept = self.gate.handle.shelf.lock().remove(name);
        if kept.and_then(|kept| kept.in_force).is_none() {
            return Reloaded::Unchanged;
        }
        if let Some(plugins) = &self.gate.plugins {
            plugins.tools.remove_plugin(name);
        }
        info!(plugin = name, "A plugin is gone.");
        self.tell("plugin.reloaded", name, None, Vec::new());
        self.agree_on(self.offers_with(name, &[])).await;
        Reloaded::Replaced(None)
    }

    /// The registry calls the version before again; here it is noted and told. Another one may have come meanwhile: then
    /// that stays, and what failed is not the one before it.
    async fn taken_back(&mut self, version: TakenBack) {
        let TakenBack { plugin: name, version: number, why } = version;
        let name = name.as_str();
        let message = format!(
            "the new version was taken back: {why}; it is not tried again until it changes"
        );
        let findings = vec![json!({ "code": "plugin.rolled_back", "message": message })];
        let rejected = rejection(findings.clone(), self.parts.clock.now());
        let version = {
            let mut shelf = self.gate.handle.shelf.lock();
            let Some(kept) = shelf.get_mut(name) else { return };
            if kept.number != number {
                kept.before.retain(|(before, _)| *before != number);
                return;
            }
            let failed = kept.in_force.take().map(|force| (force.about.identity, rejected.clone()));
            if let Some((number, force)) = kept.before.pop() {
                (kept.number, kept.in_force) = (number, Some(force));
            }
            kept.taken_back = failed;
            kept.error = Some(rejected);
            kept.in_force.as_ref().map(|force| force.about.version.clone())
        };
        warn!(plugin = name, why, "A plugin's new version was taken back.");
        self.tell("plugin.rejected", name, version, findings);
        if let Some(plugins) = &self.gate.plugins {
            let offers = plugins.tools.offers().as_ref().clone();
            self.agree_on(offers).await;
        }
    }

    /// What all plugins would offer with these tools of one of them.
    fn offers_with(&self, name: &str, offers: &[Offer]) -> Offers {
        let known = self.offers();
        let of_others = |offer: &&Offer| offer.name.split('/').next() != Some(name);
        let understand = known.who_understands().iter().cloned();
        Offers::new(known.iter().filter(of_others).chain(offers).cloned()).understanding(understand)
    }

    /// What current flows would lose. A flow whose file waits for just these tools loses nothing.
    fn unfit(&self, offers: &Offers) -> Vec<Value> {
        let current = self.parts.catalog.current();
        let flows: BTreeSet<flow::Id> = current.linked.iter().map(|flow| flow.id.clone()).collect();
        let known = Known { flows: &flows, offers };
        let waits = |id: &flow::Id| {
            let rejected = current.files.get(id).is_some_and(|reading| reading.rejected);
            let text = self.disk.text(id).filter(|_| rejected);
            text.is_some_and(|text| flow::load(id, text, known).is_ok())
        };
        let mut findings = Vec::new();
        for flow in current.linked.iter() {
            let unfit = flow::unfit(flow, &current.offers, offers);
            if !unfit.is_empty() && !waits(&flow.id) {
                findings.extend(unfit.iter().map(|unfit| json!(unfit)));
            }
        }
        findings
    }

    /// What flows need and nobody offers any more is noticed, but takes no flow out of service. While that cannot be done
    /// it is owed.
    async fn agree_on(&mut self, offers: Offers) {
        let offers = Arc::new(offers);
        self.owed.offers = self.agree(&offers).await.err().map(|error| {
            error!(%error, "The flows could not be checked against the new tools; it is tried again.");
            offers
        });
    }
}

fn rejection(findings: Vec<Value>, at: Timestamp) -> Rejection {
    Rejection { message: messages(&findings), findings, at }
}
