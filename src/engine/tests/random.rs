//! Small flows and inputs at random: whatever an author writes and a person does, a step is sound, and the same inputs
//! give the same log. `PROPTEST_CASES` widens it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Talk, assert_sound, step};
use crate::engine::{Effect, Input};

pub(super) const STATES: [&str; 4] = ["A", "B", "C", "D"];

fn target() -> impl Strategy<Value = String> {
    let special = ["flow:other", "flow:test", ":end", ":cancel", "@lost.way"].map(str::to_owned);
    prop_oneof![
        16 => proptest::sample::select(STATES.map(str::to_owned).to_vec()),
        4 => proptest::sample::select(vec!["@next".to_owned(), "@trail.last".to_owned()]),
        2 => proptest::sample::select(special.to_vec()),
    ]
}

fn guard() -> impl Strategy<Value = Option<String>> {
    let guards =
        ["ctx.n > 1", "ctx.n / 0 == 1", "slot.size == 4", "tool.n > 0", "error.kind == 'timeout'"];
    proptest::option::weighted(0.3, proptest::sample::select(guards.map(str::to_owned).to_vec()))
}

fn assign() -> impl Strategy<Value = Option<Value>> {
    let assigns = [
        json!({ "n": "{{ctx.n + 1}}" }),
        json!({ "n": 0, "next": "B" }),
        json!({ "next": "Nowhere", "deep.er": "{{input.text}}" }),
        json!({ "n": "{{slot.size}}", "all": "{{ctx}}" }),
        json!({ "n": "{{default(result.n, 0)}}" }),
        json!({ "next": "{{session.state}}" }),
        json!({ "next": "{{ctx.saved}}", "saved": "{{session.state}}" }),
        json!({ "trail": { "last": "state:{{session.state}}", "all": "{{ctx.left}}" } }),
        json!({ "trail.last": "{{ctx.trail.all}}", "saved": "{{ctx.next}}" }),
    ];
    proptest::option::weighted(0.6, proptest::sample::select(assigns.to_vec()))
}

fn trigger() -> impl Strategy<Value = Value> {
    let triggers = [
        json!({ "pattern": "go" }),
        json!({ "pattern": "re:^(?<size>[0-9]+)$" }),
        json!({ "pattern": ":default" }),
        json!({ "onIntent": "HI" }),
        json!({ "onDtmf": "1" }),
        json!({ "onEvent": "ping" }),
        json!({ "onToolResult": "Look" }),
        json!({ "onToolError": "Look" }),
        json!({ "onFlowResult": "end" }),
        json!({ "onDone": true }),
        json!({ "onFail": true }),
        json!({ "onFlowResult": "cancel" }),
        json!({}),
    ];
    proptest::sample::select(triggers.to_vec())
}

fn transition() -> impl Strategy<Value = Value> {
    let branch = proptest::option::weighted(0.3, (guard(), target()));
    (trigger(), guard(), assign(), branch, proptest::option::weighted(0.7, target())).prop_map(
        |(mut made, when, assign, branch, to)| {
            let is_auto = made == json!({});
            let put = |made: &mut Value, key: &str, value: Option<Value>| {
                if let Some(value) = value {
                    made[key] = value;
                }
            };
            let when = when.or_else(|| is_auto.then(|| "ctx.n > 1".to_owned()));
            put(&mut made, "when", when.map(Value::from));
            put(&mut made, "assign", assign);
            let arm = |(when, to): (Option<String>, String)| {
                json!([{ "when": when.unwrap_or_else(|| "else".to_owned()), "to": to }])
            };
            put(&mut made, "branch", branch.map(arm));
            put(&mut made, "to", to.map(Value::from));
            made
        },
    )
}

fn action() -> impl Strategy<Value = Value> {
    let actions = [
        json!({ "say": "n is {{ctx.n}}" }),
        json!({ "ask": "what?" }),
        json!({ "set": { "n": "{{default(ctx.n, 0) + 1}}" } }),
        json!({ "emit": "thing", "data": "{{ctx.n}}" }),
        json!({ "tool": "Look", "args": { "n": "{{ctx.n}}" } }),
        json!({ "tool": "Book" }),
        json!({ "call": "other", "params": { "age": "{{ctx.n}}" } }),
        json!({ "call": "test", "params": { "n": 1 } }),
        json!({ "transfer": "desk" }),
    ];
    prop_oneof![30 => proptest::sample::select(actions.to_vec()), 1 => Just(json!({ "hangup": true }))]
}

pub(super) fn state() -> impl Strategy<Value = Value> {
    let policies = ["queue", "interrupt", "reject", "merge"].map(str::to_owned).to_vec();
    (
        proptest::collection::vec(action(), 0..4),
        proptest::collection::vec(transition(), 0..5),
        proptest::option::weighted(0.3, (target(), guard())),
        proptest::sample::select(policies),
        proptest::sample::select(vec![0, 0, 0, 0, 0, 0, 1, 2, 3]),
    )
        .prop_map(|(on_enter, transitions, after, busy, kind)| {
            let after = after.map(|(to, when)| match when {
                Some(when) => json!({ "ms": 50, "to": to, "when": when }),
                None => json!({ "ms": 50, "to": to }),
            });
            let mut state = json!({
                "onEnter": on_enter,
                "onExit": [{ "set": { "left": "{{session.state}}" } }],
                "transitions": transitions,
                "after": after.into_iter().collect::<Vec<_>>(),
                "busy": busy,
                "final": kind == 1,
            });
            if kind > 1 {
                state["form"] = form(kind == 2);
            }
            state
        })
}

