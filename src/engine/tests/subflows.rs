//! Flows that call flows: what goes in, what comes back and how, and what happens to those who wait.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Talk, check};
use crate::engine::FRAMES_MAX;

/// A flow that takes an amount and leaves in each of the three ways.
fn pay() -> Value {
    json!({
        "start": "Card",
        "context": { "amount": 0, "currency": "EUR" },
        "states": { "Card": {
            "onEnter": [{ "ask": "{{params.amount}} {{ctx.currency}}. Your card?" }],
            "onExit": [{ "emit": "card.left" }],
            "transitions": [
                { "pattern": "re:^(?<card>[0-9]+)$", "assign": { "card": "{{slot.card}}", "paid": "{{ctx.amount}}" }, "to": ":end" },
                { "pattern": "no", "to": ":cancel" },
                { "pattern": "broke", "to": ":error" },
            ],
        } },
    })
}

/// A shop whose state `A` goes through [`pay`] and goes on with `transitions`.
fn shop(transitions: Value) -> Value {
    let mut on_done = vec![json!({ "pattern": "again", "to": "A" })];
    on_done.extend(transitions.as_array().unwrap().clone());
    json!({
        "context": { "total": 12 },
        "states": {
            "A": {
                "onEnter": [
                    { "ask": "Ready to pay?" },
                    { "call": "pay", "params": { "amount": "{{ctx.total}}" } },
                    { "say": "You paid {{result.paid}} {{result.currency}}." },
                ],
                "transitions": on_done,
            },
            "B": { "onEnter": [{ "say": "card {{ctx.card}}" }] },
        },
    })
}

#[track_caller]
fn check_pay(parts: &Value, script: &str, expected: &Expect) {
    let mut talk = Talk::among(parts, &[("pay", pay())]);
    talk.run("start");
    talk.run(script);
    expected.assert_eq(&talk.out);
}

#[test]
fn a_called_flow_gets_parameters_and_gives_its_context_back() {
    let ways =
        json!([{ "onFlowResult": "end", "assign": { "card": "{{result.card}}" }, "to": "B" }]);
    check_pay(
        &shop(ways),
        "look\ntext 4111\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "Ready to pay?"
          3.1 A -> Card by call
          4.1 ask "12 EUR. Your card?"
        > look
        = pay/Card {"amount":12,"currency":"EUR"}
        > text 4111
          5.2 user.text "4111"
          6.2 state.updated {"card":"4111","paid":12}
          7.2 card.left null
          8.2 Card -> :end by pattern
          9.2 :end -> A by return
          10.2 say "You paid 12 EUR."
          11.2 state.updated {"card":"4111"}
          12.2 A -> B by flow.result:end
          13.2 say "card 4111"
        > look
        = test/B {"total":12,"card":"4111"}
    "#]],
    );
}

#[test]
fn a_flow_that_is_cancelled_or_fails_drops_the_rest_of_the_list() {
    let ways = json!([
        { "onFlowResult": "cancel", "assign": { "why": "cancelled" }, "to": "B" },
        { "onFlowResult": "error", "assign": { "why": "failed" }, "to": "B" },
    ]);
    check_pay(
        &shop(ways.clone()),
        "text no\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "Ready to pay?"
          3.1 A -> Card by call
          4.1 ask "12 EUR. Your card?"
        > text no
          5.2 user.text "no"
          6.2 card.left null
          7.2 Card -> :cancel by pattern
          8.2 :cancel -> A by return
          9.2 state.updated {"why":"cancelled"}
          10.2 A -> B by flow.result:cancel
          11.2 say "card "
        > look
        = test/B {"total":12,"why":"cancelled"}
    "#]],
    );
    check_pay(
        &shop(ways),
        "text broke\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "Ready to pay?"
          3.1 A -> Card by call
          4.1 ask "12 EUR. Your card?"
        > text broke
          5.2 user.text "broke"
          6.2 card.left null
          7.2 Card -> :error by pattern
          8.2 :error -> A by return
          9.2 state.updated {"why":"failed"}
          10.2 A -> B by flow.result:error
          11.2 say "card "
        > look
        = test/B {"total":12,"why":"failed"}
    "#]],
    );
}

