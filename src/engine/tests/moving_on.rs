//! Sessions at random that come over to flows at random: who is called safe misses nothing there. `PROPTEST_CASES` widens
//! it.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::random::{STATES, flow_parts, play, script, state};
use super::{Talk, assert_sound, flow, step};
use crate::engine::{Input, Outcome, Outlook, Session, Step, carry_out, migrate, outlook};
use crate::engine::{Stays, Unmapped, fits};
use crate::event::{Event, Kind, ToolError, ToolErrorKind};
use crate::flow::{Flow, Trigger};

/// What becomes of a state in the next version.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Edit {
    Kept,
    OtherEntry,
    OtherWays,
    Other,
    Renamed,
    Removed,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let one = proptest::sample::select(vec![
        Edit::Kept,
        Edit::Kept,
        Edit::Kept,
        Edit::OtherEntry,
        Edit::OtherWays,
        Edit::Other,
        Edit::Renamed,
        Edit::Removed,
    ]);
    proptest::collection::vec(one, STATES.len())
}

/// The handlers of outcomes and of time without guards, so that it can be told whether there is one.
fn unguarded(mut parts: Value) -> Value {
    let unguard = |ways: &mut Value| {
        for way in ways.as_array_mut().into_iter().flatten() {
            let way = way.as_object_mut().unwrap();
            if ["onToolResult", "onToolError", "ms"].iter().any(|key| way.contains_key(*key)) {
                way.shift_remove("when");
                way.shift_remove("branch");
            }
        }
    };
    unguard(&mut parts["transitions"]);
    for state in parts["states"].as_object_mut().unwrap().values_mut() {
        unguard(&mut state["transitions"]);
        unguard(&mut state["after"]);
    }
    parts
}

/// Has everything that leads to `old`, or names it, lead to `new`.
fn redirect(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                if matches!(key.as_str(), "to" | "next") && field == old {
                    *field = json!(new);
                }
                redirect(field, old, new);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, old, new)),
        _ => {}
    }
}

/// The next version of a flow.
fn edited(old: &Value, edits: &[Edit], others: Vec<Value>) -> Value {
    let mut new = old.clone();
    let mut moves = json!({});
    for ((name, edit), other) in STATES.iter().zip(edits).zip(others) {
        // Where the flow begins is always there.
        let states = new["states"].as_object_mut().unwrap();
        match edit {
            Edit::OtherEntry => states[*name]["onEnter"] = other["onEnter"].clone(),
            Edit::OtherWays => states[*name]["transitions"] = other["transitions"].clone(),
            Edit::Other => states[*name] = other,
            Edit::Renamed if *name != "A" => {
                let taken = states.shift_remove(*name).unwrap();
                let renamed = format!("{name}{name}");
                states.insert(renamed.clone(), taken);
                redirect(&mut new, name, &renamed);
                moves[*name] = json!(renamed);
            }
            Edit::Removed if *name != "A" => drop(states.shift_remove(*name)),
            Edit::Kept | Edit::Renamed | Edit::Removed => {}
        }
    }
    // Whatever came with other states may lead to one that is gone.
    for name in STATES {
        if new["states"].get(name).is_none() {
            let to = moves.get(name).and_then(Value::as_str).unwrap_or("A").to_owned();
            redirect(&mut new, name, &to);
        }
    }
    new["migrations"] = json!([{ "from": "*", "states": moves }]);
    unguarded(new)
}

fn take(talk: &Talk, session: &Session, input: Input) -> Step {
    let taken = step(&talk.linked, session, &input, talk.now).unwrap();
    assert_sound(&talk.linked, session, &taken, talk.now);
    taken
}

fn has_error(events: &[Event], wanted: &str) -> bool {
    events.iter().any(|event| matches!(&event.kind, Kind::Error { code, .. } if code == wanted))
}

fn comes_to_a_limit(events: &[Event]) -> bool {
    let is_limit = |code: &str| code.starts_with("limit.");
    events.iter().any(|event| matches!(&event.kind, Kind::Error { code, .. } if is_limit(code)))
}

fn goes_by(events: &[Event], wanted: &str) -> bool {
    let by = |event: &Event| matches!(&event.kind, Kind::FsmTransition { trigger, .. } if trigger == wanted);
    events.iter().any(by)
        || has_error(events, "target.unknown")
        || has_error(events, "transition.loop")
}

