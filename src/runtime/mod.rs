//! Orders the IO of conversations: one turn at a time for every session, commit before telling and telling before
//! sending, calls as tasks with an owner, timers, and taking up what a host that died left behind. It decides
//! nothing about conversations; that is `engine`.

mod error;
mod mailbox;
mod news;
mod work;
mod turn;
mod answer;
mod calls;
mod timers;
mod recover;
mod hosts;
mod sweep;
mod roll_call;
mod impact;
mod elsewhere;
mod feed;
mod phase;
mod stateless;
mod moving;
mod figures;
mod replay;
mod reply;
mod tally;
mod visits;
mod zone;

pub use error::Error;
pub use feed::{Feed, FeedEnd, Since};
pub use figures::Reading;
pub use impact::Live;
pub use replay::{Again, Draft, Once, again};
pub use stateless::Stateless;
pub use zone::time_zone;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use tracing::{info, warn};

use answer::Ticket;
use calls::Calls;
use figures::Figures;
use hosts::Hosts;
use mailbox::{Mailboxes, Origin};
use phase::{AtWork, Phase};
use tally::Tally;
use work::{Command, Inner};

use crate::bus::Bus;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::engine::{Input, Session};
use crate::event::{Encoded, HostId, Map, SessionId, Timestamp};
use crate::flow;
use crate::nlu::Classifier;
use crate::store::{Filter, Page, Store, Summary};
use crate::tool::Registry;

/// How much the runtime takes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Inputs that may wait for one session's turn; one more is [`Error::Busy`].
    pub mailbox_max: usize,
    /// Sessions kept warm in memory.
    pub warm_max: usize,
    /// Bytes of warm sessions, as their stored form counts them.
    pub warm_bytes_max: usize,
    /// A session without a turn for this long is deleted; `None` keeps it for ever.
    pub idle_ttl: Option<Duration>,
    /// How long a stopping host lets running turns and calls take.
    pub grace: Duration,
    /// Where several hosts share a store: how long after a host's last word the others take up its work.
    pub lease: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mailbox_max: 256,
            warm_max: 10_000,
            warm_bytes_max: 256 * 1024 * 1024,
            idle_ttl: Some(Duration::from_secs(30 * 24 * 60 * 60)),
            grace: Duration::from_secs(10),
            lease: Duration::from_secs(6),
        }
    }
}

/// What the runtime works with.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Sessions and logs.
    pub store: Store,
    /// Gets every committed batch.
    pub bus: Bus,
    /// The flows.
    pub catalog: Arc<Catalog>,
    /// Understands texts.
    pub classifier: Classifier,
    /// Makes the calls.
    pub tools: Arc<Registry>,
    /// The time of conversations.
    pub clock: Clock,
    /// How much to take on.
    pub options: Options,
}

/// A session to begin.
#[derive(Debug, Clone)]
pub struct New {
    /// On which flow.
    pub flow: Choice,
    /// Its name; none gets a random one.
    pub id: Option<SessionId>,
    /// Laid over the flow's own context.
    pub context: Map,
    /// IANA name; checked.
    pub time_zone: Option<String>,
}

/// Which flow a session begins on.
#[derive(Debug, Clone)]
pub enum Choice {
    /// This one: its current version, or the one that some get.
    Current(flow::Id),
    /// One that the client brings.
    Inline(Value),
}

/// What an input came to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The session after the last of `events`, or as it is now.
    pub session: Arc<Session>,
    /// Events of the input's turn and of the turns that it caused, in order.
    pub events: Vec<Encoded>,
    /// Whether nothing more will come of the input.
    pub settled: bool,
    /// Whether the same input was here before, and nothing was run.
    pub replayed: bool,
}

/// The running conversations of this host. A clone is another handle on the same.
#[derive(Debug, Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

