//! The way to Redis: what is refused at the start and in which words, and every kind of place that a URL can name.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cicerone::event::SessionId;
use cicerone::link::{Keys, Link, Options, Purpose, SCHEMA, read};
use cicerone::store::Store;

use crate::redis::server::{Cluster, Server, free_port};
use crate::redis::{fresh, open, options, shared, shared_cluster};
use crate::store::{id, numbers, page, turn};

/// Why a Redis is not used.
async fn refusal(options: Options) -> String {
    let error = match Link::open(options).await {
        Err(error) => error,
        Ok(link) => Store::redis(link).await.expect_err("this Redis should be refused"),
    };
    let said = error.to_string();
    assert!(said.contains("`--redis`, `REDIS_URL` or `url` in `[redis]`"), "{said}");
    assert!(!said.contains("secret"), "{said}");
    said
}

fn with_login(server: &Server, login: &str) -> String {
    server.url().replace("redis://", &format!("redis://{login}@"))
}

/// The user that the guide describes.
fn user_of_the_guide() -> String {
    let guide = include_str!("../../docs/redis.md");
    let line = guide.lines().find(|line| line.starts_with("ACL SETUSER cicerone ")).unwrap();
    line.replace("cicerone:*", "*")
}

#[tokio::test]
async fn who_is_not_there_is_named() {
    let url = format!("redis://u:secret@127.0.0.1:{}", free_port());
    let said = refusal(options(&url)).await;
    assert!(said.contains("it cannot be reached") && said.contains("is it running?"), "{said}");
}

#[tokio::test]
async fn who_does_not_answer_is_given_up() {
    let server = Server::start(&[]);
    server.signal("STOP");
    let timeout = Duration::from_millis(100);
    let said = refusal(Options { timeout, ..options(&server.url()) }).await;
    server.signal("CONT");
    assert!(said.contains("it does not answer"), "{said}");
}

#[tokio::test]
async fn a_password_that_is_missing_or_wrong_is_said_to_be() {
    let server = Server::start(&["--requirepass", "right"]);
    let said = refusal(options(&server.url())).await;
    assert!(said.contains("it wants a password; put it into the URL"), "{said}");
    let said = refusal(options(&with_login(&server, ":secret"))).await;
    assert!(said.contains("user or password is wrong"), "{said}");
    open(options(&with_login(&server, ":right"))).await.ping().await.unwrap();
}

#[tokio::test]
async fn a_user_needs_the_rights_of_the_guide_and_no_more() {
    let server = Server::start(&[]);
    let user = user_of_the_guide();
    assert_eq!(server.run(&user), "OK", "{user}");
    let store = open(options(&with_login(&server, "cicerone:secret"))).await;
    store.commit(turn("s", 0, 2)).await.unwrap();
    assert_eq!(numbers(&page(&store, "s", 0, 9).await), [1, 2]);

    for without in ["-xadd", "resetchannels", "-hsetnx", "-evalsha -fcall", "-time"] {
        assert_eq!(server.run(&format!("{user} {without}")), "OK");
        let said = refusal(options(&with_login(&server, "cicerone:secret"))).await;
        assert!(said.contains("lacks a right") && said.contains("docs/redis.md"), "{said}");
    }
}

#[tokio::test]
async fn a_replica_is_refused() {
    let master = Server::start(&[]);
    let replica = Server::start(&["--replicaof", &format!("127.0.0.1 {}", master.port())]);
    let said = refusal(options(&replica.url())).await;
    assert!(said.contains("it is a replica") && said.contains("redis+sentinel://"), "{said}");
}

#[tokio::test]
async fn a_server_that_throws_away_is_refused() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    let said = refusal(options(&server.url())).await;
    assert!(said.contains("set `maxmemory-policy noeviction`"), "{said}");
}

#[tokio::test]
async fn what_another_version_wrote_is_left_alone() {
    let server = Server::start(&[]);
    let ours = options(&server.url());
    let meta = Keys::new(&ours.prefix).meta();
    server.run(&format!("HSET {meta} schema 99"));
    let said = refusal(ours.clone()).await;
    let expected = format!("is of schema 99, this version knows {SCHEMA}");
    assert!(said.contains(&expected) && said.contains("another `prefix`"), "{said}");
    open(options(&server.url())).await;
    assert_eq!(server.run(&format!("HGET {meta} schema")), "99");
}

#[tokio::test]
async fn a_prefix_that_would_break_the_keys_is_refused() {
    for prefix in ["", "a b", "{x}", "ä"] {
        let prefix = prefix.to_owned();
        let said = refusal(Options { prefix, ..options(&shared().url()) }).await;
        assert!(said.contains("`prefix` in `[redis]` should be"), "{said}");
    }
}

