//! The tables, and the way from every earlier version of them to this one. A database of a later version, or of
//! another program, is refused and left as it is.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::directory;
use crate::store::Error;

/// How long to wait for a person who looks into the database with a tool of theirs.
const BUSY_MAX: Duration = Duration::from_secs(5);

/// Bytes of the write-ahead log that are kept between checkpoints.
const WAL_KEPT: i64 = 64 << 20;

/// Pages in the write-ahead log that begin a checkpoint: 16 MiB. Busy sessions change the same pages over and over; the
/// longer the wait, the fewer are copied.
const CHECKPOINT_PAGES: i64 = 4_000;

/// Statements that a connection keeps prepared.
pub(super) const STATEMENTS_MAX: usize = 64;

/// What leads from version n to n + 1; a step that was released is never changed.
const STEPS: &[&str] = &[
    include_str!("v1.sql"),
    include_str!("v2.sql"),
    include_str!("v3.sql"),
    include_str!("v4.sql"),
    include_str!("v5.sql"),
    include_str!("v6.sql"),
];

/// The writing connection, with tables of this version.
pub(super) fn open(directory: &Path) -> Result<Connection, Error> {
    let mut connection = connect(directory).map_err(|error| unusable(directory, &error))?;
    let (version, foreign) = inspect(&connection).map_err(|error| unusable(directory, &error))?;
    let known = STEPS.len();
    let shown = directory.display();
    if foreign {
        return Err(Error::Open(format!(
            "the database in `{shown}` is not one of Cicerone; give another directory with `--data`"
        )));
    }
    let Some(steps) = usize::try_from(version).ok().and_then(|version| STEPS.get(version..)) else {
        return Err(Error::Open(format!(
            "`{shown}` was written by a newer Cicerone (its tables have version {version}, this one knows {known}); \
             start the newer one, or give another directory with `--data`"
        )));
    };
    migrate(&mut connection, steps).map_err(|error| unusable(directory, &error))?;
    Ok(connection)
}

fn connect(directory: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(directory::database(directory), flags)?;
    connection.busy_timeout(BUSY_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update(None, "journal_mode", "wal")?;
    // The promise of `commit`: what was acknowledged outlives a power cut. The second is for macOS, whose fsync
    // stops at the drive's cache.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "journal_size_limit", WAL_KEPT)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    Ok(connection)
}

/// The version of the tables, and whether there are tables although nobody versioned them.
fn inspect(connection: &Connection) -> rusqlite::Result<(i64, bool)> {
    let version = connection.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    Ok((version, version == 0 && tables > 0))
}

fn migrate(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", STEPS.len())?;
    transaction.commit()
}

fn unusable(directory: &Path, error: &rusqlite::Error) -> Error {
    Error::Open(format!(
        "the database in `{}` cannot be used ({error}); put a copy that you trust in its place, or give another \
         directory with `--data`",
        directory.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> (Connection, tempfile::TempDir) {
        let home = tempfile::tempdir().unwrap();
        drop(directory::hold(home.path()).unwrap());
        (open(home.path()).unwrap(), home)
    }

    #[test]
    fn a_commit_waits_for_the_disk() {
        let (connection, _home) = opened();
        let setting = |name: &str| -> String {
            let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            connection.query_row(&sql, (), |row| row.get(0)).unwrap()
        };
        assert_eq!(setting("journal_mode"), "wal");
        assert_eq!(setting("synchronous"), "2");
    }

    #[test]
    fn what_is_asked_often_is_found_by_an_index() {
        let (connection, _home) = opened();
        for (sql, index) in [
            ("SELECT id FROM sessions WHERE due <= ?1 ORDER BY due, id", "sessions_due"),
            (
                "SELECT id FROM sessions WHERE due IS NULL AND updated_at < ?1 ORDER BY updated_at",
                "sessions_idle",
            ),
            (super::super::flows::INLINE_LEFT, "sessions_inline"),
            ("DELETE FROM kv WHERE session = ?1 AND session <> ''", "kv_session"),
            ("SELECT key FROM kv WHERE expires_at <= ?1", "kv_expires"),
        ] {
            let plan: Vec<String> = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap()
                .query_map([1], |row| row.get("detail"))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let plan = plan.join("; ");
            assert!(plan.contains("SEARCH") && plan.contains(index), "{sql}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{sql}: {plan}");
        }
    }
}
