//! Whether the runtime takes input, and how much it still has under way. It stops nothing by itself.

use std::sync::Arc;

use tokio::sync::watch;

/// The life of a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Takes input.
    Open,
    /// Takes no more input; what runs may end.
    Closing,
    /// Everything ends now.
    Stopped,
}

/// Counts tasks, so that somebody can wait for the last.
#[derive(Debug, Clone)]
pub(super) struct AtWork {
    tasks: Arc<watch::Sender<usize>>,
}

/// One task at work, until it is dropped.
#[derive(Debug)]
pub(super) struct Working {
    tasks: Arc<watch::Sender<usize>>,
}

impl AtWork {
    pub(super) fn new() -> Self {
        Self { tasks: Arc::new(watch::Sender::new(0)) }
    }

    pub(super) fn begin(&self) -> Working {
        self.tasks.send_if_modified(|tasks| {
            *tasks += 1;
            // Nobody waits for more.
            false
        });
        Working { tasks: Arc::clone(&self.tasks) }
    }

    /// Returns when nothing is at work.
    pub(super) async fn none(&self) {
        let mut tasks = self.tasks.subscribe();
        // The sender lives as long as `self`, so this ends with zero and not with an error.
        drop(tasks.wait_for(|tasks| *tasks == 0).await);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.tasks.send_if_modified(|tasks| {
            *tasks = tasks.saturating_sub(1);
            *tasks == 0
        });
    }
}
