//! How many calls of one tool run at a time, and how many wait for how long. It never holds a call without a bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::Failure;
use crate::event::ToolErrorKind;

/// One tool's places.
#[derive(Debug)]
pub(super) struct Gate {
    places: Arc<Semaphore>,
    concurrency: usize,
    waiting: AtomicUsize,
    queue_max: usize,
    queue_timeout: Duration,
}

impl Gate {
    pub(super) fn new(concurrency: usize, queue_max: usize, queue_timeout: Duration) -> Self {
        let concurrency = concurrency.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(concurrency)),
            concurrency,
            waiting: AtomicUsize::new(0),
            queue_max,
            queue_timeout,
        }
    }

    /// A place, kept until the permit is dropped.
    pub(super) async fn enter(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, Failure> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(permit);
        }
        let Some(_waiting) = Waiting::begin(&self.waiting, self.queue_max) else {
            return Err(unavailable(format!(
                "{} calls run and {} wait for it already",
                self.concurrency, self.queue_max
            )));
        };
        let until = deadline.min(Instant::now() + self.queue_timeout);
        match timeout_at(until, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(unavailable("it is being removed".to_owned())),
            Err(_) => Err(unavailable(format!(
                "all {} places stayed taken for {} ms",
                self.concurrency,
                self.queue_timeout.as_millis()
            ))),
        }
    }

    pub(super) fn running(&self) -> usize {
        self.concurrency.saturating_sub(self.places.available_permits())
    }
}

fn unavailable(message: String) -> Failure {
    Failure::before_start(ToolErrorKind::Unavailable, message)
}

/// One who waits, counted until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize, max: usize) -> Option<Self> {
        if count.fetch_add(1, Ordering::Relaxed) < max {
            return Some(Self(count));
        }
        count.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
