//! What is odd about a flow that loads all the same.

use expect_test::expect;
use serde_json::json;

use super::*;

#[test]
fn a_state_that_cannot_be_reached_or_left_is_odd() {
    let text = flow(&json!({"states": {
        "A": {"transitions": [{"to": "B"}]},
        "B": {},
        "C": {"final": true},
    }}));
    check(
        &text,
        &expect![[r#"
        warning state.stuck 1:80+3 /states/B: no way leads out of state `B` (add a transition, or make it `final`)
        warning state.unreachable 1:87+3 /states/C: no way leads to state `C` (add a transition to it, or remove it)"#]],
    );
}

#[test]
fn a_state_that_the_context_may_name_counts_as_reached() {
    let text = flow(&json!({"context": {"next": "C"}, "states": {
        "A": {"transitions": [{"to": "@next"}]},
        "C": {"final": true},
    }}));
    check(&text, &expect![[""]]);
}

#[test]
fn what_is_declared_and_not_used_is_odd() {
    let text = flow(&json!({"intents": {"YES": {"examples": ["yes"]}}, "tools": {"Look": {}}}));
    check_with(
        &text,
        &look(),
        &expect![[r#"
        warning intent.unused 1:111+5 /intents/YES: intent `YES` sets nothing off (add a transition with `onIntent`, or remove it)
        warning tool.unused 1:148+6 /tools/Look: tool `Look` is never called (call it with a `tool` action, or remove it)"#]],
    );
}

#[test]
fn a_branch_that_may_fall_through_is_odd() {
    let one = json!({"onIntent": "YES", "branch": [{"when": "slot.x == 1", "to": "B"}]});
    check_with(
        &transition(&one),
        &look(),
        &expect![[
            r#"warning branch.no_else 1:133+8 /states/A/transitions/0/branch: no arm of the branch is `else`: when none is true, the transition does not match (end it with `{"when": "else", "to": …}`, or add `to`)"#
        ]],
    );
}

#[test]
fn one_example_of_two_intents_is_odd() {
    let text = flow(&json!({
        "intents": {"YES": {"examples": ["Sure!", "ok"]}, "NO": {"examples": ["no", "SURE!"]}},
        "states": {
            "A": {"transitions": [{"onIntent": ["YES", "NO"], "to": "B"}]},
            "B": {"final": true},
        },
    }));
    check(
        &text,
        &expect![
            "warning example.duplicate 1:192+7 /intents/NO/examples/1: `SURE!` is an example of `YES` too (keep it where it belongs more)"
        ],
    );
}

#[test]
fn a_path_that_is_read_and_never_written_is_odd() {
    let text = flow(&json!({
        "context": {"guest": {"name": "Ana"}},
        "states": {
            "A": {
                "onEnter": [{"set": {"partySize": 4}}, {"say": "{{ctx.partysize}} {{ctx.guest.name}}"}],
                "transitions": [{"when": "ctx.partysize > 3", "to": "B"}],
            },
            "B": {"final": true},
        },
    }));
    check(
        &text,
        &expect![
            "warning context.unwritten 1:94+38 /states/A/onEnter/1/say: `ctx.partysize` is read, but the flow never writes it (did you mean `partySize`?)"
        ],
    );
    let called = flow(&json!({"context": {"partySize": 2}, "states": {
        "A": {
            "onEnter": [{"say": "{{ctx.amount}} {{ctx.partysize}}"}],
            "transitions": [{"to": ":end"}],
        },
    }}));
    check(
        &called,
        &expect![
            "warning context.unwritten 1:70+34 /states/A/onEnter/0/say: `ctx.partysize` is read, but the flow never writes it (did you mean `partySize`?)"
        ],
    );
}

#[test]
fn repeating_a_tool_that_is_not_idempotent_is_odd() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}))
        .replace(r#""Look":{"#, r#""Look":{"retry":{"max_attempts":3},"#);
    check_with(
        &text,
        &look(),
        &expect![
            "warning retry.not_idempotent 1:286+7 /tools/Look/retry: tool `Look` is repeated but not `idempotent` (a call may take effect twice: see that it cannot, and say so)"
        ],
    );
    let safe = text.replace(r#""Look":{"#, r#""Look":{"idempotent":true,"#);
    check_with(&safe, &look(), &expect![[""]]);
}

#[test]
fn a_bare_word_is_odd() {
    let one = json!({"onIntent": "YES", "when": "slot.size == small", "to": "B"});
    check_with(
        &transition(&one),
        &look(),
        &expect![[
            r#"warning expression.bare_word 1:154+1 /states/A/transitions/0/when: `small` is no name here and is taken as text; write "small""#
        ]],
    );
}

#[test]
fn a_call_whose_failure_nobody_sees_is_odd() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}))
        .replace(r#"{"onToolError":"Look","to":"B"}"#, r#"{"pattern":"x","to":"B"}"#);
    check_with(
        &text,
        &look(),
        &expect![[
            r#"warning tool.unhandled_error 1:64+6 /states/A/onEnter/0/tool: nothing happens when `Look` fails (add a transition with `"onToolError": "Look"`)"#
        ]],
    );
}

#[test]
fn a_call_in_a_final_state_is_odd() {
    let text = flow(&json!({"tools": {"Look": {}}, "states": {
        "A": {"transitions": [{"to": "B"}]},
        "B": {"final": true, "onEnter": [{"tool": "Look"}]},
    }}));
    check_with(
        &text,
        &look(),
        &expect![
            "warning tool.in_final 1:110+6 /states/B/onEnter/0/tool: the session may end before this call is done: the state is final (call it in a state before this one)"
        ],
    );
}

#[test]
fn a_tool_that_nobody_or_more_than_one_offers_is_odd() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}));
    check(
        &text,
        &expect![
            "warning tool.not_offered 1:278+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"
        ],
    );
    let uses = text.replace(r#""Look":{"#, r#""Look":{"uses":"eye/look","#);
    check_with(
        &uses,
        &look(),
        &expect![
            "warning tool.not_offered 1:293+10 /tools/Look/uses: no loaded plugin offers `eye/look`: a call of it would fail (did you mean `eyes/look`?)"
        ],
    );
    let any = || json!({"type": "object"});
    let two = Offers::new([offer("eyes/look", any(), None), offer("spy/look", any(), None)]);
    check_with(
        &text,
        &two,
        &expect![
            "warning tool.ambiguous 1:278+6 /tools/Look: several plugins offer `Look`: a call of it would fail (add `uses` with one of eyes/look, spy/look)"
        ],
    );
}

#[test]
fn an_argument_that_the_flow_declares_and_leaves_out_is_odd() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}))
        .replace(r#""args":{"what":"x"}"#, r#""args":{}"#);
    check_with(
        &text,
        &look(),
        &expect![
            "warning args.missing 1:64+6 /states/A/onEnter/0/tool: the argument `what` of tool `Look` is not given"
        ],
    );
}

#[test]
fn a_call_on_the_way_out_of_a_state_is_refused() {
    let on_exit = json!([{"say": "bye"}, {"tool": "Look"}]);
    let states = json!({
        "A": {"onExit": on_exit, "transitions": [{"to": "B"}]},
        "B": {"final": true},
    });
    check(
        &flow(&json!({"tools": {"Look": {}}, "states": states})),
        &expect![[r#"
        error tool.in_exit 1:77+6 /states/A/onExit/1/tool: a tool cannot be called in `onExit`: its outcome would find the state left (call it in the `onEnter` of a state in between)
        warning tool.not_offered 1:150+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
}
