//! What lies in Redis, for those who read it beside us, and that nothing stays there that should not.

use cicerone::event::HostId;
use cicerone::link::{Keys, Options, shard};
use cicerone::store::{Entry, Error, Filter, Quota, Space, Store, Terms};

use super::{at, id, is_conflict, numbers, page, turn};
use crate::redis::server::Server;
use crate::redis::{open, options, shared};

/// A store with the server's own view of it.
async fn seen(server: &Server, change: impl Fn(Options) -> Options) -> (Store, Keys) {
    let ours = change(options(&server.url()));
    let keys = Keys::new(&ours.prefix);
    (open(ours).await, keys)
}

const TERMS: Terms = Terms {
    quota: Quota { value_max: 100, bytes_max: 1000, keys_max: 100 },
    ttl_ms: None,
    now: cicerone::event::Timestamp::from_millis(0),
};

fn value_of(plugin: &str, session: &str) -> Entry {
    let space = Space { plugin: plugin.to_owned(), session: Some(id(session)) };
    Entry { space, key: "k".to_owned() }
}

#[tokio::test]
async fn the_log_and_the_firehose_are_as_the_guide_says() {
    let server = shared();
    let (store, keys) = seen(server, |ours| ours).await;
    let tag = store.commit(turn("s", 0, 2)).await.unwrap();
    let log = server.run(&format!("XRANGE {} - +", keys.log(&id("s"))));
    let lines: Vec<&str> = log.lines().collect();
    let (one, two) = (r#"{"type":"say","seq":1}"#, r#"{"type":"say","seq":2}"#);
    let tag = tag.0.to_string();
    assert_eq!(lines, ["2-0", "tag", &tag, "turn", "1", "1", one, "2", two]);
    let fire = server.run(&format!("XRANGE {} - +", keys.firehose(shard(&id("s")))));
    let lines: Vec<&str> = fire.lines().skip(1).collect();
    assert_eq!(lines, ["session", "s", "turn", "1", "1", one, "2", two]);
    let about = server.run(&format!("HGET {} about", keys.session(&id("s"))));
    let about: serde_json::Value = serde_json::from_str(&about).unwrap();
    assert_eq!((&about["state"], &about["active"]), (&"After0".into(), &true.into()));
}

#[tokio::test]
async fn the_firehose_keeps_the_newest_turns_or_none() {
    let server = shared();
    for (most, expected) in [(0, 0..=0), (10, 10..=200)] {
        let (store, keys) = seen(server, |ours| Options { firehose: most, ..ours }).await;
        for expected in 0..400 {
            store.commit(turn("s", expected, 1)).await.unwrap();
        }
        let kept = server.run(&format!("XLEN {}", keys.firehose(shard(&id("s")))));
        assert!(expected.contains(&kept.parse().unwrap()), "at most {most}: {kept}");
    }
}

#[tokio::test]
async fn a_log_that_is_trimmed_says_where_it_begins() {
    let (store, _) = seen(shared(), |ours| Options { log: 10, ..ours }).await;
    for turns in 0..200 {
        store.commit(turn("s", turns * 2, 2)).await.unwrap();
    }
    let page = page(&store, "s", 0, 1000).await;
    assert!(page.first > 1 && page.head == 400, "{} to {}", page.first, page.head);
    assert_eq!(numbers(&page), (page.first..=400).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_memory_is_named_and_reading_and_deleting_go_on() {
    let server = Server::start(&[]);
    let (store, keys) = seen(&server, |ours| ours).await;
    store.commit(turn("s", 0, 1)).await.unwrap();
    store.commit(turn("t", 0, 1)).await.unwrap();
    server.run("CONFIG SET maxmemory 1");
    let error = store.commit(turn("s", 1, 1)).await.unwrap_err();
    assert!(matches!(&error, Error::Unavailable(why) if why.contains("`maxmemory`")), "{error}");
    assert!(store.ping().await.is_err());
    assert_eq!(numbers(&page(&store, "s", 0, 9).await), [1]);
    assert!(store.delete(&id("t")).await.unwrap());
    assert_eq!(server.run(&format!("EXISTS {}", keys.log(&id("t")))), "0");
    server.run("CONFIG SET maxmemory 0");
    store.commit(turn("s", 1, 1)).await.unwrap();
    assert_eq!(numbers(&page(&store, "s", 0, 9).await), [1, 2]);
}

#[tokio::test]
async fn sessions_that_are_forgotten_leave_nothing() {
    let server = Server::start(&[]);
    let (store, _) = seen(&server, |ours| Options { firehose: 0, ..ours }).await;
    store.kv_set(&value_of("p", "warm"), b"v", TERMS).await.unwrap();
    store.kv_delete(&value_of("p", "warm"), at(0)).await.unwrap();
    store.delete(&id("warm")).await.unwrap();
    // And what is written for one that is gone.
    store.kv_set(&value_of("p", "warm"), b"v", TERMS).await.unwrap();
    let before = server.run("DBSIZE");
    // With `cargo xtask ci --long` as many as promised.
    let count = if std::env::var_os("CICERONE_LONG").is_some() { 100_000 } else { 10_000 };
    let numbers: Vec<u32> = (0..count).collect();
    for some in numbers.chunks(500) {
        let turns = some.iter().map(|n| store.commit(turn(&format!("s{n}"), 0, 2)));
        for outcome in futures_util::future::join_all(turns).await {
            outcome.unwrap();
        }
    }
    for n in 0..20 {
        let mut waits = turn(&format!("s{n}"), 2, 1);
        waits.due = Some(at(5));
        store.commit(waits).await.unwrap();
        store.kv_set(&value_of("p", &format!("s{n}")), b"v", TERMS).await.unwrap();
        store.commit(turn(&format!("s{n}"), 3, 1)).await.unwrap();
    }
    let mut gone = 0;
    loop {
        let some = store.expire(at(1001), 1000).await.unwrap().len();
        gone += some;
        if some == 0 {
            break;
        }
    }
    assert_eq!(gone, numbers.len());
    assert_eq!(server.run("DBSIZE"), before, "{}", server.run("KEYS *"));
    assert!(store.list(&Filter { limit: 9, ..Filter::default() }).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_idle_session_takes_no_more_than_promised() {
    let server = Server::start(&[]);
    let (store, keys) = seen(&server, |ours| Options { firehose: 0, ..ours }).await;
    let usage = |key: &str| -> u64 {
        server.run(&format!("MEMORY USAGE {key} SAMPLES 0")).parse().unwrap_or(0)
    };
    let mut idle = 0;
    for n in 0..2000 {
        let mut commit = turn(&format!("01890a5d-ac96-774b-bcce-b302099a{n:04}"), 0, 1);
        // What a reservation is when all is known, and a version as long as ours are.
        commit.data = "x".repeat(1500).into();
        commit.summary.version = "0123456789abcdef".repeat(4).as_str().into();
        let session = commit.session.clone();
        store.commit(commit).await.unwrap();
        if n % 100 == 0 {
            idle = idle.max(usage(&keys.session(&session)));
        }
    }
    let indexes: u64 =
        (0..=255).flat_map(|at| ["all", "idle"].map(|name| usage(&keys.in_shard(at, name)))).sum();
    let each = idle + indexes / 2000;
    assert!(each <= 3 * 1024, "{each} bytes, {idle} of them the session's own");
}

#[tokio::test]
async fn what_a_host_left_over_of_a_session_is_taken_away_by_the_next() {
    let server = shared();
    let (store, keys) = seen(server, |ours| ours).await;
    store.commit(turn("s", 0, 1)).await.unwrap();
    store.kv_set(&value_of("p", "s"), b"v", TERMS).await.unwrap();
    // As if it had died between the two steps.
    let place = |name: &str| keys.in_shard(shard(&id("s")), name);
    server.run(&format!("SADD {} p/s", place("clean")));
    server.run(&format!("DEL {} {}", place("k:s"), keys.session(&id("s"))));
    store.expire(at(0), 10).await.unwrap();
    assert_eq!(store.kv_get(&value_of("p", "s"), at(0)).await.unwrap(), None);
    assert_eq!(server.run(&format!("EXISTS {} {}", place("clean"), keys.of("p:p", "u"))), "0");
}

#[tokio::test]
async fn a_flow_that_a_client_brought_goes_when_no_session_is_on_it() {
    let server = shared();
    let (store, keys) = seen(server, |ours| ours).await;
    let put = async |flow: &str| store.flow_put(&flow.into(), &"v".into(), "{}").await.unwrap();
    for flow in ["inline-used", "inline-left", "inline-again", "order"] {
        put(flow).await;
    }
    let mut on_one = turn("s", 0, 1);
    (on_one.summary.flow, on_one.summary.version) = ("inline-used".into(), "v".into());
    store.commit(on_one).await.unwrap();
    let kept = async || {
        store.expire(at(0), 10).await.unwrap();
        let mut kept = Vec::new();
        for flow in ["inline-used", "inline-left", "inline-again", "order"] {
            if store.flow_get(&flow.into(), &"v".into()).await.unwrap().is_some() {
                kept.push(flow);
            }
        }
        kept
    };
    let make_old = || {
        for flow in ["inline-used", "inline-left", "inline-again"] {
            server.run(&format!("ZADD {} XX 1 {flow}@v", keys.of("flows", "inline")));
        }
    };
    assert_eq!(kept().await, ["inline-used", "inline-left", "inline-again", "order"]);
    make_old();
    put("inline-again").await;
    assert_eq!(kept().await, ["inline-used", "inline-again", "order"]);
    store.delete(&id("s")).await.unwrap();
    assert_eq!(kept().await, ["inline-used", "inline-again", "order"], "looked at an hour later");
    make_old();
    assert_eq!(kept().await, ["order"]);
}

#[tokio::test]
async fn hosts_know_each_other_until_one_says_nothing_more() {
    let (store, _) = seen(shared(), |ours| ours).await;
    let (a, b) = (HostId::new("a"), HostId::new("b"));
    let (long, short) = (std::time::Duration::from_secs(60), std::time::Duration::from_millis(1));
    assert_eq!(store.beat(&b, long).await.unwrap(), std::slice::from_ref(&b));
    assert_eq!(store.beat(&a, long).await.unwrap(), [a.clone(), b.clone()]);
    store.leave(&b).await.unwrap();
    assert_eq!(store.beat(&a, short).await.unwrap(), std::slice::from_ref(&a));
    loop {
        // The lease of `a` ends at some moment soon.
        if store.beat(&b, long).await.unwrap() == [b.clone()] {
            break;
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_called_corrupt() {
    let server = shared();
    let (store, keys) = seen(server, |ours| ours).await;
    store.commit(turn("s", 0, 1)).await.unwrap();
    server.run(&format!("HSET {} seq many", keys.session(&id("s"))));
    let error = store.load(&id("s")).await.unwrap_err();
    assert!(matches!(error, Error::Corrupt(_)), "{error}");
    assert!(is_conflict(&store.commit(turn("s", 1, 1)).await));
}