impl Runtime {
    /// Takes up what an earlier host left behind (pending calls, overdue timers, queues), and takes input.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the store is away.
    pub async fn start(parts: Parts) -> Result<Self, Error> {
        let shared = parts.store.is_shared();
        // Where others may be at work on what waits, the sweep finds what they have left.
        let waiting = if shared { Vec::new() } else { parts.store.with_due().await? };
        let clock = parts.clock;
        let hosts = Hosts::new(HostId::new(&random_name()?), parts.options.lease);
        hosts.beat(&parts.store).await?;
        let tally = Tally::begin(&parts);
        let inner = Arc::new(Inner {
            mailboxes: Mailboxes::new(&parts.options),
            parts,
            calls: Calls::default(),
            timers: Arc::default(),
            hosts,
            phase: watch::Sender::new(Phase::Open),
            at_work: AtWork::new(),
            figures: Figures::default(),
            tally,
        });
        let weak = Arc::downgrade(&inner);
        tokio::spawn(timers::run(weak.clone(), Arc::clone(&inner.timers), clock));
        tokio::spawn(sweep::sweep(weak.clone()));
        tokio::spawn(roll_call::run(weak.clone()));
        if shared {
            tokio::spawn(hosts::stay_alive(weak));
        }
        if !waiting.is_empty() {
            info!(
                sessions = waiting.len(),
                "Sessions that wait for a call or a timer are taken up."
            );
            tokio::spawn(sweep::take_up(Arc::clone(&inner), waiting));
        }
        Ok(Self { inner })
    }

    /// Begins a session and waits for its start like [`Runtime::input`].
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::UnknownFlow`], [`Error::InvalidFlow`], [`Error::BadInput`] (time zone).
    pub async fn create(&self, new: New, wait: Duration) -> Result<Answer, Error> {
        let catalog = &self.inner.parts.catalog;
        let id = new.id.map_or_else(random_id, Ok)?;
        let flow = match &new.flow {
            Choice::Current(flow) => catalog.begin(flow, &id)?,
            Choice::Inline(definition) => catalog.inline(definition).await?,
        };
        let mut session =
            Session::new(id.clone(), &flow, new.context, self.inner.parts.clock.now());
        session.time_zone = new.time_zone.map(time_zone).transpose()?;
        let (reply, begun) = oneshot::channel();
        let command = Command::Begin { session: Box::new(session), reply };
        self.inner.submit(&id, command, Origin::Client)?;
        self.answer(&id, begun, wait).await
    }

    /// Takes an input. Returns when nothing more will come of it, the session is over, or `wait` has passed; with a
    /// `wait` of zero right after the commit. Inputs of one session are taken in the order in which this is first
    /// polled.
    ///
    /// # Errors
    /// [`Error`]; then the input changed nothing.
    pub async fn input(
        &self,
        id: &SessionId,
        input: Input,
        wait: Duration,
    ) -> Result<Answer, Error> {
        check(&input)?;
        let (reply, taken) = oneshot::channel();
        let command = Command::Input { input: Box::new(input), reply };
        self.inner.submit(id, command, Origin::Client)?;
        self.answer(id, taken, wait).await
    }

    async fn answer(
        &self,
        id: &SessionId,
        taken: oneshot::Receiver<Result<Ticket, Error>>,
        wait: Duration,
    ) -> Result<Answer, Error> {
        let gone = |_gone| Error::Unavailable("the turn was not made; the log says why".to_owned());
        let ticket = taken.await.map_err(gone)??;
        if self.inner.is_shared() && !wait.is_zero() && !ticket.borrow().settled {
            return Ok(elsewhere::settled(&self.inner, id, ticket, wait).await);
        }
        Ok(answer::settled(ticket, wait, self.inner.phase.subscribe()).await)
    }

    /// The time of conversations.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.parts.clock.now()
    }

    /// The session as it is stored.
    ///
    /// # Errors
    /// [`Error::Unknown`] or [`Error::Unavailable`].
    pub async fn session(&self, id: &SessionId) -> Result<Arc<Session>, Error> {
        self.inner.session(id).await
    }

    /// Sessions in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list(&self, filter: &Filter) -> Result<Vec<(SessionId, Summary)>, Error> {
        Ok(self.inner.parts.store.list(filter).await?)
    }

    /// Ends the session (`session.ended` `deleted` to its followers), cancels its calls and forgets it. An unknown one
    /// is no error.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn delete(&self, id: &SessionId) -> Result<(), Error> {
        let (reply, deleted) = oneshot::channel();
        self.inner.submit(id, Command::Delete { reply }, Origin::Client)?;
        let gone = |_gone| Error::Unavailable("the session was not deleted".to_owned());
        deleted.await.map_err(gone)?
    }

    /// The events after `since`, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::LogTrimmed`], [`Error::LogRewound`], [`Error::Unavailable`].
    pub async fn log(&self, id: &SessionId, since: u64, limit: usize) -> Result<Page, Error> {
        page(&self.inner.parts.store, id, since, limit).await
    }

    /// The events after `since`, first those of the log, then live ones, each exactly once and in order.
    ///
    /// # Errors
    /// As [`Runtime::log`], and [`Error::Closed`].
    pub async fn follow(&self, id: &SessionId, since: Since) -> Result<Feed, Error> {
        if *self.inner.phase.borrow() == Phase::Stopped {
            return Err(Error::Closed);
        }
        Feed::begin(&self.inner, id, since).await
    }

    /// Returns when what happened here so far is in the counts of the store.
    pub async fn counted(&self) {
        self.inner.tally.written().await;
    }

    /// Stops taking input, lets running turns and calls end within [`Options::grace`], then gives up the calls that
    /// are left (the next start takes them up) and ends all feeds.
    pub async fn shutdown(&self) {
        let inner = &self.inner;
        inner.phase.send_replace(Phase::Closing);
        if timeout(inner.parts.options.grace, inner.at_work.none()).await.is_err() {
            warn!("Tool calls that are still under way are left to the next start.");
        }
        inner.calls.cancel_all();
        inner.phase.send_replace(Phase::Stopped);
        if timeout(inner.parts.options.grace, inner.at_work.none()).await.is_err() {
            warn!("A turn did not end in time.");
        }
        if timeout(inner.parts.options.grace, inner.tally.written()).await.is_err() {
            warn!("What happened on the flows in the last second was not counted.");
        }
        if let Err(error) = inner.parts.store.leave(&inner.hosts.owner().host).await {
            warn!(%error, "The other hosts take up the work of this one only when its lease is over.");
        }
    }
}

