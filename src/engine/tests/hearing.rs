//! What an input is taken as: patterns, intents, keys, events, and what happens when nothing takes it.

use expect_test::expect;
use serde_json::{Value, json};

use super::check;

fn intents() -> Value {
    json!({
        "BOOK": { "examples": ["book"], "slots": { "size": { "type": "number", "required": true }, "date": "date" } },
        "HELP": { "examples": ["help"], "slots": { "topic": "string" } },
        "OTHER": { "examples": ["other"] },
    })
}

#[test]
fn patterns_come_before_intents_and_need_no_classifier() {
    let states = json!({
        "A": { "transitions": [{ "onIntent": "BOOK", "to": "B" }] },
        "B": {},
    });
    let globals = json!([{ "pattern": "Book | reserve*", "assign": { "by": "pattern", "said": "{{input.text}}" } }]);
    let parts = json!({ "intents": intents(), "transitions": globals, "states": states });
    check(
        &parts,
        "text  BOOK \ntext Reserve now\ntext a book",
        &expect![[r#"
        > start
          1.1 session.created test
        > text  BOOK
          2.2 user.text " BOOK"
          3.2 state.updated {"by":"pattern","said":" BOOK"}
        > text Reserve now
          4.3 user.text "Reserve now"
          5.3 state.updated {"by":"pattern","said":"Reserve now"}
        > text a book
          6.4 user.text "a book"
          ! classify "a book" among ["BOOK"] expecting ["size", "date"]
    "#]],
    );
}

#[test]
fn named_captures_of_a_pattern_are_its_slots() {
    let states = json!({ "A": { "transitions": [
        { "pattern": "re:^order (?<n>[0-9]+)$", "when": "slot.n > 99", "assign": { "big": "{{slot.n}}" } },
        { "pattern": "re:^order (?<m>[0-9]+)$", "assign": { "small": "{{slot.m}}", "none": "{{slot.n}}" } },
    ] } });
    check(
        &json!({ "states": states }),
        "text Order 100\ntext order 7",
        &expect![[r#"
        > start
          1.1 session.created test
        > text Order 100
          2.2 user.text "Order 100"
          3.2 state.updated {"big":"100"}
        > text order 7
          4.3 user.text "order 7"
          5.3 state.updated {"small":"7","none":null}
    "#]],
    );
}

#[test]
fn intents_are_asked_for_among_those_that_can_be_taken() {
    let states = json!({
        "A": { "transitions": [{ "onIntent": ["BOOK", "OTHER"], "when": "slot.size > 2", "assign": { "size": "{{slot.size}}" }, "to": "B" }] },
        "B": {},
    });
    let globals = json!([{ "onIntent": ["HELP", "BOOK"], "assign": { "by": "global {{input.intent}} {{input.confidence}}" } }]);
    let parts = json!({ "intents": intents(), "transitions": globals, "states": states });
    check(
        &parts,
        r#"text for two
           intent BOOK {"size": 2}
           text for three
           text too early
           intent BOOK {"size": 3}
           intent HELP"#,
        &expect![[r#"
            > start
              1.1 session.created test
            > text for two
              2.2 user.text "for two"
              ! classify "for two" among ["BOOK", "OTHER", "HELP"] expecting ["size", "date"]
            > intent BOOK {"size": 2}
              3.2 nlu.intent BOOK
              4.2 state.updated {"by":"global BOOK 0.9"}
            > text for three
              5.3 user.text "for three"
              ! classify "for three" among ["BOOK", "OTHER", "HELP"] expecting ["size", "date"]
            > text too early
              x could not take the input: the text before it is not understood yet
            > intent BOOK {"size": 3}
              6.3 nlu.intent BOOK
              7.3 state.updated {"size":3}
              8.3 A -> B by intent:BOOK
            > intent HELP
              9.4 nlu.intent HELP
              10.4 state.updated {"by":"global HELP 0.9"}
        "#]],
    );
}

#[test]
fn an_intent_without_a_required_slot_does_not_match() {
    let states = json!({ "A": { "transitions": [{ "onIntent": "BOOK", "to": "B" }] }, "B": {} });
    let parts = json!({ "intents": intents(), "states": states });
    check(
        &parts,
        r#"intent BOOK
           text book
           intent BOOK {"size": null, "date": "2026-01-01"}
           intent BOOK {"size": 1}"#,
        &expect![[r#"
            > start
              1.1 session.created test
            > intent BOOK
              2.2 nlu.intent BOOK
              3.2 intent.unhandled BOOK "" in A
              4.2 say "Sorry, I did not understand that."
            > text book
              5.3 user.text "book"
              ! classify "book" among ["BOOK"] expecting ["size", "date"]
            > intent BOOK {"size": null, "date": "2026-01-01"}
              6.3 nlu.intent BOOK
              7.3 intent.unhandled BOOK "book" in A
              8.3 say "Sorry, I did not understand that."
            > intent BOOK {"size": 1}
              9.4 nlu.intent BOOK
              10.4 A -> B by intent:BOOK
        "#]],
    );
}

#[test]
fn a_default_takes_what_no_pattern_and_no_intent_takes() {
    let states = json!({
        "A": { "transitions": [
            { "pattern": ":default", "assign": { "said": "{{input.text}}" }, "priority": 9 },
            { "pattern": "x", "assign": { "x": 1 } },
            { "onIntent": "BOOK", "assign": { "booked": true } },
        ] },
    });
    let parts = json!({ "intents": intents(), "states": states });
    check(
        &parts,
        "text x\ntext hm\nnoise\ntext book\nintent BOOK {\"size\": 4}\nintent OTHER",
        &expect![[r#"
            > start
              1.1 session.created test
            > text x
              2.2 user.text "x"
              3.2 state.updated {"x":1}
            > text hm
              4.3 user.text "hm"
              ! classify "hm" among ["BOOK"] expecting ["size", "date"]
            > noise
              5.3 nlu.intent -
              6.3 state.updated {"said":"hm"}
            > text book
              7.4 user.text "book"
              ! classify "book" among ["BOOK"] expecting ["size", "date"]
            > intent BOOK {"size": 4}
              8.4 nlu.intent BOOK
              9.4 state.updated {"booked":true}
            > intent OTHER
              10.5 nlu.intent OTHER
              11.5 state.updated {"said":""}
        "#]],
    );
}

#[test]
fn an_unhandled_input_is_told_and_the_question_asked_again_once() {
    let states = json!({ "A": { "suggestions": ["a"], "onEnter": [{ "say": "hi" }, { "ask": "which?" }, { "ask": "which one?" }] } });
    check(
        &json!({ "states": states }),
        "text zzzz\ndtmf 1\nevent unknown",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "hi"
          3.1 ask "which?" ["a"]
          4.1 ask "which one?" ["a"]
        > text zzzz
          5.2 user.text "zzzz"
          6.2 intent.unhandled - "zzzz" in A
          7.2 say "Sorry, I did not understand that."
          8.2 ask "which one?" ["a"]
        > dtmf 1
          9.3 {"type":"user.dtmf","digits":"1"}
          10.3 intent.unhandled - "1" in A
          11.3 say "Sorry, I did not understand that."
          12.3 ask "which one?" ["a"]
        > event unknown
          13.4 {"type":"user.event","name":"unknown","payload":{}}
    "#]],
    );
}

#[test]
fn the_ladder_goes_up_with_each_unhandled_input_in_a_row() {
    let states = json!({
        "A": { "onEnter": [{ "ask": "which?" }], "transitions": [{ "pattern": "ok", "assign": { "ok": true } }] },
    });
    let fallback = json!({ "noMatch": [{ "say": "one", "reask": true }, { "say": "two" }, { "say": "last {{input.text}}", "reask": true }] });
    check(
        &json!({ "fallback": fallback, "states": states }),
        "text a\ntext b\ntext c\ntext d\ntext ok\ntext e",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 ask "which?"
            > text a
              3.2 user.text "a"
              4.2 intent.unhandled - "a" in A
              5.2 say "one"
              6.2 ask "which?"
            > text b
              7.3 user.text "b"
              8.3 intent.unhandled - "b" in A
              9.3 say "two"
            > text c
              10.4 user.text "c"
              11.4 intent.unhandled - "c" in A
              12.4 say "last c"
              13.4 ask "which?"
            > text d
              14.5 user.text "d"
              15.5 intent.unhandled - "d" in A
              16.5 say "last d"
              17.5 ask "which?"
            > text ok
              18.6 user.text "ok"
              19.6 state.updated {"ok":true}
            > text e
              20.7 user.text "e"
              21.7 intent.unhandled - "e" in A
              22.7 say "one"
              23.7 ask "which?"
        "#]],
    );
}

#[test]
fn a_ladder_of_the_state_wins_and_may_lead_away() {
    let states = json!({
        "A": { "fallback": { "noMatch": [{ "say": "sorry", "to": "B" }] } },
        "B": { "onEnter": [{ "ask": "b?" }] },
    });
    let fallback = json!({ "noMatch": [{ "say": "flow" }] });
    let parts = json!({ "fallback": fallback, "states": states });
    check(
        &parts,
        "text a\ntext b",
        &expect![[r#"
        > start
          1.1 session.created test
        > text a
          2.2 user.text "a"
          3.2 intent.unhandled - "a" in A
          4.2 say "sorry"
          5.2 A -> B by fallback
          6.2 ask "b?"
        > text b
          7.3 user.text "b"
          8.3 intent.unhandled - "b" in B
          9.3 say "flow"
    "#]],
    );
}

#[test]
fn keys_and_events_of_other_systems_set_off_their_own_transitions() {
    let states = json!({ "A": { "transitions": [
        { "onDtmf": "1", "assign": { "key": "{{input.digits}}" } },
        { "onEvent": "paid", "when": "input.payload.amount > 5", "assign": { "paid": "{{input.payload.amount}}", "by": "{{input.name}}" } },
    ] } });
    check(
        &json!({ "states": states }),
        r#"dtmf 1
           dtmf 12
           event paid {"amount": 5}
           event paid {"amount": 6}"#,
        &expect![[r#"
            > start
              1.1 session.created test
            > dtmf 1
              2.2 {"type":"user.dtmf","digits":"1"}
              3.2 state.updated {"key":"1"}
            > dtmf 12
              4.3 {"type":"user.dtmf","digits":"12"}
              5.3 intent.unhandled - "12" in A
              6.3 say "Sorry, I did not understand that."
            > event paid {"amount": 5}
              7.4 {"type":"user.event","name":"paid","payload":{"amount":5}}
            > event paid {"amount": 6}
              8.5 {"type":"user.event","name":"paid","payload":{"amount":6}}
              9.5 state.updated {"paid":6,"by":"paid"}
        "#]],
    );
}

#[test]
fn an_intent_that_the_flow_does_not_have_is_refused() {
    let parts = json!({ "states": { "A": {} } });
    check(
        &parts,
        "intent NOPE\nnoise",
        &expect![[r#"
        > start
          1.1 session.created test
        > intent NOPE
          x could not take the intent: flow `test` has no intent `NOPE`
        > noise
          2.2 nlu.intent -
          3.2 intent.unhandled - "" in A
          4.2 say "Sorry, I did not understand that."
    "#]],
    );
}
