//! What loads, and as what.

use serde_json::json;

use super::super::{Outcome, Pattern, Target, Trigger, Verb};
use super::*;
use crate::slots::Type;

fn good(text: &str) -> Flow {
    match load_with(text, &look()) {
        Ok((flow, _)) => flow,
        Err(findings) => panic!("{:#?}", findings.iter().map(line).collect::<Vec<_>>()),
    }
}

#[test]
fn a_flow_of_eventbus_fsm_loads_unchanged() {
    let text = json!({
        "meta": {"name": "Restaurant Reservations", "language": "en-US"},
        "start": "InitialGreeting",
        "intents": {
            "BOOK": {"examples": ["I'd like to book"], "slots": {}},
            "PROVIDE_PARTY_SIZE": {"examples": ["we are 6"], "slots": {"partySize": "number"}},
        },
        "tools": {"CheckAvailability": {
            "args": {"date": "string", "partySize": "number"},
            "result": {"ok": "boolean"},
            "timeout_ms": 4000,
        }},
        "states": {
            "InitialGreeting": {
                "onEnter": [{"say": "Welcome! How can I help?"}],
                "transitions": [{"onIntent": ["BOOK"], "to": "CollectPartySize"}],
            },
            "CollectPartySize": {
                "onEnter": [{"ask": "How many people?"}],
                "transitions": [{
                    "onIntent": "PROVIDE_PARTY_SIZE",
                    "assign": {"partySize": "{{slot.partySize}}"},
                    "branch": [
                        {"when": "{{ctx.partySize}} > 8", "to": "Goodbye"},
                        {"when": "else", "to": "Confirm"},
                    ],
                }],
            },
            "Confirm": {
                "onEnter": [{"tool": "CheckAvailability", "args": {"partySize": "{{ctx.partySize}}"}}],
                "transitions": [{"onToolResult": "CheckAvailability", "to": "Goodbye"}],
            },
            "Goodbye": {"onEnter": [{"hangup": true}], "final": true},
        },
    });
    let flow = good(&text.to_string());
    let transition = &flow.states["CollectPartySize"].transitions[0];
    assert!(
        matches!(&transition.trigger, Trigger::Intent(names) if names == &["PROVIDE_PARTY_SIZE"])
    );
    assert!(transition.branch[0].when.is_some());
    assert!(transition.branch[1].when.is_none());
    assert_eq!(transition.assign[0].path.keys, ["partySize"]);
    let tool = &flow.tools["CheckAvailability"];
    assert_eq!(tool.timeout_ms, 4_000);
    assert_eq!(tool.args.as_ref().unwrap()["properties"]["partySize"], json!({"type": "number"}));
    assert_eq!(tool.result.as_ref().unwrap()["properties"]["ok"], json!({"type": "boolean"}));
}

#[test]
fn a_byte_order_mark_and_foreign_line_ends_do_no_harm() {
    let text = flow(&json!({"context": {"grüße": "ñ"}}));
    let pretty = format!("{:#}", serde_json::from_str::<Value>(&text).unwrap());
    let foreign = format!("\u{feff}{}", pretty.replace('\n', "\r\n"));
    assert_eq!(good(&foreign).version, good(&text).version);
    let broken = foreign.replace("\"final\"", "\"finel\"");
    let findings = load_with(&broken, &look()).unwrap_err();
    assert_eq!((findings[0].line, findings[0].length), (15, 7));
}

#[test]
fn transitions_are_tried_by_priority_and_then_as_written() {
    let flow = good(&state(&json!({"transitions": [
        {"pattern": "a", "to": "B"},
        {"pattern": "b", "to": "B", "priority": 5},
        {"pattern": "c", "to": "B"},
        {"pattern": "d", "to": "B", "priority": 5},
        {"pattern": "e", "to": "B", "priority": -1},
    ]})));
    let at = |index: usize| flow.states["A"].transitions[index].at.as_str();
    let order: Vec<&str> = (0..5).map(|index| at(index).rsplit('/').next().unwrap()).collect();
    assert_eq!(order, ["1", "3", "0", "2", "4"]);
}

#[test]
fn a_target_is_a_state_a_flow_an_outcome_or_a_place_in_the_context() {
    let to = |to: &str| {
        let flow = good(&transition(&json!({"onIntent": "YES", "to": to})));
        flow.states["A"].transitions[0].to.clone().unwrap()
    };
    assert_eq!(to("B"), Target::State("B".into()));
    assert_eq!(to("state:B"), Target::State("B".into()));
    assert_eq!(to("flow:billing"), Target::Flow(Id::from("billing")));
    assert_eq!(to("machine:test"), Target::Flow(Id::from("test")));
    assert_eq!(to(":end"), Target::Leave(Outcome::End));
    assert_eq!(to(":cancel"), Target::Leave(Outcome::Cancel));
    assert_eq!(to(":error"), Target::Leave(Outcome::Error));
    assert!(matches!(to("@next.state"), Target::Lookup(path) if path.keys == ["next", "state"]));
}

