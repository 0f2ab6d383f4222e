//! The logs as SQL: one row a turn, its events a line each. A row for each event would change more pages, and pages are
//! what a commit costs.

use rusqlite::{Connection, OptionalExtension, params};

use super::sessions::bounded;
use crate::event::Encoded;
use crate::store::{Commit, Error, PAGE_BYTES_MAX, Page};

/// Adds a commit's events. JSON as we write it has no line breaks of its own.
pub(super) fn append(db: &Connection, commit: &Commit) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO log (session, first, last, turn, events) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for events in commit.events.chunk_by(|one, next| one.turn == next.turn) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { continue };
        let lines: Vec<&str> = events.iter().map(|event| &*event.json).collect();
        let session = commit.session.as_str();
        insert.execute(params![session, first.seq, last.seq, first.turn, lines.join("\n")])?;
    }
    Ok(())
}

/// The events after `since`, at most `limit`; `None` if there is no such session.
pub(super) fn read(
    db: &Connection,
    session: &str,
    since: u64,
    limit: usize,
) -> Result<Option<Page>, Error> {
    // One view for all three statements; it ends when the transaction is dropped.
    let view = db.unchecked_transaction()?;
    let head = view
        .prepare_cached("SELECT seq FROM sessions WHERE id = ?1")?
        .query_row([session], |row| row.get(0))
        .optional()?;
    let Some(head) = head else { return Ok(None) };
    let first = view
        .prepare_cached("SELECT first FROM log WHERE session = ?1 ORDER BY last LIMIT 1")?
        .query_row([session], |row| row.get(0))
        .optional()?;
    let mut select = view.prepare_cached(
        "SELECT first, turn, events FROM log WHERE session = ?1 AND last > ?2 ORDER BY last",
    )?;
    let mut rows = select.query(params![session, bounded(since)])?;
    let mut events: Vec<Encoded> = Vec::new();
    let mut bytes = 0;
    'rows: while let Some(row) = rows.next()? {
        let numbers = row.get::<_, u64>(0)?..;
        let turn = row.get(1)?;
        let lines = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?.split('\n');
        for (seq, json) in numbers.zip(lines).filter(|(seq, _)| *seq > since) {
            bytes += json.len();
            let full = events.len() >= limit || bytes > PAGE_BYTES_MAX && !events.is_empty();
            if full {
                break 'rows;
            }
            events.push(Encoded { seq, turn, json: json.into() });
        }
    }
    Ok(Some(Page { events, first: first.unwrap_or(0), head }))
}

/// Forgets a session's log.
pub(super) fn delete(db: &Connection, session: &str) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM log WHERE session = ?1")?.execute([session]).map(drop)
}
