//! Plugins that are being opened, each once at a time and no more often than its files say. What opening comes to is the
//! gate's affair.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::plugins::{OpenPlugin, Opened};
use super::shelf::Reloaded;

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, Weak};

    use tokio::sync::Semaphore;

    use super::super::plugins::{About, Ready};
    use super::*;

    /// What is in use for as long as somebody holds what opening came to.
    type Mapped = Arc<Mutex<Weak<()>>>;

    /// Opens when the test permits it; counts who is at it, and how often something had to be mapped anew.
    struct Opener {
        open: OpenPlugin,
        permits: Arc<Semaphore>,
        at_once: Arc<[AtomicUsize; 2]>,
        mapped: Arc<AtomicUsize>,
    }

    impl Opener {
        fn new() -> Self {
            let permits = Arc::new(Semaphore::new(0));
            let at_once: Arc<[AtomicUsize; 2]> = Arc::default();
            let (mapped, in_use) = (Arc::new(AtomicUsize::new(0)), Mapped::default());
            let (wait, count, maps) =
                (Arc::clone(&permits), Arc::clone(&at_once), Arc::clone(&mapped));
            let open: OpenPlugin = Arc::new(move |_name| {
                let (wait, count) = (Arc::clone(&wait), Arc::clone(&count));
                let (maps, in_use) = (Arc::clone(&maps), Arc::clone(&in_use));
                Box::pin(async move {
                    let now = count[0].fetch_add(1, Ordering::SeqCst) + 1;
                    count[1].fetch_max(now, Ordering::SeqCst);
                    wait.acquire().await.unwrap().forget();
                    count[0].fetch_sub(1, Ordering::SeqCst);
                    let mut known = in_use.lock().unwrap();
                    let component = known.upgrade().unwrap_or_else(|| {
                        maps.fetch_add(1, Ordering::SeqCst);
                        Arc::default()
                    });
                    *known = Arc::downgrade(&component);
                    Opened::Ready(Box::new(ready(component)))
                })
            });
            Self { open, permits, at_once, mapped }
        }
    }

    fn ready(component: Arc<()>) -> Ready {
        let about = About {
            kind: "wasm",
            version: "1.0.0".to_owned(),
            digest: "d".to_owned(),
            source: None,
            signed_by: None,
            memory: None,
            capabilities: json!({}),
            identity: "i".to_owned(),
        };
        let put = move |_tools: &crate::tool::Registry| {
            let _in_use = &component;
            Ok(())
        };
        Ready { about, offers: Vec::new(), put: Box::new(put) }
    }

    #[tokio::test]
    async fn a_plugin_is_opened_once_at_a_time_and_once_more_for_all_that_changed_meanwhile() {
        let (opener, mut opening) = (Opener::new(), Opening::default());
        let mut answers = Vec::new();
        for _ in 0..5 {
            let (reply, answer) = oneshot::channel();
            opening.open(&opener.open, "a".to_owned(), vec![reply]);
            answers.push(answer);
        }
        opening.open(&opener.open, "b".to_owned(), Vec::new());
        while opener.at_once[0].load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        opener.permits.add_permits(10);
        let (mut opened, mut waiting) = (BTreeMap::new(), 0);
        while let Some((name, one)) = opening.next().await {
            *opened.entry(name.clone()).or_insert(0) += 1;
            if let Some((_, asked)) = opening.done(&opener.open, &name, one) {
                waiting += asked.len();
            }
        }
        assert_eq!(opened, BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]));
        assert_eq!(waiting, answers.len(), "all who asked are told");
        assert_eq!(opener.at_once[1].load(Ordering::SeqCst), 2, "one of each at a time");
    }

    #[tokio::test]
    async fn what_was_opened_is_kept_while_it_is_opened_again_so_that_nothing_is_mapped_twice() {
        let (opener, mut opening) = (Opener::new(), Opening::default());
        opening.open(&opener.open, "a".to_owned(), Vec::new());
        opening.open(&opener.open, "a".to_owned(), Vec::new());
        opener.permits.add_permits(2);
        let (name, first) = opening.next().await.unwrap();
        assert!(opening.done(&opener.open, &name, first).is_none(), "it is opened again first");
        let (name, second) = opening.next().await.unwrap();
        let (second, _) = opening.done(&opener.open, &name, second).unwrap();
        assert_eq!(opener.mapped.load(Ordering::SeqCst), 1);
        // Once nobody holds it any more it is mapped anew.
        drop(second);
        opening.open(&opener.open, "a".to_owned(), Vec::new());
        opener.permits.add_permits(1);
        assert!(opening.next().await.is_some());
        assert_eq!(opener.mapped.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_change_that_was_heard_before_it_was_begun_to_be_opened_opens_nothing() {
        let (opener, mut opening) = (Opener::new(), Opening::default());
        opener.permits.add_permits(10);
        let before = std::time::Duration::from_millis(5);
        let heard = Instant::now() - before;
        opening.changed(&opener.open, "a".to_owned(), heard);
        let (name, opened) = opening.next().await.unwrap();
        assert!(opening.done(&opener.open, &name, opened).is_some());
        opening.changed(&opener.open, "a".to_owned(), heard);
        assert!(opening.next().await.is_none(), "what was opened is what the file has become");
        opening.changed(&opener.open, "a".to_owned(), Instant::now() + before);
        assert!(opening.next().await.is_some());
    }
}
