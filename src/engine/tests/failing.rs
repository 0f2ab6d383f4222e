//! Whatever fails on the way through a step, the step changes nothing but the log.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::random::{STATES, flow_parts, is_idle, script};
use super::*;

/// Ways on which something fails after something else has been done.
fn ways() -> Vec<Value> {
    let way = |to: &str| json!({ "pattern": "go", "assign": { "n": 9, "where": "Nowhere" }, "to": to, "priority": 9 });
    let mut ways: Vec<Value> = ["Round", "flow:gone", "@where", "Deep"].map(way).to_vec();
    ways.push(json!({ "onIntent": "HI", "priority": 9, "assign": { "n": 8 }, "say": "on the way", "to": "Round" }));
    ways.push(
        json!({ "onToolResult": "Look", "priority": 9, "assign": { "n": 7 }, "to": "Round" }),
    );
    ways
}

/// A flow in which much that is said fails.
fn parts() -> impl Strategy<Value = Value> {
    let placed = (proptest::sample::select(STATES.to_vec()), proptest::sample::select(ways()));
    (flow_parts(), proptest::collection::vec(placed, 1..6)).prop_map(|(mut parts, placed)| {
        let on =
            |to: &str| json!({ "onEnter": [{ "say": "round" }], "transitions": [{ "to": to }] });
        parts["states"]["Round"] = on("Again");
        parts["states"]["Again"] = on("Round");
        parts["states"]["Deep"] = json!({ "onEnter": [{ "call": "state:Deep" }] });
        for (state, way) in placed {
            let ways = &mut parts["states"][state]["transitions"];
            if let Some(ways) = ways.as_array_mut() {
                ways.insert(0, way);
            }
        }
        parts
    })
}

/// Why a step was undone, if it was.
fn undone(step: &Step) -> Option<&str> {
    step.events.iter().find_map(|event| match &event.kind {
        Kind::Error { code, .. } if code.starts_with("limit.") => Some(code.as_str()),
        Kind::Error { code, .. }
            if matches!(code.as_str(), "transition.loop" | "target.unknown") =>
        {
            Some(code.as_str())
        }
        _ => None,
    })
}

/// Where a conversation is and what it knows.
fn place(session: &Session) -> Vec<(&str, &str, &Map)> {
    let frames = session.frames.iter();
    frames.map(|frame| (frame.flow.as_str(), &*frame.state, &*frame.context)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_step_that_fails_changes_nothing(parts in parts(), script in script()) {
        let mut talk = Talk::new(&parts);
        talk.run("start");
        for line in script.into_iter().chain(["text go", "intent HI {\"size\":4}"]) {
            if is_idle(&talk, line) {
                continue;
            }
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let before = talk.session.clone();
            let Ok(step) = step(&talk.linked, &before, &talk.input(word, rest), talk.now) else { continue };
            assert_sound(&talk.linked, &before, &step, talk.now);
            if let Some(why) = undone(&step) {
                prop_assert_eq!(place(&before), place(&step.session), "{}", why);
                let called = step.effects.iter().any(|effect| matches!(effect, Effect::CallTool(_)));
                prop_assert!(!called, "{why}");
                let told = step.events.iter().any(|event| matches!(event.kind, Kind::Say { .. } | Kind::Custom { .. }));
                prop_assert!(!told || word == "drain", "{why}: {:?}", step.events);
            }
            talk.session = step.session;
            talk.now = talk.now.plus_millis(10);
        }
    }
}

#[test]
fn the_flows_that_are_tried_do_fail() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let failed = (0..64).filter(|_| {
        let parts = parts().new_tree(&mut runner).unwrap().current();
        let mut talk = Talk::new(&parts);
        talk.run("start\ntext go\nintent HI {\"size\":4}");
        talk.out.contains("error transition.loop")
            || talk.out.contains("error limit.")
            || talk.out.contains("error target.")
    });
    assert!(failed.count() > 8, "else the property says nothing");
}
