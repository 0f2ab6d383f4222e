//! The store: what holds for every kind of it (`suite`, `kv`), and what only one of them promises.

#[macro_use]
mod each;
mod suite;
mod history;
mod kv;
mod embedded;
mod redis;
mod kept;

use std::sync::Arc;

use cicerone::event::{Encoded, SessionId, Timestamp};
use cicerone::store::{Commit, Error, News, Note, Page, Store, Summary};

/// A store that is gone at the end of the test.
struct Fresh {
    store: Store,
    directory: tempfile::TempDir,
}

async fn fresh() -> Fresh {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    Fresh { store, directory }
}

pub(crate) fn id(text: &str) -> SessionId {
    SessionId::new(text).unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// A turn of `count` events after `expected`, at the time 1000.
pub(crate) fn turn(session: &str, expected: u64, count: u64) -> Commit {
    let events = (expected + 1..=expected + count).map(|seq| Encoded {
        seq,
        turn: expected + 1,
        json: format!(r#"{{"type":"say","seq":{seq}}}"#).into(),
    });
    Commit {
        session: id(session),
        expected,
        follows: None,
        events: events.collect(),
        data: Arc::from(format!(r#"{{"seq":{}}}"#, expected + count)),
        due: None,
        summary: Summary {
            flow: "reservation".into(),
            version: "0a1b2c3d4e5f".into(),
            state: format!("After{expected}"),
            active: true,
            created_at: at(1000),
            updated_at: at(1000),
        },
        news: News { root: expected + 1, settled: true, last: false },
    }
}

/// A publication by hand.
pub(crate) fn note() -> Note {
    Note::of_file(at(1000))
}

pub(crate) async fn page(store: &Store, session: &str, since: u64, limit: usize) -> Page {
    store.events(&id(session), since, limit).await.unwrap().expect("the session exists")
}

pub(crate) fn numbers(page: &Page) -> Vec<u64> {
    page.events.iter().map(|event| event.seq).collect()
}

fn is_conflict<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Conflict { .. }))
}
