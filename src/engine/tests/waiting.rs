//! What waits: messages while a call is pending, and delayed transitions.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Talk, check};
use crate::engine::{Error, Input, QUEUE_MAX};

/// `A` waits for a call from the start on.
fn busy(policy: &str) -> Value {
    json!({
        "meta": { "name": "T", "busy": policy },
        "intents": { "HI": { "examples": ["hi"] } },
        "tools": { "Look": {} },
        "states": {
            "A": {
                "onEnter": [{ "tool": "Look" }],
                "transitions": [
                    { "onToolResult": "Look", "to": "B" },
                    { "onToolError": "Look", "to": "B" },
                    { "pattern": "out", "to": "B" },
                    { "pattern": "in", "assign": { "in": true } },
                ],
            },
            "B": { "transitions": [
                { "pattern": "one", "assign": { "one": true } },
                { "pattern": "silent" , "when": "true" },
                { "pattern": "back", "to": "A" },
                { "pattern": "re:^a", "assign": { "said": "{{input.text}}" } },
                { "onIntent": "HI", "assign": { "hi": true } },
                { "onDtmf": "7", "assign": { "seven": true } },
            ] },
        },
    })
}

#[test]
fn queued_messages_are_logged_at_once_and_handled_in_order_after_the_call() {
    check(
        &busy("queue"),
        "text one\nintent HI\ndtmf 7\ntext hi\ntext silent\ndrain\ndone {}\ntext last\ndrain\ndrain\ndrain\ndrain\nintent HI\ndrain\ndrain\nnoise\ndrain",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 tool.call Look {} as s.2
              ! call Look within 31000 ms
            > text one
              3.2 user.text "one"
            > intent HI
              4.3 nlu.intent HI
            > dtmf 7
              5.4 {"type":"user.dtmf","digits":"7"}
            > text hi
              6.5 user.text "hi"
            > text silent
              7.6 user.text "silent"
            > drain
            > done {}
              8.7 tool.result Look {}
              9.7 A -> B by tool.result:Look
            > text last
              10.8 user.text "last"
            > drain
              11.2 state.updated {"one":true}
            > drain
              12.3 state.updated {"hi":true}
            > drain
              13.4 state.updated {"seven":true}
            > drain
              ! classify "hi" among ["HI"] expecting []
            > intent HI
              14.5 nlu.intent HI
              15.5 state.updated {"hi":true}
            > drain
              16.6 state.updated {}
            > drain
              ! classify "last" among ["HI"] expecting []
            > noise
              17.8 nlu.intent -
              18.8 intent.unhandled - "last" in B
              19.8 say "Sorry, I did not understand that."
            > drain
        "#]],
    );
}

#[test]
fn a_queued_message_that_calls_again_holds_up_those_behind_it() {
    check(
        &busy("queue"),
        "text back\ntext one\ndone {}\ndrain\ndrain\nfailed lost\ndrain",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > text back
          3.2 user.text "back"
        > text one
          4.3 user.text "one"
        > done {}
          5.4 tool.result Look {}
          6.4 A -> B by tool.result:Look
        > drain
          7.2 B -> A by pattern
          8.2 tool.call Look {} as s.8
          ! call Look within 31000 ms
        > drain
        > failed lost
          9.5 tool.error Look lost
          10.5 A -> B by tool.error:Look
        > drain
          11.3 state.updated {"one":true}
    "#]],
    );
}

#[test]
fn an_interrupting_message_is_handled_at_once() {
    check(
        &busy("interrupt"),
        "text in\ntext zz\ntext out\nlate {}",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > text in
          3.2 user.text "in"
          4.2 state.updated {"in":true}
        > text zz
          5.3 user.text "zz"
          6.3 intent.unhandled - "zz" in A
          7.3 say "Sorry, I did not understand that."
        > text out
          8.4 user.text "out"
          9.4 A -> B by pattern
          ! cancel s.2
        > late {}
          x could not take the outcome: no call `s.2` is pending
    "#]],
    );
}

#[test]
fn a_rejected_message_is_told_so_and_never_handled() {
    check(
        &busy("reject"),
        "text in\ndone {}\ntext one",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > text in
          3.2 user.text "in"
          4.2 error session.busy: a tool call is pending; send it again when the answer is there
        > done {}
          5.3 tool.result Look {}
          6.3 A -> B by tool.result:Look
        > text one
          7.4 user.text "one"
          8.4 state.updated {"one":true}
    "#]],
    );
}

