//! The runtime at its door, on a real embedded store: order, answers, feeds, repeats, queues and refusals.

use std::sync::atomic::Ordering;
use std::time::Duration;

use cicerone::engine::{Input, Session};
use cicerone::event::{Event, Kind, SessionId};
use cicerone::flow;
use cicerone::runtime::{Choice, Error, FeedEnd, New, Options, Since};
use cicerone::store::{Commit, Summary};
use futures_util::future::join_all;
use serde_json::json;

use crate::house::{
    Gate, House, Plan, SOON, briefs, directory, order, seqs, text, text_as, until, within,
};

#[tokio::test]
async fn the_greeting_reaches_a_follower_who_comes_late() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let begun = house.runtime.create(order(None), SOON).await.unwrap();
    assert!(begun.settled);
    let mut feed = house.runtime.follow(&begun.session.id, Since::Seq(0)).await.unwrap();
    assert_eq!(feed.head(), begun.session.seq);
    let events = within(feed.next()).await.unwrap();
    assert_eq!(briefs(&events), ["session.created", "ask What now?"]);
    assert_eq!(events, begun.events);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_inputs_sent_at_once_become_fifty_turns_in_the_order_received() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    let words: Vec<String> = (0..50).map(|n| format!("add {n}")).collect();
    let answers = join_all(words.iter().map(|words| house.say(&id, words))).await;
    for (words, answer) in words.iter().zip(&answers) {
        assert!(answer.settled);
        assert_eq!(briefs(&answer.events), [format!("user.text {words}"), "state.updated".into()]);
    }
    let log = house.whole_log(&id).await;
    assert_eq!(seqs(&log), (1..=102).collect::<Vec<u64>>());
    let said = briefs(&log).into_iter().filter(|event| event.starts_with("user.text"));
    let wanted = words.iter().map(|words| format!("user.text {words}"));
    assert_eq!(said.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
    assert_eq!(house.runtime.session(&id).await.unwrap().frame().context["n"], json!(50));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_who_drops_and_comes_back_sees_each_event_once() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    let talk = async {
        for n in 0..60 {
            house.send(&id, &format!("add {n}")).await;
        }
        house.send(&id, "bye").await;
    };
    let follow = async {
        let (mut seen, mut drops) = (Vec::new(), 0);
        loop {
            let since = seen.last().copied().unwrap_or(0);
            let mut feed = house.runtime.follow(&id, Since::Seq(since)).await.unwrap();
            // Each connection lives for a few batches only.
            for _ in 0..3 {
                match within(feed.next()).await {
                    Ok(events) => seen.extend(seqs(&events)),
                    Err(FeedEnd::Lagged) => break,
                    Err(end) => {
                        assert_eq!(end, FeedEnd::Over);
                        return (seen, drops);
                    }
                }
            }
            drops += 1;
        }
    };
    let ((), (seen, drops)) = tokio::join!(talk, follow);
    assert!(drops > 0, "the follower never came back");
    assert_eq!(seen, seqs(&house.whole_log(&id).await));
}

#[tokio::test]
async fn a_live_follower_gets_only_what_is_new() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    let mut feed = house.runtime.follow(&id, Since::Live).await.unwrap();
    house.say(&id, "bye").await;
    let events = until(&mut feed, "session.ended final").await;
    assert_eq!(briefs(&events).first().unwrap(), "user.text bye");
    assert_eq!(within(feed.next()).await, Err(FeedEnd::Over));
    assert_eq!(within(feed.next()).await, Err(FeedEnd::Over));
}

#[tokio::test]
async fn a_follower_who_does_not_read_is_told_to_resume() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    let mut feed = house.runtime.follow(&id, Since::Live).await.unwrap();
    for n in 0..100 {
        house.send(&id, &format!("add {n}")).await;
    }
    let mut given = 0;
    let end = loop {
        match within(feed.next()).await {
            Ok(events) => given = events.last().unwrap().seq,
            Err(end) => break end,
        }
    };
    assert_eq!(end, FeedEnd::Lagged);
    let mut feed = house.runtime.follow(&id, Since::Seq(given)).await.unwrap();
    let rest = within(feed.next()).await.unwrap();
    assert_eq!(rest.first().unwrap().seq, given + 1);
}