/// A certificate for this machine with its key, in files.
fn certificate(folder: &std::path::Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

#[tokio::test]
async fn a_certificate_is_believed_if_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(folder.path());
    let server = Server::start_tls(&certificate, &key);
    let url = server.url().replace("redis://", "rediss://");
    let ca = Some(certificate);
    let store = open(Options { ca, ..options(&url) }).await;
    store.commit(turn("s", 0, 1)).await.unwrap();

    let said = refusal(options(&url)).await;
    assert!(said.contains("certificate"), "{said}");
    let ca = Some(PathBuf::from("nowhere.pem"));
    let said = refusal(Options { ca, ..options(&url) }).await;
    assert!(said.contains("`nowhere.pem` (`ca` in `[redis]`) cannot be read"), "{said}");
    let said = refusal(options(&server.url())).await;
    assert!(said.contains("it cannot be reached"), "{said}");
}

#[tokio::test]
async fn sentinels_lead_to_the_master_that_is() {
    let master = Server::start(&[]);
    let replica = Server::start(&["--replicaof", &format!("127.0.0.1 {}", master.port())]);
    let sentinel = Server::start_sentinel(master.port());
    let url = format!("redis+sentinel://127.0.0.1:{}/mymaster", sentinel.port());
    let ours = Options { deadline: Duration::from_secs(60), ..options(&url) };
    let log = Keys::new(&ours.prefix).log(&id("s"));
    let store = open(ours).await;
    for expected in 0..5 {
        store.commit(turn("s", expected, 1)).await.unwrap();
    }
    // A replica learns later; what it does not know yet would be lost.
    until(|| replica.run(&format!("XLEN {log}")) == "5").await;
    until(|| sentinel.run("SENTINEL MASTER mymaster").contains("num-slaves\n1")).await;
    master.kill();
    store.commit(turn("s", 5, 1)).await.unwrap();
    assert_eq!(replica.run(&format!("XLEN {log}")), "6");

    let said = refusal(options(&url.replace("mymaster", "other"))).await;
    assert!(said.contains("Sentinels do not know a master of that name"), "{said}");
}

/// Waits for what another process will do.
async fn until(is_so: impl Fn() -> bool) {
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(tokio::time::Instant::now() < end, "it did not happen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_shard_that_moves_to_another_node_loses_and_doubles_nothing() {
    let cluster = Cluster::start(3, 1);
    let store = open(options(&cluster.url())).await;
    let sessions: Vec<SessionId> = (0..12).map(|n| id(&format!("s{n}"))).collect();
    let replica = || {
        let all = cluster.nodes.iter();
        all.filter(|node| node.run("ROLE").starts_with("slave")).collect::<Vec<_>>()
    };
    until(|| replica().iter().all(|node| node.run("INFO replication").contains("status:up"))).await;
    let moved = replica().into_iter().next().unwrap();
    let mut head = 0;
    for round in 0..30 {
        if round == 10 {
            assert_eq!(moved.run("CLUSTER FAILOVER"), "OK");
        }
        let turns = sessions.iter().map(|session| store.commit(turn(session.as_str(), head, 1)));
        for outcome in futures_util::future::join_all(turns).await {
            outcome.unwrap();
        }
        head += 1;
    }
    until(|| moved.run("ROLE").starts_with("master")).await;
    for session in &sessions {
        let page = page(&store, session.as_str(), 0, 100).await;
        assert_eq!(numbers(&page), (1..=head).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn each_turn_is_told_on_its_sessions_channel() {
    for url in [shared().url(), shared_cluster().url()] {
        let link = Link::open(options(&url)).await.unwrap();
        let store = Store::redis(link.clone()).await.unwrap();
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let hears = {
            let heard = Arc::clone(&heard);
            Arc::new(move |push: ::redis::PushInfo| {
                if let (::redis::PushKind::SMessage, Some(::redis::Value::BulkString(payload))) =
                    (push.kind, push.data.into_iter().nth(1))
                {
                    heard.lock().unwrap().push(payload);
                }
            })
        };
        let mut listener = link.connect(&Purpose::Listens(hears)).await.unwrap();
        listener.subscribe(&link.keys().channel(&id("s"))).await.unwrap();
        let mut told = turn("s", 0, 2);
        for event in &mut told.events {
            event.json = format!(r#"{{"type":"say","seq":{},"turn":1}}"#, event.seq).into();
        }
        store.commit(told.clone()).await.unwrap();
        store.commit(turn("other", 0, 2)).await.unwrap();
        store.delete(&id("s")).await.unwrap();
        until(|| heard.lock().unwrap().len() == 2).await;
        listener.unsubscribe(&link.keys().channel(&id("s"))).await.unwrap();
        let heard = heard.lock().unwrap();
        let first = read(&heard[0]).unwrap();
        assert_eq!((first.root, first.settled, first.last), (1, true, false));
        assert_eq!(first.events, told.events);
        let last = read(&heard[1]).unwrap();
        assert!(last.events.is_empty() && last.last);
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_made_again() {
    let server = Server::start(&[]);
    let store = open(options(&server.url())).await;
    for expected in 0..5 {
        store.commit(turn("s", expected, 1)).await.unwrap();
        server.run("CLIENT KILL TYPE normal");
    }
    assert_eq!(numbers(&page(&store, "s", 0, 9).await), [1, 2, 3, 4, 5]);
    drop(fresh().await);
}
