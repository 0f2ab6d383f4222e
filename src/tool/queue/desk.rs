//! Where the answers of workers reach a host: one stream with one connection that waits at it, for all its plugins and
//! calls, and whoever waits for which call. An answer that nobody waits for is counted and forgotten.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use redis::Cmd;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tracing::{debug, info, warn};

use super::answer::{Fields, Reply};
use super::{eval, lists};
use crate::link::{Connection, Link, Patience, Purpose};

const KEEP: &str = include_str!("lua/keep.lua");

/// How long one command waits for answers; then the stream is kept for another while.
const BLOCK: Duration = Duration::from_secs(1);

/// How long a host's stream of answers outlives it.
const OUTLIVES: Duration = Duration::from_secs(60);

/// Between two attempts at a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers that are taken at a time.
const TOGETHER_MAX: usize = 256;

/// Commands that nobody waits for and that may wait for Redis; one more is left out.
const ERRANDS_MAX: usize = 4096;

/// Where a host's answers arrive. Clones share it.
#[derive(Debug, Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    link: Link,
    name: String,
    /// Jobs that were handed in.
    jobs: AtomicU64,
    /// The stream of answers, and a list that wakes whoever waits at lists.
    answers: String,
    wake: String,
    streams: Arc<Waiting>,
    lists: Arc<Waiting>,
    errands: mpsc::Sender<Cmd>,
    /// Whether the stream of answers is there.
    open: watch::Sender<bool>,
    reader: OnceLock<Task>,
    lister: OnceLock<Task>,
    _runner: Task,
}

/// A task that ends with its owner.
#[derive(Debug)]
pub(super) struct Task(JoinHandle<()>);

