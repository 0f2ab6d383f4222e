//! The offline classifier at its door: a flow's intents and a text in, what was understood out.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Offline;
use crate::engine::{Classify, Understood};
use crate::event::Timestamp;
use crate::flow::{self, Busy, ByName, Flow, Id, Intent, Meta, Policy, Sessions, Version};
use crate::slots::{Slot, Type};

const BOOK: &[&str] = &[
    "I'd like to make a reservation",
    "I want to book a table",
    "can I reserve a table",
    "book a table please",
    "table for tonight",
    "reservation",
];
fn slot(name: &str, kind: Type) -> Slot {
    Slot { name: name.to_owned(), kind, required: false, pii: false }
}

pub(super) fn intent(examples: &[&str], slots: Vec<Slot>) -> Intent {
    let examples = examples.iter().map(|&text| text.to_owned()).collect();
    Intent { examples, slots, description: None, label: String::new() }
}

/// The intents of the flow that ships, without the example that is the very text asked here.
fn reservation(text: &str) -> Flow {
    let shipped: Value =
        serde_json::from_str(include_str!("../../../flows/reservation.json")).expect("it is JSON");
    let definition = json!({
        "meta": {"name": "Test"},
        "intents": shipped["intents"],
        "start": "Start",
        "states": {"Start": {"onEnter": [{"hangup": true}], "final": true}},
    });
    let known = flow::Known { flows: &BTreeSet::new(), offers: &flow::Offers::default() };
    let (mut flow, _) = flow::load_inline(&definition, known).expect("the flow loads");
    for intent in flow.intents.values_mut() {
        intent.examples.retain(|example| !example.eq_ignore_ascii_case(text));
    }
    flow
}

pub(super) fn flow<const N: usize>(intents: [(&str, Intent); N]) -> Flow {
    let meta = Meta {
        name: "Test".to_owned(),
        description: None,
        language: "en-US".to_owned(),
        time_zone: None,
        voice: None,
        categories: vec![],
        busy: Busy::Queue,
        sessions: Sessions { policy: Policy::Auto, pin_max_ms: 1 },
    };
    Flow {
        id: Id::from("test"),
        version: Version::from("0"),
        definition: Arc::new(json!({})),
        meta,
        start: "Start".into(),
        context: Arc::new(Map::new()),
        intents: intents.into_iter().map(|(name, intent)| (name.to_owned(), intent)).collect(),
        tools: ByName::default(),
        states: ByName::default(),
        nlu: flow::Nlu::default(),
        transitions: vec![].into(),
        no_match: vec![],
        clarify: false,
        silence: None,
        minds_silence: false,
        migrations: vec![],
        personal: vec![],
    }
}

/// A flow and a classifier that learns it once.
pub(super) struct Reader {
    flow: Flow,
    offline: Offline,
}

impl Reader {
    pub(super) fn of(flow: Flow) -> Self {
        Self { flow, offline: Offline::default() }
    }
}

/// What is understood on Saturday, 21 November 2026, noon, UTC, when these intents are visible.
pub(super) fn understand(reader: &Reader, among: &[&str], text: &str) -> Understood {
    let flow = &reader.flow;
    let expecting = among.iter().filter_map(|&name| flow.intents.get(name));
    let query = Classify {
        text: text.to_owned(),
        flow: (flow.id.clone(), flow.version.clone()),
        among: among.iter().map(|&name| name.to_owned()).collect(),
        expecting: expecting.flat_map(|intent| intent.slots.clone()).collect(),
        choices: Vec::new(),
        asked: None,
        context: Default::default(),
        personal: Vec::new(),
        language: "en-US".to_owned(),
        time_zone: "UTC".to_owned(),
        now: Timestamp::from_millis(1_795_262_400_000),
    };
    reader.offline.classify(flow, &query)
}

/// What is understood when these quick replies were shown.
fn choose(reader: &Reader, choices: &[&str], text: &str) -> Understood {
    let flow = &reader.flow;
    let query = Classify {
        text: text.to_owned(),
        flow: (flow.id.clone(), flow.version.clone()),
        among: flow.intents.keys().cloned().collect(),
        expecting: Vec::new(),
        choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
        asked: None,
        context: Default::default(),
        personal: Vec::new(),
        language: "en-US".to_owned(),
        time_zone: "UTC".to_owned(),
        now: Timestamp::from_millis(1_795_262_400_000),
    };
    reader.offline.classify(flow, &query)
}

