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
    check(&text, &expect![[r#""#]]);
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
    check_with(&text, &look(), &expect![[r#""#]]);
}

#[test]
fn a_branch_that_may_fall_through_is_odd() {
    let one = json!({"onIntent": "YES", "branch": [{"when": "slot.x == 1", "to": "B"}]});
    check_with(&transition(&one), &look(), &expect![[r#""#]]);
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
    check(&text, &expect![[r#""#]]);
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
    check(&text, &expect![[r#""#]]);
}

#[test]
fn repeating_a_tool_that_is_not_idempotent_is_odd() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}))
        .replace(r#""Look":{"#, r#""Look":{"retry":{"max_attempts":3},"#);
    check_with(&text, &look(), &expect![[r#""#]]);
    let safe = text.replace(r#""Look":{"#, r#""Look":{"idempotent":true,"#);
    check_with(&safe, &look(), &expect![[""]]);
}

#[test]
fn a_bare_word_is_odd() {
    let one = json!({"onIntent": "YES", "when": "slot.size == small", "to": "B"});
    check_with(&transition(&one), &look(), &expect![[r#""#]]);
}

#[test]
fn a_call_whose_failure_nobody_sees_is_odd() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}))
        .replace(r#"{"onToolError":"Look","to":"B"}"#, r#"{"pattern":"x","to":"B"}"#);
    check_with(&text, &look(), &expect![[r#""#]]);
}

#[test]
fn a_call_in_a_final_state_is_odd() {
    let text = flow(&json!({"tools": {"Look": {}}, "states": {
        "A": {"transitions": [{"to": "B"}]},
        "B": {"final": true, "onEnter": [{"tool": "Look"}]},
    }}));
    check_with(&text, &look(), &expect![[r#""#]]);
}

#[test]
fn a_tool_that_nobody_or_more_than_one_offers_is_odd() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}));
    check(&text, &expect![[r#""#]]);
    let uses = text.replace(r#""Look":{"#, r#""Look":{"uses":"eye/look","#);
    check_with(&uses, &look(), &expect![[r#""#]]);
    let any = || json!({"type": "object"});
    let two = Offers::new([offer("eyes/look", any(), None), offer("spy/look", any(), None)]);
    check_with(&text, &two, &expect![[r#""#]]);
}

#[test]
fn an_argument_that_the_flow_declares_and_leaves_out_is_odd() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}))
        .replace(r#""args":{"what":"x"}"#, r#""args":{}"#);
    check_with(&text, &look(), &expect![[r#""#]]);
}
