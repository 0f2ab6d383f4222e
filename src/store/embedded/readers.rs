//! The connections that read, next to the writer and without waiting for it. Each is opened when it is first needed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::{blocking, closed, schema};
use crate::store::Error;

/// Reads at a time; who comes with one more waits for one to end.
const READERS_MAX: u32 = 4;

#[derive(Debug)]
pub(super) struct Readers {
    idle: Arc<Idle>,
    places: Arc<Semaphore>,
}

#[derive(Debug)]
struct Idle {
    database: PathBuf,
    connections: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(database: PathBuf) -> Self {
        let idle = Idle { database, connections: Mutex::default() };
        Self { idle: Arc::new(idle), places: Arc::new(Semaphore::new(READERS_MAX as usize)) }
    }

    /// Reads where waiting for the disk harms nobody.
    pub(super) async fn run<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + From<rusqlite::Error> + Send + 'static,
    {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return Err(closed().into());
        };
        let idle = Arc::clone(&self.idle);
        blocking(move || {
            let connection = idle.take()?;
            let outcome = work(&connection);
            idle.give_back(connection);
            drop(place);
            outcome
        })
        .await
    }

    /// Waits for the reads that are under way and lets no more begin.
    pub(super) async fn close(&self) {
        let all = self.places.acquire_many(READERS_MAX).await;
        self.places.close();
        drop(all);
        self.forget();
    }

    /// Closes the idle connections.
    pub(super) fn forget(&self) {
        self.idle.connections().clear();
    }
}

impl Idle {
    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self.connections().pop();
        idle.map_or_else(|| self.open(), Ok)
    }

    fn give_back(&self, connection: Connection) {
        self.connections().push(connection);
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.database, flags)?;
        connection.set_prepared_statement_cache_capacity(schema::STATEMENTS_MAX);
        Ok(connection)
    }

    fn connections(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
