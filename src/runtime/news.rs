//! What a call tells while it runs, on its way into the session's log: events of its plugin's own and words of a model as they come, of how far
//! it is no more than a few a second, the last of those in between. What the store does not take is lost; the outcome is
//! not.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tracing::debug;

use super::work::Inner;
use crate::engine::{Input, News, Teller};
use crate::event::{CallId, SessionId};

/// News of one call that wait for the store; more is refused.
const WAITING_MAX: usize = 64;

/// Between two events that tell how far a call is.
const INTERVAL: Duration = Duration::from_millis(200);

/// Events that tell how far a call is; it needs no more, whatever it says.
const PROGRESS_MAX: usize = 64;

/// The way of one call's news.
#[derive(Debug)]
pub(super) struct Relay {
    inner: Arc<Inner>,
    session: SessionId,
    call: CallId,
    heard: mpsc::Receiver<News>,
    /// How far the call is, not told yet.
    latest: Option<News>,
    free_at: Instant,
    told: usize,
}

impl Relay {
    /// The way, and whom the call tells.
    pub(super) fn new(inner: &Arc<Inner>, session: &SessionId, call: &CallId) -> (Self, Teller) {
        let (sender, heard) = mpsc::channel(WAITING_MAX);
        let relay = Self {
            inner: Arc::clone(inner),
            session: session.clone(),
            call: call.clone(),
            heard,
            latest: None,
            free_at: Instant::now(),
            told: 0,
        };
        (relay, Teller::new(move |news| sender.try_send(news).is_ok()))
    }

    /// Passes news on as they come. Never ends; what it is about to tell when it is dropped is told by [`Relay::rest`].
    pub(super) async fn pass_on(&mut self) -> Infallible {
        loop {
            let is_free = self.latest.is_some() && self.told < PROGRESS_MAX;
            tokio::select! {
                biased;
                news = self.heard.recv() => match news {
                    Some(news @ News::Progress { .. }) => self.latest = Some(news),
                    Some(news @ (News::Event { .. } | News::Chunk { .. })) => self.tell(news).await,
                    None => std::future::pending().await,
                },
                () = sleep_until(self.free_at), if is_free => {
                    if let Some(news) = self.latest.take() {
                        self.told += 1;
                        self.free_at = Instant::now() + INTERVAL;
                        self.tell(news).await;
                    }
                }
            }
        }
    }

    /// Passes on the events that are still on their way. How far the call was says its outcome.
    pub(super) async fn rest(&mut self) {
        while let Ok(news) = self.heard.try_recv() {
            match news {
                News::Event { .. } | News::Chunk { .. } => self.tell(news).await,
                News::Progress { .. } => {}
            }
        }
    }

    async fn tell(&self, news: News) {
        let input = Input::Told { call: self.call.clone(), news };
        if let Err(error) = self.inner.take_in(&self.session, input).await {
            let (session, call) = (&self.session, &self.call);
            debug!(%session, %call, %error, "News of a call were not taken.");
        }
    }
}
