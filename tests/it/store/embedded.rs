//! What only the embedded store promises: the directory, the database's version, and that it survives.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use cicerone::store::{Entry, Error, Filter, Quota, Space, Store, Terms};
use rusqlite::Connection;

use super::{at, fresh, id, numbers, page, turn};

/// Names the data directory to the child of the test that kills it.
const CHILD: &str = "CICERONE_TEST_STORE";

async fn refusal(directory: &Path) -> String {
    match Store::open(directory).await {
        Err(Error::Open(why)) => why,
        other => panic!("opened or failed otherwise: {other:?}"),
    }
}

fn database(directory: &Path) -> Connection {
    Connection::open(directory.join("cicerone.db")).unwrap()
}

fn count(directory: &Path, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    database(directory).query_row(&sql, (), |row| row.get(0)).unwrap()
}

fn entry(session: Option<&str>) -> Entry {
    Entry { space: Space { plugin: "p".to_owned(), session: session.map(id) }, key: "k".to_owned() }
}

const TERMS: Terms = Terms {
    quota: Quota { value_max: 100, bytes_max: 100, keys_max: 100 },
    ttl_ms: None,
    now: cicerone::event::Timestamp::from_millis(0),
};

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    for close in [true, false] {
        let fresh = fresh().await;
        let mut commit = turn("s", 0, 3);
        commit.due = Some(at(5));
        fresh.store.commit(commit).await.unwrap();
        fresh.store.flow_put(&"f".into(), &"v".into(), "{}").await.unwrap();
        fresh.store.kv_set(&entry(None), b"v", TERMS).await.unwrap();
        if close {
            fresh.store.close().await.unwrap();
        }
        drop(fresh.store);

        let store = Store::open(fresh.directory.path()).await.unwrap();
        assert_eq!(store.load(&id("s")).await.unwrap().unwrap().seq, 3);
        assert_eq!(numbers(&page(&store, "s", 0, 10).await), [1, 2, 3]);
        assert_eq!(store.with_due().await.unwrap(), [id("s")]);
        assert_eq!(store.flow_get(&"f".into(), &"v".into()).await.unwrap().as_deref(), Some("{}"));
        assert!(store.kv_get(&entry(None), at(0)).await.unwrap().is_some());
        store.commit(turn("s", 3, 1)).await.unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::embedded::child_that_commits_until_it_is_killed"])
        .args(["--ignored", "--nocapture", "--test-threads", "1"])
        .env(CHILD, directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let acknowledged: Vec<u64> = lines
        .filter_map(|line| line.unwrap().strip_prefix("acknowledged ")?.parse().ok())
        .take(50)
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(acknowledged.len(), 50, "the child ended on its own");

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(directory.path()).await.unwrap();
        let page = page(&store, "s", 0, usize::MAX).await;
        assert!(page.head >= *acknowledged.last().unwrap());
        assert_eq!(numbers(&page), (1..=page.head).collect::<Vec<_>>());
        store.commit(turn("s", page.head, 1)).await.unwrap();
    });
}

#[tokio::test]
#[ignore = "is the child of `what_was_acknowledged_survives_a_kill`"]
async fn child_that_commits_until_it_is_killed() {
    let directory = std::env::var_os(CHILD).expect("started by its parent");
    let store = Store::open(Path::new(&directory)).await.unwrap();
    for seq in 0.. {
        store.commit(turn("s", seq, 1)).await.unwrap();
        println!("\nacknowledged {}", seq + 1);
    }
}

