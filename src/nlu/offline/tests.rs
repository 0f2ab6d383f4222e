//! The offline classifier at its door: a flow's intents and a text in, what was understood out.

use std::sync::Arc;

use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Offline;
use crate::engine::{Classify, Understood};
use crate::event::Timestamp;
use crate::flow::{self, Busy, Flow, Id, Intent, Meta, Version};
use crate::slots::{Slot, Type};

const BOOK: &[&str] = &[
    "I'd like to make a reservation",
    "I want to book a table",
    "can I reserve a table",
    "book a table please",
    "table for tonight",
    "reservation",
];
const ASK_QUESTION: &[&str] = &[
    "I have a question",
    "what time do you open",
    "do you have vegetarian food",
    "where are you located",
    "can you tell me about the menu",
];
const PARTY_SIZE: &[&str] =
    &["we are 6", "party of 10", "there will be 3 of us", "for two people", "just me", "5 people"];
const DATETIME: &[&str] = &[
    "tomorrow at 8pm",
    "on Friday at 19:00",
    "next Monday at noon",
    "the 12th at half past six",
    "tonight at 7",
];
const CONTACT: &[&str] = &[
    "my name is Jane Smith and my phone is 555-9876",
    "I'm Peter, 555 1212",
    "this is Maria, you can call me at 555-3434",
    "name Tom phone 555 0000",
];

fn slot(name: &str, kind: Type) -> Slot {
    Slot { name: name.to_owned(), kind, required: false, pii: false }
}

fn intent(examples: &[&str], slots: Vec<Slot>) -> Intent {
    let examples = examples.iter().map(|&text| text.to_owned()).collect();
    Intent { examples, slots, description: None }
}

/// The intents of the reservation flow.
fn reservation() -> Flow {
    flow([
        ("BOOK", intent(BOOK, vec![])),
        ("ASK_QUESTION", intent(ASK_QUESTION, vec![])),
        ("PROVIDE_PARTY_SIZE", intent(PARTY_SIZE, vec![slot("partySize", Type::Number)])),
        (
            "PROVIDE_DATETIME",
            intent(DATETIME, vec![slot("date", Type::Date), slot("time", Type::Time)]),
        ),
        (
            "PROVIDE_CONTACT",
            intent(CONTACT, vec![slot("name", Type::Name), slot("phone", Type::Phone)]),
        ),
    ])
}

fn flow<const N: usize>(intents: [(&str, Intent); N]) -> Flow {
    let meta = Meta {
        name: "Test".to_owned(),
        description: None,
        language: "en-US".to_owned(),
        time_zone: None,
        voice: None,
        categories: vec![],
        busy: Busy::Queue,
    };
    Flow {
        id: Id::from("test"),
        version: Version::from("0"),
        definition: Arc::new(json!({})),
        meta,
        start: "Start".to_owned(),
        context: Arc::new(Map::new()),
        intents: intents.into_iter().map(|(name, intent)| (name.to_owned(), intent)).collect(),
        tools: IndexMap::new(),
        states: IndexMap::new(),
        transitions: vec![],
        no_match: vec![],
    }
}

/// What is understood on Saturday, 21 November 2026, noon, UTC, when these intents are visible.
fn understand(flow: &Flow, among: &[&str], text: &str) -> Understood {
    let expecting = among.iter().filter_map(|&name| flow.intents.get(name));
    let query = Classify {
        text: text.to_owned(),
        flow: (flow.id.clone(), flow.version.clone()),
        among: among.iter().map(|&name| name.to_owned()).collect(),
        expecting: expecting.flat_map(|intent| intent.slots.clone()).collect(),
        language: "en-US".to_owned(),
        time_zone: "UTC".to_owned(),
        now: Timestamp::from_millis(1_795_262_400_000),
    };
    Offline::default().classify(flow, &query)
}

#[track_caller]
fn check(among: &[&str], text: &str, intent: &str, slots: &Value) {
    let understood = understand(&reservation(), among, text);
    assert_eq!(understood.intent.as_deref(), Some(intent), "{text}: {understood:?}");
    assert_eq!(Value::Object(understood.slots), *slots, "{text}");
}

#[track_caller]
fn check_noise(flow: &Flow, among: &[&str], text: &str) {
    let understood = understand(flow, among, text);
    assert_eq!(understood.intent, None, "{text}: {understood:?}");
    assert!(understood.slots.is_empty(), "{text}: {understood:?}");
}

const GREETING: &[&str] = &["BOOK", "ASK_QUESTION"];
const EVERY_SET: &[&[&str]] =
    &[GREETING, &["PROVIDE_PARTY_SIZE"], &["PROVIDE_DATETIME"], &["PROVIDE_CONTACT"], &["BOOK"]];

