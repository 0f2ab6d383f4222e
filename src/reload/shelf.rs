//! The plugins that there are: which version of each is called, why the last one that was tried is not, and the way to
//! have one loaded anew. It is noted here by the gate, which alone decides.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::plugins::{About, InForce};
use crate::event::Timestamp;

/// Requests to load a plugin anew that may wait.
const ASKS_MAX: usize = 64;

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
    pub(super) shelf: Arc<Shelf>,
}

/// Somebody wants a plugin loaded anew.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) name: String,
    pub(super) reply: oneshot::Sender<Reloaded>,
}

#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<BTreeMap<String, Kept>>);

/// What is kept of one plugin.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) in_force: Option<InForce>,
    /// By which the registry knows it.
    pub(super) number: u64,
    /// Those before, the last one last, with their numbers: for when it is taken back.
    pub(super) before: Vec<(u64, InForce)>,
    pub(super) error: Option<Rejection>,
    /// What was taken back is not tried again.
    pub(super) taken_back: Option<(String, Rejection)>,
}

impl Handle {
    /// To these plugins, and where its requests arrive.
    pub(super) fn of(shelf: BTreeMap<String, Kept>) -> (Self, mpsc::Receiver<Ask>) {
        let (sender, asks) = mpsc::channel(ASKS_MAX);
        (Self { asks: sender, shelf: Arc::new(Shelf(Mutex::new(shelf))) }, asks)
    }

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
    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
