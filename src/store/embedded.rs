//! placeholder
use super::*;

/// The embedded store.
#[derive(Debug, Clone)]
pub struct Embedded {}

impl Embedded {
    pub(super) async fn open(directory: &Path) -> Result<Self, Error> {
        todo!()
    }
    pub(super) async fn load(&self, session: &SessionId) -> Result<Option<Stored>, Error> {
        todo!()
    }
    pub(super) async fn commit(&self, commit: Commit) -> Result<(), Error> {
        todo!()
    }
    pub(super) async fn events(
        &self,
        session: &SessionId,
        since: u64,
        limit: usize,
    ) -> Result<Option<Page>, Error> {
        todo!()
    }
    pub(super) async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<SessionId>, Error> {
        todo!()
    }
    pub(super) async fn with_due(&self) -> Result<Vec<SessionId>, Error> {
        todo!()
    }
    pub(super) async fn list(&self, filter: &Filter) -> Result<Vec<(SessionId, Summary)>, Error> {
        todo!()
    }
    pub(super) async fn delete(&self, session: &SessionId) -> Result<bool, Error> {
        todo!()
    }
    pub(super) async fn expire(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<SessionId>, Error> {
        todo!()
    }
    pub(super) async fn flow_put(
        &self,
        id: &flow::Id,
        version: &flow::Version,
        definition: &str,
    ) -> Result<(), Error> {
        todo!()
    }
    pub(super) async fn flow_get(
        &self,
        id: &flow::Id,
        version: &flow::Version,
    ) -> Result<Option<String>, Error> {
        todo!()
    }
    pub(super) async fn kv_get(
        &self,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, KvError> {
        todo!()
    }
    pub(super) async fn kv_set(
        &self,
        entry: &Entry,
        value: &[u8],
        terms: Terms,
    ) -> Result<(), KvError> {
        todo!()
    }
    pub(super) async fn kv_delete(&self, entry: &Entry, now: Timestamp) -> Result<bool, KvError> {
        todo!()
    }
    pub(super) async fn kv_increment(
        &self,
        entry: &Entry,
        by: i64,
        terms: Terms,
    ) -> Result<i64, KvError> {
        todo!()
    }
    pub(super) async fn kv_compare_and_set(
        &self,
        entry: &Entry,
        expected: Option<&[u8]>,
        value: &[u8],
        terms: Terms,
    ) -> Result<bool, KvError> {
        todo!()
    }
    pub(super) async fn ping(&self) -> Result<(), Error> {
        todo!()
    }
    pub(super) async fn close(&self) -> Result<(), Error> {
        todo!()
    }
}