#[test]
fn every_trigger_is_told_apart() {
    let trigger = |one: Value| {
        let flow = good(&transition(&one));
        format!("{:?}", flow.states["A"].transitions[0].trigger)
    };
    assert!(trigger(json!({"onToolResult": "Look", "to": "B"})).starts_with("ToolResult"));
    assert!(trigger(json!({"onToolError": "Look", "to": "B"})).starts_with("ToolError"));
    assert!(trigger(json!({"onDtmf": "1#", "to": "B"})).starts_with("Dtmf"));
    assert!(trigger(json!({"onEvent": "paid", "to": "B"})).starts_with("Event"));
    assert!(trigger(json!({"pattern": ":default", "to": "B"})).starts_with("Default"));
    assert!(trigger(json!({"pattern": "a|b", "to": "B"})).contains("Exact"));
    assert!(trigger(json!({"to": "B"})).starts_with("Auto"));
}

#[test]
fn every_verb_is_told_apart() {
    let verb = |one: Value| format!("{:?}", good(&action(&one)).states["A"].on_enter[0].verb);
    assert!(verb(json!({"say": "hi"})).starts_with("Say"));
    assert!(verb(json!({"ask": "hi?", "suggestions": ["yes"]})).starts_with("Ask"));
    assert!(verb(json!({"set": {"a.b": {"c": 1}}})).starts_with("Set"));
    assert!(verb(json!({"transfer": "+1"})).starts_with("Transfer"));
    assert!(verb(json!({"hangup": true})).starts_with("Hangup"));
    assert!(verb(json!({"emit": "booked", "data": {"id": "{{ctx.id}}"}})).starts_with("Emit"));
    let flow = good(&transition(&json!({"to": "B"})));
    assert!(
        matches!(&flow.states["A"].on_enter[0].verb, Verb::Tool { name, .. } if name == "Look")
    );
}

#[test]
fn a_pattern_is_kept_as_the_engine_compares_it() {
    let flow = good(&transition(&json!({"pattern": "Straße | OK", "to": "B"})));
    let Trigger::Pattern(Pattern::Exact(texts)) = &flow.states["A"].transitions[0].trigger else {
        panic!("not exact");
    };
    assert_eq!(texts, &[fold("STRASSE"), fold("ok")]);
}

#[test]
fn a_slot_has_a_short_and_a_long_form() {
    let flow = good(&flow(&json!({"intents": {"I": {"slots": {
        "a": "money",
        "b": {"type": "phone", "required": true, "pii": true},
        "c": {"type": "enum", "values": ["red"], "synonyms": {"red": ["scarlet"]}},
    }}}})));
    let slots = &flow.intents["I"].slots;
    assert_eq!((&slots[0].kind, slots[0].required), (&Type::Money, false));
    assert_eq!((&slots[1].kind, slots[1].required, slots[1].pii), (&Type::Phone, true, true));
    assert!(
        matches!(&slots[2].kind, Type::Enum { synonyms, .. } if synonyms["red"] == ["scarlet"])
    );
}

#[test]
fn a_tools_schema_may_be_written_short_or_in_full() {
    let schema = |args: Value| {
        let flow = good(&flow(&json!({"tools": {"T": {"args": args}}})));
        flow.tools["T"].args.as_deref().cloned().unwrap()
    };
    let full = json!({"type": "object", "properties": {"x": {"type": "integer"}}});
    assert_eq!(schema(full.clone()), full);
    assert_eq!(
        schema(json!({"to": {"name": "string"}, "tags": ["string"], "type": "any"})),
        json!({
            "type": "object",
            "properties": {
                "to": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "type": {},
            },
            "required": ["to", "tags", "type"],
        })
    );
}

#[test]
fn what_an_author_leaves_out_has_a_default() {
    let flow =
        good(&flow(&json!({"meta": {"name": "T", "language": "pt-BR"}, "tools": {"T": {}}})));
    assert_eq!(flow.no_match.len(), 1);
    assert!(flow.no_match[0].reask && flow.no_match[0].say.is_some());
    let tool = &flow.tools["T"];
    assert_eq!((tool.timeout_ms, tool.retry.max_attempts), (30_000, 1));
    assert_eq!(good(&super::flow(&json!({}))).meta.language, "en-US");
}

#[test]
fn a_flow_that_came_as_json_is_named_by_its_version() {
    let definition: Value = serde_json::from_str(&flow(&json!({}))).unwrap();
    let flows = BTreeSet::new();
    let known = Known { flows: &flows, offers: &Offers::default() };
    let (flow, _) = load_inline(&definition, known).unwrap();
    assert_eq!(flow.id.as_str(), format!("inline-{}", flow.version));
    assert_eq!(*flow.definition, definition);
}

#[test]
fn a_retired_flow_stays_reachable_by_its_version() {
    let one = Arc::new(good(&flow(&json!({}))));
    let two = Arc::new(good(&flow(&json!({"context": {"x": 1}}))));
    let mut linked = Linked::default();
    linked.activate(Arc::clone(&one));
    linked.activate(Arc::clone(&two));
    assert_eq!(linked.current(&one.id).unwrap().version, two.version);
    linked.retire(&two.id);
    assert!(linked.current(&one.id).is_none());
    assert!(linked.get(&one.id, &one.version).is_some());
    assert!(linked.get(&two.id, &two.version).is_some());
}
