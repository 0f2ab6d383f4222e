//! What only the store in Redis promises: a turn is one round trip, and is stored once whatever happens to the answer,
//! the connection, the server and the functions in it.

use std::time::Duration;

use cicerone::link::Options;
use cicerone::store::{Entry, Error, Quota, Space, Store, Tag, Terms};

use super::{at, id, is_conflict, numbers, page, turn};
use crate::redis::proxy::Proxy;
use crate::redis::server::Server;
use crate::redis::{open, options};

/// A store whose every word goes through a proxy.
async fn proxied(server: &Server) -> (Store, Proxy) {
    let proxy = Proxy::start(server.port());
    (open(options(&proxy.url())).await, proxy)
}

/// The log counts 1, 2, 3 … to where the session is.
async fn whole(store: &Store, session: &str) -> u64 {
    let page = page(store, session, 0, usize::MAX).await;
    assert_eq!(numbers(&page), (1..=page.head).collect::<Vec<_>>());
    assert_eq!(store.load(&id(session)).await.unwrap().unwrap().seq, page.head);
    page.head
}

#[tokio::test]
async fn a_turn_is_one_round_trip_and_so_is_a_load() {
    let (store, proxy) = proxied(crate::redis::shared()).await;
    store.commit(turn("s", 0, 2)).await.unwrap();
    proxy.said();
    let before = proxy.trips();
    store.commit(turn("s", 2, 3)).await.unwrap();
    assert_eq!(proxy.trips(), before + 1);
    let said = proxy.said();
    assert!(said.starts_with('*') && said.contains("FCALL"), "{said}");
    assert_eq!(said.matches("FCALL").count(), 1, "{said}");
    store.load(&id("s")).await.unwrap();
    assert_eq!(proxy.trips(), before + 2);
    store.events(&id("s"), 0, 100).await.unwrap();
    assert_eq!(proxy.trips(), before + 3);
}

#[tokio::test]
async fn a_turn_whose_answer_is_lost_is_stored_once() {
    let (store, proxy) = proxied(crate::redis::shared()).await;
    let mut expected = 0;
    for _ in 0..5 {
        proxy.lose_next_answer();
        store.commit(turn("s", expected, 2)).await.unwrap();
        expected += 2;
    }
    assert_eq!(proxy.lost(), 5);
    assert_eq!(whole(&store, "s").await, 10);
}

/// Whoever sends it again, we or the client of a Cluster, sends the same.
#[tokio::test]
async fn a_count_and_a_swap_whose_answer_is_lost_happen_once() {
    let (store, proxy) = proxied(crate::redis::shared()).await;
    let space = Space { plugin: "p".to_owned(), session: None };
    let entry = |key: &str| Entry { space: space.clone(), key: key.to_owned() };
    let quota = Quota { value_max: 100, bytes_max: 1000, keys_max: 100 };
    let terms = Terms { quota, ttl_ms: None, now: at(0) };
    // The plugin is known from here on, so that the answer that is lost is that of the count.
    assert_eq!(store.kv_increment(&entry("n"), 1, terms).await, Ok(1));
    for sum in 2..5 {
        proxy.lose_next_answer();
        assert_eq!(store.kv_increment(&entry("n"), 1, terms).await, Ok(sum));
    }
    proxy.lose_next_answer();
    assert_eq!(store.kv_compare_and_set(&entry("k"), None, b"v", terms).await, Ok(true));
    assert_eq!(store.kv_compare_and_set(&entry("k"), None, b"w", terms).await, Ok(false));
    assert_eq!(proxy.lost(), 4);
}

#[tokio::test]
async fn a_turn_whose_answer_is_lost_is_known_again_below_the_next_one() {
    let server = Server::start(&[]);
    let proxy = Proxy::start(server.port());
    let through = options(&proxy.url());
    let (store, other) = (
        open(through.clone()).await,
        open(Options { prefix: through.prefix, ..options(&server.url()) }).await,
    );
    store.commit(turn("s", 0, 1)).await.unwrap();
    proxy.lose_next_answer();
    // While the first host finds out, another goes on from what it stored.
    let goes_on = async {
        loop {
            let head = other.load(&id("s")).await.unwrap().unwrap().seq;
            if head == 3 {
                return other.commit(turn("s", 3, 1)).await.unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    let (first, _) = tokio::join!(store.commit(turn("s", 1, 2)), goes_on);
    first.expect("it was stored");
    assert_eq!(whole(&store, "s").await, 4);
}

#[tokio::test]
async fn a_turn_of_another_history_is_not_built_upon() {
    let store = crate::redis::fresh().await;
    let tag = store.commit(turn("s", 0, 1)).await.unwrap();
    let mut next = turn("s", 1, 1);
    next.follows = Some(Tag(tag.0 ^ 1));
    assert!(is_conflict(&store.commit(next.clone()).await));
    next.follows = Some(tag);
    let second = store.commit(next).await.unwrap();
    assert_ne!(second, tag);
    assert_eq!(store.load(&id("s")).await.unwrap().unwrap().tag, second);
}

#[tokio::test]
async fn a_server_that_forgot_its_functions_is_told_again() {
    for (user, flush, known) in
        [("", "FUNCTION FLUSH", "FUNCTION LIST"), ("scripts:secret@", "SCRIPT FLUSH", "")]
    {
        let server = Server::start(&[]);
        let (_, scripts) = crate::redis::SCRIPTS_ONLY.split_once(' ').unwrap();
        server.run(&format!("ACL SETUSER {scripts}"));
        let url = server.url().replace("redis://", &format!("redis://{user}"));
        let store = open(options(&url)).await;
        assert_eq!(server.run("FUNCTION LIST").is_empty(), known.is_empty());
        for expected in 0..3 {
            store.commit(turn("s", expected, 1)).await.unwrap();
            assert_eq!(server.run(flush), "OK");
        }
        assert_eq!(whole(&store, "s").await, 3);
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_of_the_server() {
    let server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let store = open(options(&server.url())).await;
    let mut head = 0;
    for _ in 0..3 {
        for _ in 0..20 {
            store.commit(turn("s", head, 2)).await.unwrap();
            head += 2;
        }
        server.kill();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.commit(turn("s", head, 1)).await }
        });
        server.begin();
        waiting.await.unwrap().expect("the server came back before the deadline");
        head += 1;
        assert_eq!(whole(&store, "s").await, head);
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_said_to_be_and_found_again() {
    let server = Server::start(&[]);
    let short = Duration::from_millis(300);
    let store = open(Options { deadline: short, ..options(&server.url()) }).await;
    server.kill();
    let error = store.commit(turn("s", 0, 1)).await.unwrap_err();
    assert!(matches!(&error, Error::Unavailable(why) if why.contains(&server.url())), "{error}");
    assert!(store.ping().await.is_err());
    server.begin();
    store.commit(turn("s", 0, 1)).await.unwrap();
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_server_that_stands_still_gets_a_turn_once() {
    let server = Server::start(&[]);
    let timeout = Duration::from_millis(100);
    let store = open(Options { timeout, ..options(&server.url()) }).await;
    store.commit(turn("s", 0, 1)).await.unwrap();
    server.signal("STOP");
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.commit(turn("s", 1, 2)).await }
    });
    // Long enough for some attempts, all of which wait in the server.
    tokio::time::sleep(timeout * 5).await;
    server.signal("CONT");
    waiting.await.unwrap().unwrap();
    assert_eq!(whole(&store, "s").await, 3);
}
