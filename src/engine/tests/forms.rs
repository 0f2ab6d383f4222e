//! Forms: what is asked, what is taken from what was said, and how it ends. It is midnight on 1970-01-01.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Talk, check};

/// A form in state `A`, with these keys beside its slots; `B` shows what it came to.
pub(super) fn form(parts: Value) -> Value {
    let mut form = json!({
        "slots": [
            {
                "name": "partySize", "type": "integer", "ask": "For how many?",
                "validate": "ctx.partySize > 0 && slot.partySize <= 12",
                "reprompt": ["{{slot.partySize}} is no party, 1 to 12?", "A number, please."],
                "suggestions": ["2", "4"],
            },
            { "name": "date", "type": "date", "ask": "Which day?" },
            { "name": "contact.name", "type": "name", "ask": "Your name?", "max": 2 },
        ],
    });
    for (key, part) in parts.as_object().unwrap() {
        form[key] = part.clone();
    }
    json!({
        "intents": { "HELP": { "examples": ["help me", "I need help"] } },
        "states": {
            "A": {
                "onEnter": [{ "say": "Welcome." }],
                "form": form,
                "transitions": [{ "onDone": true, "to": "B" }, { "onFail": true, "to": "C" }],
            },
            "B": { "onEnter": [{ "say": "{{ctx.partySize}}, {{ctx.date}}, {{ctx.contact.name}}" }] },
            "C": { "onEnter": [{ "say": "I give up." }] },
            "Help": { "onEnter": [{ "say": "Ask away." }], "transitions": [{ "to": "@back" }] },
        },
        "transitions": [
            { "onIntent": "HELP", "assign": { "back": "{{session.state}}" }, "to": "Help", "except": ["Help", "B", "C"] },
            { "pattern": "help", "assign": { "back": "{{session.state}}" }, "to": "Help", "except": ["Help", "B", "C"] },
        ],
    })
}

#[test]
fn what_is_missing_is_asked_for_one_after_the_other() {
    check(
        &form(json!({})),
        "text 4\ntext tomorrow\ntext Ana Maria\nnoise",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "Welcome."
          3.1 ask "For how many?" ["2", "4"]
        > text 4
          4.2 user.text "4"
          5.2 state.updated {"partySize":4}
          6.2 ask "Which day?"
        > text tomorrow
          7.3 user.text "tomorrow"
          8.3 state.updated {"date":"1970-01-02"}
          9.3 ask "Your name?"
        > text Ana Maria
          10.4 user.text "Ana Maria"
          ! classify "Ana Maria" among ["HELP"] expecting []
        > noise
          11.4 nlu.intent -
          12.4 state.updated {"contact.name":"Ana Maria"}
          13.4 A -> B by form.done
          14.4 say "4, 1970-01-02, Ana Maria"
    "#]],
    );
}

#[test]
fn several_values_come_from_one_message_and_free_words_wait_for_the_intent() {
    check(
        &form(json!({})),
        "text we would come tomorrow, for 4\ntext help me\nintent HELP\ntext Ana\nnoise",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 say "Welcome."
              3.1 ask "For how many?" ["2", "4"]
            > text we would come tomorrow, for 4
              4.2 user.text "we would come tomorrow, for 4"
              ! classify "we would come tomorrow, for 4" among ["HELP"] expecting []
            > text help me
              x could not take the input: the text before it is not understood yet
            > intent HELP
              5.2 nlu.intent HELP
              6.2 state.updated {"back":"A"}
              7.2 A -> Help by intent:HELP
              8.2 say "Ask away."
              9.2 Help -> A by auto
              10.2 say "Welcome."
              11.2 ask "For how many?" ["2", "4"]
            > text Ana
              12.3 user.text "Ana"
              ! classify "Ana" among ["HELP"] expecting []
            > noise
              13.3 nlu.intent -
              14.3 intent.unhandled - "Ana" in A
              15.3 ask " is no party, 1 to 12?" ["2", "4"]
        "#]],
    );
}

#[test]
fn what_the_context_has_already_is_not_asked_for() {
    let mut parts = form(json!({}));
    parts["context"] = json!({ "partySize": 2, "date": "", "contact": { "name": null } });
    check(
        &parts,
        "text tomorrow",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "Welcome."
          3.1 ask "Which day?"
        > text tomorrow
          4.2 user.text "tomorrow"
          5.2 state.updated {"date":"1970-01-02"}
          6.2 ask "Your name?"
    "#]],
    );
    parts["context"] =
        json!({ "partySize": 2, "date": "2026-11-22", "contact": { "name": "Ana" } });
    check(
        &parts,
        "look",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "Welcome."
          3.1 A -> B by form.done
          4.1 say "2, 2026-11-22, Ana"
        > look
        = test/B {"partySize":2,"date":"2026-11-22","contact":{"name":"Ana"}}
    "#]],
    );
}