/// Checks intent and slots, with the text among the examples and without it.
#[track_caller]
fn check(among: &[&str], text: &str, intent: &str, slots: &Value) {
    for flow in [reservation(""), reservation(text)] {
        let understood = understand(&Reader::of(flow), among, text);
        assert_eq!(understood.intent.as_deref(), Some(intent), "{text}: {understood:?}");
        assert_eq!(Value::Object(Map::clone(&understood.slots)), *slots, "{text}");
    }
}

#[track_caller]
fn check_noise(reader: &Reader, among: &[&str], text: &str) {
    let understood = understand(reader, among, text);
    assert_eq!(understood.intent, None, "{text}: {understood:?}");
    assert!(understood.slots.is_empty(), "{text}: {understood:?}");
}

const GREETING: &[&str] = &["BOOK", "ASK_QUESTION"];
const EVERY_SET: &[&[&str]] =
    &[GREETING, &["PROVIDE_PARTY_SIZE"], &["PROVIDE_DATETIME"], &["PROVIDE_CONTACT"], &["BOOK"]];

#[test]
fn an_example_is_understood_word_for_word_whatever_its_case_accents_and_punctuation() {
    let reader = Reader::of(flow([
        ("SIM", intent(&["Não, é só isso."], vec![])),
        ("X", intent(&["x"], vec![])),
    ]));
    for text in [
        "Não, é só isso.",
        "nao e so isso",
        "NÃO É SÓ ISSO!!",
        "na\u{303}o e\u{301} so\u{301} isso",
    ] {
        let understood = understand(&reader, &["SIM", "X"], text);
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
fn a_party_size_is_understood_where_it_is_asked_for() {
    for (text, size) in [
        ("We are 4 people", 4),
        ("We are 4", 4),
        ("4", 4),
        ("party of ten", 10),
        ("it will be seven", 7),
        ("me and 3 friends", 4),
        ("15", 15),
        ("we will be a group of 6 persons", 6),
    ] {
        check(&["PROVIDE_PARTY_SIZE"], text, "PROVIDE_PARTY_SIZE", &json!({"partySize": size}));
    }
}

#[test]
fn day_and_time_are_understood_together_and_alone() {
    for (text, slots) in [
        ("Tomorrow at 7pm", json!({"date": "2026-11-22", "time": "19:00"})),
        ("next Friday at half past seven", json!({"date": "2026-11-27", "time": "19:30"})),
        ("the 20th at 19:30", json!({"date": "2026-12-20", "time": "19:30"})),
        ("tomorrow", json!({"date": "2026-11-22"})),
        ("at 8 pm", json!({"time": "20:00"})),
    ] {
        check(&["PROVIDE_DATETIME"], text, "PROVIDE_DATETIME", &slots);
    }
}

#[test]
fn name_and_phone_are_understood_and_a_phone_stays_a_text() {
    for (text, name, phone) in [
        ("My name is John Doe, phone 555-1234", "John Doe", "555-1234"),
        ("I'm Ana, 555-123", "Ana", "555-123"),
        ("name João phone 11987654321", "João", "11987654321"),
    ] {
        check(
            &["PROVIDE_CONTACT"],
            text,
            "PROVIDE_CONTACT",
            &json!({"name": name, "phone": phone}),
        );
    }
}

#[test]
fn values_alone_choose_the_one_intent_that_they_fill() {
    let among = &["PROVIDE_PARTY_SIZE", "PROVIDE_CONTACT", "PROVIDE_DATETIME"];
    check(
        among,
        "Rosa Luz, 555-7777",
        "PROVIDE_CONTACT",
        &json!({"name": "Rosa Luz", "phone": "555-7777"}),
    );
    check(
        among,
        "on the 3rd of May, 18:45",
        "PROVIDE_DATETIME",
        &json!({"date": "2027-05-03", "time": "18:45"}),
    );
}

#[test]
fn an_intent_without_its_required_slots_does_not_match() {
    let reader = Reader::of(reservation(""));
    for text in ["there will be many of us", "a group of people", "we are"] {
        check_noise(&reader, &["PROVIDE_PARTY_SIZE"], text);
    }
}

#[test]
fn noise_is_no_intent_in_any_set_of_intents() {
    let reader = Reader::of(reservation(""));
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
            check_noise(&reader, among, text);
        }
    }
}

#[test]
fn an_intent_that_is_not_visible_is_never_answered() {
    let reader = Reader::of(reservation(""));
    let understood = understand(&reader, &["ASK_QUESTION"], "I'd like to make a reservation");
    assert_eq!(understood.intent, None);
    assert_eq!(understood.classifier, "offline");
}

