//! What was wrong in the systems before, one test for each, in the words of who met it. Both kinds of definition are tried
//! where both could have it: a flow of ours, and a machine of CSM.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Talk;
use crate::engine::Session;
use crate::event::{Map, SessionId};
use crate::flow::{self, Flow, Id, Known, Linked, Offers};

/// After the start and a script.
#[track_caller]
fn talked(parts: &Value, script: &str) -> Talk {
    let mut talk = Talk::new(parts);
    talk.run("start");
    talk.run(script);
    talk
}

/// The same with a machine of CSM whose flow has these states, from `A`.
#[track_caller]
fn with_machine(states: &Value, context: Value, script: &str) -> Talk {
    let text = json!({ "id": "one", "initial": "A", "states": states }).to_string();
    let flow = loaded("one", &text).unwrap_or_else(|findings| panic!("{findings:#?}"));
    let flow = std::sync::Arc::new(flow);
    let mut linked = Linked::default();
    linked.activate(std::sync::Arc::clone(&flow));
    let now = crate::event::Timestamp::from_millis(super::MORNING);
    let mut talk = Talk::on(linked, &flow, now);
    let own: Map = serde_json::from_value(context).unwrap();
    talk.session = Session::new(SessionId::new("s").unwrap(), &flow, own, now);
    talk.run("start");
    talk.run(script);
    talk
}

fn loaded(id: &str, text: &str) -> Result<Flow, Vec<flow::Finding>> {
    let flows = BTreeSet::from([Id::from(id)]);
    let known = Known { flows: &flows, offers: &Offers::default() };
    flow::load(&Id::from(id), text, known).map(|(flow, _)| flow)
}

/// A flow in which `go` leads to `B` when the guard is true.
fn guarded(when: &str, context: &Value) -> Value {
    json!({
        "context": context,
        "states": {
            "A": { "transitions": [{ "pattern": "go", "when": when, "to": "B" }, { "pattern": "go", "to": "C" }] },
            "B": {}, "C": {},
        },
    })
}

#[track_caller]
fn assert_goes(when: &str, context: &Value, to: &str) {
    let talk = talked(&guarded(when, context), "text go");
    assert_eq!(&*talk.session.frame().state, to, "{when}: {}", talk.out);
    assert!(!talk.out.contains("guard.error"), "{when}: {}", talk.out);
}

#[test]
fn a_missing_variable_in_a_comparison_is_false_and_no_error() {
    for when in ["ctx.size > 8", "ctx.size < 8", "ctx.size == 0", "ctx.who.age >= 18"] {
        assert_goes(when, &json!({}), "C");
    }
    assert_goes("ctx.size == ()", &json!({}), "B");
    assert_goes("ctx.size != 'small'", &json!({}), "B");
    let condition = |condition: &str| {
        json!({ "A": { "transitions": [
            { "pattern": "go", "target": "B", "condition": condition }, { "pattern": "go", "target": "C" },
        ] }, "B": { "transitions": [] }, "C": { "transitions": [] } })
    };
    let talk = with_machine(&condition("context.user.age >= 18"), json!({}), "text go");
    assert_eq!(&*talk.session.frame().state, "C", "{}", talk.out);
}

#[test]
fn both_sides_of_an_and_count() {
    let (yes, no) = (json!({ "a": 1, "b": 2 }), json!({ "a": 1, "b": 3 }));
    assert_goes("ctx.a == 1 && ctx.b == 2", &yes, "B");
    assert_goes("ctx.a == 1 && ctx.b == 2", &no, "C");
    assert_goes("ctx.b == 2 && ctx.a == 1", &no, "C");
    assert_goes("ctx.a == 2 || ctx.a == 1 && ctx.b == 2", &yes, "B");
    let states = json!({ "A": { "transitions": [
        { "pattern": "go", "target": "B", "condition": "context.a === 1 && context.b === 2" }, { "pattern": "go", "target": "C" },
    ] }, "B": { "transitions": [] }, "C": { "transitions": [] } });
    for (context, to) in [(yes, "B"), (no, "C")] {
        assert_eq!(&*with_machine(&states, context, "text go").session.frame().state, to);
    }
}