/// Whether the version that a session is on has a handler for the failure of a tool in its state.
fn hears_failure(talk: &Talk, session: &Session, tool: &str) -> bool {
    let frame = session.frame();
    let flow = talk.linked.get(&frame.flow, &frame.version).unwrap();
    let state = &flow.states[&*frame.state];
    flow.ways_of(state).any(|way| matches!(&way.trigger, Trigger::ToolError(name) if name == tool))
}

/// What waited in the older version is waited for in the newer one.
fn assert_misses_nothing(talk: &Talk, stayed: &Session, moved: &Session) {
    // A silence is not waited for: its ladder begins anew with the move.
    let delayed = |session: &Session| session.timers.iter().filter(|t| t.after.is_some()).count();
    assert_eq!((stayed.pending.len(), delayed(stayed)), (moved.pending.len(), delayed(moved)));
    for pending in &stayed.pending {
        let failed = |session: &Session| {
            let error = ToolError::new(ToolErrorKind::Timeout, "no luck");
            let (call, outcome) = (pending.call.clone(), Outcome::Failed(error));
            take(talk, session, Input::ToolDone { call, outcome })
        };
        let after = failed(moved);
        // Where earlier results lead may change; who hears of the failure, if it comes to that, must be there.
        if hears_failure(talk, stayed, &pending.name) {
            assert!(!has_error(&after.events, "tool.unhandled"), "{:?}", after.events);
        }
        failed(stayed);
        let done = |session: &Session| {
            let (call, outcome) = (pending.call.clone(), super::done(json!({ "n": 1 })));
            take(talk, session, Input::ToolDone { call, outcome })
        };
        done(stayed);
        done(moved);
    }
    for timer in stayed.timers.iter().filter(|timer| timer.after.is_some()) {
        let (before, after) =
            (take(talk, stayed, Input::Due(timer.id)), take(talk, moved, Input::Due(timer.id)));
        // What the new version does there may come to one of its limits, which fails that step as a whole.
        if goes_by(&before.events, "after") && !comes_to_a_limit(&after.events) {
            assert!(goes_by(&after.events, "after"), "{:?}", after.events);
        }
    }
}

/// Whether what was told of a session says that it was to go back to a state that only the older version has.
fn misses_a_state(told: &str, new: &Flow) -> bool {
    let gone = STATES.iter().filter(|name| !new.states.contains_key(**name));
    let said = |name: &str| {
        ["", "state:"].iter().any(|mark| told.contains(&format!("names `{mark}{name}`")))
    };
    gone.into_iter().any(|name| said(name))
}

/// Says more to a session; what cannot be said now is passed over.
fn go_on(talk: &mut Talk, script: &[&str]) {
    for line in script {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let is_idle = (matches!(word, "done" | "failed") && talk.session.pending.is_empty())
            || (word == "due" && talk.session.timers.is_empty());
        if !is_idle {
            let input = talk.input(word, rest);
            drop(talk.take(input));
        }
        talk.now = talk.now.plus_millis(10);
    }
}

/// A state that is left by a word, mostly for one that the context names.
fn wandering() -> impl Strategy<Value = Value> {
    let assigns = [
        json!({}),
        json!({ "next": "{{session.state}}" }),
        json!({ "saved": "{{ctx.next}}", "next": "{{session.state}}" }),
        json!({ "next": "{{ctx.saved}}" }),
        json!({ "trail": { "last": "state:{{session.state}}", "all": "{{ctx.trail.last}}" } }),
        json!({ "trail.last": "{{ctx.trail.all}}" }),
    ];
    let targets = ["A", "B", "C", "D", "@next", "@next", "@trail.last", "@trail.last"];
    let way =
        (proptest::sample::select(assigns.to_vec()), proptest::sample::select(targets.to_vec()));
    proptest::collection::vec(way, 3).prop_map(|ways| {
        let words = ["go", "on", "back"].iter();
        let way = |(word, (assign, to)): (&&str, (Value, &str))| json!({ "pattern": word, "assign": assign, "to": to });
        json!({ "transitions": words.zip(ways).map(way).collect::<Vec<_>>() })
    })
}

