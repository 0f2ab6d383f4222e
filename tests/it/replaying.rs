//! Conversations once more from their logs: the same byte for byte on the same flow, and what a draft would have made of
//! them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cicerone::engine::{Classify, Understood};
use cicerone::event::{Event, Kind};
use cicerone::flow::{self, Flow, Id, Known, Linked, Offers, Text};
use cicerone::nlu::Offline;
use cicerone::rehearsal::{Past, ReplayError, Replayed, Stage, Suite, guard, read, replay};

fn shipped() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
    files.map(|file| (name(&file), std::fs::read_to_string(&file).unwrap())).collect()
}

fn load(files: &[(String, String)]) -> Linked {
    let flows = || files.iter().filter(|(name, _)| !name.contains(".test."));
    let id = |name: &str| Id::from(name.strip_suffix(".json").unwrap());
    let ids: BTreeSet<Id> = flows().map(|(name, _)| id(name)).collect();
    let known = Known { flows: &ids, offers: &Offers::default() };
    let mut linked = Linked::default();
    for (name, text) in flows() {
        linked.activate(Arc::new(flow::load(&id(name), text, known).unwrap().0));
    }
    linked
}

fn suite(files: &[(String, String)], flows: &Linked, name: &str) -> Suite {
    let beside = format!("{name}.test.");
    let (file, text) = files.iter().find(|(file, _)| file.starts_with(&beside)).unwrap();
    read(&Id::from(name), &Text::named(file, text), flows, &|_, _| Ok(())).unwrap()
}

/// The logs of a flow's cases.
fn logs(files: &[(String, String)], flows: &Linked, name: &str) -> Vec<Vec<Event>> {
    let offline = Offline::default();
    let understand = |flow: &Flow, query: &Classify| offline.classify(flow, query);
    let stage = Stage { flows, understand: &understand };
    let played = guard(stage, &suite(files, flows, name), &|| true).played;
    played.iter().map(|one| one.log().cloned().collect()).collect()
}

fn nobody(_: &Flow, query: &Classify) -> Understood {
    panic!("the log says how {:?} was understood", query.text)
}

fn again(log: &[Event], flows: &Linked, draft: Option<&Arc<Flow>>) -> Replayed {
    replay(Past { log, flows, draft, understand: &nobody }).unwrap()
}

#[test]
fn every_conversation_of_the_shipped_cases_gives_the_same_log_byte_for_byte() {
    let files = shipped();
    let flows = load(&files);
    let mut count = 0;
    let has_cases =
        |flow: &Id| files.iter().any(|(name, _)| name.starts_with(&format!("{flow}.test.")));
    for flow in flows.iter().filter(|flow| has_cases(&flow.id)) {
        for log in logs(&files, &flows, flow.id.as_str()) {
            // As a store has it.
            let stored: Vec<String> =
                log.iter().map(|event| event.encode().json.to_string()).collect();
            let read: Vec<Event> =
                stored.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
            let once = again(&read, &flows, None);
            assert_eq!((once.stopped, once.differences), (None, Vec::new()));
            let now: Vec<String> =
                once.events.iter().map(|event| event.encode().json.to_string()).collect();
            assert_eq!(now, stored);
            count += 1;
        }
    }
    assert!(count > 40, "only {count} conversations were replayed");
}

/// The reservation's log that books a table, and the flow with one change.
fn drafted(from: &str, to: &str) -> Replayed {
    let files = shipped();
    let flows = load(&files);
    let log = logs(&files, &flows, "reservation").remove(0);
    let (_, text) = files.iter().find(|(name, _)| name == "reservation.json").unwrap();
    assert!(text.contains(from), "the flow has no {from}");
    let ids = BTreeSet::from([Id::from("reservation")]);
    let known = Known { flows: &ids, offers: &Offers::default() };
    let draft = flow::load(&Id::from("reservation"), &text.replace(from, to), known).unwrap().0;
    again(&log, &flows, Some(&Arc::new(draft)))
}

#[test]
fn a_draft_that_changes_what_was_not_said_makes_no_difference() {
    let once = drafted("And on which day?", "On which day?");
    assert_eq!((once.stopped, once.differences), (None, Vec::new()));
}

