//! A master of a Cluster dies with turns that its replica has not: that cannot be prevented, but it is noticed. Whoever
//! follows is told that the log went back, and the conversation goes on without a gap.

use serde_json::json;
use tokio::time::sleep;

use cicerone::event::SessionId;
use cicerone::link::Keys;

use super::{AGAIN, on_redis, place, send, session_at, start, tally, whole_log};
use crate::host::Host;
use crate::host::client::{Socket, within};
use crate::redis::options;
use crate::redis::server::{Cluster, Server};

/// The master of a key's slot, and its replica.
fn nodes_of<'a>(cluster: &'a Cluster, key: &str) -> [&'a Server; 2] {
    let slot: u16 = cluster.nodes[0].run(&format!("CLUSTER KEYSLOT {key}")).parse().unwrap();
    let table = cluster.nodes[0].run("CLUSTER NODES");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(' ').collect()).collect();
    let has = |row: &&Vec<&str>| {
        row[8..].iter().filter_map(|range| range.split_once('-')).any(|(first, last)| {
            (first.parse().unwrap()..=last.parse::<u16>().unwrap()).contains(&slot)
        })
    };
    let master = rows.iter().find(has).unwrap();
    let replica = rows.iter().find(|row| row[3] == master[0]).unwrap();
    [master, replica].map(|row| {
        let address = row[1].split('@').next().unwrap();
        let port: u16 = address.rsplit(':').next().unwrap().parse().unwrap();
        cluster.nodes.iter().find(|node| node.port() == port).unwrap()
    })
}

/// Waits until something is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    let look = async {
        while !so() {
            sleep(AGAIN).await;
        }
    };
    within(what, look).await;
}

async fn say(hosts: &[Host], session: &str, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let address = &hosts[number % hosts.len()].address;
        let said = async {
            while send(address, session, "add one", &format!("m{number}")).await.is_none() {
                sleep(AGAIN).await;
            }
        };
        within("an input", said).await;
    }
}

/// Reads on to this event; no client has lost anything so far.
async fn hear(socket: &mut Socket, last: u64) {
    loop {
        let message = socket.next().await.unwrap();
        assert_ne!(message["type"], "error", "{message}");
        if message["seq"] == last {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_that_died_with_their_master_are_missed_and_the_session_goes_on() {
    let cluster = Cluster::start_with(3, 1, &["--appendonly", "yes"]);
    let prefix = options("redis://h").prefix;
    let place = place(&on_redis(&cluster.url(), &prefix));
    let other = super::place(&on_redis(&cluster.url(), &prefix));
    let hosts = [start(&place, &[]), start(&other, &[])];
    let session = hosts[0].begin("counting").await;
    say(&hosts, &session, 0..4).await;
    let key = Keys::new(&prefix).session(&SessionId::new(&session).unwrap());
    let [master, replica] = nodes_of(&cluster, &key);
    until("the replica", || master.run("WAIT 1 1000") == "1").await;
    // After the first copy its file is written anew; what comes then is added.
    until("its file", || {
        let file = replica.run("INFO persistence");
        [
            "aof_enabled:1",
            "aof_rewrite_in_progress:0",
            "aof_rewrite_scheduled:0",
            "aof_buffer_length:0",
        ]
        .iter()
        .all(|line| file.contains(line))
    })
    .await;
    let kept = whole_log(&hosts[0], &session).await;

    // From here on nobody but the master has what is said.
    replica.kill();
    say(&hosts, &session, 4..8).await;
    let lost = whole_log(&hosts[1], &session).await;
    let head = lost.len() as u64;
    let mut sockets = Vec::new();
    for host in &hosts {
        let mut socket = host.dial(&format!("id={session}")).await;
        hear(&mut socket, head).await;
        sockets.push(socket);
    }
    master.kill();
    replica.begin();
    until("the takeover", || {
        replica.run("CLUSTER FAILOVER TAKEOVER");
        replica.run("INFO replication").contains("role:master")
    })
    .await;

    let back = async {
        loop {
            match session_at(&hosts[0].address, &session).await {
                Some(seen) => break seen,
                None => sleep(AGAIN).await,
            }
        }
    };
    let seen = within("the session", back).await;
    assert_eq!((&seen["seq"], &seen["context"]["n"]), (&json!(kept.len()), &json!(4)));
    let path = format!("/api/sessions/{session}/events?since={head}");
    hosts[0].get(&path).await.refused(409, "log.rewound");
    for mut socket in sockets {
        let told = socket.until("error").await;
        assert_eq!(told.last().unwrap()["code"], "log.rewound", "{told:#?}");
        assert_eq!(told.len(), 1, "nothing of another history came before: {told:#?}");
        assert_eq!(socket.close_code().await, Some(1013));
    }

    // What was answered is lost, as docs/redis.md says; who sends it again has it once.
    say(&hosts, &session, 4..10).await;
    let log = whole_log(&hosts[1], &session).await;
    assert_eq!(log[..kept.len()], kept);
    let tally = tally(&log);
    for number in 0..10 {
        assert_eq!(tally.get(&format!("user.text m{number}")), Some(&1), "{tally:#?}");
    }
    let seen = hosts[1].get(&format!("/api/sessions/{session}")).await.ok();
    assert_eq!(seen["context"]["n"], json!(10));
}
