//! Where one can go and how it ends: other flows, looked-up targets, chains of automatic transitions, the end.

use expect_test::expect;
use serde_json::json;

use super::check;

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