#[test]
fn a_draft_shows_where_it_says_something_else() {
    let once = drafted("With pleasure. How many of you will there be?", "How many are you?");
    assert_eq!((once.stopped, once.differences.len()), (None, 1));
    let difference = &once.differences[0];
    assert!(difference.same_way);
    let ask = |events: &[Event]| {
        events.iter().find_map(|event| match &event.kind {
            Kind::Ask { text, .. } => Some(text.clone()),
            _ => None,
        })
    };
    assert_eq!(ask(&difference.now).as_deref(), Some("How many are you?"));
    assert_eq!(
        ask(&difference.then).as_deref(),
        Some("With pleasure. How many of you will there be?")
    );
    assert_eq!(&*once.session.frame().state, "Goodbye");
}

#[test]
fn a_draft_shows_where_the_conversation_goes_another_way_and_stops_there() {
    let once = drafted("ctx.partySize > 8", "ctx.partySize > 3");
    assert!(once.stopped.unwrap().contains("another way"));
    let last = once.differences.last().unwrap();
    assert!(!last.same_way);
    let to = |events: &[Event]| {
        let to = events.iter().filter_map(|event| match &event.kind {
            Kind::FsmTransition { to, .. } => Some(to.to_string()),
            _ => None,
        });
        to.collect::<Vec<_>>()
    };
    assert_eq!(to(&last.then), ["CollectReservationDateTime"]);
    assert_eq!(to(&last.now), ["TransferToManager"]);
    let text = &last.then[0];
    assert!(matches!(&text.kind, Kind::UserText { text, .. } if text == "We are 4 people"));
    assert_eq!(last.seq, text.seq);
}

/// A draft of the flow of this name, with one change.
fn draft_of(name: &str, (from, to): (&str, &str)) -> Arc<Flow> {
    let files = shipped();
    let (_, text) = files.iter().find(|(file, _)| *file == format!("{name}.json")).unwrap();
    assert!(text.contains(from), "the flow has no {from}");
    let ids: BTreeSet<Id> = load(&files).iter().map(|flow| flow.id.clone()).collect();
    let known = Known { flows: &ids, offers: &Offers::default() };
    Arc::new(flow::load(&Id::from(name), &text.replacen(from, to, 1), known).unwrap().0)
}

#[test]
fn a_draft_of_a_flow_that_was_called_stands_for_that_and_one_of_another_is_refused() {
    let files = shipped();
    let flows = load(&files);
    let log = logs(&files, &flows, "shop").remove(0);
    let name = (r#""name": ""#, r#""name": "A new "#);
    let same = again(&log, &flows, Some(&draft_of("checkout", name)));
    assert_eq!((same.stopped, same.differences), (None, Vec::new()));
    let first = "First of all";
    let asks = ("Where should we bring it?", "First of all, where to?");
    let words = draft_of("checkout", asks);
    let once = again(&log, &flows, Some(&words));
    let is_first =
        |event: &Event| matches!(&event.kind, Kind::Ask { text, .. } if text.starts_with(first));
    assert!(!once.differences.is_empty());
    assert!(once.differences.iter().all(|one| one.now.iter().any(is_first)), "only there");
    let other = draft_of("reservation", name);
    let past = Past { log: &log, flows: &flows, draft: Some(&other), understand: &nobody };
    let error = replay(past).unwrap_err();
    assert!(matches!(&error, ReplayError::NotEntered { .. }), "{error}");
    assert!(error.to_string().contains("only in `checkout`, `shop`"), "{error}");
}

#[test]
fn a_log_without_its_beginning_cannot_be_replayed() {
    let files = shipped();
    let flows = load(&files);
    let log = logs(&files, &flows, "survey").remove(0);
    let past = |log| Past { log, flows: &flows, draft: None, understand: &nobody };
    assert_eq!(replay(past(&log[2..])).unwrap_err(), ReplayError::Trimmed { first: 3 });
    assert_eq!(replay(past(&[])).unwrap_err(), ReplayError::Empty);
    let none = Linked::default();
    let error = replay(Past { flows: &none, ..past(&log) }).unwrap_err();
    assert!(matches!(error, ReplayError::NoFlow { .. }), "{error}");
}
