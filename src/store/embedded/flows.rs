//! Flow versions, and which of them new sessions begin on, as SQL. Nothing here begins or ends a transaction that writes:
//! the writer does.

use rusqlite::{Connection, OptionalExtension};

use super::history;
use super::sessions::at_most;
use crate::flow;
use crate::store::{Active, Error, Note};

/// Inline flows that no session is on. One that was put a short while ago may be another session's in a moment; how
/// long ago that was is measured by one clock, SQLite's.
pub(super) const INLINE_LEFT: &str = "SELECT rowid FROM flows
     WHERE id >= 'inline-' AND id < 'inline.' AND put_at < unixepoch() - 3600
       AND NOT EXISTS (SELECT 1 FROM sessions
                       WHERE sessions.flow >= 'inline-' AND sessions.flow < 'inline.'
                         AND sessions.flow = flows.id AND sessions.version = flows.version)
     LIMIT ?1";

/// Removes at most `limit` flows that clients brought and no session is on any more.
pub(super) fn expire_flows(db: &Connection, limit: usize) -> Result<(), Error> {
    db.prepare_cached(&format!("DELETE FROM flows WHERE rowid IN ({INLINE_LEFT})"))?
        .execute([at_most(limit)])?;
    Ok(())
}

pub(super) fn flow_put(
    db: &Connection,
    id: &flow::Id,
    version: &flow::Version,
    definition: &str,
) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO flows (id, version, definition, put_at) VALUES (?1, ?2, ?3, unixepoch())
         ON CONFLICT DO UPDATE SET put_at = excluded.put_at",
    )?
    .execute([id.as_str(), version.as_str(), definition])?;
    Ok(())
}

pub(super) fn flow_get(
    db: &Connection,
    id: &flow::Id,
    version: &flow::Version,
) -> Result<Option<String>, Error> {
    let definition = db
        .prepare_cached("SELECT definition FROM flows WHERE id = ?1 AND version = ?2")?
        .query_row([id.as_str(), version.as_str()], |row| row.get(0))
        .optional()?;
    Ok(definition)
}

pub(super) fn activate(
    db: &Connection,
    changes: &[(flow::Id, Option<flow::Version>)],
    at: u64,
    note: &Note,
) -> Result<Option<u64>, Error> {
    if epoch(db)? != at {
        return Ok(None);
    }
    let mut changed = 0;
    for (id, version) in changes {
        let rows = match version {
            Some(version) => db
                .prepare_cached(
                    "INSERT INTO active (id, version) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET version = excluded.version
                     WHERE version <> excluded.version",
                )?
                .execute([id.as_str(), version.as_str()])?,
            None => {
                db.prepare_cached("DELETE FROM active WHERE id = ?1")?.execute([id.as_str()])?
            }
        };
        if rows > 0 {
            history::publish(db, id, version.as_ref(), note)?;
        }
        changed += rows;
    }
    if changed > 0 {
        db.execute("UPDATE epoch SET value = value + 1", ())?;
    }
    epoch(db).map(Some)
}

pub(super) fn active(db: &Connection) -> Result<Active, Error> {
    // One statement, so that both are of one moment.
    let mut statement = db.prepare_cached(
        "SELECT store, value, id, version FROM epoch LEFT JOIN active ON true ORDER BY id",
    )?;
    let rows =
        statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut active = Active::default();
    for row in rows {
        let (store, epoch, id, version): (_, _, Option<String>, Option<String>) = row?;
        (active.store, active.epoch) = (store, epoch);
        if let (Some(id), Some(version)) = (id, version) {
            active.versions.insert(id.as_str().into(), version.as_str().into());
        }
    }
    Ok(active)
}

pub(super) fn active_of(db: &Connection, id: &flow::Id) -> Result<Option<flow::Version>, Error> {
    let version: Option<String> = db
        .prepare_cached("SELECT version FROM active WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?;
    Ok(version.map(|version| version.as_str().into()))
}

pub(super) fn epoch(db: &Connection) -> Result<u64, Error> {
    Ok(db.prepare_cached("SELECT value FROM epoch")?.query_row((), |row| row.get(0))?)
}
