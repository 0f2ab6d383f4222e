//! Inputs that meet other inputs: during a call, twice, or too many at once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use cicerone::engine::Input;
use cicerone::flow;
use cicerone::runtime::{Choice, Error, New, Options, Since};
use futures_util::future::join_all;
use serde_json::json;

use crate::house::{
    Gate, House, Plan, SOON, briefs, directory, order, text, text_as, until, write_flow,
};

#[tokio::test]
async fn what_is_said_during_a_call_waits_for_it_and_keeps_its_order() {
    let dir = directory();
    let gate = Gate::new();
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..Plan::default() }).await;
    let id = house.begin().await;
    house.send(&id, "slow").await;
    let said = join_all(["add a", "add b", "add c"].map(|words| house.send(&id, words))).await;
    assert!(said.iter().all(|answer| !answer.settled));
    let full = async {
        for n in 0..61 {
            house.send(&id, &format!("add {n}")).await;
        }
        house.runtime.input(&id, text("add one more"), SOON).await
    };
    assert!(matches!(full.await, Err(Error::QueueFull { max: 64 })));
    let last = house.runtime.input(&id, Input::Cancel, Duration::ZERO).await.unwrap();
    assert!(briefs(&last.events).contains(&"tool.error cancelled".to_owned()));
    // In `Failed` nothing takes the texts; each is handled all the same, in order.
    let mut feed = house.runtime.follow(&id, Since::Seq(last.session.seq)).await.unwrap();
    let handled = until(&mut feed, "intent.unhandled add 60").await;
    let handled: Vec<_> =
        briefs(&handled).into_iter().filter(|event| event.starts_with("intent")).collect();
    let letters = ["a", "b", "c"].map(str::to_owned).into_iter();
    let words = letters.chain((0..61).map(|n| n.to_string()));
    let wanted: Vec<_> = words.map(|word| format!("intent.unhandled add {word}")).collect();
    assert_eq!(handled, wanted);
}

#[tokio::test]
async fn a_queued_input_is_answered_when_it_was_handled() {
    let dir = directory();
    let gate = Gate::new();
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..Plan::default() }).await;
    let id = house.begin().await;
    house.send(&id, "slow").await;
    gate.begun_one().await;
    let (answer, ()) = tokio::join!(house.say(&id, "add a"), async { gate.open(1) });
    assert!(answer.settled);
    assert_eq!(briefs(&answer.events), ["user.text add a", "state.updated"]);
    assert_eq!(answer.session.frame().context["n"], json!(1));
}

#[tokio::test]
async fn a_joined_text_is_answered_with_the_outcome_of_the_call_that_it_led_to() {
    let dir = directory();
    let calling = |to: &str| {
        json!({
            "busy": "merge",
            "onEnter": [{ "tool": "slow", "args": {} }],
            "transitions": [
                { "onToolResult": "slow", "to": to },
                { "onToolError": "slow", "to": "Open" }
            ]
        })
    };
    let joining = json!({
        "meta": { "name": "Joining" },
        "start": "First",
        "tools": { "slow": { "args": {}, "timeout_ms": 60000 } },
        "states": {
            "First": calling("Open"),
            "Open": {
                "onEnter": [{ "ask": "And now?" }],
                "transitions": [{ "pattern": ":default", "to": "Second" }]
            },
            "Second": calling("Done"),
            "Done": { "final": true, "onEnter": [{ "say": "Done." }] }
        }
    });
    write_flow(dir.path(), "joining", &joining);
    let gate = Gate::new();
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..Plan::default() }).await;
    let new = New { flow: Choice::Current(flow::Id::from("joining")), ..order(None) };
    let id = house.runtime.create(new, Duration::ZERO).await.unwrap().session.id.clone();
    gate.begun_one().await;
    house.send(&id, "one").await;
    let (answer, ()) = tokio::join!(house.say(&id, "two"), async {
        gate.open(1);
        gate.begun_one().await;
        gate.open(1);
    });
    let briefs = briefs(&answer.events);
    assert!(answer.settled && briefs.contains(&"say Done.".to_owned()), "{briefs:?}");
}

#[tokio::test]
async fn an_interrupting_text_cancels_the_call() {
    let dir = directory();
    let gate = Gate::new();
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..Plan::default() }).await;
    let id = house.begin().await;
    house.send(&id, "interruptible").await;
    gate.begun_one().await;
    let answer = house.say(&id, "leave").await;
    assert_eq!(briefs(&answer.events).last().unwrap(), "ask What now?");
    assert!(answer.session.pending.is_empty());
    gate.open(1);
    house.say(&id, "add a").await;
    let log = briefs(&house.whole_log(&id).await);
    assert!(!log.contains(&"tool.result".to_owned()), "{log:?}");
}

#[tokio::test]
async fn a_rejecting_state_says_so_and_goes_on() {
    let dir = directory();
    let gate = Gate::new();
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..Plan::default() }).await;
    let id = house.begin().await;
    house.send(&id, "rejecting").await;
    let answer = house.send(&id, "add a").await;
    assert_eq!(briefs(&answer.events), ["user.text add a", "error session.busy"]);
    gate.open(1);
    let mut feed = house.runtime.follow(&id, Since::Seq(0)).await.unwrap();
    until(&mut feed, "tool.result").await;
}

#[tokio::test]
async fn the_same_input_again_gets_the_first_answer_and_runs_nothing() {
    let dir = directory();
    let gate = Gate::new();
    gate.open(1);
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..Plan::default() }).await;
    let id = house.begin().await;
    let first = house.runtime.input(&id, text_as("slow", "m1"), SOON).await.unwrap();
    house.say(&id, "add a").await;
    let again = house.runtime.input(&id, text_as("slow", "m1"), SOON).await.unwrap();
    assert!(again.replayed && again.settled && !first.replayed);
    assert_eq!(again.events, first.events);
    assert_eq!(gate.begun.load(Ordering::SeqCst), 1);
    let other = house.runtime.input(&id, text_as("bye", "m1"), SOON).await;
    assert!(matches!(other, Err(Error::IdempotencyMismatch)));
}

#[tokio::test]
async fn the_same_input_again_while_it_runs_joins_the_wait() {
    let dir = directory();
    let gate = Gate::new();
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..Plan::default() }).await;
    let id = house.begin().await;
    let send = || house.runtime.input(&id, text_as("slow", "m1"), SOON);
    let (first, again, ()) = tokio::join!(send(), send(), async {
        gate.begun_one().await;
        gate.open(1);
    });
    let (first, again) = (first.unwrap(), again.unwrap());
    assert!(first.settled && again.settled && again.replayed);
    assert_eq!(first.events, again.events);
}

#[tokio::test]
async fn a_full_mailbox_refuses_and_what_was_taken_is_handled() {
    let dir = directory();
    let options = Options { mailbox_max: 2, ..Options::default() };
    let house = House::open(dir.path(), Plan { options, ..Plan::default() }).await;
    let id = house.begin().await;
    let send = |n: usize| house.runtime.input(&id, text(["add a", "add b", "add c"][n]), SOON);
    // On one thread all three arrive before the first turn begins.
    let (a, b, c) = tokio::join!(send(0), send(1), send(2));
    assert!(a.is_ok() && b.is_ok());
    assert!(matches!(c, Err(Error::Busy { max: 2 })));
}
