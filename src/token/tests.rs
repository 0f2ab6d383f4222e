//! Tokens: what comes back, how short they are, and what is refused.

use super::*;
use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::engine::{Input, Session, step};
use crate::event::{Map, SessionId};
use crate::flow::{Flow, Id, Known, Linked, Offers, load};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn key(byte: u8) -> [u8; KEY_BYTES] {
    [byte; KEY_BYTES]
}

fn keys() -> Keys {
    Keys::new(&[key(1)]).unwrap()
}

fn booking() -> Flow {
    let text = json!({
        "meta": { "name": "Booking" },
        "start": "People",
        "context": { "people": null, "day": null, "time": null },
        "states": {
            "People": {
                "onEnter": [{ "ask": "For how many people?" }],
                "transitions": [{ "pattern": "*", "assign": { "people": 4 }, "to": "Day" }],
            },
            "Day": {
                "onEnter": [{ "ask": "On which day?" }],
                "transitions": [{ "pattern": "*", "assign": { "day": "2026-12-24" }, "to": "Time" }],
            },
            "Time": {
                "onEnter": [{ "ask": "At what time?" }],
                "transitions": [{ "pattern": "*", "assign": { "time": "19:30" }, "to": "Confirm" }],
            },
            "Confirm": {
                "onEnter": [{ "ask": "Shall I book it?", "suggestions": ["Yes", "No"] }],
                "transitions": [{ "pattern": "yes", "to": "People" }],
                "after": [{ "ms": 60000, "to": "People" }],
            },
        },
    });
    let flows = BTreeSet::from([Id::from("booking")]);
    let known = Known { flows: &flows, offers: &Offers::default() };
    let loaded = load(&Id::from("booking"), &text.to_string(), known);
    loaded.map_err(|findings| format!("{findings:#?}")).unwrap().0
}

/// The session after its start and these texts.
fn after(flow: &std::sync::Arc<Flow>, texts: &[&str]) -> Session {
    let mut flows = Linked::default();
    flows.activate(std::sync::Arc::clone(flow));
    let session = Session::new(SessionId::new("s").unwrap(), flow, Map::new(), NOW);
    let texts = texts.iter().map(|text| Input::Text { text: (*text).to_owned(), message_id: None });
    std::iter::once(Input::Start)
        .chain(texts)
        .fold(session, |session, input| step(&flows, &session, &input, NOW).unwrap().session)
}

fn sealed(keys: &Keys, flow: &Flow, session: &Session) -> String {
    let until = NOW.plus_millis(60_000);
    let carried = Carried::of(session, flow);
    keys.seal(&carried, &Words::of(flow), (&flow.id, until), [7; NONCE_BYTES]).unwrap()
}

#[test]
fn a_conversation_goes_on_from_its_token_and_the_token_is_short() {
    let flow = std::sync::Arc::new(booking());
    for (texts, most) in [(&[][..], 110), (&["4", "friday", "half past seven"], 160)] {
        let session = after(&flow, texts);
        let token = sealed(&keys(), &flow, &session);
        assert!(token.len() <= most, "{} characters after {texts:?}", token.len());
        let opened = keys().open(&token, &flow.id, NOW).unwrap();
        assert_eq!(opened.mark, mark(&flow.version));
        let carried = opened.carried(&Words::of(&flow)).unwrap();
        let again = carried.session(session.id.clone(), &flow, NOW);
        assert_eq!(again.frames, session.frames);
        assert_eq!(again.asked, session.asked);
        assert_eq!(again.timers, session.timers);
        assert_eq!((again.seq, again.turn), (session.seq, session.turn));
    }
}