#[tokio::test]
async fn close_stores_what_is_waiting_and_refuses_what_comes_later() {
    let fresh = fresh().await;
    let waiting: Vec<_> = (0..100)
        .map(|n| {
            let store = fresh.store.clone();
            tokio::spawn(async move { store.commit(turn(&format!("s{n}"), 0, 1)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    fresh.store.close().await.unwrap();
    let mut stored = 0;
    for commit in waiting {
        match commit.await.unwrap() {
            Ok(_) => stored += 1,
            Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error}"),
        }
    }
    let error = fresh.store.commit(turn("late", 0, 1)).await.unwrap_err();
    assert_eq!(error.to_string(), "reach the store: it is closed");
    assert!(matches!(fresh.store.load(&id("s1")).await, Err(Error::Unavailable(_))));
    fresh.store.close().await.expect("closing twice is closing once");

    let again = Store::open(fresh.directory.path()).await.expect("the directory is free");
    let listed = again.list(&Filter { limit: 1000, ..Filter::default() }).await.unwrap();
    assert_eq!(listed.len(), stored);
}

#[tokio::test]
async fn an_expired_session_leaves_nothing_behind() {
    let fresh = fresh().await;
    fresh.store.commit(turn("s", 0, 3)).await.unwrap();
    fresh.store.kv_set(&entry(Some("s")), b"v", TERMS).await.unwrap();
    let short = Terms { ttl_ms: Some(10), ..TERMS };
    fresh.store.kv_set(&entry(None), b"v", short).await.unwrap();
    fresh.store.expire(at(9999), 10).await.unwrap();
    for table in ["sessions", "log", "kv", "kv_usage"] {
        assert_eq!(count(fresh.directory.path(), table), 0, "{table}");
    }
}

#[tokio::test]
async fn values_whose_time_is_over_do_not_pile_up() {
    let fresh = fresh().await;
    for n in 0..20 {
        let value = Entry { key: n.to_string(), ..entry(None) };
        let terms = Terms { ttl_ms: Some(10), now: at(n), ..TERMS };
        fresh.store.kv_set(&value, b"", terms).await.unwrap();
    }
    assert_eq!(count(fresh.directory.path(), "kv"), 10);
}

#[tokio::test]
async fn a_directory_serves_one_host_at_a_time() {
    let fresh = fresh().await;
    let why = refusal(fresh.directory.path()).await;
    let process = std::process::id();
    let expected = format!(
        "`{}` is in use by another host (process {process}); stop that one, or give this one a directory of its own \
         with `--data`",
        fresh.directory.path().display()
    );
    assert_eq!(why, expected);
    drop(fresh.store);
    Store::open(fresh.directory.path()).await.expect("the first host let go");
}

#[tokio::test]
async fn a_missing_directory_is_made_for_its_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("deep").join("data");
    let _store = Store::open(&directory).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    for file in std::fs::read_dir(&directory).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn a_file_in_the_way_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("data");
    std::fs::write(&file, "precious").unwrap();
    for path in [file.clone(), file.join("below")] {
        let why = refusal(&path).await;
        let shown = path.display();
        assert_eq!(
            why,
            format!("`{shown}` is a file, or lies below one; give a directory with `--data`")
        );
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "precious");
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_directory_that_cannot_be_written_is_named() {
    // Nobody may make files there, root neither.
    let why = refusal(Path::new("/proc/self")).await;
    assert!(why.starts_with("`/proc/self` cannot be written ("), "{why}");
    assert!(why.ends_with("or another directory with `--data`"), "{why}");
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("cicerone.db");
    let junk = "not a database at all ".repeat(100);
    std::fs::write(&file, &junk).unwrap();
    let why = refusal(directory.path()).await;
    assert!(why.contains("cannot be used (file is not a database"), "{why}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), junk);
}

#[tokio::test]
async fn tables_of_another_program_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    database(directory.path()).execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    let why = refusal(directory.path()).await;
    assert!(why.contains("is not one of Cicerone"), "{why}");
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let fresh = fresh().await;
    drop(fresh.store);
    database(fresh.directory.path()).pragma_update(None, "user_version", 99).unwrap();
    let why = refusal(fresh.directory.path()).await;
    assert!(why.contains("have version 99, this one knows 6); start the newer one"), "{why}");
}

#[tokio::test]
async fn a_flow_that_a_client_brought_goes_with_its_last_session_but_not_when_it_is_new() {
    let fresh = fresh().await;
    let store = &fresh.store;
    let mut on_one = turn("s", 0, 1);
    (on_one.summary.flow, on_one.summary.version) = ("inline-used".into(), "v".into());
    for flow in ["inline-used", "inline-left", "inline-again", "order"] {
        store.flow_put(&flow.into(), &"v".into(), "{}").await.unwrap();
    }
    store.commit(on_one).await.unwrap();
    let kept = async || {
        assert_eq!(store.expire(at(0), 10).await.unwrap(), []);
        let mut kept = Vec::new();
        for flow in ["inline-used", "inline-left", "inline-again", "order"] {
            if store.flow_get(&flow.into(), &"v".into()).await.unwrap().is_some() {
                kept.push(flow);
            }
        }
        kept
    };
    assert_eq!(kept().await, ["inline-used", "inline-left", "inline-again", "order"]);
    database(fresh.directory.path()).execute("UPDATE flows SET put_at = 0", ()).unwrap();
    store.flow_put(&"inline-again".into(), &"v".into(), "{}").await.unwrap();
    assert_eq!(kept().await, ["inline-used", "inline-again", "order"]);
    store.delete(&id("s")).await.unwrap();
    assert_eq!(kept().await, ["inline-again", "order"]);
}

#[tokio::test]
async fn an_empty_database_gets_the_tables_of_this_version() {
    let directory = tempfile::tempdir().unwrap();
    database(directory.path()).pragma_update(None, "user_version", 0).unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    store.commit(turn("s", 0, 1)).await.unwrap();
    drop(store);
    let version = |db: Connection| db.query_row("PRAGMA user_version", (), |row| row.get(0));
    assert_eq!(version(database(directory.path())), Ok(6_i64));
}

#[tokio::test]
async fn what_cannot_be_read_is_called_corrupt() {
    let fresh = fresh().await;
    fresh.store.commit(turn("s", 0, 1)).await.unwrap();
    drop(fresh.store);
    database(fresh.directory.path()).execute("UPDATE sessions SET seq = -1", ()).unwrap();
    let store = Store::open(fresh.directory.path()).await.unwrap();
    let error = store.load(&id("s")).await.unwrap_err();
    assert!(matches!(error, Error::Corrupt(_)), "{error}");
}
