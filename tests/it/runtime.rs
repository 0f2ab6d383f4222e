//! The runtime at its door, on a real embedded store: order, answers, feeds, repeats, queues and refusals.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cicerone::engine::{Classify, Input, Session, Understood};
use cicerone::event::{Event, Kind, SessionId};
use cicerone::flow::{self, Flow, Version};
use cicerone::nlu::{Classifier, Custom};
use cicerone::runtime::{Choice, Error, FeedEnd, New, Options, Since};
use cicerone::store::{Commit, News, Summary};
use futures_util::future::join_all;
use serde_json::json;

use crate::house::{Gate, House, Plan, SOON, briefs, directory, order, seqs, text, until, within};

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
    assert_eq!(&*answer.session.frame().state, "Ask");
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
        state: session.frame().state.to_string(),
        active: true,
        created_at: session.created_at,
        updated_at: session.updated_at,
    };
    let commit = Commit {
        session: id.clone(),
        expected: stored.seq,
        follows: None,
        events: vec![event.encode()],
        data: serde_json::to_string(&session).unwrap().into(),
        due: None,
        summary,
        news: News { root: session.turn, settled: true, last: false },
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
async fn what_was_taken_before_the_stop_is_handled_before_it() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    tokio::join!(house.say(&id, "add a"), async {
        house.runtime.shutdown().await;
        let session = house.runtime.session(&id).await.unwrap();
        assert_eq!(session.frame().context["n"], json!(1));
    });
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

/// Understands `hello`, takes everything else for noise, and breaks down over `boom`.
#[derive(Debug)]
struct Fragile;

impl Custom for Fragile {
    fn classify<'a>(
        &'a self,
        _flow: &'a Flow,
        query: &'a Classify,
    ) -> Pin<Box<dyn Future<Output = Understood> + Send + 'a>> {
        Box::pin(async move {
            assert_ne!(query.text, "boom", "a bug in a classifier");
            let intent = (query.text == "hello").then(|| query.among[0].clone());
            Understood {
                intent,
                confidence: 1.0,
                classifier: "test".into(),
                ..Understood::default()
            }
        })
    }
}

#[tokio::test]
async fn a_text_is_understood_inside_its_turn_and_a_bug_there_costs_only_that_turn() {
    let dir = directory();
    let classifier = Classifier::Custom(Arc::new(Fragile));
    let house = House::open(dir.path(), Plan { classifier, ..Plan::default() }).await;
    let id = house.begin().await;
    let broken = house.runtime.input(&id, text("boom"), SOON).await;
    assert!(matches!(broken, Err(Error::Unavailable(_))), "{broken:?}");
    let noise = house.say(&id, "zzzz").await;
    assert_eq!(
        briefs(&noise.events)[..3],
        ["user.text zzzz", "nlu.intent", "intent.unhandled zzzz"]
    );
    let answer = house.say(&id, "hello").await;
    assert_eq!(briefs(&answer.events).last().unwrap(), "session.ended final");
    assert_eq!(seqs(&house.whole_log(&id).await).last(), answer.events.last().map(|e| &e.seq));
}

#[tokio::test]
async fn a_log_that_was_trimmed_says_where_it_begins() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    let message = Input::Text { text: "add a".into(), message_id: Some("m1".into()) };
    house.runtime.input(&id, message.clone(), SOON).await.unwrap();
    house.say(&id, "add b").await;
    // The embedded store trims nothing by itself yet; an operator may.
    let db = rusqlite::Connection::open(dir.path().join("data/cicerone.db")).unwrap();
    db.execute("DELETE FROM log WHERE last < 5", []).unwrap();
    let trimmed = house.runtime.log(&id, 0, 10).await;
    assert!(matches!(trimmed, Err(Error::LogTrimmed { first: 5 })), "{trimmed:?}");
    let trimmed = house.runtime.follow(&id, Since::Seq(3)).await;
    assert!(matches!(trimmed, Err(Error::LogTrimmed { first: 5 })));
    assert_eq!(seqs(&house.runtime.log(&id, 4, 10).await.unwrap().events), [5, 6]);
    let again = house.runtime.input(&id, message, SOON).await.unwrap();
    assert!(again.replayed && again.settled && again.events.is_empty());
}

#[tokio::test]
async fn a_flow_version_that_nobody_has_is_gone() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let error = house.catalog.version(&flow::Id::from("order"), &Version::from("00")).await;
    assert_eq!(error.unwrap_err().to_string(), "find version 00 of flow `order`");
}
