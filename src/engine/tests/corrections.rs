//! Forms in which a person takes something back, or goes away and comes back.

use expect_test::expect;
use serde_json::json;

use super::check;
use super::forms::form;

#[test]
fn a_value_that_was_said_before_is_corrected_by_saying_another() {
    check(
        &form(json!({})),
        "text 4\ntext could we make it 5 people\nnoise\ntext tomorrow\ntext for 30 people\nnoise",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 say "Welcome."
              3.1 ask "For how many?" ["2", "4"]
            > text 4
              4.2 user.text "4"
              5.2 state.updated {"partySize":4}
              6.2 ask "Which day?"
            > text could we make it 5 people
              7.3 user.text "could we make it 5 people"
              ! classify "could we make it 5 people" among ["HELP"] expecting []
            > noise
              8.3 nlu.intent -
              9.3 state.updated {"partySize":5}
              10.3 ask "Which day?"
            > text tomorrow
              11.4 user.text "tomorrow"
              12.4 state.updated {"date":"1970-01-02"}
              13.4 ask "Your name?"
            > text for 30 people
              14.5 user.text "for 30 people"
              ! classify "for 30 people" among ["HELP"] expecting []
            > noise
              15.5 nlu.intent -
              16.5 ask "30 is no party, 1 to 12?" ["2", "4"]
        "#]],
    );
    check(
        &form(json!({ "correct": false })),
        "text 4\ntext could we make it 5 people\nnoise",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 say "Welcome."
              3.1 ask "For how many?" ["2", "4"]
            > text 4
              4.2 user.text "4"
              5.2 state.updated {"partySize":4}
              6.2 ask "Which day?"
            > text could we make it 5 people
              7.3 user.text "could we make it 5 people"
              ! classify "could we make it 5 people" among ["HELP"] expecting []
            > noise
              8.3 nlu.intent -
              9.3 intent.unhandled - "could we make it 5 people" in A
              10.3 say "Sorry, I did not understand that."
              11.3 ask "Which day?"
        "#]],
    );
}

#[test]
fn all_values_are_confirmed_or_corrected() {
    let confirm =
        json!({ "confirm": "{{ctx.partySize}} on {{ctx.date}}, {{ctx.contact.name}}. Right?" });
    check(
        &form(confirm),
        "text 4 tomorrow\ntext Ana\nnoise\ntext hm\nnoise\ntext no\ntext the party size\nnoise\ntext 6\ntext yes",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 say "Welcome."
              3.1 ask "For how many?" ["2", "4"]
            > text 4 tomorrow
              4.2 user.text "4 tomorrow"
              5.2 state.updated {"partySize":4,"date":"1970-01-02"}
              6.2 ask "Your name?"
            > text Ana
              7.3 user.text "Ana"
              ! classify "Ana" among ["HELP"] expecting []
            > noise
              8.3 nlu.intent -
              9.3 state.updated {"contact.name":"Ana"}
              10.3 ask "4 on 1970-01-02, Ana. Right?"
            > text hm
              11.4 user.text "hm"
              ! classify "hm" among ["HELP"] expecting []
            > noise
              12.4 nlu.intent -
              13.4 intent.unhandled - "hm" in A
              14.4 say "Sorry, I did not understand that."
              15.4 ask "4 on 1970-01-02, Ana. Right?"
            > text no
              16.5 user.text "no"
              17.5 ask "What should I change?"
            > text the party size
              18.6 user.text "the party size"
              19.6 state.updated {"partySize":null}
              20.6 ask "For how many?" ["2", "4"]
            > noise
              21.7 nlu.intent -
              22.7 intent.unhandled - "" in A
              23.7 ask " is no party, 1 to 12?" ["2", "4"]
            > text 6
              24.8 user.text "6"
              25.8 state.updated {"partySize":6}
              26.8 ask "6 on 1970-01-02, Ana. Right?"
            > text yes
              27.9 user.text "yes"
              28.9 A -> B by form.done
              29.9 say "6, 1970-01-02, Ana"
        "#]],
    );
}

#[test]
fn a_no_is_followed_by_what_is_right_or_the_form_fails() {
    let confirm =
        json!({ "confirm": "{{ctx.partySize}} on {{ctx.date}}, {{ctx.contact.name}}. Right?" });
    check(
        &form(confirm),
        "text 4 tomorrow\ntext Ana\nnoise\ntext no, 5\ntext no\ntext what\nnoise\ntext what\nnoise\ntext what\nnoise",
        &expect![[r#"
            > start
              1.1 session.created test
              2.1 say "Welcome."
              3.1 ask "For how many?" ["2", "4"]
            > text 4 tomorrow
              4.2 user.text "4 tomorrow"
              5.2 state.updated {"partySize":4,"date":"1970-01-02"}
              6.2 ask "Your name?"
            > text Ana
              7.3 user.text "Ana"
              ! classify "Ana" among ["HELP"] expecting []
            > noise
              8.3 nlu.intent -
              9.3 state.updated {"contact.name":"Ana"}
              10.3 ask "4 on 1970-01-02, Ana. Right?"
            > text no, 5
              11.4 user.text "no, 5"
              12.4 state.updated {"partySize":5}
              13.4 ask "5 on 1970-01-02, Ana. Right?"
            > text no
              14.5 user.text "no"
              15.5 ask "What should I change?"
            > text what
              16.6 user.text "what"
              ! classify "what" among ["HELP"] expecting []
            > noise
              17.6 nlu.intent -
              18.6 intent.unhandled - "what" in A
              19.6 say "Sorry, I did not understand that."
              20.6 ask "What should I change?"
            > text what
              21.7 user.text "what"
              ! classify "what" among ["HELP"] expecting []
            > noise
              22.7 nlu.intent -
              23.7 intent.unhandled - "what" in A
              24.7 say "Sorry, I did not understand that."
              25.7 ask "What should I change?"
            > text what
              26.8 user.text "what"
              ! classify "what" among ["HELP"] expecting []
            > noise
              27.8 nlu.intent -
              28.8 intent.unhandled - "what" in A
              29.8 A -> C by form.fail
              30.8 say "I give up."
        "#]],
    );
}

#[test]
fn a_no_fails_a_form_that_takes_no_corrections() {
    let mut parts = form(json!({ "confirm": "Right?", "correct": false }));
    parts["context"] =
        json!({ "partySize": 2, "date": "2026-11-22", "contact": { "name": "Ana" } });
    check(
        &parts,
        "text no",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "Welcome."
          3.1 ask "Right?"
        > text no
          4.2 user.text "no"
          5.2 A -> C by form.fail
          6.2 say "I give up."
    "#]],
    );
}

#[test]
fn a_digression_comes_back_to_the_question_that_was_open() {
    check(
        &form(json!({})),
        "text 4\ntext help\ntext tomorrow",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 say "Welcome."
          3.1 ask "For how many?" ["2", "4"]
        > text 4
          4.2 user.text "4"
          5.2 state.updated {"partySize":4}
          6.2 ask "Which day?"
        > text help
          7.3 user.text "help"
          8.3 state.updated {"back":"A"}
          9.3 A -> Help by pattern
          10.3 say "Ask away."
          11.3 Help -> A by auto
          12.3 say "Welcome."
          13.3 ask "Which day?"
        > text tomorrow
          14.4 user.text "tomorrow"
          15.4 state.updated {"date":"1970-01-02"}
          16.4 ask "Your name?"
    "#]],
    );
}
