//! Several hosts on one Redis, each a whole house in this process: what one does the others hear, and what one leaves behind
//! the others take up.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cicerone::bus::Bus;
use cicerone::engine::Input;
use cicerone::event::{Encoded, SessionId};
use cicerone::flow;
use cicerone::link::{Link, Options};
use cicerone::runtime::{self, FeedEnd, Runtime, Since};
use cicerone::store::Store;
use proptest::prelude::Rng;
use serde_json::json;
use tempfile::TempDir;

use crate::house::{
    Gate, House, Plan, SOON, brief, briefs, directory, flow_file, order_flow, seqs, text, text_as,
    until, within, write_flow,
};
use crate::redis;
use crate::redis::server::Server;

/// Short, so that a dead host is noticed while a test waits.
const LEASE: Duration = Duration::from_millis(600);

fn plan(gate: &Gate) -> Plan {
    let options = runtime::Options {
        grace: Duration::from_millis(200),
        lease: LEASE,
        ..runtime::Options::default()
    };
    Plan { options, gate: gate.clone(), ..Plan::default() }
}

/// One more host on the Redis of these options, with files of its own.
async fn host(options: &Options, dir: &TempDir, gate: &Gate) -> House {
    let link = Link::open(options.clone()).await.unwrap();
    let store = Store::redis(link.clone()).await.unwrap();
    House::on(store, Bus::redis(link), dir.path(), plan(gate)).await
}

/// Hosts that share the gate of their tools.
pub(crate) struct Hosts {
    options: Options,
    gate: Gate,
    pub(crate) houses: Vec<House>,
    pub(crate) dirs: Vec<TempDir>,
}

impl Hosts {
    pub(crate) async fn open(count: usize) -> Self {
        Self::on(redis::options(&redis::shared().url()), count).await
    }

    async fn on(options: Options, count: usize) -> Self {
        let (gate, mut houses, mut dirs) = (Gate::new(), Vec::new(), Vec::new());
        for _ in 0..count {
            let dir = directory();
            houses.push(host(&options, &dir, &gate).await);
            dirs.push(dir);
        }
        Self { options, gate, houses, dirs }
    }
}

