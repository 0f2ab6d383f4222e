//! Tool calls: how they hold up a list, how their outcomes are handled, and how they are given up.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Talk, check};

/// A flow whose state `A` does `on_enter` and then has these transitions.
fn calling(on_enter: &Value, transitions: &Value) -> Value {
    json!({
        "tools": { "Look": {}, "Book": {} },
        "states": {
            "A": { "onEnter": on_enter, "onExit": [{ "say": "out" }], "transitions": transitions },
            "B": { "onEnter": [{ "say": "b {{tool.n}}" }] },
        },
    })
}

#[test]
fn a_call_holds_up_the_rest_then_its_handler_and_then_automatic_transitions_follow() {
    let parts = calling(
        &json!([{ "say": "one" }, { "tool": "Look", "args": { "at": "{{session.state}}" } }, { "say": "two {{tool.n}}" }]),
        &json!([{ "when": "ctx.n == 4", "to": "B" }, { "onToolResult": "Look", "when": "tool.n > 3", "assign": { "n": "{{tool.n}}" } }]),
    );
    check(
        &parts,
        r#"done {"n": 4}"#,
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "one"
          3.1 tool.call Look {"at":"A"} as s.3
          ! call Look within 31000 ms
        > done {"n": 4}
          4.2 tool.result Look {"n":4}
          5.2 say "two 4"
          6.2 state.updated {"n":4}
          7.2 say "out"
          8.2 A -> B by auto
          9.2 say "b 4"
    "#]],
    );
}

#[test]
fn a_result_without_a_handler_goes_on_to_automatic_transitions() {
    let parts = calling(
        &json!([{ "tool": "Look" }]),
        &json!([{ "onToolResult": "Look", "when": "tool.n > 9", "to": "A" }, { "to": "B" }]),
    );
    check(
        &parts,
        r#"done {"n": 4}"#,
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > done {"n": 4}
          3.2 tool.result Look {"n":4}
          4.2 say "out"
          5.2 A -> B by auto
          6.2 say "b 4"
    "#]],
    );
}

#[test]
fn handlers_wait_until_the_list_with_several_calls_is_done() {
    let parts = calling(
        &json!([{ "tool": "Look" }, { "say": "then" }, { "tool": "Book" }, { "say": "done" }]),
        &json!([
            { "onToolResult": "Look", "assign": { "look": "{{tool.n}}" } },
            { "onToolResult": "Book", "assign": { "book": "{{tool.n}}" }, "to": "B" },
        ]),
    );
    check(
        &parts,
        "done {\"n\": 1}\ndone {\"n\": 2}\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > done {"n": 1}
          3.2 tool.result Look {"n":1}
          4.2 say "then"
          5.2 tool.call Book {} as s.5
          ! call Book within 31000 ms
        > done {"n": 2}
          6.3 tool.result Book {"n":2}
          7.3 say "done"
          8.3 state.updated {"look":1}
          9.3 state.updated {"book":2}
          10.3 say "out"
          11.3 A -> B by tool.result:Book
          12.3 say "b 2"
        > look
        = test/B {"look":1,"book":2}
    "#]],
    );
}

#[test]
fn a_handler_that_leaves_leaves_the_later_ones_behind() {
    let parts = calling(
        &json!([{ "tool": "Look" }, { "tool": "Book" }]),
        &json!([{ "onToolResult": "Look", "to": "B" }, { "onToolResult": "Book", "assign": { "booked": true } }]),
    );
    check(
        &parts,
        "done {\"n\": 1}\ndone {\"n\": 2}",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > done {"n": 1}
          3.2 tool.result Look {"n":1}
          4.2 tool.call Book {} as s.4
          ! call Book within 31000 ms
        > done {"n": 2}
          5.3 tool.result Book {"n":2}
          6.3 say "out"
          7.3 A -> B by tool.result:Look
          8.3 say "b 1"
    "#]],
    );
}

#[test]
fn a_later_failure_comes_after_the_results_before_it() {
    let parts = calling(
        &json!([{ "tool": "Look" }, { "tool": "Book" }, { "say": "never" }]),
        &json!([{ "onToolResult": "Look", "assign": { "look": "{{tool.n}}" } }, { "onToolError": "Book", "to": "B" }]),
    );
    check(
        &parts,
        "done {\"n\": 1}\nfailed trap",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > done {"n": 1}
          3.2 tool.result Look {"n":1}
          4.2 tool.call Book {} as s.4
          ! call Book within 31000 ms
        > failed trap
          5.3 tool.error Book trap
          6.3 state.updated {"look":1}
          7.3 say "out"
          8.3 A -> B by tool.error:Book
          9.3 say "b 1"
    "#]],
    );
}

#[test]
fn a_failure_drops_the_rest_and_its_handler_sees_the_error() {
    let parts = calling(
        &json!([{ "tool": "Look" }, { "say": "never" }]),
        &json!([{ "onToolError": "Look", "when": "error.kind == 'timeout'", "assign": { "why": "{{error.message}} {{error.attempts}}" }, "to": "B" }]),
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
          4.2 state.updated {"why":"no luck 1"}
          5.2 say "out"
          6.2 A -> B by tool.error:Look
          7.2 say "b "
    "#]],
    );
}

#[test]
fn a_failure_without_a_handler_is_an_error_and_the_question_again() {
    let parts =
        calling(&json!([{ "ask": "what?" }, { "tool": "Look" }, { "say": "never" }]), &json!([]));
    check(
        &parts,
        "failed bad-args\ntext hello",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "what?"
          3.1 tool.call Look {} as s.3
          ! call Look within 31000 ms
        > failed bad-args
          4.2 tool.error Look bad-args
          5.2 error tool.unhandled: tool `Look` failed (bad-args) in state `A`, which has no `onToolError` for it
          6.2 ask "what?"
        > text hello
          7.3 user.text "hello"
          8.3 intent.unhandled - "hello" in A
          9.3 say "Sorry, I did not understand that."
          10.3 ask "what?"
    "#]],
    );
}

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
    let step =
        super::step(&talk.linked, talk.session.clone(), super::Input::Start, talk.now).unwrap();
    let [super::Effect::CallTool(call)] = step.effects.as_slice() else { panic!("{step:?}") };
    assert_eq!(call.id.as_str(), "s.2");
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
    check(&parts, "text go\nlook", &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 error args.failed: the arguments of tool `Look` cannot be computed: nothing does `/ (i64, ())`; a value may be missing or of another type
        > look
        = test/A {}
    "#]]);
}

#[test]
fn a_result_whose_handling_fails_as_a_whole_is_logged_and_its_call_is_gone() {
    let parts = calling(
        &json!([{ "tool": "Look" }, { "set": { "n": 1 } }]),
        &json!([{ "onToolResult": "Look", "to": "@nowhere" }]),
    );
    check(&parts, "done {}\nlook\nlate {}", &expect![[r#"
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
    "#]]);
}