#[tokio::test]
async fn an_answer_holds_the_turns_that_the_input_caused() {
    let dir = directory();
    let gate = Gate::new();
    gate.open(1);
    let house = House::open(dir.path(), Plan { gate, ..Plan::default() }).await;
    let id = house.begin().await;
    let answer = house.say(&id, "slow").await;
    assert!(answer.settled && !answer.replayed);
    let events = briefs(&answer.events);
    assert_eq!(
        events,
        [
            "user.text slow",
            "fsm.transition Slow",
            "tool.call",
            "tool.result",
            "fsm.transition Ask",
            "ask What now?"
        ]
    );
    assert_eq!(answer.session.frame().state, "Ask");
}

#[tokio::test]
async fn an_answer_that_takes_too_long_says_that_more_will_come() {
    let dir = directory();
    let gate = Gate::new();
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..Plan::default() }).await;
    let id = house.begin().await;
    let answer = house.runtime.input(&id, text("slow"), Duration::from_millis(20)).await.unwrap();
    assert!(!answer.settled);
    assert_eq!(briefs(&answer.events).last().unwrap(), "tool.call");
    let mut feed = house.runtime.follow(&id, Since::Seq(answer.session.seq)).await.unwrap();
    gate.open(1);
    let rest = until(&mut feed, "ask What now?").await;
    assert_eq!(briefs(&rest).first().unwrap(), "tool.result");
}

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
async fn a_turn_that_another_host_overtook_is_made_again() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    // Another host commits a turn; the session that is warm here is out of date.
    let stored = house.store.load(&id).await.unwrap().unwrap();
    let mut session: Session = serde_json::from_str(&stored.data).unwrap();
    (session.seq, session.turn) = (session.seq + 1, session.turn + 1);
    let kind = Kind::Say { text: "From elsewhere.".into(), suggestions: vec![], message_ref: None };
    let (seq, turn, timestamp) = (session.seq, session.turn, session.updated_at);
    let event = Event { kind, session_id: id.clone(), seq, timestamp, turn };
    let summary = Summary {
        flow: session.frame().flow.clone(),
        version: session.frame().version.clone(),
        state: session.frame().state.clone(),
        active: true,
        created_at: session.created_at,
        updated_at: session.updated_at,
    };
    let commit = Commit {
        session: id.clone(),
        expected: stored.seq,
        events: vec![event.encode()],
        data: serde_json::to_string(&session).unwrap().into(),
        due: None,
        summary,
    };
    house.store.commit(commit).await.unwrap();
    let answer = house.say(&id, "add a").await;
    assert_eq!(seqs(&answer.events), [seq + 1, seq + 2]);
    let log = house.whole_log(&id).await;
    assert_eq!(briefs(&log)[2..4], ["say From elsewhere.", "user.text add a"]);
}

#[tokio::test]
async fn a_delayed_transition_fires() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    let resting = house.say(&id, "rest").await;
    let mut feed = house.runtime.follow(&id, Since::Seq(resting.session.seq)).await.unwrap();
    let events = until(&mut feed, "ask What now?").await;
    assert_eq!(briefs(&events), ["timer.due", "fsm.transition Ask", "ask What now?"]);
    // Who leaves in time is not brought back.
    house.say(&id, "rest").await;
    let left = house.say(&id, "leave").await;
    assert!(left.session.timers.is_empty());
}

