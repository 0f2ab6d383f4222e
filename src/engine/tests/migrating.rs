//! Sessions that come over to another version of their flow, and those that stay.

use std::sync::Arc;

use expect_test::expect;
use serde_json::{Value, json};

use super::{Talk, assert_sound, flow, told};
use crate::engine::{Unmapped, migrate};

/// Plays `script` on a flow of these parts, moves the session to `new`, and writes down what that told.
#[track_caller]
fn moved(old: &Value, script: &str, new: &Value, unmapped: Unmapped) -> (Talk, String) {
    let mut talk = Talk::new(old);
    talk.run("start");
    talk.run(script);
    talk.out.clear();
    let new = Arc::new(flow("test", new));
    talk.linked.activate(Arc::clone(&new));
    let before = talk.session.clone();
    let told = match migrate(&talk.linked, &before, &new, unmapped, talk.now) {
        Ok(step) => {
            assert_sound(&talk.linked, &before, &step, talk.now);
            talk.session = step.session;
            let versions =
                [(before.frames[0].version.as_str(), "old"), (new.version.as_str(), "new")];
            let told = step.events.iter().map(|event| {
                versions
                    .iter()
                    .fold(told(&event.kind), |text, (hash, name)| text.replace(hash, name))
            });
            told.collect::<Vec<_>>().join("\n")
        }
        Err(stays) => format!("could not {stays}"),
    };
    (talk, told)
}

#[track_caller]
fn stays(old: &Value, script: &str, new: &Value) -> String {
    moved(old, script, new, Unmapped::Stays).1
}

fn with_a(a: Value) -> Value {
    json!({ "tools": { "Look": {} }, "states": { "A": a, "B": {} } })
}

