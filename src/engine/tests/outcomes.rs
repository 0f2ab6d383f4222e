//! Calls that are given up, that a backend takes, that fail in odd places.

use expect_test::expect;
use serde_json::json;

use super::calls::calling;
use super::{Talk, check};

#[test]
fn leaving_gives_the_call_up_and_a_late_outcome_is_refused() {
    let parts = calling(
        &json!([{ "tool": "Look" }]),
        &json!([{ "onEvent": "go", "to": "B" }, { "onEvent": "again", "to": "A" }, { "onEvent": "note", "assign": { "x": 1 } }]),
    );
    check(
        &parts,
        "event note\nevent go\nlate {}",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > event note
          3.2 {"type":"user.event","name":"note","payload":{}}
          4.2 state.updated {"x":1}
        > event go
          5.3 {"type":"user.event","name":"go","payload":{}}
          6.3 say "out"
          7.3 A -> B by event:go
          8.3 say "b "
          ! cancel s.2
        > late {}
          x could not take the outcome: no call `s.2` is pending
    "#]],
    );
    check(
        &parts,
        "event again\ndone {}\nlate {}",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > event again
          3.2 {"type":"user.event","name":"again","payload":{}}
          4.2 say "out"
          5.2 A -> A by event:again
          6.2 tool.call Look {} as s.6
          ! cancel s.2
          ! call Look within 31000 ms
        > done {}
          7.3 tool.result Look {}
        > late {}
          x could not take the outcome: no call `s.6` is pending
    "#]],
    );
}

#[test]
fn a_client_can_give_calls_up_but_not_the_session() {
    let parts = calling(
        &json!([{ "tool": "Look" }, { "say": "never" }]),
        &json!([{ "onToolError": "Look", "when": "error.kind == 'cancelled'", "assign": { "gone": true } }]),
    );
    check(
        &parts,
        "cancel\ncancel\nlate {}\ntext hello",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > cancel
          3.2 tool.error Look cancelled
          4.2 state.updated {"gone":true}
          ! cancel s.2
        > cancel
        > late {}
          x could not take the outcome: no call `s.2` is pending
        > text hello
          5.3 user.text "hello"
          6.3 intent.unhandled - "hello" in A
          7.3 say "Sorry, I did not understand that."
    "#]],
    );
}

#[test]
fn a_call_is_told_with_all_that_a_backend_needs() {
    let parts = json!({
        "meta": { "name": "T", "language": "pt-PT" },
        "context": { "x": 1 },
        "tools": { "Look": { "timeout_ms": 100, "retry": { "max_attempts": 4, "backoff_ms": 10, "max_backoff_ms": 25, "jitter": false }, "idempotent": true, "uses": "p/look" } },
        "states": { "A": { "onEnter": [{ "tool": "Look", "args": { "a": [1, "{{ctx.x}}"] } }] } },
    });
    let mut talk = Talk::new(&parts);
    let step = super::step(&talk.linked, &talk.session, &super::Input::Start, talk.now).unwrap();
    let [super::Effect::CallTool(call)] = step.effects.as_slice() else { panic!("{step:?}") };
    assert_eq!(call.id.as_str(), format!("s.{}.2", talk.now));
    assert_eq!(call.id.session(), "s");
    // The same conversation a moment later, after this one was deleted: no tool takes its call for this one.
    let now = talk.now.plus_millis(1);
    let again = super::Session { created_at: now, ..talk.session.clone() };
    let again = super::step(&talk.linked, &again, &super::Input::Start, now).unwrap();
    let [super::Effect::CallTool(other)] = again.effects.as_slice() else { panic!("{again:?}") };
    assert_ne!(other.id, call.id);
    assert_eq!(json!(call.args), json!({ "a": [1, 1] }));
    assert_eq!(
        (call.uses.as_deref(), call.locale.as_str(), call.state.as_str()),
        (Some("p/look"), "pt-PT", "A")
    );
    assert!(call.idempotent);
    // Four attempts, the waits 10 + 20 + 25, and the time in the tool's own queue.
    assert_eq!(call.deadline.millis_since(talk.now), 400 + 55 + 1_000);
    talk.session = step.session;
    assert_eq!(talk.session.due(), Some(call.deadline));
    let flow = talk.linked.current(&"test".into()).unwrap();
    let again = talk.session.call_again(flow, &talk.session.pending[0]).unwrap();
    assert_eq!(format!("{again:?}"), format!("{call:?}"));
}

