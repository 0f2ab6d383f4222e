//! What a turn costs whose state its client carries (open the token, step, seal the next one), next to the same work written
//! by hand in the same run: the same cipher and the same text round a state that is packed for this one flow. Never measures
//! HTTP, understanding or the making of chance.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use cicerone::engine::{Input, Session, step};
use cicerone::event::{Map, SessionId, Timestamp};
use cicerone::flow::{self, Flow, Known, Linked, Offers};
use cicerone::token::{Carried, KEY_BYTES, Keys, NONCE_BYTES, Words};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;

/// As in the host.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const HOUR_MS: u64 = 3_600_000;
const KEY: [u8; KEY_BYTES] = [7; KEY_BYTES];
const NONCE: [u8; NONCE_BYTES] = [9; NONCE_BYTES];

/// A booking that goes round: after three answers it is where the measured turn begins.
fn booking() -> Arc<Flow> {
    let text = json!({
        "meta": { "name": "Booking" },
        "start": "People",
        "context": { "people": null, "day": null, "time": null },
        "states": {
            "People": {
                "onEnter": [{ "ask": "For how many people?" }],
                "transitions": [{ "pattern": "four", "assign": { "people": 4 }, "to": "Day" }],
            },
            "Day": {
                "onEnter": [{ "ask": "On which day?" }],
                "transitions": [{ "pattern": "friday", "assign": { "day": "2026-12-24" }, "to": "Time" }],
            },
            "Time": {
                "onEnter": [{ "ask": "At what time?" }],
                "transitions": [{ "pattern": "evening", "assign": { "time": "19:30" }, "to": "Confirm" }],
            },
            "Confirm": {
                "onEnter": [{ "ask": "Shall I book it?" }],
                "transitions": [{ "pattern": "no", "to": "People" }],
            },
        },
    });
    let flows = BTreeSet::new();
    let known = Known { flows: &flows, offers: &Offers::default() };
    let (flow, _) = flow::load(&"booking".into(), &text.to_string(), known).expect("it is right");
    Arc::new(flow)
}

fn text(text: &str) -> Input {
    Input::Text { text: text.to_owned(), message_id: None }
}

/// Everything that a host keeps between turns.
struct Host {
    flow: Arc<Flow>,
    flows: Linked,
    keys: Keys,
    words: Words,
    id: SessionId,
}

impl Host {
    fn new() -> Self {
        let (flow, mut flows) = (booking(), Linked::default());
        flows.activate(Arc::clone(&flow));
        let (keys, words) = (Keys::new(&[KEY]).expect("one key"), Words::of(&flow));
        Self { flow, flows, keys, words, id: SessionId::new("turn").expect("a good id") }
    }

    fn seal(&self, session: &Session) -> String {
        let until = NOW.plus_millis(HOUR_MS);
        let carried = Carried::of(session, &self.flow);
        let sealed = self.keys.seal(&carried, &self.words, (&self.flow.id, until), NONCE);
        sealed.expect("it is short")
    }

    fn open(&self, token: &str) -> Session {
        let opened = self.keys.open(token, &self.flow.id, NOW).expect("it is ours");
        let carried = opened.carried(&self.words).expect("the words are those of the flow");
        carried.session(self.id.clone(), &self.flow, NOW)
    }

    fn take(&self, session: Session, input: Input) -> Session {
        step(&self.flows, &session, &input, NOW).expect("the input is taken").session
    }

    fn turn(&self, token: &str, said: &str) -> String {
        self.seal(&self.take(self.open(token), text(said)))
    }
}

/// What the same turn takes for this one flow: four states, three answers, one byte each.
fn by_hand(cipher: &XChaCha20Poly1305, token: &str, said: &str) -> Option<(String, &'static str)> {
    let token = BASE64.decode(token).ok()?;
    let (nonce, sealed) = token.split_at_checked(NONCE_BYTES)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    let payload = Payload { msg: sealed, aad: b"booking" };
    let mut plain = cipher.decrypt(&XNonce::from(nonce), payload).ok()?;
    let until = u32::from_be_bytes(plain.get(..4)?.try_into().ok()?);
    if i64::from(until) * 60_000 < NOW.as_millis() {
        return None;
    }
    let state = plain.get_mut(4)?;
    let (next, answer) = match (*state, flow::fold(said).as_str()) {
        (0, "four") => (1, "On which day?"),
        (1, "friday") => (2, "At what time?"),
        (2, "evening") => (3, "Shall I book it?"),
        (3, "no") => (0, "For how many people?"),
        _ => return None,
    };
    *state = next;
    let payload = Payload { msg: &plain, aad: b"booking" };
    let mut token = NONCE.to_vec();
    token.extend(cipher.encrypt(&XNonce::from(NONCE), payload).ok()?);
    Some((BASE64.encode(token), answer))
}

/// The same state as the host's, sealed by hand.
fn sealed_by_hand(cipher: &XChaCha20Poly1305) -> String {
    let until = u32::try_from((NOW.as_millis() + 3_600_000) / 60_000).expect("before 10 000 AD");
    let mut plain = until.to_be_bytes().to_vec();
    plain.push(2);
    plain.extend([4, 24, 12]);
    let payload = Payload { msg: &plain, aad: b"booking" };
    let mut token = NONCE.to_vec();
    token.extend(cipher.encrypt(&XNonce::from(NONCE), payload).expect("it is short"));
    BASE64.encode(token)
}

fn stateless(bench: &mut Criterion) {
    let host = Host::new();
    let new = Session::new(host.id.clone(), &host.flow, Map::new(), NOW);
    let inputs = [Input::Start, text("four"), text("friday")];
    let session = inputs.into_iter().fold(new, |session, input| host.take(session, input));
    let token = host.seal(&session);
    let after = host.open(&host.turn(&token, "evening"));
    assert_eq!(&*after.frame().state, "Confirm", "the bench measures what it says");

    let cipher = XChaCha20Poly1305::new((&KEY).into());
    let plain = sealed_by_hand(&cipher);
    let taken = by_hand(&cipher, &plain, "evening").expect("the turn is taken");
    assert_eq!(taken.1, "Shall I book it?", "the reference does what it says");

    let mut group = bench.benchmark_group("stateless");
    group.bench_function("turn/by_hand", |timer| {
        timer.iter(|| by_hand(&cipher, black_box(&plain), black_box("evening")));
    });
    group.bench_function("turn", |timer| {
        timer.iter(|| host.turn(black_box(&token), black_box("evening")));
    });
    group.bench_function("open", |timer| timer.iter(|| host.open(black_box(&token))));
    group.bench_function("seal", |timer| timer.iter(|| host.seal(black_box(&session))));
    group.finish();
}

criterion_group!(benches, stateless);
criterion_main!(benches);
