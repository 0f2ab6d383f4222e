//! Versions that some sessions get first, in one process: sessions that come into a flow from another one, and what ends a
//! rollout beside those who ask for it.

use cicerone::event::SessionId;
use cicerone::flow::{self, Finding, Severity, Version};
use cicerone::reload::{Edited, Trial, What};
use cicerone::rollout::{GuardChange, Percent, Rollout};
use cicerone::runtime::{Choice, New};
use serde_json::{Value, json};

use crate::house::{House, Plan, SOON, directory, order, write_flow};
use crate::publishing::{done, edit};
use crate::reload::asking;

fn canary(definition: &Value, percent: u8) -> What {
    let (text, percent) = (definition.to_string(), Percent::try_from(percent).unwrap());
    What::Canary { text, percent, guard: GuardChange::default() }
}

#[track_caller]
fn rolling(edited: Edited) -> Rollout {
    match edited {
        Edited::RollingOut { rollout, .. } => rollout,
        other => panic!("not rolling out: {other:?}"),
    }
}

/// A flow that calls `order` when asked to.
fn caller() -> Value {
    json!({
        "meta": { "name": "Caller" },
        "start": "A",
        "states": { "A": {
            "onEnter": [{ "ask": "Order?" }],
            "transitions": [{ "pattern": "yes", "to": "B" }]
        }, "B": { "onEnter": [{ "call": "order" }], "transitions": [
            { "onFlowResult": "end", "to": "A" },
            { "onFlowResult": "cancel", "to": "A" },
            { "onFlowResult": "error", "to": "A" }
        ] } }
    })
}

fn names() -> Vec<SessionId> {
    (0..40).map(|number| SessionId::new(&format!("s{number}")).unwrap()).collect()
}

async fn on(house: &House, id: &SessionId) -> Version {
    house.runtime.session(id).await.unwrap().frame().version.clone()
}

#[tokio::test]
async fn who_comes_from_another_flow_gets_the_version_of_their_side_and_keeps_it() {
    let dir = directory();
    write_flow(dir.path(), "caller", &caller());
    let house = House::open(dir.path(), Plan::default()).await;
    let flow = flow::Id::from("order");
    let stable = house.catalog.find(&flow).unwrap().version.clone();
    let rollout = rolling(house.edit(edit(canary(&asking("New?"), 50))).await);
    for id in names() {
        let new = New { flow: Choice::Current("caller".into()), ..order(Some(id.as_str())) };
        house.runtime.create(new, SOON).await.unwrap();
        house.say(&id, "yes").await;
        let expected = if rollout.takes(&flow, &id) { &rollout.version } else { &stable };
        assert_eq!(on(&house, &id).await, *expected);
    }
    // More of them would get it now, but who is in the flow stays.
    let percent = Percent::try_from(99).unwrap();
    let wider = What::Share { percent, guard: GuardChange::default() };
    let wider = rolling(house.edit(edit(wider)).await);
    assert_eq!((&wider.version, wider.began), (&rollout.version, rollout.began));
    for id in names() {
        house.say(&id, "add one").await;
        let expected = if rollout.takes(&flow, &id) { &rollout.version } else { &stable };
        assert_eq!(on(&house, &id).await, *expected);
        let newer = house.catalog.current().newer(&flow, expected);
        assert!(newer.is_none(), "both sides are where they should be");
    }
    let meant = |version: &Version| house.catalog.current().newer(&flow, version).unwrap().flow;
    assert_eq!(meant(&"older".into()).version, stable);
    done(house.edit(edit(What::Promote)).await);
    assert_eq!(meant(&stable).version, rollout.version);
    for id in names() {
        house.say(&id, "add one").await;
    }
}

#[tokio::test]
async fn what_must_not_run_goes_to_nobody_and_what_runs_already_is_no_rollout() {
    let dir = directory();
    let refuse = |candidate: cicerone::reload::Candidate| -> futures_util::future::BoxFuture<'static, Vec<Finding>> {
        let bad = candidate.flow.definition.to_string().contains("Bad?");
        let finding = Finding {
            code: "case.failed",
            severity: Severity::Error,
            file: None,
            path: String::new(),
            line: 1,
            column: 1,
            length: 1,
            message: "no".to_owned(),
            suggestion: None,
            fix: None,
        };
        Box::pin(async move { if bad { vec![finding] } else { Vec::new() } })
    };
    let trial = Trial { checks: vec![std::sync::Arc::new(refuse)], ..Trial::default() };
    let house = House::open(dir.path(), Plan { trial, ..Plan::default() }).await;
    let mut broken = asking("New?");
    broken["start"] = json!("Nowhere");
    for definition in [&broken, &asking("Bad?")] {
        let refused = house.edit(edit(canary(definition, 10))).await;
        assert!(matches!(refused, Edited::Rejected(ref found) if !found.is_empty()), "{refused:?}");
    }
    let same = house.edit(edit(canary(&crate::house::order_flow(), 10))).await;
    assert!(matches!(same, Edited::Unchanged(_)), "{same:?}");
    assert!(house.store.active().await.unwrap().rollouts.is_empty());
    for what in [What::Promote, What::Drop { since: None }] {
        let none = house.edit(edit(what)).await;
        assert!(matches!(none, Edited::NoRollout), "{none:?}");
    }
    // Only the rollout that was judged is taken back.
    let rollout = rolling(house.edit(edit(canary(&asking("New?"), 10))).await);
    let since = Some(rollout.since.plus_millis(1));
    let other = house.edit(edit(What::Drop { since })).await;
    assert!(matches!(other, Edited::NoRollout), "{other:?}");
    let since = Some(rollout.since);
    let dropped = house.edit(edit(What::Drop { since })).await;
    assert!(matches!(dropped, Edited::Dropped(_)), "{dropped:?}");
    rolling(house.edit(edit(canary(&asking("Newer?"), 10))).await);
    done(house.edit(edit(What::Retire)).await);
    assert!(house.catalog.current().canaries.is_empty());
    assert!(house.store.active().await.unwrap().rollouts.is_empty());
}

/// The versions to which a session was moved.
async fn moves(house: &House, id: &SessionId) -> Vec<Value> {
    let log = house.whole_log(id).await;
    let log = log.iter().map(|event| serde_json::from_str::<Value>(&event.json).unwrap());
    log.filter(|event| event["type"] == "session.migrated")
        .map(|event| event["to"].clone())
        .collect()
}

#[tokio::test]
async fn who_has_a_version_that_is_taken_back_moves_and_who_has_not_stays() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let flow = flow::Id::from("order");
    let stable = house.catalog.find(&flow).unwrap().version.clone();
    let rollout = rolling(house.edit(edit(canary(&asking("New?"), 50))).await);
    for id in names() {
        house.runtime.create(order(Some(id.as_str())), SOON).await.unwrap();
        house.say(&id, "add one").await;
        let side = if rollout.takes(&flow, &id) { &rollout.version } else { &stable };
        assert_eq!((on(&house, &id).await, moves(&house, &id).await), (side.clone(), vec![]));
    }
    let dropped = house.edit(edit(What::Drop { since: None })).await;
    assert!(matches!(dropped, Edited::Dropped(_)), "{dropped:?}");
    for id in names() {
        house.say(&id, "add one").await;
        assert_eq!(on(&house, &id).await, stable);
        let moved = usize::from(rollout.takes(&flow, &id));
        assert_eq!(moves(&house, &id).await, vec![json!(stable.as_str()); moved]);
    }
}