fn wanderings() -> impl Strategy<Value = Vec<&'static str>> {
    let words = vec!["text go", "text on", "text back"];
    proptest::collection::vec(proptest::sample::select(words), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_global_rejects: u32::MAX, ..ProptestConfig::default() })]

    #[test]
    fn who_is_called_safe_misses_no_state_no_handler_and_no_timer(
        old in flow_parts(),
        others in proptest::collection::vec(state(), STATES.len()),
        edits in edits(),
        before in script(),
        after in script(),
    ) {
        let old = unguarded(old);
        let mut talk = play(&old, &before);
        prop_assume!(talk.session.is_active() && talk.session.understanding.is_none());
        let new = Arc::new(flow("test", &edited(&old, &edits, others)));
        talk.linked.activate(Arc::clone(&new));
        let stayed = talk.session.clone();
        for late in [false, true] {
            let outlook = outlook(&talk.linked, &stayed, &new, late);
            let done = carry_out(&talk.linked, &stayed, &new, (&outlook, talk.now));
            match (&outlook, done.expect("what is to become of it can be done")) {
                (Outlook::Moves, Some(step)) => {
                    assert_sound(&talk.linked, &stayed, &step, talk.now);
                    let moved = step.session;
                    let is_there = |frame: &crate::engine::Frame| {
                        frame.flow != new.id || frame.version == new.version && new.states.contains_key(&*frame.state)
                    };
                    prop_assert!(moved.frames.iter().all(is_there));
                    prop_assert_eq!(&moved.form, &stayed.form);
                    assert_misses_nothing(&talk, &stayed, &moved);
                    talk.session = moved;
                    talk.out.clear();
                    go_on(&mut talk, &after);
                    prop_assert!(!misses_a_state(&talk.out, &new), "{}", talk.out);
                    return Ok(());
                }
                (Outlook::Reenters(_) | Outlook::Ends(_), Some(step)) => {
                    assert_sound(&talk.linked, &stayed, &step, talk.now);
                    prop_assert!(late);
                    prop_assert_eq!(matches!(outlook, Outlook::Ends(_)), !step.session.is_active() && matches!(fits(&talk.linked, &stayed, &new), Err(Stays::State { .. } | Stays::Named { .. })));
                    talk.session = step.session;
                    go_on(&mut talk, &after);
                }
                (Outlook::Stays(_), None) => {}
                (outlook, done) => prop_assert!(false, "{:?} {:?}", outlook, done),
            }
        }
    }

    #[test]
    fn who_must_move_is_on_the_new_version_whatever_it_waited_for(
        old in flow_parts(),
        others in proptest::collection::vec(state(), STATES.len()),
        edits in edits(),
        before in script(),
        after in script(),
    ) {
        let mut talk = play(&old, &before);
        prop_assume!(talk.session.is_active() && talk.session.understanding.is_none());
        let new = Arc::new(flow("test", &edited(&old, &edits, others)));
        talk.linked.activate(Arc::clone(&new));
        let before = talk.session.clone();
        let step = migrate(&talk.linked, &before, &new, Unmapped::Restarts, talk.now).unwrap();
        assert_sound(&talk.linked, &before, &step, talk.now);
        let is_new = |frame: &crate::engine::Frame| frame.flow != new.id || frame.version == new.version;
        prop_assert!(step.session.frames.iter().all(is_new));
        talk.session = step.session;
        go_on(&mut talk, &after);
    }

    #[test]
    fn who_is_called_safe_is_never_sent_back_to_a_state_that_is_gone(
        states in proptest::collection::vec(wandering(), STATES.len()),
        edits in edits(),
        before in wanderings(),
        after in proptest::collection::vec(wanderings(), 8),
    ) {
        let states: serde_json::Map<String, Value> =
            STATES.iter().map(|name| (*name).to_owned()).zip(states).collect();
        let old = json!({ "context": { "next": "A", "trail": { "last": "A", "all": "A" } }, "states": states });
        let mut talk = play(&old, &before);
        let others = STATES.map(|name| old["states"][name].clone()).to_vec();
        let new = Arc::new(flow("test", &edited(&old, &edits, others)));
        talk.linked.activate(Arc::clone(&new));
        let Outlook::Moves = outlook(&talk.linked, &talk.session, &new, false) else { return Ok(()) };
        let step = migrate(&talk.linked, &talk.session, &new, Unmapped::Stays, talk.now);
        let moved = step.unwrap().session;
        for after in after {
            talk.session = moved.clone();
            talk.out.clear();
            go_on(&mut talk, &after);
            prop_assert!(!misses_a_state(&talk.out, &new), "{}", talk.out);
        }
    }
}
