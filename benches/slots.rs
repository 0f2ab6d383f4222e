//! How long the values of a text take to find, and to mask, for an ordinary and for the longest text.

use std::hint::black_box;

use cicerone::slots::{Moment, Slot, TEXT_MAX, Type, extract, mask};
use criterion::{Criterion, criterion_group, criterion_main};

fn slots(criterion: &mut Criterion) {
    let moment = Moment {
        now: "2026-11-21T14:00[Europe/Lisbon]".parse().expect("the moment is fixed"),
        language: "en-US".to_owned(),
    };
    let wanted: Vec<Slot> = [
        ("partySize", Type::Number),
        ("date", Type::Date),
        ("time", Type::Time),
        ("name", Type::Name),
        ("phone", Type::Phone),
    ]
    .into_iter()
    .map(|(name, kind)| Slot { name: name.to_owned(), kind, required: false, pii: false })
    .collect();
    let sentence = "Hi, a table for 4 people next Friday at half past seven, \
                    my name is John Doe, phone +351 912 345 678. ";
    let long: String = sentence.repeat(TEXT_MAX / sentence.len() + 1);
    for (name, text) in [("short", "Tomorrow at 7pm"), ("sentence", sentence), ("long", &*long)] {
        criterion.bench_function(&format!("slots/extract/{name}"), |bench| {
            bench.iter(|| extract(black_box(text), &wanted, &moment));
        });
        criterion.bench_function(&format!("slots/mask/{name}"), |bench| {
            bench.iter(|| mask(black_box(text), &moment));
        });
    }
}

criterion_group!(benches, slots);
criterion_main!(benches);
