//! Redis fails while two hosts are at work: killed, standing still, cut off, full, without its functions, failing over.
//! Meanwhile answers are 503 and in time, and the hosts say that they are not ready; afterwards every input that was
//! taken is there once, and every follower has exactly the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::RwLock;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{AGAIN, on_redis, place, send, start, tally, whole_log};
use crate::host::client::{Listener, dial, http, within};
use crate::host::{Host, Place};
use crate::redis::options;
use crate::redis::server::{Cluster, Server};

/// Conversations under way.
const SESSIONS: usize = 6;

/// What the clients' tasks share.
#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    taken: AtomicUsize,
    refused: AtomicUsize,
    /// Held while nobody shall say anything.
    quiet: RwLock<()>,
}

/// Two hosts with clients that talk and clients that listen.
struct Load {
    hosts: [Host; 2],
    _places: [Place; 2],
    shared: Arc<Shared>,
    talkers: Vec<(String, JoinHandle<usize>)>,
    followers: Vec<JoinHandle<Vec<Value>>>,
}

impl Load {
    async fn start(url: &str) -> Self {
        Self::start_with(&on_redis(url, &options("redis://h").prefix)).await
    }

    async fn start_with(settings: &str) -> Self {
        let places = [place(settings), place(settings)];
        let hosts = places.each_ref().map(|place| start(place, &[]));
        let shared = Arc::new(Shared::default());
        let addresses = hosts.each_ref().map(|host| host.address.clone());
        let (mut talkers, mut followers) = (Vec::new(), Vec::new());
        for number in 0..SESSIONS {
            let session = hosts[number % 2].begin("counting").await;
            let (followed, address) = (session.clone(), addresses[(number + 1) % 2].clone());
            followers.push(if number % 3 == 0 {
                tokio::spawn(follow_stream(address, followed))
            } else {
                tokio::spawn(follow_socket(address, followed))
            });
            let talker = talk(addresses.clone(), session.clone(), Arc::clone(&shared));
            talkers.push((session, tokio::spawn(talker)));
        }
        let load = Self { hosts, _places: places, shared, talkers, followers };
        load.goes_on().await;
        load
    }

    /// Waits until everybody was answered some times more.
    async fn goes_on(&self) {
        let wanted = self.shared.taken.load(Ordering::SeqCst) + SESSIONS * 5;
        let goes_on = async || self.shared.taken.load(Ordering::SeqCst) >= wanted;
        self.hosts[0].until("inputs to be taken", goes_on).await;
    }

    /// Waits until somebody was refused.
    async fn is_refused(&self) {
        let before = self.shared.refused.load(Ordering::SeqCst);
        let refused = async || self.shared.refused.load(Ordering::SeqCst) > before;
        self.hosts[0].until("a refusal", refused).await;
    }

    /// Waits until both hosts say that they are ready, or that they are not.
    async fn ready(&self, wanted: bool) {
        for host in &self.hosts {
            let says = async || (host.get("/readyz").await.status == 200) == wanted;
            host.until("the truth of `/readyz`", says).await;
        }
    }

    /// What must be true when all is well again; how many inputs were refused meanwhile.
    async fn ends_well(self) -> usize {
        self.ready(true).await;
        self.goes_on().await;
        self.shared.stop.store(true, Ordering::SeqCst);
        for ((session, talker), follower) in self.talkers.into_iter().zip(self.followers) {
            let said = within("the last word", talker).await.unwrap();
            let log = whole_log(&self.hosts[0], &session).await;
            let tally = tally(&log);
            for number in 0..said {
                let name = format!("user.text m{number}");
                assert_eq!(tally.get(&name), Some(&1), "{name} in {tally:#?}");
            }
            // The last of them ended the session.
            let path = format!("/api/sessions/{session}");
            let seen = self.hosts[1].get(&path).await.ok();
            assert_eq!(seen["context"]["n"], json!(said));
            assert_eq!(tally["user.text bye"], 1);
            let heard = within("the follower", follower).await.unwrap();
            assert_eq!(heard, log, "each event once and in order");
        }
        self.shared.refused.load(Ordering::SeqCst)
    }
}

/// Adds and adds, now at one host, now at the other; the number of inputs that were taken.
async fn talk(addresses: [String; 2], session: String, shared: Arc<Shared>) -> usize {
    let mut number = 0;
    let mut turn = 0;
    loop {
        let last = shared.stop.load(Ordering::SeqCst);
        let (text, message_id) =
            if last { ("bye", "bye".to_owned()) } else { ("add one", format!("m{number}")) };
        loop {
            turn += 1;
            let _speaking = shared.quiet.read().await;
            if send(&addresses[turn % 2], &session, text, &message_id).await.is_some() {
                break;
            }
            shared.refused.fetch_add(1, Ordering::SeqCst);
            sleep(AGAIN).await;
        }
        if last {
            return number;
        }
        shared.taken.fetch_add(1, Ordering::SeqCst);
        number += 1;
    }
}

/// Follows over a WebSocket, resuming whenever it is closed.
async fn follow_socket(address: String, session: String) -> Vec<Value> {
    let mut heard: Vec<Value> = Vec::new();
    loop {
        let since = heard.last().map_or(0, |event| event["seq"].as_u64().unwrap());
        let query = format!("id={session}&since={since}");
        let Ok(mut socket) = dial(&address, &query, None).await else {
            sleep(AGAIN).await;
            continue;
        };
        while let Ok(message) = socket.next().await {
            assert_ne!(message["code"], "log.rewound", "nothing was lost");
            if message["seq"].is_u64() {
                heard.push(message);
            }
        }
        if heard.last().is_some_and(|event| event["type"] == "session.ended") {
            return heard;
        }
        sleep(AGAIN).await;
    }
}

