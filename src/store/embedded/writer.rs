//! The one thread that writes. It takes whatever waits and commits it as one transaction, so that one fsync carries
//! many turns; nobody is told before that fsync, and the failure of one leaves the others alone.

use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::super::Error;
use super::closed;

/// Writes that wait; who comes with one more waits for room.
const QUEUE_MAX: usize = 1024;

/// Writes that share a transaction.
const GROUP_MAX: usize = 256;

/// The door to the thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// `held` is the lock of the directory: it is let go after the last write.
    pub(super) fn start(connection: Connection, held: File) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let work = move || {
            write_all(&connection, jobs);
            drop(connection);
            drop(held);
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(work)
            .map_err(|error| Error::Open(format!("no thread can be started ({error})")))?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) })
    }

    /// Has the thread do this, all or nothing, and waits until it is on disk.
    pub(super) async fn run<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + From<rusqlite::Error> + Send + 'static,
    {
        let (tell, answer) = oneshot::channel();
        let job = Task { work: Some(work), outcome: None, tell };
        let queue = lock(&self.queue).clone();
        let Some(queue) = queue else { return Err(closed().into()) };
        if queue.send(Box::new(job)).await.is_err() {
            return Err(closed().into());
        }
        // Kept until here it would hold up `stop` for as long as this caller is not polled.
        drop(queue);
        answer.await.unwrap_or_else(|_| Err(closed().into()))
    }

    /// Takes no more, and waits for what was taken.
    pub(super) fn stop(&self) {
        drop(lock(&self.queue).take());
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("The thread that writes to the store had panicked.");
        }
    }
}

/// A write of whatever result.
trait Job: Send {
    fn run(&mut self, db: &Connection);
    /// Tells the caller, now that the whole group is on disk or is not.
    fn answer(self: Box<Self>, group: Result<(), &rusqlite::Error>);
}

struct Task<F, T, E> {
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    tell: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + From<rusqlite::Error> + Send,
{
    fn run(&mut self, db: &Connection) {
        self.outcome = self.work.take().map(|work| all_or_nothing(db, work));
    }

    fn answer(self: Box<Self>, group: Result<(), &rusqlite::Error>) {
        let outcome = match (group, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(closed().into()),
            (Err(error), _) => Err(Error::Unavailable(error.to_string()).into()),
        };
        // Who gave up waiting is not told.
        drop(self.tell.send(outcome));
    }
}

fn write_all(db: &Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while jobs.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        let outcome = write(db, &mut group);
        for job in group.drain(..) {
            job.answer(outcome.as_ref().copied());
        }
    }
    if let Err(error) = db.pragma_update(None, "wal_checkpoint", "truncate") {
        tracing::warn!(%error, "The write-ahead log stays as it is; the next start reads it.");
    }
}

fn write(db: &Connection, group: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
    for job in group {
        job.run(db);
    }
    let outcome = db.prepare_cached("COMMIT").and_then(|mut commit| commit.execute(()));
    if !db.is_autocommit() {
        db.execute_batch("ROLLBACK")?;
    }
    outcome.map(drop)
}

/// Undoes what a failed write did, but not what the others of its group did.
fn all_or_nothing<T, E: From<rusqlite::Error>>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    db.prepare_cached("SAVEPOINT write")?.execute(())?;
    let outcome = work(db);
    if outcome.is_err() {
        db.prepare_cached("ROLLBACK TO write")?.execute(())?;
    }
    db.prepare_cached("RELEASE write")?.execute(())?;
    outcome
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