#[test]
fn a_session_goes_on_in_the_same_state_or_in_the_one_that_takes_its_place() {
    let old =
        json!({ "states": { "A": { "onEnter": [{ "ask": "old?" }] } }, "context": { "n": 1 } });
    let new = json!({
        "start": "Ask",
        "states": { "Ask": { "onEnter": [{ "ask": "new?" }], "transitions": [{ "pattern": "go", "assign": { "went": true } }] } },
        "migrations": [{ "from": "*", "states": { "A": "Ask" }, "assign": { "n": "{{ctx.n + 1}}", "m": "{{ctx.n}}" } }],
    });
    let (mut talk, told) = moved(&old, "", &new, Unmapped::Stays);
    expect![[r#"
        {"type":"session.migrated","flow":"test","from":"old","to":"new","state":"Ask"}
        state.updated {"n":2,"m":1}"#]]
    .assert_eq(&told);
    talk.run("look\ntext hm\ntext go");
    expect![[r#"
        > look
        = test/Ask {"n":2,"m":1}
        > text hm
          5.3 user.text "hm"
          6.3 intent.unhandled - "hm" in Ask
          7.3 say "Sorry, I did not understand that."
          8.3 ask "old?"
        > text go
          9.4 user.text "go"
          10.4 state.updated {"went":true}
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn a_state_that_is_gone_keeps_the_session_or_begins_it_again() {
    let old =
        json!({ "states": { "A": { "transitions": [{ "pattern": "go", "to": "B" }] }, "B": {} } });
    let new = json!({ "states": { "A": { "onEnter": [{ "ask": "again?" }] } } });
    expect!["could not move the session: the new version has no state `B`"]
        .assert_eq(&stays(&old, "text go", &new));
    let (talk, told) = moved(&old, "text go", &new, Unmapped::Restarts);
    expect![[r#"
        {"type":"session.migrated","flow":"test","from":"old","to":"new","state":"A"}
        ask "again?""#]]
    .assert_eq(&told);
    assert_eq!(&*talk.session.frame().state, "A");
}

#[test]
fn a_state_that_ends_the_conversation_takes_no_handler_of_the_flow_for_its_own() {
    let flow = |ways: Value| {
        let a = json!({ "onEnter": [{ "tool": "Look" }], "transitions": ways, "final": true });
        json!({ "tools": { "Look": {} }, "states": { "A": a }, "transitions": [{ "onToolError": "Look" }] })
    };
    let own = flow(json!([{ "onToolError": "Look", "say": "no luck" }]));
    expect!["could not move the session: state `A` of the new version does not wait for `Look`"]
        .assert_eq(&stays(&own, "", &flow(json!([]))));
}

#[test]
fn a_call_needs_its_place_and_its_handlers() {
    let calls = with_a(json!({
        "onEnter": [{ "tool": "Look" }, { "say": "done" }],
        "transitions": [{ "onToolResult": "Look", "to": "B" }, { "onToolError": "Look" }],
    }));
    let says_more = with_a(json!({
        "onEnter": [{ "tool": "Look" }, { "say": "done, and more" }],
        "transitions": [{ "onToolError": "Look" }, { "onToolResult": "Look", "to": "B" }],
    }));
    let (mut talk, told) = moved(&calls, "", &says_more, Unmapped::Stays);
    expect![[r#"{"type":"session.migrated","flow":"test","from":"old","to":"new","state":"A"}"#]]
        .assert_eq(&told);
    talk.run("done {}");
    expect![[r#"
        > done {}
          4.3 tool.result Look {}
          5.3 say "done, and more"
          6.3 A -> B by tool.result:Look
    "#]]
    .assert_eq(&talk.out);

    let deaf = with_a(
        json!({ "onEnter": [{ "tool": "Look" }], "transitions": [{ "onToolError": "Look" }] }),
    );
    expect!["could not move the session: state `A` of the new version does not wait for `Look`"]
        .assert_eq(&stays(&calls, "", &deaf));
    let later = with_a(json!({
        "onEnter": [{ "say": "wait" }, { "tool": "Look" }],
        "transitions": [{ "onToolResult": "Look", "to": "B" }, { "onToolError": "Look" }],
    }));
    expect!["could not move the session: state `A` of the new version does not wait for `Look`"]
        .assert_eq(&stays(&calls, "", &later));
}

#[test]
fn what_came_of_an_earlier_call_of_the_list_must_be_heard_in_the_end() {
    let heard = |ways: Value| {
        json!({
            "tools": { "Look": {}, "Book": {} },
            "states": { "A": { "onEnter": [{ "tool": "Look" }, { "tool": "Book" }], "transitions": ways }, "B": {} },
        })
    };
    let both = json!([{ "onToolResult": "Look", "to": "B" }, { "onToolResult": "Book" }]);
    let last = json!([{ "onToolResult": "Book" }]);
    expect!["could not move the session: state `A` of the new version does not hear what came of an earlier call"]
        .assert_eq(&stays(&heard(both.clone()), "done {}", &heard(last.clone())));
    expect![[r#"{"type":"session.migrated","flow":"test","from":"old","to":"new","state":"A"}"#]]
        .assert_eq(&stays(&heard(last), "done {}", &heard(both)));
}

#[test]
fn a_call_needs_the_same_tool_with_a_result_that_may_be_all_that_it_may_be_now() {
    let calls = |result: Value| {
        json!({
            "tools": { "Look": { "result": result } },
            "states": { "A": { "onEnter": [{ "tool": "Look" }, { "say": "done" }] } },
        })
    };
    let count = json!({ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer" } } });
    let wider = json!({ "properties": { "n": { "type": "number" }, "m": {} } });
    expect![[r#"{"type":"session.migrated","flow":"test","from":"old","to":"new","state":"A"}"#]]
        .assert_eq(&stays(&calls(count.clone()), "", &calls(wider.clone())));
    expect!["could not move the session: tool `Look`, which is at work, is another one in the new version"]
        .assert_eq(&stays(&calls(wider), "", &calls(count)));
}

#[test]
fn timers_forms_and_kinds_of_states_need_their_likes() {
    let after = |ms: u64| with_a(json!({ "after": [{ "ms": ms, "to": "B" }] }));
    expect![
        "could not move the session: state `A` of the new version has another delayed transition"
    ]
    .assert_eq(&stays(&after(50), "", &after(60)));
    let asks = |name: &str| {
        with_a(json!({
            "form": { "slots": [{ "name": name, "type": "integer", "ask": "n?" }] },
            "transitions": [{ "onDone": true, "to": "B" }],
        }))
    };
    expect!["could not move the session: the form of state `A` does not ask for `n`"]
        .assert_eq(&stays(&asks("n"), "", &asks("m")));
    expect!["could not move the session: state `A` is of another kind in the new version"]
        .assert_eq(&stays(&asks("n"), "", &with_a(json!({}))));
    let more = with_a(json!({
        "form": { "slots": [{ "name": "n", "type": "integer", "ask": "n!" }, { "name": "m", "type": "integer", "ask": "m!" }] },
        "transitions": [{ "onDone": true, "to": "B" }],
    }));
    let (mut talk, told) = moved(&asks("n"), "", &more, Unmapped::Stays);
    expect![[r#"{"type":"session.migrated","flow":"test","from":"old","to":"new","state":"A"}"#]]
        .assert_eq(&told);
    talk.run("text 1\ntext 2");
    expect![[r#"
        > text 1
          4.3 user.text "1"
          5.3 state.updated {"n":1}
          6.3 ask "m!"
        > text 2
          7.4 user.text "2"
          8.4 state.updated {"m":2}
          9.4 A -> B by form.done
    "#]]
    .assert_eq(&talk.out);
}

#[test]
fn a_caller_moves_beneath_the_flow_that_it_called() {
    let caller = |say: &str, call: &str| {
        with_a(json!({
            "onEnter": [{ "call": call }, { "say": say }],
            "transitions": [{ "onFlowResult": "end", "to": "B" }],
        }))
    };
    let (mut talk, told) =
        moved(&caller("old", "other"), "", &caller("new", "other"), Unmapped::Stays);
    expect![[r#"{"type":"session.migrated","flow":"test","from":"old","to":"new","state":"A"}"#]]
        .assert_eq(&told);
    talk.run("text go");
    expect![[r#"
        > text go
          5.3 user.text "go"
          6.3 Hall -> :end by pattern
          7.3 :end -> A by return
          8.3 say "new"
          9.3 A -> B by flow.result:end
    "#]]
    .assert_eq(&talk.out);
    expect!["could not move the session: state `A` of the new version does not wait for `other`"]
        .assert_eq(&stays(&caller("old", "other"), "", &caller("new", "test")));
}
