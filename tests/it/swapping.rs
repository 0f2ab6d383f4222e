//! Versions that change under load: no turn is lost, none sees two versions, and every host follows soon.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cicerone::event::{Encoded, SessionId};
use cicerone::flow;
use cicerone::reload::{Edit, Edited, What};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

use crate::hosts::Hosts;
use crate::house::{House, Plan, SOON, directory, flow_file, order, text, within};
use crate::publishing::{done, edit, publish};
use crate::reload::{asking, greeting};

/// All of it with `CICERONE_LONG`, a sample without it.
fn many(long: usize, sample: usize) -> usize {
    if std::env::var_os("CICERONE_LONG").is_some() { long } else { sample }
}

const STATES: usize = 200;

/// A flow of many states; whatever it says, it says which version says it.
fn marked(mark: usize) -> Value {
    let state = |n: usize| {
        let next = format!("S{}", (n + 1) % STATES);
        let said = format!("v{mark}");
        let state = json!({
            "onEnter": [{ "say": said }, { "ask": said }],
            "onExit": [{ "say": said }],
            "transitions": [{ "pattern": "next", "to": next, "when": "ctx.n >= 0", "assign": { "n": "{{ctx.n + 1}}" } }]
        });
        (format!("S{n}"), state)
    };
    let states: serde_json::Map<String, Value> = (0..STATES).map(state).collect();
    json!({ "meta": { "name": "Marked" }, "start": "S0", "context": { "n": 0 }, "states": states })
}

/// The version that says all of this.
#[track_caller]
fn one_mark(events: &[Encoded]) -> String {
    let mut marks: Vec<String> = events
        .iter()
        .filter_map(|event| {
            let event: Value = serde_json::from_str(&event.json).unwrap();
            let said = matches!(event["type"].as_str(), Some("say" | "ask"));
            said.then(|| event["text"].as_str().unwrap().to_owned())
        })
        .collect();
    assert!(marks.len() >= 2, "{events:?}");
    marks.dedup();
    assert_eq!(marks.len(), 1, "a turn of two versions: {events:?}");
    marks.remove(0)
}

/// The version that said something in a turn is the one that the session was on then, as its log tells it; gives how often
/// the session moved.
#[track_caller]
fn assert_told_by_its_version(log: &[Encoded], marks: &[(flow::Version, String)]) -> usize {
    let (mut version, mut moves) = (String::new(), 0);
    for event in log {
        let event: Value = serde_json::from_str(&event.json).unwrap();
        match event["type"].as_str().unwrap() {
            "session.created" => version = event["version"].as_str().unwrap().to_owned(),
            "session.migrated" => {
                assert_eq!(event["from"], version);
                version = event["to"].as_str().unwrap().to_owned();
                moves += 1;
            }
            "say" | "ask" => {
                let mark = marks.iter().find(|(known, _)| known.as_str() == version).unwrap();
                assert_eq!(event["text"], mark.1, "{event}");
            }
            _ => {}
        }
    }
    moves
}

