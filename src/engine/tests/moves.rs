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

#[test]
fn a_final_state_runs_its_list_and_ends_the_session() {
    let states = json!({
        "A": { "transitions": [{ "pattern": "go", "to": "End" }] },
        "End": { "final": true, "onEnter": [{ "say": "one" }, { "say": "two" }] },
    });
    let script = "text go\ntext hello\nevent x\ncancel\ndrain\ndelete\nlate {}";
    check(
        &json!({ "states": states }),
        script,
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 A -> End by pattern
          4.2 say "one"
          5.2 say "two"
          6.2 {"type":"session.ended","reason":"final"}
        > text hello
          x could not take the input: the session has ended (final)
        > event x
          x could not take the input: the session has ended (final)
        > cancel
          x could not take the input: the session has ended (final)
        > drain
          x could not take the input: the session has ended (final)
        > delete
          x could not take the input: the session has ended (final)
        > late {}
          x could not take the outcome: no call `none` is pending
    "#]],
    );
}

#[test]
fn leaving_the_outermost_flow_ends_the_session() {
    let states = json!({ "A": {
        "onExit": [{ "say": "out" }],
        "transitions": [{ "pattern": "end", "to": ":end" }, { "pattern": "stop", "to": ":cancel" }, { "pattern": "oops", "to": ":error" }],
    } });
    let parts = json!({ "states": states });
    check(
        &parts,
        "text end",
        &expect![[r#"
        > start
          1.1 session.created test
        > text end
          2.2 user.text "end"
          3.2 say "out"
          4.2 A -> :end by pattern
          5.2 {"type":"session.ended","reason":"end"}
    "#]],
    );
    check(
        &parts,
        "text stop",
        &expect![[r#"
        > start
          1.1 session.created test
        > text stop
          2.2 user.text "stop"
          3.2 say "out"
          4.2 A -> :cancel by pattern
          5.2 {"type":"session.ended","reason":"cancel"}
    "#]],
    );
    check(
        &parts,
        "text oops",
        &expect![[r#"
        > start
          1.1 session.created test
        > text oops
          2.2 user.text "oops"
          3.2 say "out"
          4.2 A -> :error by pattern
          5.2 {"type":"session.ended","reason":"error"}
    "#]],
    );
}

#[test]
fn another_flow_begins_at_its_start_with_the_context_kept() {
    let states = json!({ "A": { "transitions": [{ "pattern": "go", "assign": { "x": 1 }, "to": "flow:other" }] } });
    let parts = json!({ "context": { "name": "Ada" }, "states": states });
    check(
        &parts,
        "text go\nlook\ntext back\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 state.updated {"x":1}
          4.2 A -> Hall by pattern
          5.2 say "hall of Ada, 7"
        > look
        = other/Hall {"name":"Ada","age":7,"x":1}
        > text back
          6.3 user.text "back"
          7.3 Hall -> A by pattern
        > look
        = test/A {"name":"Ada","age":7,"x":1}
    "#]],
    );
}

#[test]
fn a_target_is_looked_up_in_the_context_after_assign() {
    let states = json!({
        "A": { "transitions": [
            { "pattern": "go", "assign": { "next.state": "state:B" }, "to": "@next.state" },
            { "pattern": "lost", "assign": { "next.state": "Nowhere" }, "to": "@next.state" },
        ] },
        "B": {},
    });
    check(
        &json!({ "states": states }),
        "text lost\nlook\ntext go\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
        > text lost
          2.2 user.text "lost"
          3.2 error target.unknown: `@next.state` names `Nowhere`, which is no state of this flow
        > look
        = test/A {}
        > text go
          4.3 user.text "go"
          5.3 state.updated {"next.state":"state:B"}
          6.3 A -> B by pattern
        > look
        = test/B {"next":{"state":"state:B"}}
    "#]],
    );
}

#[test]
fn automatic_transitions_run_on_until_none_matches() {
    let states = json!({
        "A": { "transitions": [{ "when": "ctx.n < 3", "assign": { "n": "{{ctx.n + 1}}" } }, { "to": "B" }] },
        "B": { "transitions": [{ "when": "ctx.n > 3", "to": "A" }] },
    });
    check(
        &json!({ "context": { "n": 1 }, "states": states }),
        "look",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 state.updated {"n":2}
          3.1 state.updated {"n":3}
          4.1 A -> B by auto
        > look
        = test/B {"n":3}
    "#]],
    );
}

#[test]
fn an_endless_chain_is_discarded_as_a_whole() {
    let states = json!({
        "A": { "transitions": [{ "pattern": "go", "assign": { "n": 1 }, "to": "B" }] },
        "B": { "onEnter": [{ "say": "tick" }], "transitions": [{ "to": "C" }] },
        "C": { "transitions": [{ "to": "B" }] },
    });
    check(
        &json!({ "states": states }),
        "text go\nlook\ntext nothing",
        &expect![[r#"
        > start
          1.1 session.created test
        > text go
          2.2 user.text "go"
          3.2 error transition.loop: more than 100 automatic transitions in one turn, the last into `C`
        > look
        = test/A {}
        > text nothing
          4.3 user.text "nothing"
          5.3 intent.unhandled - "nothing" in A
          6.3 say "Sorry, I did not understand that."
    "#]],
    );
}

#[test]
fn a_hundred_automatic_transitions_are_fine() {
    let states = json!({
        "A": { "transitions": [{ "pattern": "go", "assign": { "n": 0 } }, { "when": "ctx.n < 100", "assign": { "n": "{{ctx.n + 1}}" } }] },
    });
    let mut talk = super::Talk::new(&json!({ "context": { "n": 100 }, "states": states }));
    talk.run("start\ntext go");
    assert_eq!(talk.session.frame().context["n"], 100);
    assert!(!talk.out.contains("error"), "{}", talk.out);
}