impl Inner {
    async fn session(&self, id: &SessionId) -> Result<Arc<Session>, Error> {
        // Another host may have gone on with a session that is warm here.
        if !self.is_shared()
            && let Some(held) = self.mailboxes.warm(id)
        {
            return Ok(held.session);
        }
        let stored = self.parts.load(id).await?;
        stored.map(|held| held.session).ok_or_else(|| Error::Unknown(id.clone()))
    }
}

/// A part of a log, if it has what is asked for.
async fn page(store: &Store, id: &SessionId, since: u64, limit: usize) -> Result<Page, Error> {
    let page = store.events(id, since, limit).await?;
    let page = page.ok_or_else(|| Error::Unknown(id.clone()))?;
    if since > page.head {
        return Err(Error::LogRewound { head: page.head });
    }
    if since < page.head && since.saturating_add(1) < page.first {
        return Err(Error::LogTrimmed { first: page.first });
    }
    Ok(page)
}

/// Only what a client may say, and not nothing.
fn check(input: &Input) -> Result<(), Error> {
    let bad = |why: &str| Err(Error::BadInput(format!("take the input: {why}")));
    match input {
        Input::Text { text, .. } if text.trim().is_empty() => bad("`text` is empty"),
        Input::Dtmf { digits, .. } if digits.is_empty() => bad("`digits` is empty"),
        Input::External { name, .. } if name.is_empty() => bad("`name` is empty"),
        Input::Text { .. }
        | Input::Dtmf { .. }
        | Input::Understood(_)
        | Input::External { .. }
        | Input::Cancel => Ok(()),
        Input::Start
        | Input::ToolDone { .. }
        | Input::Told { .. }
        | Input::Due(_)
        | Input::Drain
        | Input::Delete => bad("only the host itself says this"),
    }
}

/// An id that nobody can guess.
fn random_id() -> Result<SessionId, Error> {
    SessionId::new(&random_name()?).map_err(|error| Error::Unavailable(error.to_string()))
}

/// 128 bits of chance as hexadecimal digits.
fn random_name() -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
