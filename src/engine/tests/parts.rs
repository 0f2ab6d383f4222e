//! Parts of a flow that are called like a flow and share its context; what a transition says; rules of JSON Logic.

use expect_test::expect;
use serde_json::{Value, json};

use super::check;

fn with_a_part() -> Value {
    json!({
        "context": {"n": 1},
        "states": {
            "A": {
                "onEnter": [{"call": "state:Pay", "params": {"amount": "{{ctx.n + 1}}"}}, {"say": "Paid by {{ctx.by}}."}],
                "transitions": [
                    {"onFlowResult": "end", "assign": {"seen": "{{result.by}}"}, "to": "B"},
                    {"onFlowResult": "cancel", "to": "C"},
                ],
                "after": [{"ms": 1000, "to": "C"}],
            },
            "Pay": {
                "onEnter": [{"ask": "{{params.amount}} or {{ctx.amount}}?"}],
                "transitions": [
                    {"pattern": "cash", "assign": {"by": "cash"}, "to": ":end"},
                    {"pattern": "no", "assign": {"by": "nobody"}, "to": ":cancel"},
                    {"pattern": "deeper", "to": "Deeper"},
                ],
            },
            "Deeper": {"onEnter": [{"call": "state:Deeper"}], "transitions": [{"onFlowResult": "error", "to": "Pay"}]},
            "B": {"transitions": [{"pattern": "again", "to": "A"}]},
            "C": {"transitions": [{"pattern": "again", "to": "A"}]},
        },
    })
}

#[test]
fn a_part_works_on_the_context_of_its_caller() {
    check(
        &with_a_part(),
        "text cash\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 state.updated {"amount":2}
          3.1 A -> Pay by call
          4.1 ask "2 or 2?"
          ! wake in 1000 ms
        > text cash
          5.2 user.text "cash"
          6.2 state.updated {"by":"cash"}
          7.2 Pay -> :end by pattern
          8.2 :end -> A by return
          9.2 say "Paid by cash."
          10.2 state.updated {"seen":"cash"}
          11.2 A -> B by flow.result:end
        > look
        = test/B {"n":1,"amount":2,"by":"cash","seen":"cash"}
    "#]],
    );
}

#[test]
fn a_caller_that_goes_elsewhere_keeps_what_its_part_wrote() {
    let mut flow = with_a_part();
    flow["states"]["Pay"]["transitions"][2] = json!({"pattern": "half", "assign": {"half": true}});
    check(
        &flow,
        "text half\nwait 2000\ndue\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 state.updated {"amount":2}
          3.1 A -> Pay by call
          4.1 ask "2 or 2?"
          ! wake in 1000 ms
        > text half
          5.2 user.text "half"
          6.2 state.updated {"half":true}
        > wait 2000
        > due
          7.3 {"type":"timer.due","timer":1000}
          8.3 A -> C by after
        > look
        = test/C {"n":1,"amount":2,"half":true}
    "#]],
    );
}

#[test]
fn parts_that_call_themselves_for_ever_are_stopped() {
    check(
        &with_a_part(),
        "text deeper\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 state.updated {"amount":2}
          3.1 A -> Pay by call
          4.1 ask "2 or 2?"
          ! wake in 1000 ms
        > text deeper
          5.2 user.text "deeper"
          6.2 error limit.frames: state `Deeper` would be more than 16 deep; look for flows that call each other
        > look
        = test/Pay {"n":1,"amount":2}
    "#]],
    );
}

#[test]
fn a_transition_may_say_something_and_stay_or_go() {
    let flow = json!({
        "states": {
            "A": {"transitions": [
                {"pattern": "help", "assign": {"n": 1}, "say": "Number {{ctx.n}}."},
                {"pattern": "go", "say": "Off we go.", "to": "B"},
            ]},
            "B": {"onEnter": [{"say": "Here."}], "transitions": [{"pattern": "back", "to": "A"}]},
        },
    });
    check(
        &flow,
        "text help\ntext go",
        &expect![[r#"
        > start
          1.1 session.created test
        > text help
          2.2 user.text "help"
          3.2 state.updated {"n":1}
          4.2 say "Number 1."
        > text go
          5.3 user.text "go"
          6.3 say "Off we go."
          7.3 A -> B by pattern
          8.3 say "Here."
    "#]],
    );
}

#[test]
fn rules_of_json_logic_guard_transitions_arms_and_delays() {
    let more = |n: u8| json!({">": [{"var": "n"}, n]});
    let flow = json!({
        "context": {"n": 3},
        "states": {
            "A": {
                "after": [{"ms": 1000, "when": more(2), "to": "B"}],
                "transitions": [
                    {"pattern": "all", "when": [more(1), "ctx.n < 3"], "to": "B"},
                    {"pattern": "*", "branch": [{"when": more(5), "to": "B"}, {"when": [more(2), "ctx.n < 9"], "to": "C"}]},
                ],
            },
            "B": {"transitions": [{"pattern": "back", "to": "A"}]},
            "C": {"transitions": [{"pattern": "back", "to": "A"}]},
        },
    });
    check(
        &flow,
        "text all\ntext back\nwait 1000\ndue",
        &expect![[r#"
        > start
          1.1 session.created test
          ! wake in 1000 ms
        > text all
          2.2 user.text "all"
          3.2 A -> C by pattern
        > text back
          4.3 user.text "back"
          5.3 C -> A by pattern
          ! wake in 1000 ms
        > wait 1000
        > due
          6.4 {"type":"timer.due","timer":5000}
          7.4 A -> B by after
    "#]],
    );
}
