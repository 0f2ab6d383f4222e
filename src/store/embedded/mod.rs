//! The embedded store: SQLite in a directory that belongs to one host. One thread writes (`writer`), a few connections
//! read (`readers`); what is said to SQLite is in `sessions`, `log` and `kv`. It never answers `Ok` before the data is
//! on disk.

mod directory;
mod schema;
mod writer;
mod readers;
mod sessions;
mod flows;
mod history;
mod log;
mod kv;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{
    Active, Commit, Entry, Error, Filter, KvError, Note, Page, Share, Stored, Summary, Tag, Terms,
};
use crate::event::{HostId, SessionId, Timestamp};
use crate::flow;
use readers::Readers;
use writer::Writer;

/// The embedded store. Clones share it; dropping the last one stores what is waiting and lets go of the directory.
#[derive(Debug, Clone)]
pub struct Embedded {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    readers: Readers,
    writer: Writer,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.readers.forget();
        self.writer.stop();
    }
}

impl Embedded {
    pub(super) async fn open(directory: &Path) -> Result<Self, Error> {
        let directory = directory.to_owned();
        blocking(move || {
            let held = directory::hold(&directory)?;
            let connection = schema::open(&directory)?;
            let readers = Readers::new(directory::database(&directory));
            let writer = Writer::start(connection, held)?;
            Ok(Self { inner: Arc::new(Inner { readers, writer }) })
        })
        .await
    }

    pub(super) async fn load(&self, session: &SessionId) -> Result<Option<Stored>, Error> {
        let session = session.clone();
        self.inner.readers.run(move |db| sessions::load(db, &session)).await
    }

    /// Nothing that was stored here is ever lost, so that the number of a turn is enough to know it by.
    pub(super) async fn commit(&self, commit: Commit) -> Result<Tag, Error> {
        self.inner.writer.run(move |db| sessions::commit(db, &commit)).await?;
        Ok(Tag::default())
    }

    pub(super) async fn events(
        &self,
        session: &SessionId,
        since: u64,
        limit: usize,
    ) -> Result<Option<Page>, Error> {
        let session = session.clone();
        self.inner.readers.run(move |db| log::read(db, session.as_str(), since, limit)).await
    }

    /// The one host of this directory has all shares.
    pub(super) async fn due(
        &self,
        now: Timestamp,
        _share: &Share,
        limit: usize,
    ) -> Result<Vec<SessionId>, Error> {
        self.inner.readers.run(move |db| sessions::due(db, now, limit)).await
    }

    pub(super) async fn with_due(&self) -> Result<Vec<SessionId>, Error> {
        self.due(Timestamp::from_millis(i64::MAX), &Share::all(), usize::MAX).await
    }

    pub(super) async fn put_off(
        &self,
        session: &SessionId,
        seq: u64,
        due: Timestamp,
    ) -> Result<(), Error> {
        let session = session.clone();
        self.inner.writer.run(move |db| sessions::put_off(db, &session, seq, due)).await
    }

    /// The directory is locked by the one host there is.
    #[expect(clippy::unused_async, reason = "as every store's")]
    pub(super) async fn beat(&self, host: &HostId, _lease: Duration) -> Result<Vec<HostId>, Error> {
        Ok(vec![host.clone()])
    }

    #[expect(clippy::unused_async, reason = "as every store's")]
    pub(super) async fn leave(&self, _host: &HostId) -> Result<(), Error> {
        Ok(())
    }

    pub(super) async fn list(&self, filter: &Filter) -> Result<Vec<(SessionId, Summary)>, Error> {
        let filter = filter.clone();
        self.inner.readers.run(move |db| sessions::list(db, &filter)).await
    }

    pub(super) async fn live(
        &self,
        after: Option<&SessionId>,
        limit: usize,
    ) -> Result<Vec<(SessionId, Arc<str>)>, Error> {
        let after = after.cloned();
        self.inner.readers.run(move |db| sessions::live(db, after.as_ref(), limit)).await
    }

    pub(super) async fn delete(&self, session: &SessionId) -> Result<bool, Error> {
        let session = session.clone();
        self.inner.writer.run(move |db| sessions::delete(db, &session)).await
    }

