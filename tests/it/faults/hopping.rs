//! Three hosts on one Redis, one of which is killed every few moments, and clients that send each message to any of
//! them: in the end the conversations are where one host alone would have taken them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{AGAIN, ask, long, on_redis, place, send, session_at, start, tally};
use crate::host::client::{http, within};
use crate::host::{Host, Place};
use crate::redis::options;
use crate::redis::server::Server;

const HOSTS: usize = 3;

/// Between the deaths of two hosts.
const PEACE: Duration = Duration::from_millis(1500);

/// What a person may say next.
const WORDS: [&str; 6] = ["add one", "add two", "call", "rest", "good morning", "call"];

fn chance(seed: u64, of: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&of.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// What each client says.
fn script(seed: u64, client: u64, length: usize) -> Vec<&'static str> {
    let mut chance = chance(seed, client);
    (0..length).map(|_| WORDS[chance.next_u32() as usize % WORDS.len()]).collect()
}

type Addresses = Arc<Mutex<Vec<String>>>;

fn one_of(addresses: &Addresses, chance: &mut TestRng) -> String {
    let addresses = addresses.lock().unwrap();
    addresses[chance.next_u32() as usize % addresses.len()].clone()
}

/// Has the whole conversation, each word at any host; the context and the log at its end.
async fn converse(
    addresses: Addresses,
    session: String,
    script: Vec<&'static str>,
    mut chance: TestRng,
) -> (Value, Vec<Value>) {
    loop {
        let url = format!("http://{}/api/sessions", one_of(&addresses, &mut chance));
        let body = json!({ "flow": "counting", "session_id": session });
        match ask(http().post(url).json(&body)).await {
            // Taken, or taken before the host that took it died.
            Some((201 | 409, _)) => break,
            Some((503, _)) | None => sleep(AGAIN).await,
            other => panic!("a session came to {other:?}"),
        }
    }
    for (number, text) in script.iter().enumerate() {
        let message_id = format!("m{number}");
        while send(&one_of(&addresses, &mut chance), &session, text, &message_id).await.is_none() {
            sleep(AGAIN).await;
        }
        rest(&addresses, &session, &mut chance).await;
    }
    let seen = rest(&addresses, &session, &mut chance).await;
    loop {
        let address = one_of(&addresses, &mut chance);
        let url = format!("http://{address}/api/sessions/{session}/events?limit=10000");
        match ask(http().get(url)).await {
            Some((200, page)) => {
                return (seen["context"].clone(), page["events"].as_array().unwrap().clone());
            }
            _ => sleep(AGAIN).await,
        }
    }
}

/// Waits until the session takes the next word.
async fn rest(addresses: &Addresses, session: &str, chance: &mut TestRng) -> Value {
    let resting = async {
        loop {
            match session_at(&one_of(addresses, chance), session).await {
                Some(seen) if seen["currentState"] == "Ask" => return seen,
                _ => sleep(AGAIN).await,
            }
        }
    };
    within("the session's rest", resting).await
}

/// Kills one host after the other, and starts another in its place, until it is told to stop; how many it killed.
fn kill(
    places: &[Place],
    mut hosts: Vec<Host>,
    addresses: &Addresses,
    stop: &AtomicBool,
) -> (Vec<Host>, usize) {
    let mut kills = 0;
    while !stop.load(Ordering::SeqCst) {
        let next = Instant::now() + PEACE;
        while Instant::now() < next && !stop.load(Ordering::SeqCst) {
            std::thread::sleep(AGAIN);
        }
        let place = kills % hosts.len();
        hosts.remove(place).kill();
        let host = start(&places[place], &[]);
        addresses.lock().unwrap()[place].clone_from(&host.address);
        hosts.insert(place, host);
        kills += 1;
    }
    (hosts, kills)
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_hop_between_hosts_that_die_end_where_one_host_would_have_taken_them() {
    let seed = u64::from(std::process::id()) ^ 0x5eed;
    let (clients, length) = if long() { (100, 100) } else { (100, 20) };
    println!("The seed is {seed}.");
    let scripts: Vec<_> = (0..clients).map(|client| script(seed, client, length)).collect();

    let server = Server::start(&[]);
    let settings = on_redis(&server.url(), &options("redis://h").prefix);
    let places: Vec<Place> = (0..HOSTS).map(|_| place(&settings)).collect();
    let hosts: Vec<Host> = places.iter().map(|place| start(place, &[])).collect();
    let addresses: Addresses =
        Arc::new(Mutex::new(hosts.iter().map(|host| host.address.clone()).collect()));
    let stop = Arc::new(AtomicBool::new(false));
    let killer = std::thread::spawn({
        let (addresses, stop) = (Arc::clone(&addresses), Arc::clone(&stop));
        move || kill(&places, hosts, &addresses, &stop)
    });
    let work = scripts.iter().zip(0..).map(|(script, client)| {
        let chance = chance(seed, u64::MAX - client);
        let name = format!("c{client}");
        tokio::spawn(converse(Arc::clone(&addresses), name, script.clone(), chance))
    });
    let hopped = futures_util::future::join_all(work.collect::<Vec<_>>()).await;
    stop.store(true, Ordering::SeqCst);
    let (_hosts, kills) = killer.join().unwrap();
    assert!(kills > 1, "hosts died meanwhile");

    // The same with one host that lives.
    let place = place("");
    let host = start(&place, &[]);
    let alone: Addresses = Arc::new(Mutex::new(vec![host.address.clone()]));
    let work = scripts.iter().zip(0..).map(|(script, client)| {
        let name = format!("c{client}");
        tokio::spawn(converse(Arc::clone(&alone), name, script.clone(), chance(seed, client)))
    });
    let stayed = futures_util::future::join_all(work.collect::<Vec<_>>()).await;
    for (client, (hopped, stayed)) in hopped.into_iter().zip(stayed).enumerate() {
        let ((context, log), (expected, calm)) = (hopped.unwrap(), stayed.unwrap());
        assert_eq!(context, expected, "client {client}, seed {seed}: {log:#?}");
        let numbers: Vec<u64> = log.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=log.len() as u64).collect::<Vec<_>>());
        assert_eq!(tally(&log), tally(&calm), "client {client}, seed {seed}");
    }
}
