//! The one thread that writes. It takes whatever waits and commits it as one transaction, so that one fsync carries
//! many turns; nobody is told before that fsync, and the failure of one leaves the others alone.

use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::closed;
use crate::store::Error;

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

    /// Has the thread do this, all or nothing, and waits until it is on disk. It may be done and undone before that.
    pub(super) async fn run<T, E>(
        &self,
        work: impl Fn(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + From<rusqlite::Error> + Send + 'static,
    {
        let (tell, answer) = oneshot::channel();
        let job = Task { work, outcome: None, tell };
        let queue = lock(&self.queue).clone();
        let Some(queue) = queue else { return Err(closed().into()) };
        if queue.send(Box::new(job)).await.is_err() {
            return Err(closed().into());
        }
        fault!("store.queued");
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
    /// `false` when it failed and left something behind; never, if it is held `apart` from the others.
    fn run(&mut self, db: &Connection, apart: bool) -> bool;
    /// Tells the caller, now that the whole group is on disk or is not.
    fn answer(self: Box<Self>, group: &rusqlite::Result<()>);
}

struct Task<F, T, E> {
    work: F,
    outcome: Option<Result<T, E>>,
    tell: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: Fn(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + From<rusqlite::Error> + Send,
{
    fn run(&mut self, db: &Connection, apart: bool) -> bool {
        let before = db.total_changes();
        let outcome = if apart { all_or_nothing(db, &self.work) } else { (self.work)(db) };
        let is_whole = apart || outcome.is_ok() || db.total_changes() == before;
        self.outcome = Some(outcome);
        is_whole
    }

    fn answer(self: Box<Self>, group: &rusqlite::Result<()>) {
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
            job.answer(&outcome);
        }
    }
    if let Err(error) = db.pragma_update(None, "wal_checkpoint", "truncate") {
        tracing::warn!(%error, "The write-ahead log stays as it is; the next start reads it.");
    }
}

/// Hardly any write fails when it has changed something already. Only a group in which one did pays for keeping each
/// apart, which copies every page that it changes.
fn write(db: &Connection, group: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    if !write_once(db, group, false)? {
        write_once(db, group, true)?;
    }
    Ok(())
}

/// `false` when nothing is stored because one write failed halfway.
fn write_once(db: &Connection, group: &mut [Box<dyn Job>], apart: bool) -> rusqlite::Result<bool> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
    fault!("store.begun");
    let outcome = write_in_transaction(db, group, apart);
    if !db.is_autocommit() {
        db.execute_batch("ROLLBACK")?;
    }
    outcome
}

fn write_in_transaction(
    db: &Connection,
    group: &mut [Box<dyn Job>],
    apart: bool,
) -> rusqlite::Result<bool> {
    for job in group {
        let is_whole = job.run(db, apart);
        // A full disk can make SQLite undo the transaction on its own; what the next job did would then be outside.
        if db.is_autocommit() {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK),
                Some("a write that shared its transaction failed".to_owned()),
            ));
        }
        if !is_whole {
            return Ok(false);
        }
    }
    fault!("store.written");
    db.prepare_cached("COMMIT")?.execute(())?;
    fault!("store.committed");
    Ok(true)
}

/// Undoes what a failed write did, but not what the others of its group did.
fn all_or_nothing<T, E: From<rusqlite::Error>>(
    db: &Connection,
    work: impl Fn(&Connection) -> Result<T, E>,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE t (x); PRAGMA max_page_count = 20").unwrap();
        Writer::start(db, tempfile::tempfile().unwrap()).unwrap()
    }

    fn insert(bytes: u32) -> impl Fn(&Connection) -> Result<(), Error> + Send {
        move |db| Ok(db.execute("INSERT INTO t VALUES (zeroblob(?1))", [bytes]).map(drop)?)
    }

    fn count(db: &Connection) -> Result<u32, Error> {
        Ok(db.query_row("SELECT count(*) FROM t", (), |row| row.get(0))?)
    }

    fn task<T, F: Fn(&Connection) -> Result<T, Error> + Send + 'static>(
        work: F,
    ) -> (Box<dyn Job>, oneshot::Receiver<Result<T, Error>>)
    where
        T: Send + 'static,
    {
        let (tell, answer) = oneshot::channel();
        (Box::new(Task { work, outcome: None, tell }), answer)
    }

    fn halfway(db: &Connection) -> Result<(), Error> {
        insert(1)(db)?;
        Err(closed())
    }

    #[tokio::test]
    async fn a_write_that_fails_halfway_is_undone_and_the_next_is_not_harmed() {
        let writer = writer();
        let outcomes =
            tokio::join!(writer.run(insert(1)), writer.run(halfway), writer.run(insert(1)));
        assert!(matches!(outcomes, (Ok(()), Err(Error::Unavailable(_)), Ok(()))), "{outcomes:?}");
        assert_eq!(writer.run(count).await.unwrap(), 2);
    }

    #[test]
    fn the_others_of_a_group_are_stored_once_when_one_fails() {
        let early = |_: &Connection| Err(closed());
        for failing in [task(halfway), task(early)] {
            let db = Connection::open_in_memory().unwrap();
            db.execute_batch("CREATE TABLE t (x)").unwrap();
            let jobs = [task(insert(1)), failing, task(insert(1))];
            let (mut group, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
            let outcome = write(&db, &mut group);
            group.into_iter().for_each(|job| job.answer(&outcome));
            let told = answers.into_iter().map(|mut answer| answer.try_recv().unwrap().is_ok());
            assert_eq!(told.collect::<Vec<_>>(), [true, false, true]);
            assert_eq!(count(&db).unwrap(), 2);
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_an_error_and_not_the_end() {
        let writer = writer();
        let error = writer.run(insert(1 << 20)).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
        writer.run(insert(1)).await.unwrap();
        assert_eq!(writer.run(count).await.unwrap(), 1);
    }

    #[test]
    fn nobody_of_a_group_that_sqlite_undid_is_told_that_it_was_stored() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE t (x)").unwrap();
        let undo = |db: &Connection| Ok(db.execute_batch("ROLLBACK")?);
        let jobs = [task(insert(1)), task(undo), task(insert(1))];
        let (mut group, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        let outcome = write(&db, &mut group);
        for (job, mut answer) in group.into_iter().zip(answers) {
            job.answer(&outcome);
            let told = answer.try_recv().unwrap();
            assert!(matches!(told, Err(Error::Unavailable(_))), "{told:?}");
        }
        assert_eq!(count(&db).unwrap(), 0);
    }
}