    pub(super) async fn expire(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<SessionId>, Error> {
        let work = move |db: &_| {
            kv::expire(db, before, limit)?;
            let gone = sessions::expire(db, before, limit)?;
            flows::expire_flows(db, limit)?;
            Ok(gone)
        };
        self.inner.writer.run(work).await
    }

    pub(super) async fn flow_put(
        &self,
        id: &flow::Id,
        version: &flow::Version,
        definition: &str,
    ) -> Result<(), Error> {
        let (id, version, definition) = (id.clone(), version.clone(), definition.to_owned());
        self.inner.writer.run(move |db| flows::flow_put(db, &id, &version, &definition)).await
    }

    pub(super) async fn flow_get(
        &self,
        id: &flow::Id,
        version: &flow::Version,
    ) -> Result<Option<String>, Error> {
        let (id, version) = (id.clone(), version.clone());
        self.inner.readers.run(move |db| flows::flow_get(db, &id, &version)).await
    }

    pub(super) async fn activate(
        &self,
        changes: &[(flow::Id, Option<flow::Version>)],
        epoch: u64,
        note: &Note,
    ) -> Result<Option<u64>, Error> {
        let (changes, note) = (changes.to_vec(), note.clone());
        self.inner.writer.run(move |db| flows::activate(db, &changes, epoch, &note)).await
    }

    pub(super) async fn active(&self) -> Result<Active, Error> {
        self.inner.readers.run(flows::active).await
    }

    pub(super) async fn active_of(&self, id: &flow::Id) -> Result<Option<flow::Version>, Error> {
        let id = id.clone();
        self.inner.readers.run(move |db| flows::active_of(db, &id)).await
    }

    pub(super) async fn epoch(&self) -> Result<u64, Error> {
        self.inner.readers.run(flows::epoch).await
    }

    pub(super) async fn kv_get(
        &self,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, KvError> {
        let entry = entry.clone();
        self.inner.readers.run(move |db| kv::get(db, &entry, now)).await
    }

    pub(super) async fn kv_set(
        &self,
        entry: &Entry,
        value: &[u8],
        terms: Terms,
    ) -> Result<(), KvError> {
        let (entry, value) = (entry.clone(), value.to_vec());
        self.inner.writer.run(move |db| kv::set(db, &entry, &value, terms)).await
    }

    pub(super) async fn kv_delete(&self, entry: &Entry, now: Timestamp) -> Result<bool, KvError> {
        let entry = entry.clone();
        self.inner.writer.run(move |db| kv::delete(db, &entry, now)).await
    }

    pub(super) async fn kv_increment(
        &self,
        entry: &Entry,
        by: i64,
        terms: Terms,
    ) -> Result<i64, KvError> {
        let entry = entry.clone();
        self.inner.writer.run(move |db| kv::increment(db, &entry, by, terms)).await
    }

    pub(super) async fn kv_compare_and_set(
        &self,
        entry: &Entry,
        expected: Option<&[u8]>,
        value: &[u8],
        terms: Terms,
    ) -> Result<bool, KvError> {
        let (entry, value, expected) =
            (entry.clone(), value.to_vec(), expected.map(<[u8]>::to_vec));
        let work =
            move |db: &_| kv::compare_and_set(db, &entry, expected.as_deref(), &value, terms);
        self.inner.writer.run(work).await
    }

    pub(super) async fn ping(&self) -> Result<(), Error> {
        self.inner.writer.run(|_| Ok(())).await
    }

    pub(super) async fn close(&self) -> Result<(), Error> {
        let inner = Arc::clone(&self.inner);
        self.inner.readers.close().await;
        blocking(move || {
            inner.writer.stop();
            Ok(())
        })
        .await
    }
}

/// Runs what waits for the disk where waiting harms nobody.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(Error::Unavailable(error.to_string()).into()),
    }
}

/// Nobody writes or reads any more.
fn closed() -> Error {
    Error::Unavailable("it is closed".to_owned())
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};

        let unreadable = matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
            || matches!(
                error,
                rusqlite::Error::FromSqlConversionFailure(..)
                    | rusqlite::Error::IntegralValueOutOfRange(..)
                    | rusqlite::Error::InvalidColumnType(..)
                    | rusqlite::Error::Utf8Error(..)
            );
        if unreadable {
            Self::Corrupt(error.to_string())
        } else {
            Self::Unavailable(error.to_string())
        }
    }
}

impl From<rusqlite::Error> for KvError {
    fn from(error: rusqlite::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for KvError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(why) => Self::Unavailable(why),
            Error::Conflict { .. } | Error::Corrupt(_) | Error::Open(_) => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}
