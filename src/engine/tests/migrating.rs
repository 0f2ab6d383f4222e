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

/// A flow with a digression: a word leads to `Why` from everywhere, and from there back.
fn digressing(states: Value, more: &Value) -> Value {
    let mut flow = json!({
        "start": "A",
        "states": { "A": {}, "B": {}, "Why": {
            "onEnter": [{ "ask": "why?" }],
            "transitions": [{ "pattern": "ok", "to": "@back" }],
        } },
        "transitions": [{ "pattern": "why", "assign": { "back": "{{session.state}}" }, "to": "Why" }],
    });
    for (name, state) in states.as_object().unwrap() {
        flow["states"][name] = state.clone();
    }
    for (key, value) in more.as_object().unwrap() {
        flow[key] = value.clone();
    }
    flow
}

/// The same without a state.
fn without(mut flow: Value, state: &str) -> Value {
    flow["states"].as_object_mut().unwrap().shift_remove(state);
    flow
}

const MOVED: &str = r#"{"type":"session.migrated","flow":"test","from":"old","to":"new","state":"#;

#[test]
fn what_the_context_names_for_a_look_up_gets_its_new_name_with_the_move() {
    let go = json!({ "A": { "transitions": [{ "pattern": "go", "to": "B" }] } });
    let old = digressing(go.clone(), &json!({}));
    let renamed = |assign: Value| {
        let migrations = json!([{ "from": "*", "states": { "B": "BB" }, "assign": assign }]);
        let states = json!({
            "A": { "transitions": [{ "pattern": "go", "to": "BB" }] },
            "BB": { "onEnter": [{ "ask": "b?" }] },
        });
        without(digressing(states, &json!({ "migrations": migrations })), "B")
    };
    let (mut talk, told) = moved(&old, "text go\ntext why", &renamed(json!({})), Unmapped::Stays);
    assert_eq!(told, format!("{MOVED}\"Why\"}}\nstate.updated {{\"back\":\"BB\"}}"));
    talk.run("text ok");
    assert_eq!(&*talk.session.frame().state, "BB");
    // What the migration assigns sees it, and comes after it.
    let told = moved(
        &old,
        "text go\ntext why",
        &renamed(json!({ "was": "{{ctx.back}}", "back": "A" })),
        Unmapped::Stays,
    )
    .1;
    assert!(told.ends_with(r#"state.updated {"back":"A","was":"BB"}"#), "{told}");
    // Two states that change places.
    let swapped = digressing(
        go,
        &json!({ "migrations": [{ "from": "*", "states": { "A": "B", "B": "A" } }] }),
    );
    let (talk, _) = moved(&old, "text go\ntext why", &swapped, Unmapped::Stays);
    assert_eq!(talk.session.frame().context["back"], json!("A"));
}

#[test]
fn a_state_that_is_looked_up_later_must_not_be_gone() {
    let go = json!({ "A": { "transitions": [{ "pattern": "go", "to": "B" }] } });
    let old = digressing(go, &json!({}));
    let new = without(digressing(json!({}), &json!({})), "B");
    let gone = "could not move the session: `@back` may lead to state `B`, which the new version does not have";
    assert_eq!(stays(&old, "text go\ntext why", &new), gone);
    // From elsewhere it is, and what was remembered before is written anew on the way in.
    assert!(stays(&old, "text why", &new).starts_with(MOVED));
    let between = "text go\ntext why\ntext ok\ntext back\n";
    let and_back = json!({
        "A": { "transitions": [{ "pattern": "go", "to": "B" }] },
        "B": { "transitions": [{ "pattern": "back", "to": "A" }] },
    });
    let old = digressing(and_back, &json!({}));
    assert!(stays(&old, between, &new).starts_with(MOVED));
    // A way in that writes nothing, a way in that writes what it took from there, and one that only may write.
    for way in [
        json!({ "pattern": "hm", "to": "Why" }),
        json!({ "pattern": "hm", "assign": { "back": "{{ctx.back}}" }, "to": "Why" }),
        json!({ "pattern": "hm", "branch": [
            { "when": "ctx.n == 1", "assign": { "back": "A" }, "to": "Why" },
            { "when": "else", "to": "Why" },
        ] }),
    ] {
        let new =
            without(digressing(json!({ "A": { "transitions": [way.clone()] } }), &json!({})), "B");
        assert_eq!(stays(&old, between, &new), gone, "{way}");
    }
    // Unless the migration says what is to be there.
    let helped =
        json!({ "migrations": [{ "from": "*", "states": {}, "assign": { "back": "A" } }] });
    let new = without(digressing(json!({}), &helped), "B");
    assert!(stays(&old, "text go\ntext why", &new).starts_with(MOVED));
    let wrong = json!({ "migrations": [{ "from": "*", "states": {}, "assign": { "back": "B" } }] });
    let new = without(digressing(json!({}), &wrong), "B");
    assert_eq!(stays(&old, "text go\ntext why", &new), gone);
}

#[test]
fn a_name_is_followed_from_where_it_was_put_aside() {
    let states = json!({
        "A": { "transitions": [{ "pattern": "go", "to": "B" }] },
        "Why": { "transitions": [
            { "pattern": "more", "assign": { "trail": ["{{ctx.back}}"], "back": "{{session.state}}" }, "to": "How" },
            { "pattern": "ok", "to": "@back" },
        ] },
        "How": { "transitions": [{ "pattern": "ok", "assign": { "back": "{{ctx.trail[0]}}" }, "to": "Why" }] },
    });
    let script = "text go\ntext why\ntext more";
    let old = digressing(states.clone(), &json!({}));
    let mut new = without(digressing(states, &json!({})), "B");
    // The way to it leads through what is put aside.
    new["states"]["A"] = json!({});
    assert_eq!(
        stays(&old, script, &new),
        "could not move the session: `@back` may lead to state `B`, which the new version does not have"
    );
    let mut named = new;
    named["states"]["BB"] = json!({});
    named["migrations"] = json!([{ "from": "*", "states": { "B": "BB" } }]);
    let (mut talk, told) = moved(&old, script, &named, Unmapped::Stays);
    assert_eq!(told, format!("{MOVED}\"How\"}}\nstate.updated {{\"trail\":[\"BB\"]}}"));
    talk.run("text ok\ntext ok");
    assert_eq!(&*talk.session.frame().state, "BB");
}

#[test]
fn who_has_a_missing_state_to_go_back_to_begins_again_where_it_must_move() {
    let go = json!({ "A": { "transitions": [{ "pattern": "go", "to": "B" }] } });
    let old = digressing(go, &json!({}));
    let new = without(digressing(json!({}), &json!({})), "B");
    let (talk, _) = moved(&old, "text go\ntext why", &new, Unmapped::Restarts);
    assert_eq!(&*talk.session.frame().state, "A");
    let told = moved(&old, "text go\ntext why", &new, Unmapped::Reenters).1;
    assert!(told.starts_with("could not move"), "{told}");
}