#[test]
fn quotes_in_a_guard_in_a_text_and_in_what_was_said_are_only_quotes() {
    assert_goes("ctx.name == \"O'Brien\"", &json!({ "name": "O'Brien" }), "B");
    assert_goes("ctx.name == 'say \"hi\"'", &json!({ "name": "say \"hi\"" }), "B");
    let talk = talked(
        &json!({ "states": { "A": { "transitions": [
            { "pattern": "*", "assign": { "name": "{{input.text}}" }, "to": "B" },
        ] }, "B": { "onEnter": [{ "say": "Hello \"{{ctx.name}}\"!" }] } } }),
        r#"text Ann "the cat" O'Neill"#,
    );
    assert_eq!(talk.session.frame().context["name"], json!(r#"Ann "the cat" O'Neill"#));
    let said = format!("say {:?}", r#"Hello "Ann "the cat" O'Neill"!"#);
    assert!(talk.out.contains(&said), "{}", talk.out);
}

#[test]
fn a_dotted_assign_writes_inside_and_leaves_the_rest() {
    let talk = talked(
        &json!({
            "context": { "contact": { "name": "Ann", "phone": null } },
            "states": { "A": { "transitions": [
                { "pattern": "go", "assign": { "contact.phone": "555-1234", "order.first.item": "tea" } },
            ] } },
        }),
        "text go",
    );
    let context = json!({
        "contact": { "name": "Ann", "phone": "555-1234" }, "order": { "first": { "item": "tea" } },
    });
    assert_eq!(Value::Object(Map::clone(&talk.session.frame().context)), context);
}

#[test]
fn what_was_said_stays_text_when_it_looks_like_json_or_like_a_template() {
    let flow = json!({
        "context": { "secret": "xyzzy" },
        "states": {
            "A": { "transitions": [{ "pattern": "*", "assign": { "note": "{{input.text}}" }, "to": "B" }] },
            "B": { "onEnter": [{ "say": "You said {{ctx.note}}." }], "transitions": [
                { "pattern": "again", "assign": { "copy": "{{ctx.note}}" } },
                { "when": "ctx.note == true", "to": "A" },
            ] },
        },
    });
    for said in [
        r#"{"secret": 1}"#,
        "[1, 2]",
        "true",
        "7",
        "null",
        "{{ctx.secret}}",
        "#{secret}",
        "${secret}",
        "\\u0041",
        "{{ 1 + 1",
    ] {
        let talk = talked(&flow, &format!("text {said}\ntext again"));
        let context = &talk.session.frame().context;
        let kept = ["note", "copy"].map(|name| context.get(name).cloned());
        assert_eq!(kept, [Some(json!(said)), Some(json!(said))], "{}", talk.out);
        assert_eq!(&*talk.session.frame().state, "B", "{}", talk.out);
        assert!(
            talk.out.contains(&format!("say {:?}", format!("You said {said}."))),
            "{}",
            talk.out
        );
        assert!(!talk.out.contains("xyzzy"), "{}", talk.out);
    }
}

#[test]
fn nobody_is_asked_again_what_was_asked_in_a_state_that_they_have_left() {
    let flow = json!({
        "tools": { "Look": {} },
        "fallback": { "noInput": { "after_ms": 100, "steps": [{ "say": "Still there?", "reask": true }] } },
        "states": {
            "A": { "onEnter": [{ "ask": "Your name?" }], "transitions": [{ "pattern": "*", "to": "B" }] },
            "B": { "onEnter": [{ "ask": "Your age?" }], "transitions": [{ "pattern": "look", "to": "C" }] },
            "C": { "onEnter": [{ "ask": "Wait, please." }, { "tool": "Look" }], "busy": "interrupt", "transitions": [
                { "pattern": "back", "to": "B" }, { "onToolError": "Look", "to": "A" },
            ] },
        },
    });
    // The clock of the first question runs on; only the second is asked again.
    let talk = talked(&flow, "wait 60\ntext Ann\nwait 100\ndue");
    let after = talk.out.split("> due").last().unwrap();
    assert!(after.contains(r#"ask "Your age?""#) && !after.contains("Your name?"), "{}", talk.out);
    // A failure of a call that was left behind asks nothing again.
    let talk = talked(&flow, "text Ann\ntext look\ntext back\nlate {}");
    assert_eq!(&*talk.session.frame().state, "B");
    let after = talk.out.split("> late").last().unwrap();
    assert!(after.contains("could not") && !after.contains("ask "), "{}", talk.out);
    // What nothing takes asks the question of where one is.
    let talk = talked(&flow, "text Ann\nnoise");
    let after = talk.out.split("> noise").last().unwrap();
    assert!(!after.contains("Your name?"), "{}", talk.out);
}

#[test]
fn a_cycle_of_automatic_states_ends_and_changes_nothing() {
    let ours = json!({ "states": {
        "A": { "transitions": [{ "pattern": "go", "assign": { "n": 1 }, "to": "B" }] },
        "B": { "onEnter": [{ "say": "tick" }], "transitions": [{ "to": "C" }] },
        "C": { "transitions": [{ "to": "B" }] },
    } });
    let talk = talked(&ours, "text go\nlook");
    assert!(
        talk.out.contains("error transition.loop") && !talk.out.contains("tick"),
        "{}",
        talk.out
    );
    assert_eq!((&*talk.session.frame().state, talk.session.frame().context.len()), ("A", 0));
    let machine = json!({
        "A": { "transitions": [{ "pattern": "go", "target": "B" }] },
        "B": { "transitions": [{ "target": "C" }] },
        "C": { "transitions": [{ "target": "B" }] },
    });
    let talk = with_machine(&machine, json!({}), "text go");
    assert!(talk.out.contains("error transition.loop"), "{}", talk.out);
    assert_eq!(&*talk.session.frame().state, "A");
}

#[test]
fn a_dangling_target_is_found_before_anybody_talks() {
    let ours = |to: &str| {
        let states =
            json!({ "Ask": { "transitions": [{ "pattern": "go", "to": to }] }, "Goodbye": {} });
        json!({ "meta": { "name": "T" }, "start": "Ask", "states": states }).to_string()
    };
    for (text, at) in [
        (ours("Godbye"), "/states/Ask/transitions/0/to"),
        (ours("flow:nowhere"), "/states/Ask/transitions/0/to"),
        (
            json!({ "id": "one", "initial": "A", "states": { "A": { "transitions": [{ "pattern": "x", "target": "Nowhere" }] } } })
                .to_string(),
            "/states/A/transitions/0/target",
        ),
        (
            json!({ "id": "one", "initial": "Nowhere", "states": { "A": { "transitions": [] } } }).to_string(),
            "/initial",
        ),
    ] {
        let findings = loaded("one", &text).unwrap_err();
        let error = findings.iter().find(|finding| finding.severity == flow::Severity::Error).unwrap();
        assert_eq!(error.path, at, "{findings:#?}");
        assert!(error.line > 0 && error.column > 1, "{error:?}");
    }
}

/// Asks for a card, and leaves with what it was.
fn pay() -> Value {
    json!({
        "start": "Card",
        "context": { "tries": 0, "number": 0 },
        "states": {
            "Card": { "onEnter": [{ "ask": "Your card?" }], "transitions": [
                { "pattern": "wait", "assign": { "tries": "{{ctx.tries + 1}}" }, "to": "Wait" },
            ] },
            "Wait": { "transitions": [
                { "pattern": "done", "assign": { "card.number": "{{ctx.number}}" }, "to": ":end" },
                { "pattern": "no", "to": ":cancel" },
                { "pattern": "broken", "to": ":error" },
            ] },
        },
    })
}

fn shop() -> Value {
    json!({
        "context": { "count": 0 },
        "states": {
            "A": { "transitions": [{ "pattern": "pay", "to": "Paying" }] },
            "Paying": { "onEnter": [{ "call": "pay", "params": { "number": 4111 } }], "transitions": [
                { "onFlowResult": "end", "assign": {
                    "card": "{{result.card.number}}", "tries": "{{result.tries}}", "count": "{{ctx.count + 1}}",
                }, "to": "A" },
                { "onFlowResult": "cancel", "assign": { "why": "cancelled" }, "to": "A" },
                { "onFlowResult": "error", "assign": { "why": "failed" }, "to": "A" },
            ] },
        },
    })
}

#[track_caller]
fn shopped(script: &str) -> Talk {
    let mut talk = Talk::among(&shop(), &[("pay", pay())]);
    talk.run("start");
    talk.run(script);
    talk
}

#[test]
fn a_flow_that_was_finished_begins_at_its_beginning_when_it_is_entered_again() {
    let talk = shopped("text pay\ntext wait\ntext done\ntext pay");
    assert_eq!(
        (talk.session.frames.len(), &*talk.session.frame().state),
        (2, "Card"),
        "{}",
        talk.out
    );
    assert_eq!(talk.session.frame().context["tries"], json!(0), "nothing is left of the last time");
    let talk = shopped("text pay\ntext wait\ntext done\ntext pay\ntext wait\ntext done");
    assert_eq!(talk.session.frame().context["count"], json!(2));
    let talk = shopped("text pay\ntext wait\ntext no\ntext pay");
    assert_eq!(&*talk.session.frame().state, "Card", "{}", talk.out);
    // And one that is gone over into, twice.
    let states = json!({ "A": { "transitions": [{ "pattern": "go", "to": "flow:other" }] } });
    let talk = talked(&json!({ "states": states }), "text go\ntext back\ntext go");
    assert_eq!((&*talk.session.frame().state, talk.session.frames.len()), ("Hall", 1));
}

#[test]
fn what_a_called_flow_came_to_reaches_its_caller_whichever_way_it_ended() {
    let talk = shopped("text pay\ntext wait\ntext done");
    let context = Value::Object(Map::clone(&talk.session.frame().context));
    assert_eq!(context, json!({ "count": 1, "card": 4111, "tries": 1 }), "{}", talk.out);
    for (word, why) in [("no", "cancelled"), ("broken", "failed")] {
        let talk = shopped(&format!("text pay\ntext wait\ntext {word}"));
        assert_eq!(talk.session.frame().context["why"], json!(why), "{}", talk.out);
        assert_eq!((&*talk.session.frame().state, talk.session.frames.len()), ("A", 1));
    }
    // Also across a store: what waits is part of the session.
    let mut talk = shopped("text pay\ntext wait");
    let stored = serde_json::to_string(&talk.session).unwrap();
    talk.session = serde_json::from_str(&stored).unwrap();
    talk.run("text done");
    assert_eq!(talk.session.frame().context["card"], json!(4111));
}
