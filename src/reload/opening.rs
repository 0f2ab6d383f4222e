//! Plugins that are being opened, each once at a time and no more often than its files say. What opening comes to is the
//! gate's affair.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::gate::Reloaded;
use super::plugins::{OpenPlugin, Opened};

/// Who wants to know what became of it.
pub(super) type Waiting = Vec<oneshot::Sender<Reloaded>>;

/// The plugins that are being opened.
#[derive(Default)]
pub(super) struct Opening {
    tasks: JoinSet<(String, Opened)>,
    busy: BTreeMap<String, Busy>,
    /// When each was last begun to be opened.
    begun: BTreeMap<String, Instant>,
}

/// A plugin that is being opened.
#[derive(Default)]
struct Busy {
    /// Something changed meanwhile.
    again: bool,
    asked: Waiting,
}

impl Opening {
    /// Opens a plugin beside all else that is done.
    pub(super) fn open(&mut self, open: &OpenPlugin, name: String, asked: Waiting) {
        if let Some(busy) = self.busy.get_mut(&name) {
            busy.again = true;
            busy.asked.extend(asked);
            return;
        }
        self.begin(open, name, (asked, None));
    }

    /// The same because a file of it changed, unless it was begun to be opened since that was heard: then what is opened
    /// is what the file has become.
    pub(super) fn changed(&mut self, open: &OpenPlugin, name: String, heard: Instant) {
        if self.begun.get(&name).is_none_or(|begun| *begun <= heard) {
            self.open(open, name, Vec::new());
        }
    }

    /// The next that was opened. Safe to cancel.
    pub(super) async fn next(&mut self) -> Option<(String, Opened)> {
        // One that panicked is among the rejected.
        self.tasks.join_next().await?.ok()
    }

    /// What was opened, and who waits for it; none if it has to be opened again first.
    pub(super) fn done(
        &mut self,
        open: &OpenPlugin,
        name: &str,
        opened: Opened,
    ) -> Option<(Opened, Waiting)> {
        let busy = self.busy.remove(name)?;
        if !busy.again {
            return Some((opened, busy.asked));
        }
        self.begin(open, name.to_owned(), (busy.asked, Some(opened)));
        None
    }

    /// Of a plugin that is gone.
    pub(super) fn forget(&mut self, name: &str) {
        self.begun.remove(name);
    }

    /// What was opened before is kept meanwhile: mostly it is the same, and what is in use is opened in no time.
    fn begin(
        &mut self,
        open: &OpenPlugin,
        name: String,
        (asked, before): (Waiting, Option<Opened>),
    ) {
        self.begun.insert(name.clone(), Instant::now());
        self.busy.insert(name.clone(), Busy { again: false, asked });
        let opened = AssertUnwindSafe(open(name.clone())).catch_unwind();
        self.tasks.spawn(async move {
            let opened = opened.await.unwrap_or_else(|_panic| broken());
            drop(before);
            (name, opened)
        });
    }
}

/// A bug of ours must not take the gate down.
fn broken() -> Opened {
    let message = "the host could not open it; the log says why";
    Opened::Rejected { findings: vec![json!({ "code": "plugin.invalid", "message": message })] }
}