#[test]
fn the_only_visible_intent_of_the_only_intent_is_still_not_everything() {
    let reader = Reader::of(flow([("BOOK", intent(BOOK, vec![]))]));
    let yes = understand(&reader, &["BOOK"], "I would like to book a table");
    assert_eq!(yes.intent.as_deref(), Some("BOOK"));
    check_noise(&reader, &["BOOK"], "how old is the queen of england");
    check_noise(&reader, &["BOOK"], "zzzz qqqq");
}

#[test]
fn the_same_text_is_understood_the_same_way_every_time() {
    let reader = Reader::of(reservation(""));
    let texts = ["could I book a table for tomorrow?", "zzzz", "do you have a question about food"];
    for text in texts {
        let first = understand(&reader, GREETING, text);
        let turned = understand(&reader, &["ASK_QUESTION", "BOOK"], text);
        for again in [understand(&reader, GREETING, text), turned] {
            assert_eq!(first.intent, again.intent, "{text}");
            assert_eq!(first.confidence.to_bits(), again.confidence.to_bits(), "{text}");
        }
    }
}

#[test]
fn scripts_without_spaces_are_understood_by_runs_of_characters() {
    let reader = Reader::of(flow([
        ("BOOK", intent(&["予約をお願いします", "テーブルを予約したい", "席を取りたい"], vec![])),
        ("ASK", intent(&["営業時間は何時ですか", "メニューについて教えてください"], vec![])),
    ]));
    let book = understand(&reader, &["BOOK", "ASK"], "予約したいです");
    assert_eq!(book.intent.as_deref(), Some("BOOK"), "{book:?}");
    let ask = understand(&reader, &["BOOK", "ASK"], "営業時間を教えて");
    assert_eq!(ask.intent.as_deref(), Some("ASK"), "{ask:?}");
}

#[test]
fn a_choice_is_taken_by_its_place_by_its_words_and_with_a_typo() {
    let reader = Reader::of(flow([
        ("MENU", intent(&["see the menu", "what dishes are there"], vec![])),
        ("HOURS", intent(&["opening hours", "when are you open"], vec![])),
        ("CANCEL", intent(&["get me out of here"], vec![])),
    ]));
    let shown = ["See the menu", "Opening hours"];
    for (text, intent) in [
        ("the first one", "MENU"),
        ("2nd", "HOURS"),
        ("the last one please", "HOURS"),
        ("openning huors", "HOURS"),
        ("never mind", "CANCEL"),
    ] {
        let understood = choose(&reader, &shown, text);
        assert_eq!(understood.intent.as_deref(), Some(intent), "{text}: {understood:?}");
    }
    assert_eq!(choose(&reader, &shown, "the second one").classifier, "choice");
    assert_ne!(choose(&reader, &shown, "the seventh").classifier, "choice");
    assert_eq!(choose(&reader, &[], "the second one").intent, None);
}

#[test]
fn intents_without_examples_are_nobodys_guess() {
    let reader = Reader::of(flow([("A", intent(&[], vec![])), ("B", intent(&[], vec![]))]));
    check_noise(&reader, &["A", "B"], "anything");
    check_noise(&reader, &["NOT_IN_THE_FLOW"], "anything");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        static READER: OnceLock<Reader> = OnceLock::new();
        let kinds = [("n", Type::Number), ("d", Type::Date), ("p", Type::Phone), ("w", Type::Name)];
        let slots = kinds.map(|(name, kind)| slot(name, kind)).to_vec();
        let reader = READER.get_or_init(|| {
            let book = intent(BOOK, vec![]);
            Reader::of(flow([("BOOK", book), ("TELL", intent(&["?", "é", "4"], slots))]))
        });
        let understood = understand(reader, &["BOOK", "TELL"], &text);
        prop_assert!((0.0..=1.0).contains(&understood.confidence));
    }
}

#[test]
fn a_text_between_two_intents_says_which_two_and_a_clear_one_does_not() {
    let reader = Reader::of(flow([
        (
            "DELIVERY",
            intent(&["where is my parcel", "track my delivery", "the package is late"], vec![]),
        ),
        (
            "REFUND",
            intent(&["I want my money back", "refund please", "can I send it back"], vec![]),
        ),
        ("HUMAN", intent(&["give me a human", "can I speak to somebody"], vec![])),
    ]));
    let among = ["DELIVERY", "REFUND", "HUMAN"];
    let understood = |text| understand(&reader, &among, text);
    let two = understood("refund the delivery").alternatives;
    let mut names: Vec<&str> = two.iter().map(|one| one.intent.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["DELIVERY", "REFUND"]);
    for clear in
        ["where is my parcel", "where is the parcel please", "a refund please", "qwrt zzkp"]
    {
        assert_eq!(understood(clear).alternatives, [], "{clear}: {:?}", understood(clear));
    }
}
