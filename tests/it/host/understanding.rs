//! `cicerone nlu`: why a text is understood as it is, and how well a flow's intents are told apart.

use std::fs;

use serde_json::{Value, json};

use super::{Place, Ran};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn the_way_of_a_text_is_explained() {
    let place = Place::shipped();
    let ran = place.run(&[
        "nlu",
        "explain",
        "reservation",
        "we are seven people",
        "--state",
        "CollectPartySize",
        "--json",
    ]);
    let explained = json(&ran);
    assert_eq!(explained["intent"], "PROVIDE_PARTY_SIZE", "{explained:#}");
    assert_eq!(explained["slots"], json!({"partySize": 7}));
    let first = &explained["candidates"][0];
    assert_eq!(first["intent"], "PROVIDE_PARTY_SIZE");
    assert_eq!(first["values"][0]["value"], 7);
    assert_eq!((&first["values"][0]["start"], &first["values"][0]["end"]), (&json!(7), &json!(19)));
    assert_eq!(explained["seen"], "we are <number> people");
    let shown =
        place.run(&["nlu", "explain", "flows/reservation.json", "do you have a table for us"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    for part in ["BOOK", "known", "taken", "because"] {
        assert!(shown.out.contains(part), "no {part}: {}", shown.out);
    }
}

#[test]
fn a_state_or_a_flow_that_is_not_there_is_named() {
    let place = Place::shipped();
    let ran = place.run(&["nlu", "explain", "reservation", "hello", "--state", "Nowhere"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("`Nowhere`") && ran.err.contains("CollectPartySize"), "{ran:?}");
    let ran = place.run(&["nlu", "eval", "nothing"]);
    assert!(ran.code == Some(1) && ran.err.contains("nothing.json"), "{ran:?}");
}

#[test]
fn intents_are_told_apart_with_each_example_left_out_or_with_texts_of_a_file() {
    let place = Place::shipped();
    let across = json(&place.run(&["nlu", "eval", "reservation", "--json"]));
    assert_eq!(across["asked"], 67, "{across:#}");
    assert!(across["accuracy"].as_f64().unwrap() > 0.7, "{across:#}");
    fs::write(
        place.path("texts.tsv"),
        "\u{feff}BOOK\tplease reserve a table\nASK_QUESTION\twhat are your opening hours\nBOOK\tis there parking\n\
         \twho painted the mona lisa\n\tthe parking nearby\n",
    )
    .unwrap();
    let asked = json(&place.run(&["nlu", "eval", "reservation", "--data", "texts.tsv", "--json"]));
    assert_eq!((&asked["asked"], &asked["right"]), (&json!(3), &json!(2)), "{asked:#}");
    assert_eq!((&asked["understood"], &asked["asides"]), (&json!(2), &json!(2)), "{asked:#}");
    let stray = json!([{ "text": "the parking nearby", "taken": "ASK_QUESTION" }]);
    assert_eq!(asked["strays"], stray, "{asked:#}");
    let mistake = &asked["mistakes"][0];
    assert_eq!((&mistake["meant"], &mistake["taken"]), (&json!("BOOK"), &json!("ASK_QUESTION")));
    assert_eq!(mistake["misledBy"], "is there parking nearby");
    assert_eq!(asked["pairs"][0]["intents"], json!(["BOOK", "ASK_QUESTION"]));
    let shown = place.run(&["nlu", "eval", "reservation", "--data", "texts.tsv"]);
    for part in
        ["2 of 3 have their intent in front", "2 of 3 are surely", "1 of 2 that mean no intent"]
    {
        assert!(shown.out.contains(part), "{shown:?}");
    }
    fs::write(place.path("texts.tsv"), "BOOK please\n").unwrap();
    let wrong = place.run(&["nlu", "eval", "reservation", "--data", "texts.tsv"]);
    assert!(wrong.code == Some(1) && wrong.err.contains("texts.tsv:1"), "{wrong:?}");
}