#[test]
fn a_tool_may_say_things_and_write_what_it_was_granted() {
    let parts = calling(&json!([{ "tool": "Look" }, { "say": "rest {{ctx.a.b}}" }]), &json!([]));
    check(
        &parts,
        r#"gives {"result": {}, "patch": {"a.b": 2}, "say": ["from the tool"]}
           look"#,
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 tool.call Look {} as s.2
              ! call Look within 31000 ms
            > gives {"result": {}, "patch": {"a.b": 2}, "say": ["from the tool"]}
              3.2 tool.result Look {}
              4.2 state.updated {"a.b":2}
              5.2 say "from the tool"
              6.2 say "rest 2"
            > look
            = test/A {"a":{"b":2}}
        "#]],
    );
}

#[test]
fn a_call_in_a_final_state_ends_the_session_whatever_comes_of_it() {
    let parts = json!({
        "tools": { "Look": {} },
        "transitions": [{ "pattern": "help", "assign": { "helped": true } }],
        "states": { "A": { "final": true, "busy": "interrupt", "onEnter": [{ "tool": "Look" }, { "say": "bye" }] } },
    });
    check(
        &parts,
        "text help\ndone {}",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > text help
          3.2 user.text "help"
          4.2 intent.unhandled - "help" in A
          5.2 say "Sorry, I did not understand that."
        > done {}
          6.3 tool.result Look {}
          7.3 say "bye"
          8.3 {"type":"session.ended","reason":"final"}
    "#]],
    );
    check(
        &parts,
        "failed timeout",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > failed timeout
          3.2 tool.error Look timeout
          4.2 error tool.unhandled: tool `Look` failed (timeout) in state `A`, which has no `onToolError` for it
          5.2 {"type":"session.ended","reason":"final"}
    "#]],
    );
}

#[test]
fn an_internal_answer_to_a_failure_in_a_final_state_ends_the_session_too() {
    let parts = json!({
        "tools": { "Look": {} },
        "states": { "A": {
            "final": true,
            "onEnter": [{ "tool": "Look" }, { "say": "never" }],
            "transitions": [{ "onToolError": "Look", "assign": { "failed": true } }],
        } },
    });
    check(
        &parts,
        "failed timeout",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > failed timeout
          3.2 tool.error Look timeout
          4.2 state.updated {"failed":true}
          5.2 {"type":"session.ended","reason":"final"}
    "#]],
    );
}

#[test]
fn a_call_whose_arguments_fail_is_not_made() {
    let parts = json!({
        "tools": { "Look": {} },
        "states": {
            "A": { "transitions": [{ "pattern": "go", "to": "B" }] },
            "B": { "onEnter": [{ "tool": "Look", "args": { "a": "{{1 / ctx.missing}}" } }] },
        },
    });
    check(
        &parts,
        "text go\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 error args.failed: the arguments of tool `Look` cannot be computed: nothing does `/ (i64, ())`; a value may be missing or of another type
        > look
        = test/A {}
    "#]],
    );
}

#[test]
fn a_result_whose_handling_fails_as_a_whole_is_logged_and_its_call_is_gone() {
    let parts = calling(
        &json!([{ "tool": "Look" }, { "set": { "n": 1 } }]),
        &json!([{ "onToolResult": "Look", "to": "@nowhere" }]),
    );
    check(
        &parts,
        "done {}\nlook\nlate {}",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > done {}
          3.2 tool.result Look {}
          4.2 error target.unknown: `@nowhere` names ``, which is no state of this flow
        > look
        = test/A {}
        > late {}
          x could not take the outcome: no call `s.2` is pending
    "#]],
    );
}

#[test]
fn a_form_that_is_done_before_it_begins_goes_on_to_automatic_transitions_after_a_failed_call_too() {
    let filled = json!({ "slots": [{ "name": "n", "type": "integer", "ask": "How many?" }] });
    let parts = json!({
        "tools": { "Look": {} },
        "states": {
            "A": { "transitions": [{ "assign": { "n": 4 }, "to": "Form" }] },
            "Form": {
                "onEnter": [{ "tool": "Look" }],
                "form": filled,
                "transitions": [{ "onDone": true, "to": "B" }, { "onFail": true, "to": "B" }],
            },
            "B": { "transitions": [{ "to": "C" }] },
            "C": { "onEnter": [{ "say": "c" }] },
        },
    });
    check(
        &parts,
        "failed timeout",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 state.updated {"n":4}
              3.1 A -> Form by auto
              4.1 tool.call Look {} as s.4
              ! call Look within 31000 ms
            > failed timeout
              5.2 tool.error Look timeout
              6.2 error tool.unhandled: tool `Look` failed (timeout) in state `Form`, which has no `onToolError` for it
              7.2 Form -> B by form.done
              8.2 B -> C by auto
              9.2 say "c"
        "#]],
    );
}