#[test]
fn a_value_that_is_not_valid_is_asked_for_in_other_words_until_the_form_fails() {
    check(
        &form(json!({})),
        "text 13\ntext 0\ntext 14",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "Welcome."
          3.1 ask "For how many?" ["2", "4"]
        > text 13
          4.2 user.text "13"
          5.2 ask "13 is no party, 1 to 12?" ["2", "4"]
        > text 0
          6.3 user.text "0"
          7.3 ask "A number, please." ["2", "4"]
        > text 14
          8.4 user.text "14"
          9.4 A -> C by form.fail
          10.4 say "I give up."
    "#]],
    );
    check(
        &form(json!({})),
        "text 3 tomorrow\ntext 7\nnoise\ntext 77\nnoise",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 say "Welcome."
              3.1 ask "For how many?" ["2", "4"]
            > text 3 tomorrow
              4.2 user.text "3 tomorrow"
              5.2 state.updated {"partySize":3,"date":"1970-01-02"}
              6.2 ask "Your name?"
            > text 7
              7.3 user.text "7"
              ! classify "7" among ["HELP"] expecting []
            > noise
              8.3 nlu.intent -
              9.3 intent.unhandled - "7" in A
              10.3 say "Sorry, I did not understand that."
              11.3 ask "Your name?"
            > text 77
              12.4 user.text "77"
              ! classify "77" among ["HELP"] expecting []
            > noise
              13.4 nlu.intent -
              14.4 intent.unhandled - "77" in A
              15.4 A -> C by form.fail
              16.4 say "I give up."
        "#]],
    );
}

#[test]
fn a_client_that_understands_for_itself_fills_slots_by_name() {
    check(
        &form(json!({})),
        "intent HELP {\"partySize\":4}\nlook",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "Welcome."
          3.1 ask "For how many?" ["2", "4"]
        > intent HELP {"partySize":4}
          4.2 nlu.intent HELP
          5.2 state.updated {"back":"A"}
          6.2 A -> Help by intent:HELP
          7.2 say "Ask away."
          8.2 Help -> A by auto
          9.2 say "Welcome."
          10.2 ask "For how many?" ["2", "4"]
        > look
        = test/A {"back":"A"}
    "#]],
    );
    let mut parts = form(json!({}));
    parts["intents"]["GIVE"] = json!({ "examples": ["give"] });
    check(
        &parts,
        "intent GIVE {\"partySize\":4,\"date\":\"2026-11-22\"}\ndtmf 5",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 say "Welcome."
              3.1 ask "For how many?" ["2", "4"]
            > intent GIVE {"partySize":4,"date":"2026-11-22"}
              4.2 nlu.intent GIVE
              5.2 state.updated {"partySize":4,"date":"2026-11-22"}
              6.2 ask "Your name?"
            > dtmf 5
              7.3 {"type":"user.dtmf","digits":"5"}
              8.3 intent.unhandled - "5" in A
              9.3 say "Sorry, I did not understand that."
              10.3 ask "Your name?"
        "#]],
    );
}

#[test]
fn free_text_is_the_whole_message() {
    let parts = json!({ "states": {
        "A": {
            "form": { "slots": [
                { "name": "problem", "type": "string", "ask": "What happened?" },
                { "name": "times", "type": "integer", "ask": "How often?" },
                { "name": "size", "type": "enum", "values": ["small", "large"], "synonyms": { "large": ["big"] }, "ask": "Size?" },
            ] },
            "transitions": [{ "onDone": true, "to": "B" }],
        },
        "B": {},
    } });
    check(
        &parts,
        "text It broke 4 times\ntext 2 times, the big size\nlook",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 ask "What happened?"
            > text It broke 4 times
              3.2 user.text "It broke 4 times"
              4.2 state.updated {"problem":"It broke 4 times"}
              5.2 ask "How often?"
            > text 2 times, the big size
              6.3 user.text "2 times, the big size"
              7.3 state.updated {"times":2,"size":"large"}
              8.3 A -> B by form.done
            > look
            = test/B {"problem":"It broke 4 times","times":2,"size":"large"}
        "#]],
    );
}

#[test]
fn a_form_without_a_handler_for_failing_asks_on_and_one_that_is_always_done_is_bounded() {
    let slots = json!([{ "name": "n", "type": "integer", "ask": "n?", "max": 1 }]);
    let parts = json!({ "states": { "A": { "form": { "slots": slots }, "transitions": [{ "onDone": true, "to": "A" }] } } });
    let mut talk = Talk::new(&parts);
    talk.run("start\ntext hm\ntext hm\ntext 4\nlook");
    expect![[r#"
        > start
          1.1 session.created test
          2.1 ask "n?"
        > text hm
          3.2 user.text "hm"
          4.2 intent.unhandled - "hm" in A
          5.2 ask "n?"
        > text hm
          6.3 user.text "hm"
          7.3 intent.unhandled - "hm" in A
          8.3 ask "n?"
        > text 4
          9.4 user.text "4"
          10.4 error transition.loop: more than 100 automatic transitions in one turn, the last into `A`
        > look
        = test/A {}
    "#]].assert_eq(&talk.out);
}

#[test]
fn a_form_begins_when_the_list_before_it_is_done() {
    let parts = json!({
        "tools": { "Look": {} },
        "states": {
            "A": {
                "onEnter": [{ "tool": "Look" }, { "say": "ready" }],
                "form": { "slots": [{ "name": "n", "type": "integer", "ask": "n?" }] },
                "transitions": [
                    { "onToolResult": "Look", "assign": { "n": "{{tool.n}}" } },
                    { "onToolError": "Look" },
                    { "onDone": true, "to": "B" },
                ],
            },
            "B": {},
        },
    });
    check(
        &parts,
        "text 9\ndone {}\ndrain",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 tool.call Look {} as s.2
              ! call Look within 31000 ms
            > text 9
              3.2 user.text "9"
            > done {}
              4.3 tool.result Look {}
              5.3 say "ready"
              6.3 state.updated {"n":null}
              7.3 ask "n?"
            > drain
              8.2 state.updated {"n":9}
              9.2 A -> B by form.done
        "#]],
    );
}