impl Task {
    pub(super) fn start(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Desk {
    /// A desk of this host's own at this Redis. Nothing waits there before the first call.
    #[must_use]
    pub fn open(link: Link) -> Self {
        // A name that is there twice would have two hosts read each other's answers as late ones.
        let chance = [getrandom::u64(), getrandom::u64()].map(Result::unwrap_or_default);
        let name = format!("{}-{:016x}{:016x}", std::process::id(), chance[0], chance[1]);
        let group = format!("a:{name}");
        let (errands, inbox) = mpsc::channel(ERRANDS_MAX);
        let (answers, wake) = (link.keys().of(&group, "answers"), link.keys().of(&group, "wake"));
        let runner = Task::start(run_errands(link.clone(), inbox));
        let inner = Inner {
            link,
            name,
            jobs: AtomicU64::new(0),
            answers,
            wake,
            streams: Arc::default(),
            lists: Arc::default(),
            errands,
            open: watch::Sender::new(false),
            reader: OnceLock::new(),
            lister: OnceLock::new(),
            _runner: runner,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Answers for which nobody waited any more.
    #[must_use]
    pub fn late_answers(&self) -> u64 {
        self.inner.streams.late() + self.inner.lists.late()
    }

    pub(super) fn link(&self) -> &Link {
        &self.inner.link
    }

    /// Who waits for answers in the stream.
    pub(super) fn streams(&self) -> &Arc<Waiting> {
        &self.inner.streams
    }

    /// The stream for answers, once it is there.
    pub(super) async fn answers(&self) -> &str {
        let inner = &self.inner;
        inner.reader.get_or_init(|| {
            let reader = Reader {
                link: inner.link.clone(),
                answers: inner.answers.clone(),
                waiting: Arc::clone(&inner.streams),
                open: inner.open.clone(),
            };
            Task::start(reader.run())
        });
        if inner.open.subscribe().wait_for(|open| *open).await.is_err() {
            debug!("The desk is closed.");
        }
        &inner.answers
    }

    /// Who waits for answers in lists and keys of their own.
    pub(super) fn lists(&self) -> &Arc<Waiting> {
        let inner = &self.inner;
        inner.lister.get_or_init(|| {
            let (link, waiting) = (inner.link.clone(), Arc::clone(&inner.lists));
            Task::start(lists::read(link, inner.wake.clone(), waiting))
        });
        &inner.lists
    }

    /// The name of a mark for one job of this host, which no other job has: not that of another attempt, nor that of
    /// another host that takes the same call up.
    pub(super) fn mark(&self) -> String {
        format!("sent:{}:{}", self.inner.name, self.inner.jobs.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn wake(&self) -> &str {
        &self.inner.wake
    }

    /// Sends a command for which nobody waits.
    pub(super) fn errand(&self, command: Cmd) {
        if self.inner.errands.try_send(command).is_err() {
            warn!("A job was not taken back: Redis does not keep up. It ends at its deadline.");
        }
    }
}

/// What is to be done for a job when nobody waits for it any more.
#[derive(Debug)]
pub(super) struct Errand<'a> {
    desk: &'a Desk,
    command: Option<Cmd>,
}

impl<'a> Errand<'a> {
    pub(super) const fn new(desk: &'a Desk, command: Cmd) -> Self {
        Self { desk, command: Some(command) }
    }

    /// Does it now, and says whether no worker had the job. Later, if it is not done by the deadline.
    pub(super) async fn run(mut self, deadline: Instant) -> bool {
        let Some(command) = &self.command else { return false };
        let done = self.desk.link().call(command, Patience::Untouched);
        let done: Result<Result<bool, _>, _> = timeout_at(deadline, done).await;
        if let Ok(Ok(untouched)) = done {
            self.command = None;
            return untouched;
        }
        false
    }
}

impl Drop for Errand<'_> {
    fn drop(&mut self) {
        if let Some(command) = self.command.take() {
            self.desk.errand(command);
        }
    }
}

async fn run_errands(link: Link, mut inbox: mpsc::Receiver<Cmd>) {
    let mut errands = Vec::new();
    while inbox.recv_many(&mut errands, TOGETHER_MAX).await > 0 {
        let done: Result<Vec<redis::Value>, _> = link.calls(&errands, Patience::Deadline).await;
        if let Err(error) = done {
            debug!(%error, "Jobs were not taken back; they end at their deadlines.");
        }
        errands.clear();
    }
}

/// Who waits for which call.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    calls: Mutex<HashMap<String, oneshot::Sender<Reply>>>,
    late: AtomicU64,
    /// Told with each one who comes.
    pub(super) more: Notify,
}

/// One who waits, until dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    waiting: Arc<Waiting>,
    call: String,
    reply: oneshot::Receiver<Reply>,
}

impl Waiting {
    pub(super) fn expect(self: &Arc<Self>, call: &str) -> Ticket {
        let (sender, reply) = oneshot::channel();
        self.lock().insert(call.to_owned(), sender);
        self.more.notify_one();
        Ticket { waiting: Arc::clone(self), call: call.to_owned(), reply }
    }

    /// Hands over an answer.
    pub(super) fn give(&self, call: &str, reply: Reply) {
        let waits = self.lock().remove(call);
        if waits.is_none_or(|waits| waits.send(reply).is_err()) {
            self.late.fetch_add(1, Ordering::Relaxed);
            debug!(call, "A worker's answer came when nobody waited for it any more.");
        }
    }

    /// Whose answers have not come.
    pub(super) fn calls(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn late(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Reply>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// The answer, whenever it comes.
    pub(super) async fn reply(mut self) -> Reply {
        match (&mut self.reply).await {
            Ok(reply) => reply,
            // Another attempt at the same call waits in our place.
            Err(_gone) => std::future::pending().await,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.reply.close();
        let mut calls = self.waiting.lock();
        if calls.get(&self.call).is_some_and(oneshot::Sender::is_closed) {
            calls.remove(&self.call);
        }
    }
}

/// The one who waits at the stream of answers.
struct Reader {
    link: Link,
    answers: String,
    waiting: Arc<Waiting>,
    open: watch::Sender<bool>,
}

/// An entry as Redis gives it: its id, and names and values in turn.
type Entry = (String, Vec<Vec<u8>>);

impl Reader {
    async fn run(self) {
        let (mut last, mut told) = ("0-0".to_owned(), false);
        loop {
            match self.link.connect(&Purpose::Waits(BLOCK)).await {
                Ok(mut connection) => {
                    if std::mem::take(&mut told) {
                        info!("The answers of workers come in again.");
                    }
                    let Err(error) = self.serve(&mut connection, &mut last).await;
                    debug!(%error, "The connection for workers' answers ended.");
                }
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        warn!(%error, "The answers of workers do not come in.");
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Takes answers until the connection breaks.
    async fn serve(
        &self,
        connection: &mut Connection,
        last: &mut String,
    ) -> Result<Infallible, redis::RedisError> {
        loop {
            let mut keep = eval(KEEP, &[&self.answers]);
            keep.arg(&*last).arg(u64::try_from(OUTLIVES.as_millis()).unwrap_or(u64::MAX));
            keep.exec_async(connection).await?;
            self.open.send_replace(true);
            let mut read = redis::cmd("XREAD");
            read.arg("COUNT").arg(TOGETHER_MAX);
            read.arg("BLOCK").arg(u64::try_from(BLOCK.as_millis()).unwrap_or(u64::MAX));
            read.arg("STREAMS").arg(&self.answers).arg(&*last);
            let read: Option<HashMap<String, Vec<Entry>>> = read.query_async(connection).await?;
            for (id, fields) in read.into_iter().flat_map(HashMap::into_values).flatten() {
                self.take(fields);
                *last = id;
            }
        }
    }

    fn take(&self, fields: Vec<Vec<u8>>) {
        let (mut call, mut answer) = (None, Fields::default());
        let mut fields = fields.into_iter();
        while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
            match name.as_slice() {
                b"id" => call = String::from_utf8(value).ok(),
                b"result" => answer.result = Some(value),
                b"error" => answer.error = Some(value),
                b"say" => answer.say = Some(value),
                // Workers may say more than we know of.
                _ => {}
            }
        }
        if let Some(call) = call {
            self.waiting.give(&call, Reply::Fields(answer));
        }
    }
}
