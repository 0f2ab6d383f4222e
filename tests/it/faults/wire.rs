//! What a turn of a whole host costs on the wire: one round trip for a session that is warm, two for another.

use cicerone::bus::Bus;
use cicerone::link::{Link, Options};
use cicerone::runtime;
use cicerone::store::Store;

use crate::house::{Gate, House, Plan, directory, until, within};
use crate::redis::options;
use crate::redis::proxy::Proxy;
use crate::redis::server::Server;

/// The commands in what was said, without their arguments; a function's name for the call of one.
fn commands(said: &str) -> Vec<String> {
    let mut words = said.split("\r\n");
    let mut commands = Vec::new();
    while let Some(count) = words.next() {
        let Some(count) = count.strip_prefix('*') else { continue };
        let mut parts = Vec::new();
        for _ in 0..count.parse::<usize>().unwrap() {
            assert!(words.next().unwrap().starts_with('$'));
            parts.push(words.next().unwrap());
        }
        commands.push(match parts[0] {
            "FCALL" | "FCALL_RO" => parts[1].rsplit('_').next().unwrap().to_owned(),
            other => other.to_owned(),
        });
    }
    commands
}

/// What the host says of its own accord from time to time.
fn is_background(command: &str) -> bool {
    matches!(command, "ZRANGEBYSCORE" | "SMEMBERS" | "beat" | "old" | "GET")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_is_one_round_trip_for_a_warm_session_and_two_for_a_cold_one() {
    let server = Server::start(&[]);
    let proxy = Proxy::start(server.port());
    let through = options(&proxy.url());
    let plan = || Plan { gate: Gate::new(), ..Plan::default() };
    let direct = Options { prefix: through.prefix.clone(), ..options(&server.url()) };
    let (dir, other) = (directory(), directory());
    let link = Link::open(through).await.unwrap();
    let store = Store::redis(link.clone()).await.unwrap();
    let house = House::on(store, Bus::redis(link), dir.path(), plan()).await;
    let link = Link::open(direct).await.unwrap();
    let store = Store::redis(link.clone()).await.unwrap();
    let elsewhere = House::on(store, Bus::redis(link), other.path(), plan()).await;

    let warm = house.begin().await;
    let mut cold = Vec::new();
    for _ in 0..10 {
        cold.push(elsewhere.begin().await);
    }
    let asked = |said: &str| -> Vec<String> {
        commands(said).into_iter().filter(|command| !is_background(command)).collect()
    };
    proxy.said();
    for _ in 0..10 {
        house.say(&warm, "add a").await;
        assert_eq!(asked(&proxy.said()), ["commit"]);
    }
    for id in &cold {
        house.say(id, "add a").await;
        assert_eq!(asked(&proxy.said()), ["HMGET", "commit"]);
        house.say(id, "add a").await;
        assert_eq!(asked(&proxy.said()), ["commit"]);
    }
    // Counted, too, whenever nothing of the host's own fell between.
    let mut counted = 0;
    let counting = async {
        while counted < 10 {
            let before = proxy.trips();
            house.say(&warm, "add a").await;
            let trips = proxy.trips() - before;
            if commands(&proxy.said()) == ["commit"] {
                assert_eq!(trips, 1);
                counted += 1;
            }
        }
    };
    within(counting).await;
    // Whoever follows on the same host costs nothing more.
    let mut feed = house.runtime.follow(&warm, runtime::Since::Live).await.unwrap();
    house.say(&warm, "add a").await;
    until(&mut feed, "state.updated").await;
}