#[test]
fn an_example_is_understood_word_for_word_whatever_its_case_accents_and_punctuation() {
    let flow = flow([("SIM", intent(&["Não, é só isso."], vec![])), ("X", intent(&["x"], vec![]))]);
    for text in [
        "Não, é só isso.",
        "nao e so isso",
        "NÃO É SÓ ISSO!!",
        "na\u{303}o e\u{301} so\u{301} isso",
    ] {
        let understood = understand(&flow, &["SIM", "X"], text);
        assert_eq!(understood.intent.as_deref(), Some("SIM"), "{text}");
        assert_eq!(understood.classifier, "exact", "{text}");
        assert!((understood.confidence - 1.0).abs() < f64::EPSILON, "{text}");
    }
}

#[test]
fn a_text_like_the_examples_of_an_intent_is_of_this_intent() {
    for text in [
        "I'd like to make a reservation",
        "I want to make a reservation",
        "table for two please",
        "could I book a table for tomorrow?",
        "reserve",
    ] {
        check(GREETING, text, "BOOK", &json!({}));
    }
    for text in ["I have some questions", "do you have vegan food?", "what time do you close"] {
        check(GREETING, text, "ASK_QUESTION", &json!({}));
    }
}

#[test]
fn noise_is_no_intent_in_any_set_of_intents() {
    let flow = reservation();
    for text in [
        "zzzz qqqq",
        "asdf",
        "asdfgh jkl",
        "qwertyuiop",
        "xkcd",
        "hjkl hjkl",
        "",
        " ",
        "?!",
        "...",
        "🤷",
        "\u{0}",
        "ありがとうございます",
        "быстрая лисица",
        "Donaudampfschifffahrt",
    ] {
        for among in EVERY_SET {
            check_noise(&flow, among, text);
        }
    }
}

#[test]
fn an_intent_that_is_not_visible_is_never_answered() {
    let flow = reservation();
    let understood = understand(&flow, &["ASK_QUESTION"], "I'd like to make a reservation");
    assert_eq!(understood.intent, None);
    assert_eq!(understood.classifier, "offline");
}

#[test]
fn the_only_visible_intent_of_the_only_intent_is_still_not_everything() {
    let flow = flow([("BOOK", intent(BOOK, vec![]))]);
    let yes = understand(&flow, &["BOOK"], "I would like to book a table");
    assert_eq!(yes.intent.as_deref(), Some("BOOK"));
    check_noise(&flow, &["BOOK"], "how old is the queen of england");
    check_noise(&flow, &["BOOK"], "zzzz qqqq");
}

#[test]
fn the_same_text_is_understood_the_same_way_every_time() {
    let flow = reservation();
    let texts = ["could I book a table for tomorrow?", "zzzz", "do you have a question about food"];
    for text in texts {
        let first = understand(&flow, GREETING, text);
        let turned = understand(&flow, &["ASK_QUESTION", "BOOK"], text);
        for again in [understand(&flow, GREETING, text), turned] {
            assert_eq!(first.intent, again.intent, "{text}");
            assert_eq!(first.confidence.to_bits(), again.confidence.to_bits(), "{text}");
        }
    }
}

#[test]
fn scripts_without_spaces_are_understood_by_runs_of_characters() {
    let flow = flow([
        ("BOOK", intent(&["予約をお願いします", "テーブルを予約したい", "席を取りたい"], vec![])),
        ("ASK", intent(&["営業時間は何時ですか", "メニューについて教えてください"], vec![])),
    ]);
    let book = understand(&flow, &["BOOK", "ASK"], "予約したいです");
    assert_eq!(book.intent.as_deref(), Some("BOOK"), "{book:?}");
    let ask = understand(&flow, &["BOOK", "ASK"], "営業時間を教えて");
    assert_eq!(ask.intent.as_deref(), Some("ASK"), "{ask:?}");
}

#[test]
fn intents_without_examples_are_nobodys_guess() {
    let flow = flow([("A", intent(&[], vec![])), ("B", intent(&[], vec![]))]);
    check_noise(&flow, &["A", "B"], "anything");
    check_noise(&flow, &["NOT_IN_THE_FLOW"], "anything");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let flow = flow([("BOOK", intent(BOOK, vec![])), ("ASK", intent(&["?", "é"], vec![]))]);
        let understood = understand(&flow, &["BOOK", "ASK"], &text);
        prop_assert!((0.0..=1.0).contains(&understood.confidence));
    }
}
