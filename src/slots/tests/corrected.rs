//! Texts that take something back.

use serde_json::json;

use super::super::{Slot, Type, extract};
use super::{check, check_in, moment};

#[test]
fn what_is_denied_is_no_value() {
    check("not 18 people, 8", "count", json!({"count": 8}));
    check("it's 5 not 4 people", "count", json!({"count": 5}));
    check("I didn't say 4 people I said 8", "count", json!({"count": 8}));
    check("not 11pm I meant 11am", "time", json!({"time": "11:00"}));
    check("7 instead of 8 people", "count", json!({"count": 7}));
    check("scrap Monday, Tuesday suits us", "date", json!({"date": "2026-11-24"}));
    // Nothing replaces it, and it may be a question.
    check("is it not 7pm", "time", json!({"time": "19:00"}));
    check("why not 4 people", "count", json!({"count": 4}));
    check("not before 7pm", "time", json!({"time": "19:00"}));
}

#[test]
fn what_is_said_last_holds_where_the_text_turns() {
    check("make it 8, no wait, only 7", "count", json!({"count": 7}));
    check("Five of us, no wait, there will be six of us.", "count", json!({"count": 6}));
    check("4 people, no, 5", "count", json!({"count": 5}));
    check("seven of us, scratch that, six", "count", json!({"count": 6}));
    check("it's on the 24th, er, the 25th", "date", json!({"date": "2026-11-25"}));
    check("it starts at nine, I mean at 6:45 pm", "time", json!({"time": "18:45"}));
    check("7 people at 8pm, actually at 9pm", "count time", json!({"count": 7, "time": "21:00"}));
}

#[test]
fn what_is_said_next_is_no_correction() {
    check("4 people, sorry, the other 2 are ill", "count", json!({"count": 4}));
    check("at 7pm so that we are home by 9pm", "time", json!({"time": "19:00"}));
    check("at 3pm please wait till 3:15pm", "time", json!({"time": "15:00"}));
    check("move 3 boxes to shelf 12", "count", json!({"count": 3}));
    check("update my hours to 9am to 5pm", "time", json!({"time": "09:00"}));
    check("4 people. No. 12 Oak Street", "count", json!({"count": 4}));
    check("order 4512 has not arrived", "count", json!({"count": 4512}));
}

#[test]
fn two_slots_of_a_kind_keep_their_values() {
    let slots = ["from", "until"].map(|name| Slot {
        name: name.to_owned(),
        kind: Type::Date,
        required: false,
        pii: false,
    });
    for text in
        ["change my stay from 5 December to 8 December", "on 5 December, sorry, until 8 December"]
    {
        let found = extract(text, &slots, &moment("en-GB"));
        let values: Vec<_> = found.iter().map(|one| (&*one.slot, one.value.clone())).collect();
        assert_eq!(
            values,
            [("from", json!("2026-12-05")), ("until", json!("2026-12-08"))],
            "{text}"
        );
    }
}

#[test]
fn a_change_is_to_what_stands_behind_its_to() {
    check("change it from 8 people to just 7", "count", json!({"count": 7}));
    check(
        "can I change my booking from 18:00 for 3 people to 17:45 for 4 people",
        "count time",
        json!({"count": 4, "time": "17:45"}),
    );
    check("please change us from Monday to Friday", "date", json!({"date": "2026-11-27"}));
    // Without a change it is a range, which begins with the first.
    check("from Monday to Friday", "date", json!({"date": "2026-11-23"}));
}

#[test]
fn other_languages_take_back_too() {
    check_in("pt-PT", "às 8 em vez de às 9", "time", &json!({"time": "20:00"}));
    check_in("pt-PT", "não somos 4, somos 5", "count", &json!({"count": 5}));
    check_in("es-ES", "no somos 4, somos 5", "count", &json!({"count": 5}));
    check_in("fr-FR", "pas 4 personnes, 5", "count", &json!({"count": 5}));
    check_in("de-DE", "nicht 4 Personen, 5", "count", &json!({"count": 5}));
}