#[tokio::test]
async fn a_deleted_session_tells_its_followers_and_is_gone() {
    let dir = directory();
    let gate = Gate::new();
    let house = House::open(dir.path(), Plan { gate: gate.clone(), ..Plan::default() }).await;
    let id = house.begin().await;
    house.send(&id, "slow").await;
    gate.begun_one().await;
    let mut feed = house.runtime.follow(&id, Since::Live).await.unwrap();
    house.runtime.delete(&id).await.unwrap();
    until(&mut feed, "session.ended deleted").await;
    assert_eq!(within(feed.next()).await, Err(FeedEnd::Over));
    assert!(matches!(house.runtime.session(&id).await, Err(Error::Unknown(_))));
    assert!(matches!(house.runtime.log(&id, 0, 9).await, Err(Error::Unknown(_))));
    house.runtime.delete(&id).await.unwrap();
    gate.open(1);
    let again = house.runtime.create(order(Some(id.as_str())), SOON).await.unwrap();
    assert_eq!(again.session.seq, 2);
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_what_to_do() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let runtime = &house.runtime;
    let nobody = SessionId::new("nobody").unwrap();
    assert!(matches!(runtime.input(&nobody, text("a"), SOON).await, Err(Error::Unknown(_))));
    let id = runtime.create(order(Some("s1")), SOON).await.unwrap().session.id.clone();
    assert!(matches!(runtime.create(order(Some("s1")), SOON).await, Err(Error::Exists(_))));
    assert!(matches!(runtime.input(&id, text("  "), SOON).await, Err(Error::BadInput(_))));
    assert!(matches!(runtime.input(&id, Input::Drain, SOON).await, Err(Error::BadInput(_))));
    let rewound = runtime.log(&id, 99, 10).await;
    assert!(matches!(rewound, Err(Error::LogRewound { head: 2 })), "{rewound:?}");
    let rewound = runtime.follow(&id, Since::Seq(99)).await;
    assert!(matches!(rewound, Err(Error::LogRewound { head: 2 })));
    house.say(&id, "bye").await;
    let ended = runtime.input(&id, text("hello"), SOON).await;
    assert!(matches!(ended, Err(Error::Ended { reason }) if reason == "final"));
    let misspelt = New { flow: Choice::Current(flow::Id::from("ordr")), ..order(None) };
    let error = runtime.create(misspelt, SOON).await.unwrap_err();
    assert_eq!(error.to_string(), "find flow `ordr`; did you mean `order`?");
    let nowhere = New { time_zone: Some("Europe/Lisbom".into()), ..order(None) };
    let error = runtime.create(nowhere, SOON).await.unwrap_err();
    assert!(error.to_string().starts_with("find time zone `Europe/Lisbom`"), "{error}");
    let broken = New { flow: Choice::Inline(json!({ "start": "X" })), ..order(None) };
    let error = runtime.create(broken, SOON).await.unwrap_err();
    assert!(matches!(&error, Error::InvalidFlow(findings) if !findings.is_empty()), "{error:?}");
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

#[tokio::test]
async fn sessions_that_no_longer_fit_into_memory_go_on_from_the_store() {
    let dir = directory();
    let options = Options { warm_max: 2, ..Options::default() };
    let house = House::open(dir.path(), Plan { options, ..Plan::default() }).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(house.begin().await);
    }
    for id in ids.iter().chain(&ids) {
        house.say(id, "add a").await;
    }
    for id in &ids {
        assert_eq!(house.runtime.session(id).await.unwrap().frame().context["n"], json!(2));
    }
}

#[tokio::test]
async fn a_flow_that_a_client_brings_runs_and_is_never_current() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let mut definition = crate::house::order_flow();
    definition["states"]["Ask"]["onEnter"][0]["ask"] = json!("Inline?");
    let new = New { flow: Choice::Inline(definition), ..order(None) };
    let begun = house.runtime.create(new, SOON).await.unwrap();
    assert_eq!(briefs(&begun.events)[1], "ask Inline?");
    let flow = begun.session.frame().flow.clone();
    assert!(flow.as_str().starts_with("inline-"), "{flow}");
    assert!(house.catalog.find(&flow).is_err());
    house.say(&begun.session.id, "add a").await;
    let id = begun.session.id.clone();
    house.close().await;
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(house.say(&id, "add b").await.session.frame().context["n"], json!(2));
}

#[tokio::test]
async fn a_stopped_runtime_takes_nothing_and_ends_its_feeds() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    let mut feed = house.runtime.follow(&id, Since::Live).await.unwrap();
    within(house.runtime.shutdown()).await;
    assert_eq!(within(feed.next()).await, Err(FeedEnd::Stopping));
    assert!(matches!(house.runtime.input(&id, text("a"), SOON).await, Err(Error::Closed)));
    assert!(matches!(house.runtime.follow(&id, Since::Live).await, Err(Error::Closed)));
}

#[tokio::test]
async fn a_store_that_is_away_is_unavailable_and_changes_nothing() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    house.store.close().await.unwrap();
    let refused = house.runtime.input(&id, text("add a"), SOON).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
}
