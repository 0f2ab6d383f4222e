//! A text between two intents: the question, the answers to it, and where it is not asked.

use expect_test::expect;
use serde_json::{Value, json};

use super::check;

fn parts(clarify: bool) -> Value {
    json!({
        "intents": {
            "BOOK": { "label": "book a table", "examples": ["book"], "slots": { "size": "number" } },
            "MOVE": { "examples": ["move my booking"] },
            "HIRE": { "examples": ["hire"], "slots": { "size": { "type": "number", "required": true } } },
            "GONE": { "examples": ["gone"] },
        },
        "fallback": { "clarify": clarify, "noMatch": [{ "say": "What?" }] },
        "states": {
            "A": { "transitions": [
                { "onIntent": "BOOK", "to": "B", "assign": { "size": "{{slot.size}}" } },
                { "onIntent": "MOVE", "to": "C" },
                { "onIntent": "HIRE", "to": "C" },
                { "pattern": "1", "to": "C" },
            ] },
            "B": { "fallback": { "clarify": false }, "transitions": [
                { "onIntent": "BOOK", "to": "A" },
                { "onIntent": "MOVE", "to": "C" },
            ] },
            "C": { "transitions": [{ "onIntent": "GONE", "to": "A" }] },
        },
    })
}

#[test]
fn a_text_between_two_intents_is_asked_about_and_the_answer_is_one_of_them_with_its_slots() {
    check(
        &parts(true),
        "text a table\nbetween BOOK|MOVE {\"size\": 4}\ntext Book a table please\nlook",
        &expect![[r#"
            > start
              1.1 session.created test
            > text a table
              2.2 user.text "a table"
              ! classify "a table" among ["BOOK", "MOVE", "HIRE"] expecting ["size"]
            > between BOOK|MOVE {"size": 4}
              3.2 nlu.intent -
              4.2 ask "Did you mean “book a table” or “move my booking”?" ["book a table", "move my booking"]
            > text Book a table please
              5.3 user.text "Book a table please"
              6.3 nlu.intent BOOK
              7.3 state.updated {"size":4}
              8.3 A -> B by intent:BOOK
            > look
            = test/B {"size":4}
        "#]],
    );
}

#[test]
fn an_answer_may_be_a_place_in_the_question_before_any_pattern_or_a_key() {
    check(
        &parts(true),
        "text a table\nbetween BOOK|MOVE\ntext the second one\nevent none\nintent GONE\ntext eh\nbetween MOVE|BOOK\ndtmf 2",
        &expect![[r#"
            > start
              1.1 session.created test
            > text a table
              2.2 user.text "a table"
              ! classify "a table" among ["BOOK", "MOVE", "HIRE"] expecting ["size"]
            > between BOOK|MOVE
              3.2 nlu.intent -
              4.2 ask "Did you mean “book a table” or “move my booking”?" ["book a table", "move my booking"]
            > text the second one
              5.3 user.text "the second one"
              6.3 nlu.intent MOVE
              7.3 A -> C by intent:MOVE
            > event none
              8.4 {"type":"user.event","name":"none","payload":{}}
            > intent GONE
              9.5 nlu.intent GONE
              10.5 C -> A by intent:GONE
            > text eh
              11.6 user.text "eh"
              ! classify "eh" among ["BOOK", "MOVE", "HIRE"] expecting ["size"]
            > between MOVE|BOOK
              12.6 nlu.intent -
              13.6 ask "Did you mean “move my booking” or “book a table”?" ["move my booking", "book a table"]
            > dtmf 2
              14.7 {"type":"user.dtmf","digits":"2"}
              15.7 nlu.intent BOOK
              16.7 state.updated {"size":null}
              17.7 A -> B by intent:BOOK
        "#]],
    );
}

#[test]
fn an_answer_that_names_neither_is_a_text_like_any_other_and_is_not_asked_about_again() {
    check(
        &parts(true),
        "text a table\nbetween BOOK|MOVE\ntext neither\nbetween BOOK|MOVE\ntext what now\nbetween BOOK|MOVE\ntext no\nintent MOVE",
        &expect![[r#"
            > start
              1.1 session.created test
            > text a table
              2.2 user.text "a table"
              ! classify "a table" among ["BOOK", "MOVE", "HIRE"] expecting ["size"]
            > between BOOK|MOVE
              3.2 nlu.intent -
              4.2 ask "Did you mean “book a table” or “move my booking”?" ["book a table", "move my booking"]
            > text neither
              5.3 user.text "neither"
              ! classify "neither" among ["BOOK", "MOVE", "HIRE"] expecting ["size"]
            > between BOOK|MOVE
              6.3 nlu.intent -
              7.3 intent.unhandled - "neither" in A
              8.3 say "What?"
            > text what now
              9.4 user.text "what now"
              ! classify "what now" among ["BOOK", "MOVE", "HIRE"] expecting ["size"]
            > between BOOK|MOVE
              10.4 nlu.intent -
              11.4 ask "Did you mean “book a table” or “move my booking”?" ["book a table", "move my booking"]
            > text no
              12.5 user.text "no"
              ! classify "no" among ["BOOK", "MOVE", "HIRE"] expecting ["size"]
            > intent MOVE
              13.5 nlu.intent MOVE
              14.5 A -> C by intent:MOVE
        "#]],
    );
}

#[test]
fn a_flow_or_a_state_that_does_not_allow_it_takes_the_text_as_unhandled() {
    check(
        &parts(false),
        "text a table\nbetween BOOK|MOVE",
        &expect![[r#"
        > start
          1.1 session.created test
        > text a table
          2.2 user.text "a table"
          ! classify "a table" among ["BOOK", "MOVE", "HIRE"] expecting ["size"]
        > between BOOK|MOVE
          3.2 nlu.intent -
          4.2 intent.unhandled - "a table" in A
          5.2 say "What?"
    "#]],
    );
    check(
        &parts(true),
        "text a table\nintent BOOK\ntext eh\nbetween BOOK|MOVE",
        &expect![[r#"
        > start
          1.1 session.created test
        > text a table
          2.2 user.text "a table"
          ! classify "a table" among ["BOOK", "MOVE", "HIRE"] expecting ["size"]
        > intent BOOK
          3.2 nlu.intent BOOK
          4.2 state.updated {"size":null}
          5.2 A -> B by intent:BOOK
        > text eh
          6.3 user.text "eh"
          ! classify "eh" among ["BOOK", "MOVE"] expecting ["size"]
        > between BOOK|MOVE
          7.3 nlu.intent -
          8.3 intent.unhandled - "eh" in B
          9.3 say "What?"
    "#]],
    );
}

#[test]
fn only_two_intents_that_can_be_taken_here_with_their_slots_are_asked_about() {
    let others = ["BOOK", "BOOK|BOOK", "BOOK|GONE", "BOOK|NEVER", "BOOK|HIRE", "BOOK|MOVE|HIRE"];
    for between in others {
        let mut talk = super::Talk::new(&parts(true));
        talk.run(&format!("start\ntext eh\nbetween {between}"));
        assert!(talk.out.contains("intent.unhandled"), "{}", talk.out);
        assert!(talk.session.clarifying.is_empty());
    }
}
