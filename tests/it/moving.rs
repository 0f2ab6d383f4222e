//! Sessions that move to a new version of their flow while they run: when, how, and what their logs say of it. On both
//! stores, and each log is replayed.

use std::time::Duration;

use cicerone::engine::Input;
use cicerone::event::{Encoded, SessionId};
use cicerone::flow::Version;
use cicerone::reload::What;
use cicerone::runtime::{Again, Since, again};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hosts::Hosts;
use crate::house::{
    House, Plan, SOON, briefs, directory, order_flow, text_as, until, within, write_flow,
};
use crate::publishing::{done, edit, publish};

/// A host on each store.
async fn each() -> Vec<(House, Vec<TempDir>)> {
    let dir = directory();
    let embedded = House::open(dir.path(), Plan::default()).await;
    let Hosts { mut houses, dirs, .. } = Hosts::open(1).await;
    vec![(embedded, vec![dir]), (houses.remove(0), dirs)]
}

/// The order flow with other words and this policy.
fn newer(question: &str, sessions: &Value) -> Value {
    let mut flow = order_flow();
    flow["states"]["Ask"]["onEnter"][0]["ask"] = json!(question);
    flow["meta"]["sessions"] = sessions.clone();
    flow
}

/// The same without a state, and without the ways to it.
fn without(state: &str, sessions: &Value) -> Value {
    let mut flow = newer("Newer?", sessions);
    flow["states"].as_object_mut().unwrap().remove(state);
    let ways = flow["states"]["Ask"]["transitions"].as_array_mut().unwrap();
    ways.retain(|way| way["to"] != json!(state));
    flow
}

fn soon() -> Value {
    json!({ "policy": "auto", "pin_max_ms": 1 })
}

async fn version(house: &House, id: &SessionId) -> Version {
    house.runtime.session(id).await.unwrap().frame().version.clone()
}

/// Whatever happened gives the same log again.
async fn replays(house: &House, id: &SessionId) {
    let once = again(&house.store, &house.catalog, id, &Again::default()).await.unwrap();
    assert_eq!(once.replayed.stopped, None, "{:#?}", (once.log, once.replayed.events));
    assert!(once.is_same, "{:#?}", (once.log, once.replayed.events));
}

