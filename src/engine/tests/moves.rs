//! Moving: the order of a transition, who is tried before whom, where one can go, and how it ends.

use expect_test::expect;
use serde_json::json;

use super::check;

#[test]
fn a_transition_assigns_leaves_tells_enters_and_goes_on() {
    let states = json!({
        "A": {
            "onEnter": [{ "ask": "go?" }],
            "onExit": [{ "say": "leaving with {{ctx.n}} in {{session.state}}" }],
            "transitions": [{ "pattern": "go", "assign": { "n": 2 }, "to": "B" }],
        },
        "B": { "onEnter": [{ "say": "in B" }], "transitions": [{ "to": "C" }] },
        "C": { "onEnter": [{ "ask": "and now?" }] },
    });
    check(
        &json!({ "context": { "n": 1 }, "states": states }),
        "text go",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "go?"
        > text go
          3.2 user.text "go"
          4.2 state.updated {"n":2}
          5.2 say "leaving with 2 in A"
          6.2 A -> B by pattern
          7.2 say "in B"
          8.2 B -> C by auto
          9.2 ask "and now?"
    "#]],
    );
}

#[test]
fn assigns_see_the_old_context_and_branches_the_new() {
    let states = json!({
        "A": { "transitions": [{
            "pattern": "go",
            "when": "ctx.a == 1",
            "assign": { "a": "{{ctx.b}}", "b": "{{ctx.a}}", "deep.er": "{{ctx.a}}" },
            "branch": [
                { "when": "ctx.a == 1", "to": "A" },
                { "when": "ctx.a == 2", "to": "B", "assign": { "c": "{{ctx.a}}", "a": 9 } },
            ],
        }] },
        "B": {},
    });
    let context = json!({ "a": 1, "b": 2 });
    check(
        &json!({ "context": context, "states": states }),
        "text go\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 state.updated {"a":9,"b":1,"deep.er":1,"c":2}
          4.2 A -> B by pattern
        > look
        = test/B {"a":9,"b":1,"deep":{"er":1},"c":2}
    "#]],
    );
}

#[test]
fn without_a_true_arm_the_assigns_are_undone_and_the_next_transition_is_tried() {
    let states = json!({
        "A": { "transitions": [
            { "pattern": "go", "assign": { "n": 5 }, "branch": [{ "when": "ctx.n == 1", "to": "B" }] },
            { "pattern": "go", "assign": { "m": "{{ctx.n}}" } },
        ] },
        "B": {},
    });
    check(
        &json!({ "context": { "n": 1 }, "states": states }),
        "text go\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 state.updated {"m":1}
        > look
        = test/A {"n":1,"m":1}
    "#]],
    );
}

#[test]
fn a_branch_without_a_true_arm_falls_back_on_its_to() {
    let states = json!({
        "A": { "transitions": [
            { "pattern": "go", "assign": { "n": 5 }, "branch": [{ "when": "ctx.n == 1", "to": "A" }], "to": "B" },
        ] },
        "B": {},
    });
    check(
        &json!({ "context": { "n": 1 }, "states": states }),
        "text go\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 state.updated {"n":5}
          4.2 A -> B by pattern
        > look
        = test/B {"n":5}
    "#]],
    );
}

#[test]
fn assign_alone_is_internal_and_a_move_to_oneself_is_not() {
    let states = json!({
        "A": {
            "onEnter": [{ "say": "hello" }],
            "onExit": [{ "say": "bye" }],
            "transitions": [
                { "pattern": "note", "assign": { "noted": true } },
                { "pattern": "again", "to": "A" },
            ],
        },
    });
    check(
        &json!({ "states": states }),
        "text note\ntext again",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "hello"
        > text note
          3.2 user.text "note"
          4.2 state.updated {"noted":true}
        > text again
          5.3 user.text "again"
          6.3 say "bye"
          7.3 A -> A by pattern
          8.3 say "hello"
    "#]],
    );
}

#[test]
fn priority_orders_within_a_group_and_own_comes_before_global() {
    let states = json!({
        "A": { "transitions": [
            { "pattern": "x", "to": "Low" },
            { "pattern": "x", "to": "High", "priority": 2 },
            { "pattern": "x", "to": "Never", "priority": 2 },
        ] },
        "Low": {}, "High": {}, "Never": {}, "Global": {},
    });
    let globals = json!([{ "pattern": "x", "to": "Global", "priority": 100, "except": ["Low"] }]);
    check(
        &json!({ "transitions": globals, "states": states }),
        "text x\ntext x\ntext x",
        &expect![[r#"
            > start
              1.1 session.created test
            > text x
              2.2 user.text "x"
              3.2 A -> High by pattern
            > text x
              4.3 user.text "x"
              5.3 High -> Global by pattern
            > text x
              6.4 user.text "x"
              7.4 Global -> Global by pattern
        "#]],
    );
}

#[test]
fn a_global_transition_leaves_alone_what_it_excepts() {
    let states = json!({ "A": { "transitions": [{ "pattern": "b", "to": "B" }] }, "B": {} });
    let globals = json!([{ "pattern": "help", "assign": { "helped": true }, "except": ["B"] }]);
    check(
        &json!({ "transitions": globals, "states": states }),
        "text help\ntext b\ntext help",
        &expect![[r#"
            > start
              1.1 session.created test
            > text help
              2.2 user.text "help"
              3.2 state.updated {"helped":true}
            > text b
              4.3 user.text "b"
              5.3 A -> B by pattern
            > text help
              6.4 user.text "help"
              7.4 intent.unhandled - "help" in B
              8.4 say "Sorry, I did not understand that."
        "#]],
    );
}

#[test]
fn every_verb_does_what_it_says() {
    let states = json!({
        "A": { "suggestions": ["yes", "{{ctx.who}}"], "onEnter": [
            { "set": { "who": "Ada", "n": "{{ctx.n}}", "list": [1, "{{ctx.n}}"] } },
            { "say": "hello {{ctx.who}} {{ctx.missing}}!" },
            { "ask": "well?" },
            { "ask": "really?", "suggestions": ["no"] },
            { "emit": "custom.thing", "data": { "who": "{{ctx.who}}" } },
            { "emit": "bare" },
            { "transfer": "desk {{ctx.n}}" },
        ], "transitions": [{ "pattern": "bye", "to": "End" }] },
        "End": { "onEnter": [{ "say": "bye" }, { "hangup": true }, { "say": "never" }] },
    });
    check(
        &json!({ "context": { "n": 3 }, "states": states }),
        "text bye\ntext more",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 state.updated {"who":"Ada","n":3,"list":[1,3]}
          3.1 say "hello Ada !"
          4.1 ask "well?" ["yes", "Ada"]
          5.1 ask "really?" ["no"]
          6.1 custom.thing {"who":"Ada"}
          7.1 bare null
          8.1 {"type":"transfer","to":"desk 3"}
        > text bye
          9.2 user.text "bye"
          10.2 A -> End by pattern
          11.2 say "bye"
          12.2 {"type":"hangup"}
          13.2 {"type":"session.ended","reason":"hangup"}
        > text more
          x could not take the input: the session has ended (hangup)
    "#]],
    );
}

#[test]
fn a_hangup_on_the_way_out_ends_it_before_the_move() {
    let states = json!({
        "A": { "onExit": [{ "hangup": true }, { "say": "never" }], "transitions": [{ "pattern": "go", "to": "B" }] },
        "B": { "onEnter": [{ "say": "never" }] },
    });
    check(
        &json!({ "states": states }),
        "text go",
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 {"type":"hangup"}
          4.2 {"type":"session.ended","reason":"hangup"}
    "#]],
    );
}
