//! What is made of a plugin's answer, without a plugin.

use serde_json::{Value, json};

use super::answer::chosen;
use crate::nlu::check::Chosen;

fn wrong(answer: Value) -> &'static str {
    chosen(answer, Some("for four")).unwrap_err()
}

#[test]
fn an_answer_is_one_of_a_few_shapes() {
    let value = |value: &str| json!({ "name": "size", "value": value, "span": { "start": 4, "end": 8 }, "confidence": null });
    let intent = json!({ "Intent": { "name": "BOOK", "confidence": 0.8 } });
    let read = |text| chosen(json!([intent, { "CorrectSlot": value("4") }]), text).unwrap();
    let Chosen::Intent { name, confidence, given } = read(Some("for four")) else { panic!() };
    assert_eq!((name.as_str(), confidence, given.len()), ("BOOK", 0.8, 1));
    assert_eq!((&given[0].filled.value, &given[0].filled.span), (&json!(4), &Some(4..8)));
    assert!(given[0].corrects && (given[0].filled.confidence - 0.8).abs() < f64::EPSILON);
    for text in [None, Some("for fo"), Some("fôôôôô")] {
        let Chosen::Intent { given, .. } = read(text) else { panic!() };
        assert_eq!(given[0].filled.span, None, "{text:?}");
    }
    assert_eq!(chosen(json!([]), None), Ok(Chosen::None { confidence: 0.0 }));
    assert_eq!(chosen(json!([{ "None": 7.0 }]), None), Ok(Chosen::None { confidence: 1.0 }));
    assert_eq!(chosen(json!(["Cancel"]), None), Ok(Chosen::Cancel));
}

#[test]
fn anything_else_is_of_no_use() {
    let intent = json!({ "Intent": { "name": "BOOK", "confidence": 0.8 } });
    let value = |value: &str| json!({ "name": "size", "value": value });
    for (answer, why) in [
        (json!({}), "it is no list of commands"),
        (json!([{ "Obey": {} }]), "it is no list of commands"),
        (json!([intent, intent]), "it has more than one intent"),
        (json!([intent, "Cancel"]), "`cancel` and `none` stand alone"),
        (json!([{ "SetSlot": value("4") }]), "it has values without an intent"),
        (json!([intent, { "SetSlot": value("four") }]), "a value is no JSON"),
        (json!([{ "None": null }]), "a confidence is no number"),
        (json!(vec!["Cancel"; 300]), "it has too many commands"),
    ] {
        assert_eq!(wrong(answer), why);
    }
}
