//! What a turn costs in the heart, next to the same work written by hand in the same run. Never measures loading a
//! flow, storing a session or encoding an event.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use cicerone::engine::{Input, Session, Step, Understood, step};
use cicerone::event::{Event, Kind, Map, SessionId, Timestamp};
use cicerone::flow::{self, Flow, Known, Linked, Offers};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};

/// Few enough that what a step gives is not yet memory that the system has to find, as it is not in a host.
const BATCH: BatchSize = BatchSize::NumIterations(64);

/// As in the host.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// A flow that goes to and fro between two states, and the session on it.
fn conversation(transitions: &Value) -> (Linked, Session) {
    let text = json!({
        "meta": { "name": "Bench" },
        "context": { "partySize": 4, "contact": { "name": "Ada", "phone": "555-1234" }, "notes": "x".repeat(800) },
        "intents": { "SIZE": { "examples": ["we are 4"], "slots": { "partySize": "number" } } },
        "start": "A",
        "states": {
            "A": { "onEnter": [{ "ask": "For how many?" }], "transitions": transitions },
            "B": { "onEnter": [{ "say": "Fine." }] },
        },
    });
    let id = flow::Id::from("bench");
    let known = Known { flows: &BTreeSet::new(), offers: &Offers::default() };
    let (flow, _) = flow::load(&id, &text.to_string(), known).expect("the flow is right");
    let flow: Arc<Flow> = Arc::new(flow);
    let mut linked = Linked::default();
    linked.activate(Arc::clone(&flow));
    let id = SessionId::new("bench").expect("the id is right");
    let session = Session::new(id, &flow, Map::new(), NOW);
    let started = step(&linked, &session, &Input::Start, NOW).expect("a new session starts");
    (linked, started.session)
}

fn text(text: &str) -> Input {
    Input::Text { text: text.to_owned(), message_id: None }
}

/// What the engine does for one exact pattern, for this one flow.
fn by_hand(before: &Session, said: &str, to: &Arc<str>) -> Option<(Session, Vec<Event>)> {
    if flow::fold(said) != "yes" {
        return None;
    }
    let mut session = before.clone();
    let mut events = Vec::new();
    let mut push = |session: &mut Session, kind| {
        session.seq += 1;
        let session_id = session.id.clone();
        events.push(Event {
            kind,
            session_id,
            seq: session.seq,
            timestamp: NOW,
            turn: session.turn,
        });
    };
    session.turn += 1;
    push(&mut session, Kind::UserText { text: said.to_owned(), message_id: None });
    let from = std::mem::replace(&mut session.frames.last_mut()?.state, Arc::clone(to));
    let (to, flow) = (Arc::clone(to), session.frame().flow.clone().into());
    let transition =
        Kind::FsmTransition { from, to, flow, trigger: "pattern".into(), version: None };
    push(&mut session, transition);
    let fine = Kind::Say { text: "Fine.".to_owned(), suggestions: Vec::new(), message_ref: None };
    push(&mut session, fine);
    session.asked = None;
    session.updated_at = NOW;
    Some((session, events))
}

fn measure(bench: &mut Criterion, name: &str, transitions: &Value, input: &Input) {
    let (linked, session) = conversation(transitions);
    let run = |session: &Session| -> Step {
        step(black_box(&linked), session, black_box(input), NOW).expect("the input is taken")
    };
    let done = run(&session);
    assert_eq!(&*done.session.frame().state, "B", "the bench measures what it says");
    bench.bench_function(name, |timer| {
        timer.iter_batched(|| &session, run, BATCH);
    });
}

fn engine(bench: &mut Criterion) {
    let pattern = json!([{ "pattern": "yes", "to": "B" }]);
    let (_, session) = conversation(&pattern);
    let to = Arc::from("B");
    bench.bench_function("step/by_hand", |timer| {
        timer.iter_batched(|| &session, |session| by_hand(session, black_box("Yes"), &to), BATCH);
    });
    // Of that, the copy of the session which the next turn begins with.
    bench.bench_function("session/clone", |timer| timer.iter(|| black_box(&session).clone()));
    measure(bench, "step/pattern", &pattern, &text("Yes"));

    let guarded = json!([
        { "onIntent": "SIZE", "when": "slot.partySize > 8", "to": "A" },
        { "onIntent": "SIZE", "assign": { "partySize": "{{slot.partySize}}" }, "to": "B" },
    ]);
    let slots = Map::from_iter([("partySize".to_owned(), json!(6))]);
    let intent = Some("SIZE".to_owned());
    let understood =
        Understood { intent, confidence: 0.9, slots: slots.into(), ..Understood::default() };
    measure(bench, "step/intent_and_guard", &guarded, &Input::Understood(understood));

    let mut many: Vec<Value> = (0..100)
        .map(|number| json!({ "pattern": format!("choice {number}"), "to": "A" }))
        .collect();
    many.push(json!({ "pattern": "yes", "to": "B" }));
    measure(bench, "step/a_hundred_patterns", &Value::Array(many), &text("Yes"));
}

criterion_group!(benches, engine);
criterion_main!(benches);