#[test]
fn a_token_is_good_for_its_flow_its_keys_and_its_time_only() {
    let flow = std::sync::Arc::new(booking());
    let old = keys();
    let token = sealed(&old, &flow, &after(&flow, &[]));
    let both = Keys::new(&[key(2), key(1)]).unwrap();
    assert!(both.open(&token, &flow.id, NOW).is_ok(), "an older key still opens");
    let new = sealed(&both, &flow, &after(&flow, &[]));
    assert_eq!(old.open(&new, &flow.id, NOW), Err(Refused::Foreign), "the first one seals");
    assert_eq!(old.open(&token, &Id::from("other"), NOW), Err(Refused::Foreign));
    let late = NOW.plus_millis(180_000);
    assert_eq!(old.open(&token, &flow.id, late), Err(Refused::Expired));
    assert_eq!(old.open("", &flow.id, NOW), Err(Refused::Foreign));
    assert_eq!(old.open(token.get(4..).unwrap(), &flow.id, NOW), Err(Refused::Foreign));
    assert_eq!(old.open(&"A".repeat(TOKEN_MAX + 1), &flow.id, NOW), Err(Refused::Foreign));
}

#[test]
fn what_is_too_long_to_carry_is_not_handed_out() {
    let flow = std::sync::Arc::new(booking());
    let mut session = after(&flow, &[]);
    let noise: String =
        (0..200_u32).map(|n| BASE64.encode(Sha256::digest(n.to_be_bytes()))).collect();
    std::sync::Arc::make_mut(&mut session.frames[0].context).insert("note".into(), noise.into());
    let carried = Carried::of(&session, &flow);
    let sealed = keys().seal(&carried, &Words::of(&flow), (&flow.id, NOW), [7; NONCE_BYTES]);
    assert_eq!(sealed, Err(NotSealed::TooLong));
}

#[test]
fn keys_that_cannot_be_told_apart_are_refused() {
    assert_eq!(Keys::new(&[key(1), key(1)]).unwrap_err(), BadKeys::Alike(2));
    assert_eq!(Keys::new(&[]).unwrap_err(), BadKeys::None);
}

#[test]
fn both_forms_of_a_csm_token_are_read() {
    let json = BASE64.encode(r#"{"a":"shop","m":"Order","s":"Size","c":{"n":1},"v":1}"#);
    let parts = BASE64.encode(r#"shop:Order:Size:{"n":1}"#);
    for token in [json, parts] {
        let read = Unsigned::read(&token).unwrap();
        assert_eq!(
            (read.agent.as_deref(), &*read.machine, &*read.state),
            (Some("shop"), "Order", "Size")
        );
        assert_eq!(read.context.get("n"), Some(&json!(1)));
    }
    for bad in ["", "%", "bm90IGEgdG9rZW4", &BASE64.encode("a:b:c:[]"), &BASE64.encode("{}")] {
        assert_eq!(Unsigned::read(bad), Err(Refused::Foreign), "{bad}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(|number: f64| Value::from(number)),
        prop_oneof!["[a-zA-Zé]{0,12}", Just("people".to_owned())].prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-z]{0,6}", inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_known_comes_back_as_it_was(value in any_json()) {
        let flow = std::sync::Arc::new(booking());
        let mut session = after(&flow, &[]);
        std::sync::Arc::make_mut(&mut session.frames[0].context).insert("x".into(), value.clone());
        let token = sealed(&keys(), &flow, &session);
        let opened = keys().open(&token, &flow.id, NOW).unwrap();
        let again = opened.carried(&Words::of(&flow)).unwrap();
        let again = again.session(session.id.clone(), &flow, NOW);
        prop_assert_eq!(again.frame().context.get("x"), Some(&value));
    }

    #[test]
    fn no_text_is_taken_and_none_panics(text in "[A-Za-z0-9_=:{}\"-]{0,200}", at in 0_usize..200, to in any::<u8>()) {
        let flow = std::sync::Arc::new(booking());
        prop_assert_eq!(keys().open(&text, &flow.id, NOW), Err(Refused::Foreign));
        drop(Unsigned::read(&text));
        let token = sealed(&keys(), &flow, &after(&flow, &[]));
        let mut bytes = BASE64.decode(&token).unwrap();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        let forged = keys().open(&BASE64.encode(bytes), &flow.id, NOW);
        prop_assert_eq!(forged, Err(Refused::Foreign));
    }

    #[test]
    fn no_packed_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let flow = booking();
        drop(state::read((&flow.id, Mark::default()), &Words::of(&flow), &body));
    }
}