/// A host with a runtime of its own, which is then gone as after a power cut.
fn killed(options: &Options, words: &str, gate: &Gate) -> SessionId {
    let (options, gate, words) = (options.clone(), gate.clone(), words.to_owned());
    let work = move || {
        let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let id = tokio.block_on(async {
            let dir = directory();
            let house = host(&options, &dir, &gate).await;
            let id = house.begin().await;
            house.send(&id, &words).await;
            if words != "rest" {
                gate.begun_one().await;
            }
            id
        });
        tokio.shutdown_timeout(Duration::ZERO);
        id
    };
    std::thread::spawn(work).join().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_host_commits_is_heard_on_another() {
    let hosts = Hosts::open(2).await;
    let [one, two] = &hosts.houses[..] else { panic!("two hosts") };
    let id = one.begin().await;
    let mut feed = two.runtime.follow(&id, Since::Seq(0)).await.unwrap();
    until(&mut feed, "ask What now?").await;
    for house in [one, two, two, one, two] {
        house.send(&id, "add a").await;
        let events = until(&mut feed, "state.updated").await;
        assert_eq!(brief(&events[0]), "user.text add a");
    }
    let session = one.runtime.session(&id).await.unwrap();
    assert_eq!(session.frame().context["n"], json!(5));
    one.send(&id, "bye").await;
    until(&mut feed, "session.ended final").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_inputs_at_once_over_three_hosts_become_fifty_turns() {
    let hosts = Hosts::open(3).await;
    let id = hosts.houses[0].begin().await;
    let inputs = (0..50).map(|n| {
        let (house, id) = (&hosts.houses[n % 3], &id);
        async move { house.runtime.input(id, text(&format!("add {n}")), SOON).await }
    });
    let answers = futures_util::future::join_all(inputs).await;
    for answer in answers {
        assert!(answer.unwrap().settled);
    }
    let log = hosts.houses[1].whole_log(&id).await;
    let expected: Vec<u64> = (1..=log.len() as u64).collect();
    assert_eq!(seqs(&log), expected, "no gap, no double");
    let texts: BTreeSet<String> =
        log.iter().map(brief).filter(|brief| brief.starts_with("user.text")).collect();
    assert_eq!(texts.len(), 50);
    let session = hosts.houses[2].runtime.session(&id).await.unwrap();
    assert_eq!((session.frame().context["n"].clone(), session.turn), (json!(50), 51));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_sent_to_all_hosts_at_once_under_one_id_is_taken_once() {
    let hosts = Hosts::open(3).await;
    let id = hosts.houses[0].begin().await;
    for house in &hosts.houses {
        // Warm everywhere, so that the hosts meet in the store.
        house.say(&id, "add a").await;
    }
    for n in 0..20 {
        let message_id = format!("m{n}");
        let inputs = hosts
            .houses
            .iter()
            .map(|house| house.runtime.input(&id, text_as("add b", &message_id), SOON));
        let answers = futures_util::future::join_all(inputs).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        for answer in &answers {
            assert_eq!(answer.events, answers[0].events, "all are told the same");
        }
    }
    let session = hosts.houses[2].runtime.session(&id).await.unwrap();
    assert_eq!(session.frame().context["n"], json!(23));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_one_host_is_taken_back_on_another() {
    let hosts = Hosts::open(2).await;
    let [one, two] = &hosts.houses[..] else { panic!("two hosts") };
    let id = one.begin().await;
    // What is warm on the second host knows of no call.
    two.say(&id, "add a").await;
    one.send(&id, "slow").await;
    hosts.gate.begun_one().await;
    let answer = two.runtime.input(&id, Input::Cancel, SOON).await.unwrap();
    assert!(briefs(&answer.events).contains(&"tool.error cancelled".to_owned()), "{answer:?}");
    // The host that is at work on it hears of that, and stops.
    hosts.gate.left_one().await;
}

/// All events until the session is over, by a follower who resumes whenever it is told to.
async fn everything(runtime: Runtime, id: SessionId) -> Vec<Encoded> {
    let mut heard: Vec<Encoded> = Vec::new();
    loop {
        let since = heard.last().map_or(0, |event| event.seq);
        let mut feed = runtime.follow(&id, Since::Seq(since)).await.unwrap();
        let end = loop {
            match within(feed.next()).await {
                Ok(events) => heard.extend(events),
                Err(end) => break end,
            }
        };
        match end {
            FeedEnd::Lagged => {}
            FeedEnd::Over => return heard,
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_misses_nothing_while_its_connections_are_cut() {
    // Of its own: others would be cut off, too.
    let server = Server::start(&[]);
    let hosts = Hosts::on(redis::options(&server.url()), 2).await;
    let [one, two] = &hosts.houses[..] else { panic!("two hosts") };
    let id = one.begin().await;
    let follower = tokio::spawn(everything(two.runtime.clone(), id.clone()));
    for n in 0..200 {
        if n % 20 == 10 {
            server.run("CLIENT KILL TYPE pubsub");
        }
        one.say(&id, "add a").await;
    }
    one.say(&id, "bye").await;
    let heard = within(follower).await.unwrap();
    let log = one.whole_log(&id).await;
    assert_eq!(heard, log, "each event once and in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_waits_for_what_another_host_brings_about() {
    let hosts = Hosts::open(2).await;
    let [one, two] = &hosts.houses[..] else { panic!("two hosts") };
    let id = one.begin().await;
    let (answer, ()) = tokio::join!(one.say(&id, "interruptible"), async {
        hosts.gate.begun_one().await;
        two.say(&id, "leave").await;
    });
    assert!(answer.settled, "{:?}", briefs(&answer.events));
    assert_eq!(&*answer.session.frame().state, "Ask");
    assert_eq!(
        briefs(&answer.events),
        ["user.text interruptible", "fsm.transition Interruptible", "tool.call"]
    );
    // The call's outcome comes too late, and changes nothing.
    hosts.gate.open(1);
    one.say(&id, "add a").await;
    assert!(!briefs(&two.whole_log(&id).await).contains(&"tool.result".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_living_host_is_left_to_it() {
    let hosts = Hosts::open(2).await;
    let [one, two] = &hosts.houses[..] else { panic!("two hosts") };
    let id = one.begin().await;
    one.send(&id, "slow").await;
    hosts.gate.begun_one().await;
    tokio::time::sleep(LEASE * 4).await;
    hosts.gate.open(1);
    let mut feed = two.runtime.follow(&id, Since::Seq(0)).await.unwrap();
    let events = until(&mut feed, "tool.result").await;
    assert!(!briefs(&events).iter().any(|brief| brief.starts_with("tool.error")));
    assert_eq!(hosts.gate.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_hosts_idempotent_call_is_made_again_elsewhere() {
    let hosts = Hosts::open(1).await;
    let gate = Gate::new();
    let id = killed(&hosts.options, "sure", &gate);
    hosts.gate.open(1);
    let house = &hosts.houses[0];
    let mut feed = house.runtime.follow(&id, Since::Seq(0)).await.unwrap();
    let events = until(&mut feed, "tool.result").await;
    let briefs = briefs(&events);
    assert_eq!(briefs.iter().filter(|event| *event == "tool.call").count(), 1);
    assert_eq!(hosts.gate.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_hosts_call_that_may_not_be_made_twice_is_lost_elsewhere() {
    let hosts = Hosts::open(1).await;
    let gate = Gate::new();
    let id = killed(&hosts.options, "slow", &gate);
    let mut feed = hosts.houses[0].runtime.follow(&id, Since::Seq(0)).await.unwrap();
    let events = until(&mut feed, "say It failed: lost").await;
    assert!(briefs(&events).contains(&"tool.error lost".to_owned()));
    assert_eq!(hosts.gate.begun.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_hosts_timer_fires_elsewhere() {
    let hosts = Hosts::open(2).await;
    let gate = Gate::new();
    let id = killed(&hosts.options, "rest", &gate);
    let mut feed = hosts.houses[1].runtime.follow(&id, Since::Seq(0)).await.unwrap();
    let events = until(&mut feed, "timer.due").await;
    assert_eq!(briefs(&events).iter().filter(|event| *event == "timer.due").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_deleted_on_one_host_is_gone_on_all() {
    let hosts = Hosts::open(2).await;
    let [one, two] = &hosts.houses[..] else { panic!("two hosts") };
    let id = one.begin().await;
    let mut feed = one.runtime.follow(&id, Since::Seq(0)).await.unwrap();
    two.say(&id, "add a").await;
    until(&mut feed, "state.updated").await;
    two.runtime.delete(&id).await.unwrap();
    until(&mut feed, "session.ended deleted").await;
    for house in [one, two] {
        let refused = house.runtime.input(&id, text("add a"), SOON).await;
        assert!(matches!(refused, Err(runtime::Error::Unknown(_))), "{refused:?}");
    }
    // Its id is free again, on both.
    let again = one.runtime.create(crate::house::order(Some(id.as_str())), SOON).await;
    assert!(again.is_ok(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_on_one_host_is_live_on_all_and_in_their_files() {
    let hosts = Hosts::open(2).await;
    let [one, two] = &hosts.houses[..] else { panic!("two hosts") };
    let old = two.begin().await;
    let mut host = two.bus.subscribe_host();
    let mut edited = order_flow();
    edited["states"]["Ask"]["onEnter"][0]["ask"] = json!("Edited?");
    edited["meta"]["sessions"] = json!("pin");
    write_flow(hosts.dirs[0].path(), "order", &edited);
    within(host.recv()).await.unwrap();
    for house in [one, two] {
        let begun = house.runtime.create(crate::house::order(None), SOON).await.unwrap();
        assert_eq!(briefs(&begun.events)[1], "ask Edited?");
    }
    let there = std::fs::read_to_string(flow_file(hosts.dirs[1].path(), "order")).unwrap();
    assert_eq!(flow::version_of(&there), flow::version_of(&edited.to_string()));
    // A session of the old version goes on, on the host that never read that version's file too.
    one.say(&old, "rest").await;
    let answer = one.say(&old, "leave").await;
    assert_eq!(briefs(&answer.events).last().unwrap(), "ask What now?");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_hop_between_hosts_end_where_one_host_would_have_taken_them() {
    let hosts = Hosts::open(3).await;
    let work = (0..20).map(|client| {
        let hosts = &hosts;
        async move {
            let mut chance = proptest::test_runner::TestRunner::deterministic();
            let id = hosts.houses[client % 3].begin().await;
            let mut sum = 0;
            for n in 0..25 {
                let house = &hosts.houses[chance.rng().next_u32() as usize % 3];
                let words = if n % 5 == 4 { "rest long" } else { "add a" };
                house.say(&id, words).await;
                if n % 5 == 4 {
                    hosts.houses[n % 3].say(&id, "leave").await;
                } else {
                    sum += 1;
                }
            }
            let session = hosts.houses[0].runtime.session(&id).await.unwrap();
            assert_eq!(session.frame().context["n"], json!(sum));
            let log = hosts.houses[1].whole_log(&id).await;
            let expected: Vec<u64> = (1..=log.len() as u64).collect();
            assert_eq!(seqs(&log), expected);
        }
    });
    futures_util::future::join_all(work).await;
}
