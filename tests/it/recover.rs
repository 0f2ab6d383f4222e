//! What a host finds that another left behind without a word: calls without an outcome, overdue timers, old sessions.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cicerone::event::{SessionId, Timestamp};
use cicerone::runtime::{Clock, Error, Options, Since};

use crate::house::{Gate, House, Plan, briefs, directory, until, within};

const HOUR_MS: u64 = 3_600_000;
const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Runs a host of its own, and ends it as a power cut would: nothing is told to stop.
fn killed(dir: &Path, plan: Plan, until_then: impl AsyncFnOnce(&House) -> SessionId) -> SessionId {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let id = tokio.block_on(async {
        let house = House::open(dir, plan).await;
        until_then(&house).await
    });
    tokio.shutdown_timeout(Duration::ZERO);
    id
}

fn at(clock: Timestamp) -> Plan {
    Plan { clock: Clock::Frozen(clock), ..Plan::default() }
}

fn killed_during(dir: &Path, words: &str) -> SessionId {
    let gate = Gate::new();
    let plan = Plan { gate: gate.clone(), ..Plan::default() };
    killed(dir, plan, async |house| {
        let id = house.begin().await;
        house.send(&id, words).await;
        gate.begun_one().await;
        house.send(&id, "add a").await;
        id
    })
}

#[test]
fn an_idempotent_call_is_sent_again_after_a_crash() {
    let dir = directory();
    let id = killed_during(dir.path(), "sure");
    let tokio = tokio::runtime::Runtime::new().unwrap();
    tokio.block_on(async {
        let gate = Gate::new();
        gate.open(1);
        let plan = Plan { gate: gate.clone(), ..Plan::default() };
        let house = House::open(dir.path(), plan).await;
        let mut feed = house.runtime.follow(&id, Since::Seq(0)).await.unwrap();
        let events = until(&mut feed, "state.updated").await;
        let briefs = briefs(&events);
        assert_eq!(briefs.iter().filter(|event| *event == "tool.call").count(), 1);
        assert_eq!(
            briefs[briefs.len() - 4..],
            ["tool.result", "fsm.transition Ask", "ask What now?", "state.updated"]
        );
        assert_eq!(gate.begun.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_call_that_may_not_be_sent_twice_is_lost_after_a_crash() {
    let dir = directory();
    let id = killed_during(dir.path(), "slow");
    let tokio = tokio::runtime::Runtime::new().unwrap();
    tokio.block_on(async {
        let gate = Gate::new();
        let plan = Plan { gate: gate.clone(), ..Plan::default() };
        let house = House::open(dir.path(), plan).await;
        let mut feed = house.runtime.follow(&id, Since::Seq(0)).await.unwrap();
        let events = until(&mut feed, "say It failed: lost").await;
        assert!(briefs(&events).contains(&"tool.error lost".to_owned()));
        assert_eq!(gate.begun.load(Ordering::SeqCst), 0);
        house.say(&id, "again").await;
    });
}

#[tokio::test]
async fn a_call_whose_host_was_away_for_too_long_has_timed_out() {
    let dir = directory();
    let gate = Gate::new();
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..at(NOON) }).await;
    let id = house.begin().await;
    house.send(&id, "sure").await;
    gate.begun_one().await;
    house.close().await;
    let house = House::open(dir.path(), at(NOON.plus_millis(HOUR_MS))).await;
    let mut feed = house.runtime.follow(&id, Since::Seq(0)).await.unwrap();
    until(&mut feed, "say It failed: timeout").await;
}

#[tokio::test]
async fn a_timer_that_came_due_while_no_host_ran_fires_at_the_start() {
    let dir = directory();
    let house = House::open(dir.path(), at(NOON)).await;
    let id = house.begin().await;
    house.say(&id, "rest long").await;
    house.close().await;
    let house = House::open(dir.path(), at(NOON.plus_millis(HOUR_MS / 2))).await;
    assert_eq!(house.runtime.session(&id).await.unwrap().timers.len(), 1);
    house.close().await;
    let house = House::open(dir.path(), at(NOON.plus_millis(HOUR_MS + 1))).await;
    let mut feed = house.runtime.follow(&id, Since::Seq(0)).await.unwrap();
    until(&mut feed, "timer.due").await;
}

#[tokio::test]
async fn a_session_that_nobody_used_is_removed_and_one_that_waits_is_not() {
    let dir = directory();
    let day = Duration::from_secs(24 * 60 * 60);
    let plan = |clock| Plan {
        options: Options { idle_ttl: Some(day), ..Plan::default().options },
        ..at(clock)
    };
    let house = House::open(dir.path(), plan(NOON)).await;
    let idle = house.begin().await;
    let waiting = house.begin().await;
    house.send(&waiting, "sure").await;
    house.close().await;
    let house = House::open(dir.path(), plan(NOON.plus_millis(25 * HOUR_MS))).await;
    within(async {
        while !matches!(house.runtime.session(&idle).await, Err(Error::Unknown(_))) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    house.runtime.session(&waiting).await.unwrap();
}
