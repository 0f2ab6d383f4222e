//! Bounds, failing guards and refusals: each passes into an event or an error, and the session stays as it was.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Talk, check};
use crate::engine::{
    CONTEXT_BYTES_MAX, DEPTH_MAX, Done, Error, Input, Outcome, Session, Understood,
};
use crate::event::{Map, SessionId};
use crate::flow::Linked;

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

#[test]
fn a_guard_that_fails_is_false_and_an_event_with_its_place() {
    let states = json!({ "A": { "transitions": [
        { "pattern": "go", "when": "ctx.n / 0 == 1", "to": "A" },
        { "pattern": "go", "branch": [{ "when": "ctx.n", "to": "A" }, { "when": "else", "to": "B" }] },
    ] }, "B": { "onEnter": [{ "say": "<{{ctx.n / 0}}>" }, { "set": { "x": "{{ctx.n % 0}}" } }] } });
    check(
        &json!({ "context": { "n": 1 }, "states": states }),
        "text go",
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 {"type":"guard.error","at":"/states/A/transitions/0","message":"division by zero: 1 / 0"}
          4.2 {"type":"guard.error","at":"/states/A/transitions/1/branch/0","message":"it is a number, neither true nor false"}
          5.2 A -> B by pattern
          6.2 {"type":"guard.error","at":"/states/B/onEnter/0","message":"division by zero: 1 / 0"}
          7.2 say ""
          8.2 {"type":"guard.error","at":"/states/B/onEnter/1/set/x","message":"modulo division by zero or overflow: 1 % 0"}
          9.2 state.updated {"x":null}
    "#]],
    );
}

#[test]
fn a_context_that_would_grow_too_large_fails_the_step() {
    let states = json!({ "A": { "transitions": [
        { "onEvent": "more", "assign": { "text": "{{input.payload}}" }, "to": "B" },
    ] }, "B": {} });
    let mut talk = Talk::new(&json!({ "states": states }));
    talk.run("start");
    let more = |payload| Input::External { name: "more".to_owned(), payload, message_id: None };
    talk.take(more("x".repeat(CONTEXT_BYTES_MAX).into())).unwrap();
    assert!(talk.out.ends_with("error limit.context: the context would be larger than 262144 bytes or deeper than 64 levels\n"));
    talk.take(more(nested(DEPTH_MAX))).unwrap();
    assert!(talk.out.ends_with("or deeper than 64 levels\n"));
    assert_eq!((&*talk.session.frame().state, talk.session.frame().context.len()), ("A", 0));
    talk.take(more(nested(DEPTH_MAX - 1))).unwrap();
    assert_eq!(&*talk.session.frame().state, "B");
}

#[test]
fn too_many_guards_that_fail_fail_the_step() {
    let arm = json!({ "when": "ctx.n / 0 == 1", "to": "A" });
    let transition = json!({ "pattern": "go", "branch": vec![arm; 50] });
    let states = json!({ "A": { "transitions": vec![transition; 50] } });
    let mut talk = Talk::new(&json!({ "context": { "n": 1 }, "states": states }));
    talk.run("start");
    talk.run("text go");
    let error = "error limit.events: one turn may not go over 2000; look for a loop in the flow\n";
    assert!(talk.out.ends_with(error), "{}", talk.out);
}

#[test]
fn too_many_actions_fail_the_step() {
    let says: Vec<Value> = (0..20).map(|_| json!({ "say": "x" })).collect();
    let states = json!({
        "A": { "transitions": [{ "pattern": "go", "assign": { "n": 0 }, "to": "B" }] },
        "B": { "onEnter": says, "transitions": [{ "when": "ctx.n < 60", "assign": { "n": "{{ctx.n + 1}}" }, "to": "B" }] },
    });
    check(
        &json!({ "states": states }),
        "text go\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 error limit.actions: one turn may not go over 1000; look for a loop in the flow
        > look
        = test/A {}
    "#]],
    );
}

