//! What it costs to learn a flow of ten intents with ten examples each, and to understand one text of it. Never
//! measures loading the flow.

use std::collections::BTreeSet;
use std::hint::black_box;

use cicerone::engine::Classify;
use cicerone::event::Timestamp;
use cicerone::flow::{self, Flow, Known, Offers};
use cicerone::nlu::Offline;
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value, json};

const OPENINGS: [&str; 10] = [
    "I'd like to",
    "can you help me to",
    "I want to",
    "how do I",
    "please let me",
    "we need to",
    "is it possible to",
    "could I",
    "tell me how to",
    "",
];

const WISHES: [&str; 10] = [
    "book a table for 4 people",
    "cancel my reservation of tomorrow",
    "see the menu with its prices",
    "speak with the manager",
    "pay 20 euros by card",
    "bring my dog along",
    "find the restaurant by car",
    "order a pizza to take away at 7pm",
    "change the phone number 555-1234",
    "complain about the service",
];

fn flow() -> Flow {
    let mut intents = Map::new();
    for (number, wish) in WISHES.iter().enumerate() {
        let examples: Vec<String> =
            OPENINGS.iter().map(|opening| format!("{opening} {wish}")).collect();
        intents.insert(format!("INTENT_{number}"), json!({ "examples": examples }));
    }
    let ways: Vec<Value> =
        intents.keys().map(|name| json!({ "onIntent": name, "to": "End" })).collect();
    let definition = json!({
        "meta": { "name": "Bench" },
        "intents": intents,
        "start": "Start",
        "states": {
            "Start": { "onEnter": [{ "ask": "Yes?" }], "transitions": ways },
            "End": { "onEnter": [{ "hangup": true }], "final": true },
        },
    });
    let known = Known { flows: &BTreeSet::new(), offers: &Offers::default() };
    let (flow, _) = flow::load_inline(&definition, known).expect("the flow loads");
    flow
}

fn classify(bench: &mut Criterion) {
    let flow = flow();
    bench.bench_function("classify/learn", |bench| {
        bench.iter(|| {
            let offline = Offline::default();
            offline.warm(black_box(&flow));
            offline
        });
    });
    let offline = Offline::default();
    for (name, text) in [
        ("example", "I want to speak with the manager"),
        ("similar", "hello, may I please reserve a table for six tonight"),
        ("noise", "zzzz qqqq"),
    ] {
        let query = Classify {
            text: text.to_owned(),
            flow: (flow.id.clone(), flow.version.clone()),
            among: flow.intents.keys().cloned().collect(),
            expecting: Vec::new(),
            choices: Vec::new(),
            asked: None,
            context: Default::default(),
            personal: Vec::new(),
            language: "en-US".to_owned(),
            time_zone: "Europe/Lisbon".to_owned(),
            now: Timestamp::from_millis(1_795_262_400_000),
        };
        bench.bench_function(&format!("classify/{name}"), |bench| {
            bench.iter(|| offline.classify(&flow, black_box(&query)));
        });
    }
}

criterion_group!(benches, classify);
criterion_main!(benches);