fn form(confirms: bool) -> Value {
    let mut form = json!({ "slots": [
        { "name": "n", "type": "integer", "ask": "n?", "validate": "slot.n < 9", "max": 2 },
        { "name": "deep.er", "type": "string", "ask": "why?" },
    ] });
    if confirms {
        form["confirm"] = json!("{{ctx.n}}?");
    }
    form
}

pub(super) fn flow_parts() -> impl Strategy<Value = Value> {
    let states = proptest::collection::vec(state(), STATES.len());
    let globals = proptest::collection::vec(transition(), 0..3);
    let silence = proptest::option::weighted(0.5, target());
    (states, globals, silence).prop_map(|(states, globals, silence)| {
        let fallback = silence.map_or(json!({}), |to| {
            json!({ "noInput": { "after_ms": 70, "steps": [{ "say": "hey", "reask": true }, { "to": to }] } })
        });
        let states: serde_json::Map<String, Value> =
            STATES.iter().map(|name| (*name).to_owned()).zip(states).collect();
        json!({
            "context": { "n": 0 },
            "intents": { "HI": { "examples": ["hi"], "slots": { "size": "number" } } },
            "tools": { "Look": {}, "Book": {} },
            "transitions": globals,
            "fallback": fallback,
            "states": states,
        })
    })
}

pub(super) fn script() -> impl Strategy<Value = Vec<&'static str>> {
    let lines = vec![
        "text go",
        "text 4",
        "text hm",
        "text yes",
        "text no, 12",
        "text#m go",
        "intent HI {\"size\":4}",
        "noise",
        "dtmf 1",
        "event ping",
        "done {\"n\":1}",
        "done {\"n\":1}",
        "failed timeout",
        "late {}",
        "due",
        "drain",
        "drain",
        "cancel",
        "start",
        "delete",
    ];
    proptest::collection::vec(proptest::sample::select(lines), 0..24)
}

/// Whether a line cannot be said now.
pub(super) fn is_idle(talk: &Talk, line: &str) -> bool {
    let word = line.split(' ').next().unwrap_or_default();
    let is_outcome = matches!(word, "done" | "failed");
    (is_outcome && talk.session.pending.is_empty())
        || (word == "due" && talk.session.timers.is_empty())
}

/// Plays a script; a line that cannot be said now, such as the outcome of no call, is passed over.
pub(super) fn play(parts: &Value, script: &[&str]) -> Talk {
    let mut talk = Talk::new(parts);
    talk.run("start");
    for line in script {
        if is_idle(&talk, line) {
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let input = talk.input(word, rest);
        drop(talk.take(input));
        talk.now = talk.now.plus_millis(10);
    }
    talk
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_global_rejects: u32::MAX, ..ProptestConfig::default() })]

    #[test]
    fn any_flow_and_any_inputs_make_sound_steps_and_the_same_log_again(
        parts in flow_parts(),
        script in script(),
    ) {
        let first = play(&parts, &script);
        let second = play(&parts, &script);
        prop_assert_eq!(&first.out, &second.out);
        prop_assert_eq!(&first.session, &second.session);
    }

    #[test]
    fn a_stored_and_loaded_session_goes_on_as_the_one_that_stayed(
        parts in flow_parts(),
        script in script(),
    ) {
        let talk = play(&parts, &script);
        prop_assume!(talk.session.understanding.is_none());
        let stored = serde_json::to_string(&talk.session).unwrap();
        let input = || Input::Text { text: "go".to_owned(), message_id: None };
        let stayed = step(&talk.linked, &talk.session, &input(), talk.now);
        let loaded = step(&talk.linked, &serde_json::from_str(&stored).unwrap(), &input(), talk.now);
        match (stayed, loaded) {
            (Ok(stayed), Ok(loaded)) => {
                prop_assert_eq!(stayed.events, loaded.events);
                prop_assert_eq!(stayed.session, loaded.session);
            }
            (stayed, loaded) => {
                prop_assert_eq!(stayed.map(|_| ()).map_err(|e| e.to_string()), loaded.map(|_| ()).map_err(|e| e.to_string()));
            }
        }
    }

    #[test]
    fn every_call_that_is_told_goes_out_and_is_pending(parts in flow_parts(), script in script()) {
        let mut talk = play(&parts, &script);
        talk.run("drain");
        let before = talk.session.clone();
        let Ok(after) = step(&talk.linked, &before, &Input::Text { text: "go".to_owned(), message_id: None }, talk.now) else {
            return Ok(());
        };
        assert_sound(&talk.linked, &before, &after, talk.now);
        let told = after.events.iter().filter(|event| matches!(event.kind, crate::event::Kind::ToolCall { .. })).count();
        let sent = after.effects.iter().filter(|effect| matches!(effect, Effect::CallTool(_))).count();
        prop_assert_eq!(told, sent);
        prop_assert!(after.session.pending.len() <= 1, "a state waits for one call at a time");
    }
}