/// Talks on and on, a new session now and then; gives the sessions.
async fn talk(house: Arc<House>, over: Arc<AtomicBool>, seen: Arc<AtomicUsize>) -> Vec<SessionId> {
    let mut ids = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let begun = house.runtime.create(order(None), SOON).await.unwrap();
        one_mark(&begun.events);
        let id = begun.session.id.clone();
        for n in 1..=30_u64 {
            let answer = house.runtime.input(&id, text("next"), SOON).await.unwrap();
            assert!(answer.settled);
            one_mark(&answer.events);
            let session = house.runtime.session(&id).await.unwrap();
            assert_eq!(session.frame().context["n"], json!(n), "no turn is lost or made twice");
            seen.fetch_add(1, Ordering::Relaxed);
        }
        ids.push(id);
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn swaps_under_load_lose_no_turn_and_no_turn_sees_two_versions() {
    let dir = directory();
    let house = Arc::new(House::open(dir.path(), Plan::default()).await);
    done(house.edit(publish(&marked(0))).await);
    let (over, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let talks: Vec<_> = (0..50)
        .map(|_| tokio::spawn(talk(Arc::clone(&house), Arc::clone(&over), Arc::clone(&seen))))
        .collect();
    let mut last = None;
    let first = (house.current(), "v0".to_owned());
    let mut marks = vec![first];
    for mark in 1..=many(1_000, 25) {
        let version = done(house.edit(publish(&marked(mark))).await);
        assert_ne!(version, last);
        last = version;
        marks.push((house.current(), format!("v{mark}")));
        let begun = house.runtime.create(order(None), SOON).await.unwrap();
        assert_eq!(one_mark(&begun.events), format!("v{mark}"), "who begins now gets the new one");
    }
    over.store(true, Ordering::Relaxed);
    let mut moves = 0;
    for talk in talks {
        for id in within(talk).await.unwrap() {
            moves += assert_told_by_its_version(&house.whole_log(&id).await, &marks);
        }
    }
    assert!(moves > 0, "sessions move while they talk");
    assert!(seen.load(Ordering::Relaxed) > 50);
    let text = std::fs::read_to_string(flow_file(dir.path(), "order")).unwrap();
    assert_eq!(flow::version_of(&text), last, "the file says the same at the end");
}

/// Ten times what going back should take.
const LIVE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn going_back_on_one_host_is_soon_so_on_three_and_in_their_files() {
    let hosts = Hosts::open(3).await;
    let first = hosts.houses[0].catalog.find(&"order".into()).unwrap().version.clone();
    let everywhere = async |question: &str| {
        let begin = Instant::now();
        for house in &hosts.houses {
            while greeting(house).await != format!("ask {question}") {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        begin.elapsed()
    };
    let worse = done(hosts.houses[0].edit(publish(&asking("Worse?"))).await);
    within(everywhere("Worse?")).await;
    let back = hosts.houses[1].edit(edit(What::Rollback(first.clone()))).await;
    assert_eq!(done(back), Some(first.clone()));
    let took = within(everywhere("What now?")).await;
    assert!(took < LIVE, "everywhere after {took:?}");
    for dir in &hosts.dirs {
        let file = flow_file(dir.path(), "order");
        let says = || flow::version_of(&std::fs::read_to_string(&file).unwrap_or_default());
        within(async {
            while says() != Some(first.clone()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
    let published = hosts.houses[2].store.publications(&"order".into(), u64::MAX, 10).await;
    let versions: Vec<_> = published.unwrap().into_iter().map(|one| one.version).collect();
    assert_eq!(versions, [Some(first.clone()), worse, Some(first)], "once for all hosts");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hosts_that_publish_at_once_one_is_told_or_both_are_kept() {
    let hosts = Hosts::open(2).await;
    let [one, two] = &hosts.houses[..] else { panic!("two hosts") };
    for round in 0..10 {
        let base = one.store.active().await.unwrap().versions.get(&"order".into()).cloned();
        let guarded = |who: &str| Edit {
            guard: cicerone::reload::Guard::Is(base.clone()),
            ..publish(&asking(&format!("{who} {round}?")))
        };
        let (a, b) = tokio::join!(one.edit(guarded("a")), two.edit(guarded("b")));
        let made = |edited: &Edited| matches!(edited, Edited::Done { .. });
        assert!(made(&a) != made(&b), "exactly one: {a:?} {b:?}");
    }
    let published = one.store.publications(&"order".into(), u64::MAX, 100).await.unwrap();
    assert_eq!(published.len(), 11);
}

fn below(rng: &mut TestRng, most: usize) -> usize {
    rng.next_u32() as usize % most
}

/// A change of a text such as a slip of the hand makes.
fn slipped(text: &str, rng: &mut TestRng) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=below(rng, 3) {
        let at = below(rng, bytes.len());
        match below(rng, 5) {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, b"{}[]\",:\\x0-"[below(rng, 11)]),
            2 => bytes[at] = u8::try_from(32 + below(rng, 95)).unwrap(),
            3 => bytes.truncate(at.max(1)),
            _ => {
                let end = (at + 1 + below(rng, 60)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                let to = below(rng, bytes.len());
                bytes.splice(to..to, part);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A change of a value of it, so that it stays JSON.
fn changed(value: &mut Value, rng: &mut TestRng) {
    match value {
        Value::Object(fields) if !fields.is_empty() && below(rng, 4) > 0 => {
            let at = below(rng, fields.len());
            let key = fields.keys().nth(at).unwrap().clone();
            match below(rng, 8) {
                0 => drop(fields.shift_remove(&key)),
                1 => {
                    let taken = fields.shift_remove(&key).unwrap();
                    fields.insert(format!("{key}x"), taken);
                }
                _ => changed(&mut fields[&key], rng),
            }
        }
        Value::Array(items) if !items.is_empty() && below(rng, 4) > 0 => {
            let at = below(rng, items.len());
            match below(rng, 6) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                _ => changed(&mut items[at], rng),
            }
        }
        other => {
            let values = [
                json!(null),
                json!(-1),
                json!(true),
                json!([]),
                json!({}),
                json!("Ask"),
                json!("{{"),
            ];
            *other = values[below(rng, values.len())].clone();
        }
    }
}

#[tokio::test]
async fn a_mutated_flow_is_refused_or_runs_and_never_takes_the_host_down() {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(&clock.as_nanos().to_le_bytes());
    println!("the seed is {seed:?}");
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let whole = std::fs::read_to_string(flow_file(dir.path(), "order")).unwrap();
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..many(10_000, 200) {
        let text = if below(&mut rng, 2) == 0 {
            slipped(&whole, &mut rng)
        } else {
            let mut value: Value = serde_json::from_str(&whole).unwrap();
            changed(&mut value, &mut rng);
            value.to_string()
        };
        let before = house.catalog.find(&"order".into()).unwrap().version.clone();
        let now = || house.catalog.find(&"order".into()).unwrap().version.clone();
        match house.edit(edit(What::Publish(text.clone()))).await {
            Edited::Done { version, .. } => {
                taken += 1;
                assert_eq!((Some(now()), version.clone()), (version, flow::version_of(&text)));
            }
            Edited::Unchanged(version) => assert_eq!(version, now()),
            Edited::Rejected(findings) => {
                refused += 1;
                assert!(!findings.is_empty() && findings[0].line > 0, "{text}");
                assert_eq!(now(), before, "{text}");
            }
            other => panic!("{other:?}: {text}"),
        }
        let begun = house.runtime.create(order(None), SOON).await;
        assert!(begun.is_ok(), "{begun:?}: {text}");
    }
    assert!(taken > 0 && refused > 0, "{taken} taken, {refused} refused");
}