#[test]
fn without_a_handler_the_caller_asks_its_question_again() {
    check_pay(
        &shop(json!([])),
        "text no\ntext what\ntext again\ntext broke",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "Ready to pay?"
          3.1 A -> Card by call
          4.1 ask "12 EUR. Your card?"
        > text no
          5.2 user.text "no"
          6.2 card.left null
          7.2 Card -> :cancel by pattern
          8.2 :cancel -> A by return
          9.2 ask "Ready to pay?"
        > text what
          10.3 user.text "what"
          11.3 intent.unhandled - "what" in A
          12.3 say "Sorry, I did not understand that."
          13.3 ask "Ready to pay?"
        > text again
          14.4 user.text "again"
          15.4 A -> A by pattern
          16.4 ask "Ready to pay?"
          17.4 A -> Card by call
          18.4 ask "12 EUR. Your card?"
        > text broke
          19.5 user.text "broke"
          20.5 card.left null
          21.5 Card -> :error by pattern
          22.5 :error -> A by return
          23.5 error flow.unhandled: a called flow failed in state `A`, which has no `onFlowResult` for it
          24.5 ask "Ready to pay?"
    "#]],
    );
}

#[test]
fn the_list_and_its_handlers_go_on_in_order_after_several_calls() {
    let parts = json!({
        "tools": { "Look": {} },
        "states": {
            "A": {
                "onEnter": [
                    { "tool": "Look" },
                    { "call": "pay", "params": { "amount": 1 } },
                    { "tool": "Look", "args": { "card": "{{result.card}}" } },
                    { "say": "done" },
                ],
                "transitions": [
                    { "onToolResult": "Look", "assign": { "looks": "{{default(ctx.looks, 0) + tool.n}}" } },
                    { "onFlowResult": "end", "assign": { "card": "{{result.card}}" } },
                    { "when": "ctx.looks == 3 && ctx.card == '41'", "to": "B" },
                ],
            },
            "B": {},
        },
    });
    check_pay(
        &parts,
        "done {\"n\":1}\ntext 41\ndone {\"n\":2}\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > done {"n":1}
          3.2 tool.result Look {"n":1}
          4.2 A -> Card by call
          5.2 ask "1 EUR. Your card?"
        > text 41
          6.3 user.text "41"
          7.3 state.updated {"card":"41","paid":1}
          8.3 card.left null
          9.3 Card -> :end by pattern
          10.3 :end -> A by return
          11.3 tool.call Look {"card":"41"} as s.11
          ! call Look within 31000 ms
        > done {"n":2}
          12.4 tool.result Look {"n":2}
          13.4 say "done"
          14.4 state.updated {"looks":1}
          15.4 state.updated {"card":"41"}
          16.4 state.updated {"looks":3}
          17.4 A -> B by auto
        > look
        = test/B {"looks":3,"card":"41"}
    "#]],
    );
}

#[test]
fn a_flow_that_calls_itself_is_bounded() {
    let states = json!({ "A": { "onEnter": [{ "say": "in" }, { "call": "test" }], "transitions": [{ "onFlowResult": "end" }] } });
    check(
        &json!({ "states": states }),
        "look",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 error limit.frames: flow `test` would be more than 16 deep; look for flows that call each other
            > look
            = test/A {}
        "#]],
    );
    assert_eq!(FRAMES_MAX, 16);
}

#[test]
fn a_flow_that_is_not_loaded_or_parameters_that_fail_discard_the_step() {
    let states = json!({
        "A": { "transitions": [{ "pattern": "gone", "to": "Gone" }, { "pattern": "bad", "to": "Bad" }] },
        "Gone": { "onEnter": [{ "call": "gone" }], "transitions": [{ "onFlowResult": "end" }] },
        "Bad": { "onEnter": [{ "call": "pay", "params": { "x": "{{1 / ctx.zero}}" } }], "transitions": [{ "onFlowResult": "end" }] },
    });
    let parts = json!({ "context": { "zero": 0 }, "states": states });
    check_pay(
        &parts,
        "text gone\ntext bad\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
        > text gone
          2.2 user.text "gone"
          3.2 error target.unknown: no flow `gone` is loaded
        > text bad
          4.3 user.text "bad"
          5.3 error args.failed: the parameters of flow `pay` cannot be computed: division by zero: 1 / 0
        > look
        = test/A {"zero":0}
    "#]],
    );
}

