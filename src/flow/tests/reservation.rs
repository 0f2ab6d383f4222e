//! The flow that ships.

use serde_json::json;

use super::super::Verb;
use super::*;
use crate::script::{Incoming, Scope, SessionNames};

const TEXT: &str = include_str!("../../../flows/reservation.json");

/// The tools of the plugin that ships, as it describes them.
fn book() -> Offers {
    let text = || json!({"type": "string"});
    let when =
        json!({"date": text(), "time": text(), "partySize": {"type": "integer", "minimum": 1}});
    let check =
        json!({"type": "object", "properties": when, "required": ["date", "time", "partySize"]});
    let found = json!({
        "type": "object",
        "properties": {"ok": {"type": "boolean"}, "alternatives": {"type": "array", "items": text()}},
        "required": ["ok"],
    });
    let contact = json!({"type": "object", "properties": {"name": text(), "phone": text()}, "required": ["name", "phone"]});
    let mut create = check.clone();
    create["properties"]["contact"] = json!({"$ref": "#/$defs/Contact"});
    create["$defs"] = json!({"Contact": contact});
    let made = json!({"type": "object", "properties": {"reservationId": text()}, "required": ["reservationId"]});
    Offers::new([
        offer("reservations/check-availability", check, Some(found)),
        offer("reservations/create-reservation", create, Some(made)),
    ])
}

#[test]
fn the_reservation_flow_loads_without_a_warning() {
    let (flow, warnings) = load_with(TEXT, &book()).unwrap();
    let lines: Vec<String> = warnings.iter().map(line).collect();
    assert_eq!(lines, Vec::<String>::new());
    assert_eq!(flow.meta.name, "Bella Vista Reservations");
    assert_eq!(flow.tools["CheckAvailability"].timeout_ms, 4_000);
    assert!(flow.tools["CreateReservation"].idempotent);
    assert_eq!(flow.states.len(), 12);
}

#[test]
fn every_intent_has_examples_enough_to_learn_from() {
    let (flow, _) = load_with(TEXT, &book()).unwrap();
    for (name, intent) in &flow.intents {
        assert!(intent.examples.len() >= 8, "{name}");
    }
}

/// What the state's question is, with this context and this last result.
fn question(state: &str, ctx: &Value, tool: &Value) -> String {
    let (flow, _) = load_with(TEXT, &book()).unwrap();
    let (empty, nothing) = (Arc::default(), Arc::default());
    let mut context = ctx.as_object().unwrap().clone();
    let mut text = String::new();
    for action in &flow.states[state].on_enter {
        let ctx = Arc::new(context.clone());
        let scope = Scope {
            ctx: &ctx,
            slot: &empty,
            tool: &Arc::new(tool.clone()),
            result: &nothing,
            error: &nothing,
            input: &Incoming::default(),
            params: &empty,
            session: SessionNames { id: "s", flow: "test", state },
        };
        match &action.verb {
            Verb::Set(assigns) => {
                for assign in assigns {
                    context.insert(assign.path.text.clone(), assign.value.eval(&scope).unwrap());
                }
            }
            Verb::Ask { text: ask, .. } => text = ask.text(&scope).unwrap(),
            _ => {}
        }
    }
    text
}

#[test]
fn a_full_evening_offers_what_is_free() {
    let ctx = json!({"date": "2026-11-22", "time": "19:30"});
    let full = json!({"ok": false, "alternatives": ["2026-11-22 18:30", "2026-11-22 21:00"]});
    assert_eq!(
        question("AltDateTime", &ctx, &full),
        "I could offer 2026-11-22 18:30, 2026-11-22 21:00. When would you like to come?"
    );
    assert_eq!(
        question("AltDateTime", &ctx, &json!({"ok": false})),
        "Which other day and time would suit you?"
    );
}
