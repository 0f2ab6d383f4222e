//! Sessions, as SQL. Nothing here begins or ends a transaction
//! that writes: the writer does.

use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::log;
use crate::event::{SessionId, Timestamp};
use crate::flow;
use crate::store::{Commit, Error, Filter, Stored, Summary, Tag};

pub(super) fn load(db: &Connection, session: &SessionId) -> Result<Option<Stored>, Error> {
    let stored = db
        .prepare_cached("SELECT seq, data FROM sessions WHERE id = ?1")?
        .query_row([session.as_str()], |row| {
            Ok(Stored { seq: row.get(0)?, tag: Tag::default(), data: row.get(1)? })
        })
        .optional()?;
    Ok(stored)
}

pub(super) fn commit(db: &Connection, commit: &Commit) -> Result<(), Error> {
    let Some(head) = commit.head() else { return Err(conflict(commit)) };
    let taken =
        if commit.expected == 0 { create(db, commit, head)? } else { update(db, commit, head)? };
    if !taken {
        return Err(conflict(commit));
    }
    Ok(log::append(db, commit)?)
}

fn conflict(commit: &Commit) -> Error {
    Error::Conflict { session: commit.session.clone(), expected: commit.expected }
}

fn create(db: &Connection, commit: &Commit, head: u64) -> rusqlite::Result<bool> {
    let summary = &commit.summary;
    let created = db
        .prepare_cached(
            "INSERT INTO sessions
                 (id, seq, data, due, flow, version, state, active, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            commit.session.as_str(),
            head,
            &*commit.data,
            commit.due.map(Timestamp::as_millis),
            summary.flow.as_str(),
            summary.version.as_str(),
            summary.state,
            summary.active,
            summary.created_at.as_millis(),
            summary.updated_at.as_millis(),
        ])?;
    Ok(created == 1)
}

fn update(db: &Connection, commit: &Commit, head: u64) -> rusqlite::Result<bool> {
    let summary = &commit.summary;
    let updated = db
        .prepare_cached(
            "UPDATE sessions
             SET seq = ?3, data = ?4, due = ?5, flow = ?6, version = ?7, state = ?8, active = ?9,
                 updated_at = ?10
             WHERE id = ?1 AND seq = ?2",
        )?
        .execute(params![
            commit.session.as_str(),
            commit.expected,
            head,
            &*commit.data,
            commit.due.map(Timestamp::as_millis),
            summary.flow.as_str(),
            summary.version.as_str(),
            summary.state,
            summary.active,
            summary.updated_at.as_millis(),
        ])?;
    Ok(updated == 1)
}

pub(super) fn due(db: &Connection, now: Timestamp, limit: usize) -> Result<Vec<SessionId>, Error> {
    let ids = db
        .prepare_cached("SELECT id FROM sessions WHERE due <= ?1 ORDER BY due, id LIMIT ?2")?
        .query_map(params![now.as_millis(), at_most(limit)], id)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

pub(super) fn put_off(
    db: &Connection,
    session: &SessionId,
    seq: u64,
    due: Timestamp,
) -> Result<(), Error> {
    db.prepare_cached(
        "UPDATE sessions SET due = ?3 WHERE id = ?1 AND seq = ?2 AND due IS NOT NULL",
    )?
    .execute(params![session.as_str(), seq, due.as_millis()])?;
    Ok(())
}

pub(super) fn list(db: &Connection, filter: &Filter) -> Result<Vec<(SessionId, Summary)>, Error> {
    let sessions = db
        .prepare_cached(
            "SELECT id, flow, version, state, active, created_at, updated_at FROM sessions
             WHERE id > ?1 AND (?2 IS NULL OR flow = ?2) AND (?3 IS NULL OR active = ?3)
             ORDER BY id LIMIT ?4",
        )?
        .query_map(
            params![
                filter.after.as_ref().map_or("", SessionId::as_str),
                filter.flow.as_ref().map(flow::Id::as_str),
                filter.active,
                at_most(filter.limit),
            ],
            |row| Ok((id(row)?, summary(row)?)),
        )?
        .collect::<rusqlite::Result<_>>()?;
    Ok(sessions)
}

pub(super) fn live(
    db: &Connection,
    after: Option<&SessionId>,
    limit: usize,
) -> Result<Vec<(SessionId, Arc<str>)>, Error> {
    let sessions = db
        .prepare_cached(
            "SELECT id, data FROM sessions WHERE id > ?1 AND active ORDER BY id LIMIT ?2",
        )?
        .query_map(params![after.map_or("", SessionId::as_str), at_most(limit)], |row| {
            Ok((id(row)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(sessions)
}

fn summary(row: &Row<'_>) -> rusqlite::Result<Summary> {
    Ok(Summary {
        flow: row.get_ref("flow")?.as_str()?.into(),
        version: row.get_ref("version")?.as_str()?.into(),
        state: row.get("state")?,
        active: row.get("active")?,
        created_at: Timestamp::from_millis(row.get("created_at")?),
        updated_at: Timestamp::from_millis(row.get("updated_at")?),
    })
}

pub(super) fn delete(db: &Connection, session: &SessionId) -> Result<bool, Error> {
    let id = session.as_str();
    let deleted = db.prepare_cached("DELETE FROM sessions WHERE id = ?1")?.execute([id])?;
    log::delete(db, id)?;
    // A session id is never empty; saying so lets SQLite use the index of that condition.
    db.prepare_cached("DELETE FROM kv WHERE session = ?1 AND session <> ''")?.execute([id])?;
    Ok(deleted > 0)
}

pub(super) fn expire(
    db: &Connection,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<SessionId>, Error> {
    let idle: Vec<SessionId> = db
        .prepare_cached(
            "SELECT id FROM sessions WHERE due IS NULL AND updated_at < ?1 ORDER BY updated_at LIMIT ?2",
        )?
        .query_map(params![before.as_millis(), at_most(limit)], id)?
        .collect::<rusqlite::Result<_>>()?;
    for session in &idle {
        delete(db, session)?;
    }
    Ok(idle)
}

/// The first column as a session id.
fn id(row: &Row<'_>) -> rusqlite::Result<SessionId> {
    SessionId::new(row.get_ref(0)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

/// SQLite's numbers have a sign; no log is as long as the largest.
pub(super) fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
