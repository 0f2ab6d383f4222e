//! Tool calls: how they hold up a list, and how their outcomes are handled.

use expect_test::expect;
use serde_json::{Value, json};

use super::check;

/// A flow whose state `A` does `on_enter` and then has these transitions.
pub(super) fn calling(on_enter: &Value, transitions: &Value) -> Value {
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
