//! What is said of a flow that calls another.

use expect_test::expect;
use serde_json::json;

use super::*;

#[test]
fn a_flow_that_calls_another_and_hears_of_it_again_is_fine() {
    let text = state(&json!({
        "onEnter": [{"call": "billing", "params": {"amount": "{{ctx.total}}"}}],
        "transitions": [
            {"onFlowResult": "end", "assign": {"total": "{{result.paid}}"}, "to": "B"},
            {"onFlowResult": "cancel", "to": "B"},
            {"onFlowResult": "error", "to": "B"},
        ],
    }));
    check(&text, &expect![[""]]);
}

#[test]
fn a_call_names_a_flow_and_a_way_back_that_exist() {
    check(
        &action(&json!({"call": "biling"})),
        &expect![
            "error flow.unknown 1:71+8 /states/A/onEnter/0/call: no flow `biling` (did you mean `billing`?)"
        ],
    );
    check(
        &state(&json!({
            "onEnter": [{"call": "billing"}],
            "transitions": [{"onFlowResult": "done", "to": "B"}],
        })),
        &expect![
            "error value.unknown 1:114+6 /states/A/transitions/0/onFlowResult: `onFlowResult` cannot be `done` (write one of `end`, `cancel`, `error`)"
        ],
    );
    check(
        &action(&json!({"call": "billing", "params": 1})),
        &expect![
            "error value.type 1:90+1 /states/A/onEnter/0/params: `params` must be an object, not an integer"
        ],
    );
    check(
        &action(&json!({"say": "hi", "params": {}})),
        &expect![
            "error key.misplaced 1:75+8 /states/A/onEnter/0/params: `params` goes with `call` only"
        ],
    );
    check(
        &action(&json!({"say": "hi", "call": "billing"})),
        &expect![
            "error action.verbs 1:75+6 /states/A/onEnter/0/call: `say` and `call` cannot share one action (make an action of each, in the order you want)"
        ],
    );
}

#[test]
fn a_flow_is_not_called_on_the_way_out() {
    let text = state(&json!({"onExit": [{"call": "billing"}], "transitions": [{"to": "B"}]}));
    check(
        &text,
        &expect![
            "error call.in_exit 1:63+6 /states/A/onExit/0/call: a flow cannot be called in `onExit`: it would come back to a state that is left (call it in the `onEnter` of a state in between)"
        ],
    );
}

#[test]
fn a_call_that_nobody_hears_of_again_is_odd() {
    let text = state(&json!({
        "onEnter": [{"call": "billing"}],
        "transitions": [{"pattern": "go", "to": "B"}],
    }));
    check(
        &text,
        &expect![[
            r#"warning call.unhandled 1:64+6 /states/A/onEnter/0/call: nothing happens when `billing` comes back (add a transition with `"onFlowResult": "end"`)"#
        ]],
    );
}
