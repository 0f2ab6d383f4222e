//! What plugins keep for themselves, as SQL: values with a time to live, counted against the plugin's quota. A value
//! whose time is over is never given out, whether or not it was removed yet.

use rusqlite::{Connection, OptionalExtension, params};

use super::sessions::at_most;
use crate::event::{SessionId, Timestamp};
use crate::store::{Entry, Error, KvError, Terms};

/// Values whose time is over that each write removes: more than it adds, so that they do not pile up.
const SWEPT_PER_WRITE: usize = 4;

/// A value that is there, and until when.
struct Found {
    value: Vec<u8>,
    expires_at: Option<i64>,
}

pub(super) fn get(
    db: &Connection,
    entry: &Entry,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, KvError> {
    Ok(find(db, entry, now)?.map(|found| found.value))
}

pub(super) fn set(
    db: &Connection,
    entry: &Entry,
    value: &[u8],
    terms: Terms,
) -> Result<(), KvError> {
    put(db, entry, value, terms, expiry(terms))
}

pub(super) fn delete(db: &Connection, entry: &Entry, now: Timestamp) -> Result<bool, KvError> {
    let was_there = find(db, entry, now)?.is_some();
    db.prepare_cached("DELETE FROM kv WHERE plugin = ?1 AND session = ?2 AND key = ?3")?
        .execute(place(entry))?;
    Ok(was_there)
}

pub(super) fn increment(
    db: &Connection,
    entry: &Entry,
    by: i64,
    terms: Terms,
) -> Result<i64, KvError> {
    let found = find(db, entry, terms.now)?;
    let before = found.as_ref().map_or(Some(0), |found| number(&found.value));
    let Some(sum) = before.and_then(|before| before.checked_add(by)) else {
        return Err(KvError::NotANumber);
    };
    let expires_at = expiry(terms).or_else(|| found.and_then(|found| found.expires_at));
    put(db, entry, sum.to_string().as_bytes(), terms, expires_at)?;
    Ok(sum)
}

pub(super) fn compare_and_set(
    db: &Connection,
    entry: &Entry,
    expected: Option<&[u8]>,
    value: &[u8],
    terms: Terms,
) -> Result<bool, KvError> {
    let found = find(db, entry, terms.now)?;
    if found.as_ref().map(|found| found.value.as_slice()) != expected {
        return Ok(false);
    }
    set(db, entry, value, terms)?;
    Ok(true)
}

/// Removes at most `limit` values of any plugin whose time was over by then.
pub(super) fn expire(db: &Connection, by: Timestamp, limit: usize) -> Result<(), Error> {
    db.prepare_cached(
        "DELETE FROM kv WHERE (plugin, session, key) IN
             (SELECT plugin, session, key FROM kv WHERE expires_at <= ?1 LIMIT ?2)",
    )?
    .execute(params![by.as_millis(), at_most(limit)])?;
    Ok(())
}

fn find(db: &Connection, entry: &Entry, now: Timestamp) -> Result<Option<Found>, KvError> {
    let found = db
        .prepare_cached(
            "SELECT value, expires_at FROM kv WHERE plugin = ?1 AND session = ?2 AND key = ?3",
        )?
        .query_row(place(entry), |row| Ok(Found { value: row.get(0)?, expires_at: row.get(1)? }))
        .optional()?;
    Ok(found.filter(|found| found.expires_at.is_none_or(|at| at > now.as_millis())))
}

fn put(
    db: &Connection,
    entry: &Entry,
    value: &[u8],
    terms: Terms,
    expires_at: Option<i64>,
) -> Result<(), KvError> {
    if bytes(value) > terms.quota.value_max {
        return Err(KvError::TooLarge(terms.quota.value_max));
    }
    if !is_kept(db, entry)? {
        return Ok(());
    }
    if excess(db, entry, value, terms)?.is_some() {
        forget_expired(db, entry, terms.now)?;
        if let Some(max) = excess(db, entry, value, terms)? {
            return Err(KvError::Quota(max));
        }
    }
    expire(db, terms.now, SWEPT_PER_WRITE)?;
    let [plugin, session, key] = place(entry);
    db.prepare_cached(
        "INSERT INTO kv (plugin, session, key, value, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at",
    )?
    .execute(params![plugin, session, key, value, expires_at])?;
    Ok(())
}

/// The bound that the plugin would be over with this value. What does not grow is always fine, so that a plugin whose
/// quota was lowered can still make its data smaller.
fn excess(
    db: &Connection,
    entry: &Entry,
    value: &[u8],
    terms: Terms,
) -> rusqlite::Result<Option<u64>> {
    let [plugin, _, key] = place(entry);
    let (keys, used): (u64, u64) = db
        .prepare_cached("SELECT keys, bytes FROM kv_usage WHERE plugin = ?1")?
        .query_row([plugin], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or_default();
    let old: Option<u64> = db
        .prepare_cached(
            "SELECT octet_length(key) + octet_length(value) FROM kv
             WHERE plugin = ?1 AND session = ?2 AND key = ?3",
        )?
        .query_row(place(entry), |row| row.get(0))
        .optional()?;
    let new = bytes(key.as_bytes()).saturating_add(bytes(value));
    if old.is_none() && keys >= terms.quota.keys_max {
        return Ok(Some(terms.quota.keys_max));
    }
    let old = old.unwrap_or(0);
    let after = used.saturating_sub(old).saturating_add(new);
    Ok((new > old && after > terms.quota.bytes_max).then_some(terms.quota.bytes_max))
}

fn forget_expired(db: &Connection, entry: &Entry, now: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM kv WHERE plugin = ?1 AND expires_at <= ?2")?
        .execute(params![entry.space.plugin, now.as_millis()])?;
    Ok(())
}

/// Whether what is written there is kept: what a call leaves behind whose session was removed meanwhile would never go.
fn is_kept(db: &Connection, entry: &Entry) -> rusqlite::Result<bool> {
    let Some(session) = &entry.space.session else { return Ok(true) };
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM sessions WHERE id = ?1)")?
        .query_row([session.as_str()], |row| row.get(0))
}

/// The columns of the primary key; an empty session is the plugin as a whole.
fn place(entry: &Entry) -> [&str; 3] {
    let session = entry.space.session.as_ref().map_or("", SessionId::as_str);
    [&entry.space.plugin, session, &entry.key]
}

fn expiry(terms: Terms) -> Option<i64> {
    terms.ttl_ms.map(|ttl| terms.now.plus_millis(ttl).as_millis())
}

fn number(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn bytes(value: &[u8]) -> u64 {
    u64::try_from(value.len()).unwrap_or(u64::MAX)
}