#[test]
fn merged_messages_are_handled_as_one() {
    let mut talk = Talk::new(&busy("merge"));
    talk.run("start\ntext a\ntext b\ndtmf 7\ntext c\ntext d\ndone {}");
    assert!(!talk.session.is_settled(3), "the second message is in the first");
    talk.run("drain\ndrain");
    assert!(talk.session.is_settled(3));
    talk.run("drain");
    expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > text a
          3.2 user.text "a"
        > text b
          4.3 user.text "b"
        > dtmf 7
          5.4 {"type":"user.dtmf","digits":"7"}
        > text c
          6.5 user.text "c"
        > text d
          7.6 user.text "d"
        > done {}
          8.7 tool.result Look {}
          9.7 A -> B by tool.result:Look
        > drain
          10.2 state.updated {"said":"a\nb"}
        > drain
          11.4 state.updated {"seven":true}
        > drain
          ! classify "c\nd" among ["HI"] expecting []
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn a_state_has_its_own_policy() {
    let mut parts = busy("reject");
    parts["states"]["A"]["busy"] = json!("interrupt");
    check(
        &parts,
        "text in",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > text in
          3.2 user.text "in"
          4.2 state.updated {"in":true}
    "#]],
    );
}

/// A queue that is left over from a crash is not overtaken, whatever the policy of the state is by now.
#[test]
fn nothing_overtakes_a_queue_that_no_call_holds_up() {
    for policy in ["interrupt", "reject"] {
        let mut parts = busy("queue");
        parts["states"]["B"]["busy"] = json!(policy);
        let mut talk = Talk::new(&parts);
        talk.run("start\ntext one\ndone {}");
        assert_eq!(talk.session.due(), Some(talk.now), "any host drains it");
        talk.run("text a");
        assert_eq!(talk.session.queue.len(), 2, "{policy}: {}", talk.out);
    }
}

#[test]
fn a_full_queue_refuses_and_changes_nothing() {
    for policy in ["queue", "merge"] {
        let mut talk = Talk::new(&busy(policy));
        talk.run("start");
        for _ in 0..QUEUE_MAX {
            talk.run("text one");
        }
        let input = Input::Text { text: "one".to_owned(), message_id: None };
        let refused = talk.take(input);
        assert!(matches!(refused, Err(Error::QueueFull { max: QUEUE_MAX })), "{refused:?}");
        assert!(
            talk.out
                .ends_with("64 wait already; send it again when the pending tool call is done\n")
        );
    }
}

fn delayed() -> Value {
    json!({
        "states": {
            "A": {
                "after": [{ "ms": 500, "to": "B", "when": "ctx.ready == true" }, { "ms": 900, "to": "B" }],
                "transitions": [{ "pattern": "out", "to": "C" }, { "pattern": "ready", "assign": { "ready": true } }],
            },
            "B": { "onEnter": [{ "say": "late" }] },
            "C": {},
        },
    })
}

#[test]
fn a_delayed_transition_is_taken_when_its_time_comes_and_its_guard_holds() {
    check(
        &delayed(),
        "wait 500\ndue\nwait 400\ndue",
        &expect![[r#"
        > start
          1.1 session.created test
          ! wake in 500 ms
          ! wake in 900 ms
        > wait 500
        > due
          2.2 {"type":"timer.due","timer":1000}
        > wait 400
        > due
          3.3 {"type":"timer.due","timer":1001}
          4.3 A -> B by after
          5.3 say "late"
    "#]],
    );
    check(
        &delayed(),
        "text ready\nwait 500\ndue",
        &expect![[r#"
        > start
          1.1 session.created test
          ! wake in 500 ms
          ! wake in 900 ms
        > text ready
          2.2 user.text "ready"
          3.2 state.updated {"ready":true}
        > wait 500
        > due
          4.3 {"type":"timer.due","timer":1000}
          5.3 A -> B by after
          6.3 say "late"
    "#]],
    );
}

#[test]
fn leaving_clears_the_delayed_transitions() {
    let mut talk = Talk::new(&delayed());
    talk.run("start");
    let (timer, at) = (talk.session.timers[0].id, talk.session.timers[0].at);
    assert_eq!(talk.session.due(), Some(at));
    talk.run("text out");
    assert_eq!(talk.session.due(), None);
    let refused = talk.take(Input::Due(timer));
    assert!(matches!(refused, Err(Error::NoTimer(_))), "{refused:?}");
    expect![[r#"
        > start
          1.1 session.created test
          ! wake in 500 ms
          ! wake in 900 ms
        > text out
          2.2 user.text "out"
          3.2 A -> C by pattern
          x could not take the wake-up: no timer `1000` is set
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn a_state_that_is_only_passed_through_wishes_no_wake_up() {
    let states = json!({
        "A": { "after": [{ "ms": 500, "to": "B" }], "transitions": [{ "to": "B" }] },
        "B": { "after": [{ "ms": 700, "to": "B" }] },
    });
    check(
        &json!({ "states": states }),
        "wait 700\ndue",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 A -> B by auto
          ! wake in 700 ms
        > wait 700
        > due
          3.2 {"type":"timer.due","timer":2000}
          4.2 B -> B by after
          ! wake in 700 ms
    "#]],
    );
}