/// The same over Server-Sent Events.
async fn follow_stream(address: String, session: String) -> Vec<Value> {
    let mut heard: Vec<Value> = Vec::new();
    loop {
        let since = heard.last().map_or(0, |event| event["seq"].as_u64().unwrap());
        let url = format!("http://{address}/api/sessions/{session}/stream?since={since}");
        let response = within("a stream", http().get(url).send()).await.unwrap();
        if response.status() == 200 {
            let mut listener = Listener::of(response);
            while let Some(event) = listener.next().await {
                heard.push(event.data);
            }
        }
        if heard.last().is_some_and(|event| event["type"] == "session.ended") {
            return heard;
        }
        sleep(AGAIN).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_with_every_write_on_disk_has_lost_nothing() {
    let server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let load = Load::start(&server.url()).await;
    for _ in 0..2 {
        server.kill();
        load.ready(false).await;
        load.is_refused().await;
        server.begin();
        load.ready(true).await;
        load.goes_on().await;
    }
    assert!(load.ends_well().await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_with_a_write_each_second_has_what_it_had_written() {
    let server = Server::start(&["--appendonly", "yes", "--appendfsync", "everysec"]);
    let load = Load::start(&server.url()).await;
    let quiet = load.shared.quiet.write().await;
    let written = async || server.run("INFO persistence").contains("aof_buffer_length:0");
    load.hosts[0].until("the server's write", written).await;
    server.kill();
    drop(quiet);
    load.is_refused().await;
    server.begin();
    assert!(load.ends_well().await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_for_five_seconds_goes_on() {
    let server = Server::start(&[]);
    let load = Load::start(&server.url()).await;
    server.signal("STOP");
    let pause = tokio::time::Instant::now() + Duration::from_secs(5);
    load.ready(false).await;
    load.is_refused().await;
    tokio::time::sleep_until(pause).await;
    server.signal("CONT");
    assert!(load.ends_well().await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_again_and_again_cost_nothing() {
    let server = Server::start(&[]);
    let load = Load::start(&server.url()).await;
    for round in 0..30 {
        let kind = if round % 2 == 0 { "normal" } else { "pubsub" };
        server.run(&format!("CLIENT KILL TYPE {kind}"));
        sleep(Duration::from_millis(50)).await;
    }
    load.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_memory_refuses_turns_until_it_has_some() {
    let server = Server::start(&[]);
    let load = Load::start(&server.url()).await;
    assert_eq!(server.run("CONFIG SET maxmemory 100kb"), "OK");
    load.ready(false).await;
    load.is_refused().await;
    // Reading goes on.
    let path = format!("/api/sessions/{}", load.talkers[0].0);
    load.hosts[0].get(&path).await.ok();
    assert_eq!(server.run("CONFIG SET maxmemory 0"), "OK");
    assert!(load.ends_well().await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgets_its_functions_refuses_nothing() {
    let server = Server::start(&[]);
    // A machine that is busy is no reason to be refused here.
    let settings = on_redis(&server.url(), &options("redis://h").prefix)
        .replace("timeout_ms = 500", "timeout_ms = 5000")
        .replace("deadline_ms = 1500", "deadline_ms = 15000")
        .replace("lease_ms = 900", "lease_ms = 9000");
    let load = Load::start_with(&settings).await;
    for round in 0..20 {
        let what = if round % 2 == 0 { "FUNCTION FLUSH" } else { "SCRIPT FLUSH" };
        assert_eq!(server.run(what), "OK");
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(load.ends_well().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn masters_of_a_cluster_that_hand_over_lose_nothing() {
    let cluster = Cluster::start(3, 1);
    let load = Load::start(&cluster.url()).await;
    for replica in &cluster.nodes {
        let role = replica.run("INFO replication");
        if !role.contains("role:slave") {
            continue;
        }
        let follows = async || replica.run("INFO replication").contains("master_link_status:up");
        load.hosts[0].until("a replica", follows).await;
        assert_eq!(replica.run("CLUSTER FAILOVER"), "OK");
        let leads = async || replica.run("INFO replication").contains("role:master");
        load.hosts[0].until("the handover", leads).await;
        load.goes_on().await;
    }
    load.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_dies_is_replaced_by_the_one_that_sentinels_choose() {
    let master = Server::start(&[]);
    let replica = Server::start(&["--replicaof", &format!("127.0.0.1 {}", master.port())]);
    let sentinel = Server::start_sentinel(master.port());
    let load =
        Load::start(&format!("redis+sentinel://127.0.0.1:{}/mymaster", sentinel.port())).await;
    let known = async || sentinel.run("SENTINEL MASTER mymaster").contains("num-slaves\n1");
    load.hosts[0].until("the replica to be known", known).await;
    // What the replica has not is lost with its master, so nobody speaks until it has all.
    let quiet = load.shared.quiet.write().await;
    let copied =
        async || offset(&master, "master_repl_offset") == offset(&replica, "slave_repl_offset");
    load.hosts[0].until("the replica's copy", copied).await;
    master.kill();
    drop(quiet);
    // The new master may be chosen before a turn's deadline has passed, so nobody need be refused.
    load.ends_well().await;
    assert!(replica.run("INFO replication").contains("role:master"));
}

/// How far one side of a replication is.
fn offset(server: &Server, field: &str) -> Option<u64> {
    let said = server.run("INFO replication");
    let line = said.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|number| number.trim().parse().ok())
}