fn turns(events: &[Encoded]) -> Vec<u64> {
    let mut turns: Vec<u64> = events.iter().map(|event| event.turn).collect();
    turns.dedup();
    turns
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_moves_with_what_comes_next_in_one_commit_and_takes_it_on_the_new_version() {
    for (house, _dirs) in each().await {
        let id = house.begin().await;
        let begun = version(&house, &id).await;
        house.say(&id, "add a").await;
        let published = done(house.edit(publish(&newer("Newer?", &json!("auto")))).await);
        assert_eq!(version(&house, &id).await, begun, "nothing happens by itself");
        let mut feed = house.runtime.follow(&id, Since::Seq(4)).await.unwrap();
        let answer = house.say(&id, "rest").await;
        assert_eq!(
            briefs(&answer.events),
            ["session.migrated", "user.text rest", "fsm.transition Resting"]
        );
        assert_eq!(turns(&answer.events), [3, 4]);
        assert_eq!(within(feed.next()).await.unwrap(), answer.events, "stored and told at once");
        assert_eq!(Some(version(&house, &id).await), published);
        let answer = house.say(&id, "leave").await;
        assert_eq!(briefs(&answer.events).last().unwrap(), "ask Newer?");
        assert_eq!(answer.session.frame().context["n"], json!(1));

        // Going back is a publication like any other, and who sends the same again is told the same.
        done(house.edit(edit(What::Rollback(begun.clone()))).await);
        let sent = async || house.runtime.input(&id, text_as("add b", "m"), SOON).await.unwrap();
        let (answer, again) = (sent().await, sent().await);
        assert_eq!(briefs(&answer.events)[0], "session.migrated");
        assert_eq!((again.events, again.replayed), (answer.events, true));
        assert_eq!(version(&house, &id).await, begun);
        replays(&house, &id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_of_a_call_a_timer_and_a_queued_text_are_taken_on_the_new_version() {
    let dir = directory();
    let plan = Plan::default();
    let gate = plan.gate.clone();
    let house = House::open(dir.path(), plan).await;
    let (calls, rests, ends) = (house.begin().await, house.begin().await, house.begin().await);
    house.send(&calls, "slow").await;
    house.send(&calls, "add late").await;
    house.send(&ends, "slow").await;
    house.say(&rests, "rest").await;
    done(house.edit(publish(&newer("Newer?", &json!("auto")))).await);
    let mut feed = house.runtime.follow(&rests, Since::Seq(0)).await.unwrap();
    // It may have fired before, on the old version; the next text then moves it.
    until(&mut feed, "timer.due").await;
    house.say(&rests, "add a").await;
    assert_eq!(version(&house, &rests).await, house.current());
    let said = house.runtime.input(&ends, Input::Cancel, Duration::ZERO).await.unwrap();
    assert_eq!(briefs(&said.events)[..2], ["session.migrated", "tool.error cancelled"]);
    gate.open(1);
    let mut feed = house.runtime.follow(&calls, Since::Seq(0)).await.unwrap();
    let events = briefs(&until(&mut feed, "state.updated").await);
    let at = events.iter().position(|event| event == "session.migrated").unwrap();
    assert_eq!(
        events[at..],
        ["session.migrated", "tool.result", "fsm.transition Ask", "ask Newer?", "state.updated"]
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_a_place_stays_for_its_time_and_then_ends_with_a_word() {
    for (house, _dirs) in each().await {
        let id = house.begin().await;
        house.say(&id, "rest long").await;
        let old = version(&house, &id).await;
        let day = json!({ "policy": "auto", "pin_max_ms": 86_400_000 });
        done(house.edit(publish(&without("RestingLong", &day))).await);
        let answer = house.say(&id, "hm").await;
        assert_eq!(version(&house, &id).await, old);
        assert!(!briefs(&answer.events).contains(&"session.migrated".to_owned()));
        let mut feed = house.runtime.follow(&id, Since::Live).await.unwrap();
        // Nobody writes; its time is over by itself.
        done(house.edit(publish(&without("RestingLong", &soon()))).await);
        let events = until(&mut feed, "session.ended outdated").await;
        assert_eq!(briefs(&events).len(), 2, "a word and the end: {events:?}");
        assert!(briefs(&events)[0].starts_with("say This service was renewed"));
        replays(&house, &id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_state_waits_for_something_else_by_now_enters_it_anew_when_its_time_is_over()
 {
    for (house, _dirs) in each().await {
        let id = house.begin().await;
        house.say(&id, "rest long").await;
        let mut flow = newer("Newer?", &soon());
        flow["states"]["RestingLong"]["after"][0]["ms"] = json!(7_200_000);
        flow["states"]["RestingLong"]["onEnter"] = json!([{ "say": "Good night." }]);
        let mut feed = house.runtime.follow(&id, Since::Live).await.unwrap();
        done(house.edit(publish(&flow)).await);
        let events = until(&mut feed, "say Good night.").await;
        assert_eq!(briefs(&events), ["session.migrated", "say Good night."]);
        assert_eq!(version(&house, &id).await, house.current());
        replays(&house, &id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_pinned_or_drained_stays_and_who_must_move_begins_again() {
    for (house, _dirs) in each().await {
        let id = house.begin().await;
        let old = version(&house, &id).await;
        for stay in [json!("pin"), json!("drain")] {
            done(house.edit(publish(&newer("Newer?", &stay))).await);
            let answer = house.say(&id, "add a").await;
            assert_eq!(version(&house, &id).await, old, "{answer:?}");
        }
        let drained = json!({ "policy": "drain", "pin_max_ms": 1 });
        done(house.edit(publish(&newer("Drained?", &drained))).await);
        house.say(&id, "rest long").await;
        assert_eq!(version(&house, &id).await, house.current());
        done(house.edit(publish(&without("RestingLong", &json!("migrate")))).await);
        let answer = house.say(&id, "add a").await;
        assert_eq!(
            briefs(&answer.events),
            ["session.migrated", "ask Newer?", "user.text add a", "state.updated"]
        );
        assert_eq!(answer.session.frame().context["n"], json!(3), "the context is kept");
        replays(&house, &id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_hosts_one_ends_an_idle_session_and_once() {
    let hosts = Hosts::open(3).await;
    let [one, two, three] = &hosts.houses[..] else { panic!("three hosts") };
    let mut ids = Vec::new();
    for house in [one, two, three, one, two, three] {
        let id = house.begin().await;
        house.say(&id, "rest long").await;
        ids.push(id);
    }
    let mut feeds = Vec::new();
    for id in &ids {
        feeds.push(three.runtime.follow(id, Since::Seq(0)).await.unwrap());
    }
    done(two.edit(publish(&without("RestingLong", &soon()))).await);
    for (mut feed, id) in feeds.into_iter().zip(&ids) {
        until(&mut feed, "session.ended outdated").await;
        let log = briefs(&one.whole_log(id).await);
        let words = log.iter().filter(|event| event.starts_with("say This service")).count();
        assert_eq!(words, 1, "{log:?}");
        replays(one, id).await;
    }
}

#[tokio::test]
async fn a_log_says_which_versions_were_entered_so_that_it_can_be_replayed_after_they_changed() {
    let dir = directory();
    let calling = |word: &str| {
        json!({
            "meta": { "name": "Caller" }, "start": "A",
            "states": {
                "A": { "onEnter": [{ "ask": word }], "transitions": [{ "pattern": "go", "to": "B" }] },
                "B": { "onEnter": [{ "call": "called" }], "transitions": [{ "onFlowResult": "end", "to": "A" }] }
            }
        })
    };
    let called = |word: &str| {
        json!({
            "meta": { "name": "Called" }, "start": "In",
            "states": { "In": { "onEnter": [{ "ask": word }], "transitions": [{ "pattern": "out", "to": ":end" }] } }
        })
    };
    write_flow(dir.path(), "caller", &calling("one"));
    write_flow(dir.path(), "called", &called("in one"));
    let house = House::open(dir.path(), Plan::default()).await;
    let new = cicerone::runtime::New {
        flow: cicerone::runtime::Choice::Current("caller".into()),
        ..crate::house::order(None)
    };
    let begun = house.runtime.create(new, SOON).await.unwrap();
    let id = begun.session.id.clone();
    house.say(&id, "go").await;
    house.say(&id, "out").await;
    let other = |flow: &str, text: &Value| cicerone::reload::Edit {
        flow: flow.into(),
        ..edit(What::Publish(text.to_string()))
    };
    done(house.edit(other("called", &called("in two"))).await);
    let answer = house.say(&id, "go").await;
    assert_eq!(briefs(&answer.events).last().unwrap(), "ask in two");
    // Both of its flows change while it is in the inner one.
    done(house.edit(other("called", &called("in three"))).await);
    done(house.edit(other("caller", &calling("two"))).await);
    let answer = house.say(&id, "out").await;
    let told = briefs(&answer.events);
    assert_eq!(told[..3], ["session.migrated", "session.migrated", "user.text out"]);
    assert_eq!(told.last().unwrap(), "ask two");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_has_not_heard_of_a_version_yet_takes_nobody_back_from_it() {
    let hosts = Hosts::open(2).await;
    let [one, two] = &hosts.houses[..] else { panic!("two hosts") };
    let id = one.begin().await;
    for round in 0..6 {
        let published = done(one.edit(publish(&newer(&format!("{round}?"), &json!("auto")))).await);
        let first = one.say(&id, "add a").await;
        assert_eq!(briefs(&first.events)[0], "session.migrated");
        // It may know of it by now, or not.
        let second = two.say(&id, "add b").await;
        assert_eq!(briefs(&second.events)[0], "user.text add b");
        assert_eq!(Some(version(one, &id).await), published);
    }
    replays(two, &id).await;
}