#[test]
fn too_many_events_fail_the_step() {
    let failing: Vec<Value> =
        (0..100).map(|_| json!({ "when": "ctx.n / 0 == 1", "to": "A" })).collect();
    let mut transitions = vec![json!({ "pattern": "go", "assign": { "n": 0 } })];
    transitions.extend(failing);
    transitions.push(json!({ "when": "ctx.n < 50", "assign": { "n": "{{ctx.n + 1}}" } }));
    let states = json!({ "A": { "transitions": transitions } });
    let mut talk = Talk::new(&json!({ "context": { "n": 50 }, "states": states }));
    talk.run("start");
    talk.out.clear();
    talk.run("text go");
    expect![[r#"
        > text go
          102.2 user.text "go"
          103.2 error limit.events: one turn may not go over 2000; look for a loop in the flow
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn a_result_that_could_not_be_loaded_again_is_a_failure() {
    let states = json!({ "A": { "onEnter": [{ "tool": "Look" }], "transitions": [{ "onToolError": "Look", "to": "B" }] }, "B": {} });
    let mut talk = Talk::new(&json!({ "tools": { "Look": {} }, "states": states }));
    talk.run("start");
    let call = talk.session.pending[0].call.clone();
    let outcome = Outcome::Done(Done { result: nested(DEPTH_MAX + 1), ..Done::default() });
    talk.take(Input::ToolDone { call, outcome }).unwrap();
    expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
          3.2 tool.error Look limit
          4.2 A -> B by tool.error:Look
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn a_patch_cannot_be_deeper_than_a_context_may_be() {
    let states = json!({ "A": { "onEnter": [{ "tool": "Look" }, { "say": "never" }] } });
    let mut talk = Talk::new(&json!({ "tools": { "Look": {} }, "states": states }));
    talk.run("start");
    let call = talk.session.pending[0].call.clone();
    let patch = vec![(vec!["a"; 100_000].join("."), json!(1))];
    let outcome = Outcome::Done(Done { patch, ..Done::default() });
    talk.take(Input::ToolDone { call, outcome }).unwrap();
    expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
          3.2 tool.result Look null
          4.2 error limit.context: a tool's change is deeper than 64 levels
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn what_could_not_be_loaded_again_is_refused() {
    let parts = json!({ "intents": { "HI": { "examples": ["hi"] } }, "states": { "A": { "transitions": [{ "onIntent": "HI", "to": "A" }] } } });
    let mut talk = Talk::new(&parts);
    talk.run("start");
    let slots = Map::from_iter([("deep".to_owned(), nested(DEPTH_MAX))]);
    let understood =
        Understood { intent: Some("HI".to_owned()), slots: slots.into(), ..Understood::default() };
    let refused = talk.take(Input::Understood(understood.clone()));
    assert!(matches!(refused, Err(Error::TooLarge { what: "slots" })), "{refused:?}");
    talk.run("text hi");
    let refused = talk.take(Input::Understood(understood));
    assert!(matches!(refused, Err(Error::TooLarge { what: "slots" })), "{refused:?}");

    let flow = talk.linked.current(&"test".into()).unwrap();
    let context = Map::from_iter([("deep".to_owned(), nested(DEPTH_MAX))]);
    let session = Session::new(SessionId::new("s").unwrap(), flow, context, talk.now);
    let refused = crate::engine::step(&talk.linked, &session, &Input::Start, talk.now).unwrap_err();
    assert!(matches!(refused, Error::TooLarge { what: "context" }), "{refused:?}");
}

#[test]
fn a_session_starts_once_and_first() {
    let mut talk = Talk::new(&json!({ "states": { "A": {} } }));
    talk.run("text hello\ndelete\nstart\nstart");
    expect![[r#"
        > text hello
          x could not take the input: the session has not started
        > delete
          x could not take the input: the session has not started
        > start
          1.1 session.created test
        > start
          x could not take the input: the session has started already
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn a_session_on_a_version_that_is_not_there_is_refused() {
    let mut talk = Talk::new(&json!({ "states": { "A": {} } }));
    talk.run("start");
    talk.linked = Linked::default();
    let refused = talk.take(Input::Drain);
    assert!(matches!(refused, Err(Error::UnknownFlow { .. })), "{refused:?}");
    assert!(talk.out.contains("could not find flow `test` in version "), "{}", talk.out);
}

#[test]
fn a_flow_that_was_taken_away_fails_the_step() {
    let states = json!({ "A": { "transitions": [{ "pattern": "go", "to": "flow:other" }] } });
    let mut talk = Talk::new(&json!({ "states": states }));
    talk.linked.retire(&"other".into());
    talk.run("start\ntext go\nlook");
    expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 error target.unknown: no flow `other` is loaded
        > look
        = test/A {}
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn a_deleted_session_ends_with_its_last_event() {
    let states =
        json!({ "A": { "onEnter": [{ "tool": "Look" }], "after": [{ "ms": 5, "to": "A" }] } });
    let parts = json!({ "tools": { "Look": {} }, "states": states });
    check(
        &parts,
        "text waits\ndelete\nlate {}",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! wake in 5 ms
          ! call Look within 31000 ms
        > text waits
          3.2 user.text "waits"
        > delete
          4.3 {"type":"session.ended","reason":"deleted"}
          ! cancel s.2
        > late {}
          x could not take the outcome: no call `s.2` is pending
    "#]],
    );
}
