//! How many calls run at a time, of one tool, of one plugin and on the whole host, and how many wait for how long: one
//! slow tool cannot take the places of all. It never holds a call without a bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::Failure;
use crate::event::{ToolError, ToolErrorKind};

/// Places that calls take while they run.
#[derive(Debug)]
pub(super) struct Places {
    semaphore: Arc<Semaphore>,
    count: usize,
    /// Whose: ``tool `x/y` ``.
    of: String,
}

impl Places {
    pub(super) fn new(count: usize, of: String) -> Self {
        let count = count.clamp(1, Semaphore::MAX_PERMITS);
        Self { semaphore: Arc::new(Semaphore::new(count)), count, of }
    }

    /// As many as there can be.
    fn unbounded() -> Self {
        Self::new(Semaphore::MAX_PERMITS, String::new())
    }

    fn taken(&self) -> usize {
        self.count.saturating_sub(self.semaphore.available_permits())
    }

    async fn take(&self, until: Instant) -> Result<OwnedSemaphorePermit, String> {
        match timeout_at(until, Arc::clone(&self.semaphore).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_closed)) => Err("it is being removed".to_owned()),
            Err(_elapsed) => Err(format!("all {} places of {} stayed taken", self.count, self.of)),
        }
    }
}

/// Three places, kept until dropped.
#[derive(Debug)]
pub(super) struct Place {
    _of: [OwnedSemaphorePermit; 3],
}

/// The way to a tool's places.
#[derive(Debug)]
pub(super) struct Gate {
    /// In the order in which they are taken, so that who waits for the tool's own holds nobody else's.
    places: [Arc<Places>; 3],
    waiting: AtomicUsize,
    queue_max: usize,
    queue_timeout: Duration,
}

impl Gate {
    /// To the places of one tool alone.
    pub(super) fn new(own: Places, queue_max: usize, queue_timeout: Duration) -> Self {
        let wide = Arc::new(Places::unbounded());
        let places = [Arc::new(own), Arc::clone(&wide), wide];
        Self { places, waiting: AtomicUsize::new(0), queue_max, queue_timeout }
    }

    /// Calls take a place of the plugin and of the host as well.
    pub(super) fn within(mut self, plugin: Arc<Places>, host: Arc<Places>) -> Self {
        let [own, ..] = self.places;
        self.places = [own, plugin, host];
        self
    }

    /// Calls that still run through the gate that was here before keep their places in this one.
    pub(super) fn going_on(mut self, before: &Self) -> Self {
        let ([own, plugin, host], [old, ..]) = (self.places, &before.places);
        let own = if old.count == own.count { Arc::clone(old) } else { own };
        self.places = [own, plugin, host];
        self
    }

    /// A place, kept until it is dropped.
    pub(super) async fn enter(&self, deadline: Instant) -> Result<Place, Failure> {
        if let Some(place) = self.try_enter() {
            return Ok(place);
        }
        let Some(_waiting) = Waiting::begin(&self.waiting, self.queue_max) else {
            let (running, max) = (self.running(), self.queue_max);
            return Err(unavailable(format!("{running} calls run and {max} wait for it already")));
        };
        let until = deadline.min(Instant::now() + self.queue_timeout);
        let late = |why| unavailable(format!("{why} for {} ms", self.queue_timeout.as_millis()));
        let [tool, plugin, host] = &self.places;
        let tool = tool.take(until).await.map_err(late)?;
        let plugin = plugin.take(until).await.map_err(late)?;
        let host = host.take(until).await.map_err(late)?;
        Ok(Place { _of: [tool, plugin, host] })
    }

    /// All three or none, without waiting.
    fn try_enter(&self) -> Option<Place> {
        let take = |places: &Places| Arc::clone(&places.semaphore).try_acquire_owned().ok();
        let [tool, plugin, host] = &self.places;
        Some(Place { _of: [take(tool)?, take(plugin)?, take(host)?] })
    }

    /// Calls of the tool that have its place.
    pub(super) fn running(&self) -> usize {
        let [tool, ..] = &self.places;
        tool.taken()
    }

    /// Calls that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

fn unavailable(message: String) -> Failure {
    Failure::of_host(ToolError::new(ToolErrorKind::Unavailable, message))
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