#[test]
fn the_callers_delayed_transition_gives_the_called_flow_up() {
    let parts = json!({
        "context": { "patient": true },
        "states": {
            "A": {
                "onEnter": [{ "call": "pay", "params": { "amount": 1 } }],
                "transitions": [{ "onFlowResult": "end", "to": "B" }],
                "after": [{ "ms": 10, "when": "!ctx.patient", "to": "B" }, { "ms": 20, "when": "ctx.patient", "to": "B" }],
            },
            "B": { "onEnter": [{ "say": "too late" }] },
        },
    });
    check_pay(
        &parts,
        "wait 10\ndue\nlook\nwait 10\ndue\nlook\ntext 41",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 A -> Card by call
          3.1 ask "1 EUR. Your card?"
          ! wake in 10 ms
          ! wake in 20 ms
        > wait 10
        > due
          4.2 {"type":"timer.due","timer":1000}
        > look
        = pay/Card {"amount":1,"currency":"EUR"}
        > wait 10
        > due
          5.3 {"type":"timer.due","timer":1001}
          6.3 card.left null
          7.3 A -> B by after
          8.3 say "too late"
        > look
        = test/B {"patient":true}
        > text 41
          9.4 user.text "41"
          10.4 intent.unhandled - "41" in B
          11.4 say "Sorry, I did not understand that."
    "#]],
    );
}

#[test]
fn a_called_flow_may_go_over_into_another_and_still_comes_back() {
    let deep =
        json!({ "states": { "A": { "transitions": [{ "pattern": "pay", "to": "flow:pay" }] } } });
    let parts = json!({ "states": {
        "A": { "onEnter": [{ "call": "deep", "params": { "amount": 3 } }], "transitions": [{ "onFlowResult": "end", "assign": { "got": "{{result}}" }, "to": "B" }] },
        "B": {},
    } });
    let mut talk = Talk::among(&parts, &[("pay", pay()), ("deep", deep)]);
    talk.run("start\ntext pay\ntext 41\nlook");
    expect![[r#"
        > start
          1.1 session.created test
          2.1 A -> A by call
        > text pay
          3.2 user.text "pay"
          4.2 A -> Card by pattern
          5.2 ask "3 EUR. Your card?"
        > text 41
          6.3 user.text "41"
          7.3 state.updated {"card":"41","paid":3}
          8.3 card.left null
          9.3 Card -> :end by pattern
          10.3 :end -> A by return
          11.3 state.updated {"got":{"amount":3,"currency":"EUR","card":"41","paid":3}}
          12.3 A -> B by flow.result:end
        > look
        = test/B {"got":{"amount":3,"currency":"EUR","card":"41","paid":3}}
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn a_final_state_ends_the_session_from_within_too() {
    let deep = json!({ "states": { "A": { "onEnter": [{ "say": "bye" }], "final": true } } });
    let parts = json!({ "states": { "A": { "onEnter": [{ "call": "deep" }, { "say": "never" }], "transitions": [{ "onFlowResult": "end" }] } } });
    let mut talk = Talk::among(&parts, &[("deep", deep)]);
    talk.run("start");
    expect![[r#"
        > start
          1.1 session.created test
          2.1 A -> A by call
          3.1 say "bye"
          4.1 {"type":"session.ended","reason":"final"}
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn handlers_of_a_flow_that_was_left_do_not_go_on_in_its_caller() {
    let deep = json!({
        "tools": { "X": {}, "Y": {} },
        "states": { "A": {
            "onEnter": [{ "tool": "X" }, { "tool": "Y" }],
            "transitions": [{ "onToolResult": "X", "to": ":end" }, { "onToolError": "X", "to": ":error" }, { "onToolError": "Y", "to": ":error" }],
        } },
    });
    let parts = json!({
        "tools": { "Y": {} },
        "states": { "A": {
            "onEnter": [{ "call": "deep" }],
            "transitions": [{ "onFlowResult": "end", "assign": { "back": true } }, { "onToolResult": "Y", "assign": { "wrong": true } }],
        } },
    });
    let mut talk = Talk::among(&parts, &[("deep", deep)]);
    talk.run("start\ndone {}\ndone {}\nlook");
    expect![[r#"
        > start
          1.1 session.created test
          2.1 A -> A by call
          3.1 tool.call X {} as s.3
          ! call X within 31000 ms
        > done {}
          4.2 tool.result X {}
          5.2 tool.call Y {} as s.5
          ! call Y within 31000 ms
        > done {}
          6.3 tool.result Y {}
          7.3 A -> :end by tool.result:X
          8.3 :end -> A by return
          9.3 state.updated {"back":true}
        > look
        = test/A {"back":true}
    "#]]
    .assert_eq(&talk.out);
}
