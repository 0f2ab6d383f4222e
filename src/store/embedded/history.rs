//! Publications, drafts and counts of flows, as SQL. Nothing here begins or ends a transaction that writes: the writer does.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Embedded;
use super::sessions::at_most;
use crate::flow;
use crate::store::{Draft, Error, Note, Publication, Used};

impl Embedded {
    pub(in crate::store) async fn publications(
        &self,
        id: &flow::Id,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Publication>, Error> {
        let id = id.clone();
        self.inner.readers.run(move |db| publications(db, &id, before, limit)).await
    }

    pub(in crate::store) async fn draft_put(
        &self,
        id: &flow::Id,
        expected: Option<&flow::Version>,
        hash: &flow::Version,
        draft: &Draft,
    ) -> Result<bool, Error> {
        let (id, expected) = (id.clone(), expected.cloned());
        let (hash, draft) = (hash.clone(), draft.clone());
        let work = move |db: &_| draft_put(db, &id, (expected.as_ref(), &hash), &draft);
        self.inner.writer.run(work).await
    }

    pub(in crate::store) async fn draft(
        &self,
        id: &flow::Id,
    ) -> Result<Option<(flow::Version, Draft)>, Error> {
        let id = id.clone();
        self.inner.readers.run(move |db| draft(db, &id)).await
    }

    pub(in crate::store) async fn draft_delete(
        &self,
        id: &flow::Id,
        expected: Option<&flow::Version>,
    ) -> Result<bool, Error> {
        let (id, expected) = (id.clone(), expected.cloned());
        self.inner.writer.run(move |db| draft_delete(db, &id, expected.as_ref())).await
    }

    pub(in crate::store) async fn published_flows(&self) -> Result<Vec<flow::Id>, Error> {
        let sql = "SELECT DISTINCT flow FROM publications ORDER BY flow";
        self.inner.readers.run(move |db| flows_in(db, sql)).await
    }

    pub(in crate::store) async fn drafts(&self) -> Result<Vec<flow::Id>, Error> {
        let sql = "SELECT flow FROM drafts ORDER BY flow";
        self.inner.readers.run(move |db| flows_in(db, sql)).await
    }

    pub(in crate::store) async fn count_more(&self, used: &[Used]) -> Result<(), Error> {
        let used = used.to_vec();
        self.inner.writer.run(move |db| count_more(db, &used)).await
    }

    pub(in crate::store) async fn counts(&self, id: &flow::Id) -> Result<Vec<Used>, Error> {
        let id = id.clone();
        self.inner.readers.run(move |db| counts(db, &id)).await
    }
}

pub(super) fn publish(
    db: &Connection,
    id: &flow::Id,
    version: Option<&flow::Version>,
    note: &Note,
) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO publications (flow, number, version, note)
         SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3 FROM publications WHERE flow = ?1",
    )?
    .execute((id.as_str(), version.map(flow::Version::as_str), written(note)?))?;
    Ok(())
}

fn publications(
    db: &Connection,
    id: &flow::Id,
    before: u64,
    limit: usize,
) -> Result<Vec<Publication>, Error> {
    let mut statement = db.prepare_cached(
        "SELECT number, version, note FROM publications WHERE flow = ?1 AND number < ?2
         ORDER BY number DESC LIMIT ?3",
    )?;
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    let rows = statement.query_map((id.as_str(), before, at_most(limit)), |row| {
        Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, String>(2)?))
    })?;
    let mut publications = Vec::new();
    for row in rows {
        let (number, version, note) = row?;
        let version = version.map(|version| version.as_str().into());
        publications.push(Publication { number, version, note: read(&note)? });
    }
    Ok(publications)
}

fn draft_put(
    db: &Connection,
    id: &flow::Id,
    (expected, hash): (Option<&flow::Version>, &flow::Version),
    draft: &Draft,
) -> Result<bool, Error> {
    let draft = written(draft)?;
    let rows = match expected {
        None => db
            .prepare_cached(
                "INSERT INTO drafts (flow, hash, draft) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET draft = excluded.draft WHERE hash = excluded.hash",
            )?
            .execute((id.as_str(), hash.as_str(), draft))?,
        Some(expected) => db
            .prepare_cached(
                "UPDATE drafts SET hash = ?2, draft = ?3 WHERE flow = ?1 AND hash IN (?2, ?4)",
            )?
            .execute((id.as_str(), hash.as_str(), draft, expected.as_str()))?,
    };
    Ok(rows > 0)
}

fn draft(db: &Connection, id: &flow::Id) -> Result<Option<(flow::Version, Draft)>, Error> {
    let found: Option<(String, String)> = db
        .prepare_cached("SELECT hash, draft FROM drafts WHERE flow = ?1")?
        .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(hash, draft)| Ok((hash.as_str().into(), read(&draft)?))).transpose()
}

fn draft_delete(
    db: &Connection,
    id: &flow::Id,
    expected: Option<&flow::Version>,
) -> Result<bool, Error> {
    let rows = db
        .prepare_cached("DELETE FROM drafts WHERE flow = ?1 AND hash = coalesce(?2, hash)")?
        .execute((id.as_str(), expected.map(flow::Version::as_str)))?;
    Ok(rows > 0)
}

fn flows_in(db: &Connection, sql: &str) -> Result<Vec<flow::Id>, Error> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map((), |row| row.get::<_, String>(0))?;
    Ok(rows.map(|row| row.map(|id| id.as_str().into())).collect::<rusqlite::Result<_>>()?)
}

fn count_more(db: &Connection, used: &[Used]) -> Result<(), Error> {
    let mut statement = db.prepare_cached(
        "INSERT INTO usage (flow, version, what, count) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
    )?;
    for Used { flow, version, what, count } in used {
        statement.execute((flow.as_str(), version.as_str(), what, count))?;
    }
    Ok(())
}

fn counts(db: &Connection, id: &flow::Id) -> Result<Vec<Used>, Error> {
    let mut statement =
        db.prepare_cached("SELECT version, what, count FROM usage WHERE flow = ?1")?;
    let rows = statement.query_map([id.as_str()], |row| {
        let version: String = row.get(0)?;
        let (flow, version) = (id.clone(), version.as_str().into());
        Ok(Used { flow, version, what: row.get(1)?, count: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn written(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Unavailable(error.to_string()))
}

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(error.to_string()))
}
