//! What is done when the person says nothing.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Talk, check};
use crate::engine::SILENCES_MAX;

fn patient(states: Value) -> Value {
    json!({
        "tools": { "Look": {} },
        "fallback": { "noInput": { "after_ms": 100, "steps": [
            { "say": "Still there?", "reask": true },
            { "say": "Hello?" },
            { "say": "Bye.", "to": "End" },
        ] } },
        "states": states,
    })
}

#[test]
fn each_silence_takes_the_next_step_and_the_last_may_be_the_way_out() {
    let states = json!({ "A": { "onEnter": [{ "ask": "Your name?" }] }, "End": { "final": true } });
    check(
        &patient(states),
        "wait 100\ndue\nwait 100\ndue\nwait 100\ndue\ntext hi",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "Your name?"
          ! wake in 100 ms
        > wait 100
        > due
          3.2 {"type":"timer.due","timer":2999}
          4.2 say "Still there?"
          5.2 ask "Your name?"
          ! wake in 100 ms
        > wait 100
        > due
          6.3 {"type":"timer.due","timer":5999}
          7.3 say "Hello?"
          ! wake in 100 ms
        > wait 100
        > due
          8.4 {"type":"timer.due","timer":7999}
          9.4 say "Bye."
          10.4 A -> End by silence
          11.4 {"type":"session.ended","reason":"final"}
        > text hi
          x could not take the input: the session has ended (final)
    "#]],
    );
}

#[test]
fn a_word_of_the_person_begins_the_ladder_again() {
    let states = json!({ "A": { "onEnter": [{ "ask": "Your name?" }] }, "End": { "final": true } });
    check(
        &patient(states),
        "wait 100\ndue\nwait 60\ntext what\nwait 100\ndue\nwait 40\nevent ping",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 ask "Your name?"
              ! wake in 100 ms
            > wait 100
            > due
              3.2 {"type":"timer.due","timer":2999}
              4.2 say "Still there?"
              5.2 ask "Your name?"
              ! wake in 100 ms
            > wait 60
            > text what
              6.3 user.text "what"
              7.3 intent.unhandled - "what" in A
              8.3 say "Sorry, I did not understand that."
              9.3 ask "Your name?"
              ! wake in 100 ms
            > wait 100
            > due
              10.4 {"type":"timer.due","timer":9999}
              11.4 say "Still there?"
              12.4 ask "Your name?"
              ! wake in 100 ms
            > wait 40
            > event ping
              13.5 {"type":"user.event","name":"ping","payload":{}}
        "#]],
    );
}

#[test]
fn after_the_last_step_silence_is_left_alone() {
    let parts = json!({
        "fallback": { "noInput": { "after_ms": 100, "steps": [{ "reask": true }] } },
        "states": { "A": { "onEnter": [{ "ask": "Your name?" }] } },
    });
    let mut talk = Talk::new(&parts);
    talk.run("start\nwait 100\ndue");
    assert_eq!(talk.session.due(), None);
    talk.run("text hm");
    assert!(talk.session.due().is_some());
}

#[test]
fn while_a_tool_is_at_work_nobody_is_silent() {
    let states = json!({
        "A": {
            "onEnter": [{ "ask": "Wait." }, { "tool": "Look" }, { "say": "There." }],
            "transitions": [{ "onToolResult": "Look" }, { "onToolError": "Look" }],
        },
        "End": { "final": true },
    });
    check(
        &patient(states),
        "text hm\nwait 500\ndone {}\ndrain",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "Wait."
          3.1 tool.call Look {} as s.3
          ! call Look within 31000 ms
        > text hm
          4.2 user.text "hm"
        > wait 500
        > done {}
          5.3 tool.result Look {}
          6.3 say "There."
        > drain
          7.2 intent.unhandled - "hm" in A
          8.2 say "Sorry, I did not understand that."
          9.2 ask "Wait."
          ! wake in 100 ms
    "#]],
    );
}

#[test]
fn a_state_may_have_a_ladder_of_its_own() {
    let states = json!({
        "A": {
            "onEnter": [{ "ask": "Your name?" }],
            "fallback": { "noInput": { "after_ms": 10, "steps": [{ "to": "B" }] } },
        },
        "B": { "onEnter": [{ "ask": "Your age?" }], "onExit": [{ "say": "B left" }] },
        "End": { "final": true },
    });
    check(
        &patient(states),
        "wait 10\ndue\nwait 100\ndue",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "Your name?"
          ! wake in 10 ms
        > wait 10
        > due
          3.2 {"type":"timer.due","timer":2999}
          4.2 A -> B by silence
          5.2 ask "Your age?"
          ! wake in 100 ms
        > wait 100
        > due
          6.3 {"type":"timer.due","timer":5999}
          7.3 say "Still there?"
          8.3 ask "Your age?"
          ! wake in 100 ms
    "#]],
    );
}

#[test]
fn ladders_that_lead_in_a_circle_come_to_an_end() {
    let ladder = |to: &str| json!({ "noInput": { "after_ms": 10, "steps": [{ "to": to }] } });
    let parts = json!({ "states": {
        "A": { "onEnter": [{ "ask": "a" }], "fallback": ladder("B") },
        "B": { "onEnter": [{ "ask": "b" }], "fallback": ladder("A") },
    } });
    let mut talk = Talk::new(&parts);
    talk.run("start");
    let mut silences = 0;
    while !talk.session.timers.is_empty() {
        talk.run("wait 10\ndue");
        silences += 1;
    }
    assert_eq!(silences, SILENCES_MAX);
}

#[test]
fn a_called_flow_has_its_own_ladder_and_the_callers_stands_still() {
    let deep = json!({
        "fallback": { "noInput": { "after_ms": 5, "steps": [{ "to": ":cancel" }] } },
        "states": { "A": { "onEnter": [{ "ask": "deep?" }] } },
    });
    let states = json!({
        "A": {
            "onEnter": [{ "ask": "Your name?" }, { "call": "deep" }],
            "transitions": [{ "onFlowResult": "end" }],
        },
        "End": { "final": true },
    });
    let mut talk = Talk::among(&patient(states), &[("deep", deep)]);
    talk.run("start\nwait 5\ndue\nwait 100\ndue");
    expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "Your name?"
          3.1 A -> A by call
          4.1 ask "deep?"
          ! wake in 5 ms
        > wait 5
        > due
          5.2 {"type":"timer.due","timer":4999}
          6.2 A -> :cancel by silence
          7.2 :cancel -> A by return
          8.2 ask "Your name?"
          ! wake in 100 ms
        > wait 100
        > due
          9.3 {"type":"timer.due","timer":8999}
          10.3 say "Still there?"
          11.3 ask "Your name?"
          ! wake in 100 ms
    "#]]
    .assert_eq(&talk.out);
}
