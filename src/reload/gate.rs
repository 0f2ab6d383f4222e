//! The gate that a plugin's new version passes before anybody calls it: opened beside the one that serves, compared
//! with the flows that use its tools, swapped whole, and taken back when its first calls fail clearly more often. One
//! that does not pass changes nothing, and it is known why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use super::messages;
use super::opening::{Opening, Waiting};
use super::plugins::{About, InForce, Opened, Plugins};
use super::work::Work;
use crate::event::Timestamp;
use crate::flow::{self, Known, Offer, Offers};

/// Requests to load a plugin anew that may wait.
const ASKS_MAX: usize = 64;

/// Findings of one rejection.
const FINDINGS_MAX: usize = 20;

/// A plugin as `GET /api/plugins` shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PluginReport {
    /// Its name, which is its folder's.
    pub name: String,
    /// The version that is called, if there is one.
    #[serde(flatten)]
    pub in_force: Option<InForce>,
    /// Why the last one that was tried is not called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<Rejection>,
}

/// Why a version is not called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rejection {
    /// In one line.
    pub message: String,
    /// Objects with `code`, `message`, ….
    pub findings: Vec<Value>,
    /// When.
    pub at: Timestamp,
}

/// What loading a plugin anew came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Reloaded {
    /// Another version is called from now on; none is when the plugin is gone.
    Replaced(Option<About>),
    /// What is in the folder is called already.
    Unchanged,
    /// The version before stays in force, if there was one.
    Rejected(Rejection),
}

/// The way to the plugins for whoever looks at them or wants one loaded anew.
#[derive(Debug, Clone)]
pub struct Handle {
    asks: mpsc::Sender<Ask>,
    shelf: Arc<Shelf>,
}

/// Somebody wants a plugin loaded anew.
#[derive(Debug)]
pub(super) struct Ask {
    name: String,
    reply: oneshot::Sender<Reloaded>,
}

#[derive(Debug, Default)]
struct Shelf(Mutex<BTreeMap<String, Kept>>);

/// What is kept of one plugin.
#[derive(Debug, Default)]
struct Kept {
    in_force: Option<InForce>,
    /// The one before, for when it is taken back.
    before: Option<InForce>,
    error: Option<Rejection>,
    /// What was taken back is not tried again.
    taken_back: Option<(String, Rejection)>,
}

/// The plugins' part of the work.
pub(super) struct Gate {
    plugins: Option<Plugins>,
    opening: Opening,
    asks: mpsc::Receiver<Ask>,
    handle: Handle,
    /// Did not fit the flows; other flows may change that.
    unfit: BTreeSet<String>,
}

/// What the gate has to see to.
pub(super) enum Duty {
    Asked(Ask),
    Opened(String, Opened),
    TakenBack(BTreeMap<String, String>),
}

impl Handle {
    /// All plugins in the order of their names.
    #[must_use]
    pub fn plugins(&self) -> Vec<PluginReport> {
        let report = |(name, kept): (&String, &Kept)| PluginReport {
            name: name.clone(),
            in_force: kept.in_force.clone(),
            last_error: kept.error.clone(),
        };
        self.shelf.lock().iter().map(report).collect()
    }

    /// Has a plugin loaded anew; `None` if there is none of this name or the host stops.
    pub async fn reload(&self, name: &str) -> Option<Reloaded> {
        if !self.shelf.lock().contains_key(name) {
            return None;
        }
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask { name: name.to_owned(), reply }).await.ok()?;
        answer.await.ok()
    }
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        let (sender, asks) = mpsc::channel(ASKS_MAX);
        let handle = Handle { asks: sender, shelf: Arc::new(Shelf(Mutex::new(shelf))) };
        Self { plugins, opening: Opening::default(), asks, handle, unfit: BTreeSet::new() }
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
                for (name, why) in plugins {
                    self.taken_back(&name, &why).await;
                }
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
        {
            let mut shelf = self.gate.handle.shelf.lock();
            let kept = shelf.entry(name.to_owned()).or_default();
            let next = InForce { about: about.clone(), since };
            let before = kept.in_force.replace(next);
            *kept = Kept { in_force: kept.in_force.take(), before, ..Kept::default() };
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

    /// The registry calls the version before again; here it is noted and told.
    async fn taken_back(&mut self, name: &str, why: &str) {
        let message = format!(
            "the new version was taken back: {why}; it is not tried again until it changes"
        );
        let findings = vec![json!({ "code": "plugin.rolled_back", "message": message })];
        let rejected = rejection(findings.clone(), self.parts.clock.now());
        let version = {
            let mut shelf = self.gate.handle.shelf.lock();
            let Some(kept) = shelf.get_mut(name) else { return };
            let failed = kept.in_force.take().map(|force| (force.about.identity, rejected.clone()));
            kept.in_force = kept.before.take();
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
        let current = self.parts.catalog.current();
        let of_others = |offer: &&Offer| offer.name.split('/').next() != Some(name);
        Offers::new(current.offers.iter().filter(of_others).chain(offers).cloned())
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

    /// What flows need and nobody offers any more is noticed, but takes no flow out of service.
    async fn agree_on(&mut self, offers: Offers) {
        if let Err(error) = self.agree(&Arc::new(offers)).await {
            error!(%error, "The flows could not be checked against the new tools.");
        }
    }
}

fn rejection(findings: Vec<Value>, at: Timestamp) -> Rejection {
    Rejection { message: messages(&findings), findings, at }
}
