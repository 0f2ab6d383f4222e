//! How many come: groups that are counted, and numbers that count something else.

use serde_json::json;

use super::super::{Found, Slot, Text, Type};
use super::{check_each, moment};

/// What a text says of `people` that nobody asked for.
fn people(text: &str) -> Option<(i64, String)> {
    let slot = Slot { name: "people".to_owned(), kind: Type::Integer, required: false, pii: false };
    let found: Vec<Found> = Text::read(text, "en-GB").extract_asked(&[slot], 0, &moment("en-GB"));
    let found = found.first()?;
    Some((found.value.as_i64()?, text.get(found.span.clone())?.to_owned()))
}

#[track_caller]
fn counts(table: &[(&str, i64, &str)]) {
    for (text, count, span) in table {
        assert_eq!(people(text), Some((*count, (*span).to_owned())), "{text:?}");
    }
}

#[track_caller]
fn counts_nobody(texts: &[&str]) {
    for text in texts {
        assert_eq!(people(text), None, "{text:?}");
    }
}

#[test]
fn who_is_named_beside_a_number_is_counted() {
    counts(&[
        ("a table for myself plus two", 3, "myself plus two"),
        ("myself plus the four joining", 5, "myself plus the four"),
        ("me and two girlfriends", 3, "me and two girlfriends"),
        ("5 buddies and I want a table", 6, "5 buddies and I"),
        ("My four kids and I don't need a big table", 5, "My four kids and I"),
        ("for myself my husband and my triplets", 5, "myself my husband and my triplets"),
        ("I'm bringing 5 people with me", 6, "5 people with me"),
        ("8/13/2018 and 10 people at 6:30 PM", 10, "10 people"),
        ("for 3 people and I want it outside", 3, "3 people"),
    ]);
}

#[test]
fn who_comes_alone_is_one() {
    counts(&[
        ("a table for myself please", 1, "myself"),
        ("I need a table for myself at 6 pm", 1, "myself"),
        ("it'll just be me", 1, "me"),
        ("i am eating alone", 1, "alone"),
        ("only one of us.", 1, "one"),
        ("do you seat just one?", 1, "one"),
    ]);
    counts_nobody(&["book me at 12:45", "please call me"]);
}

#[test]
fn some_of_a_party_are_not_how_many_come() {
    counts_nobody(&[
        "two of us are vegan",
        "four of my friends are vegan",
        "one of our guests can't eat shellfish",
        "there are 4 kids who will need highchairs",
        "a couple of us will be late",
        "1 person has a nut allergy",
        "just two people are lactose intolerant",
    ]);
    counts(&[
        ("4 of us are coming", 4, "4"),
        ("15 people are booked", 15, "15 people"),
        ("12 of us need to be seated", 12, "12"),
        ("my booking for 5 people is in 20 days", 5, "5 people"),
        ("my wife and I are late", 2, "my wife and I"),
        ("only 3 of us can make it", 3, "3"),
        ("4 people are having dinner", 4, "4 people"),
        ("4 adults are staying for 2 nights", 4, "4 adults"),
        ("12 attendees", 12, "12 attendees"),
        ("4 max", 4, "4"),
        ("two elderly ladies", 2, "two"),
    ]);
}

#[test]
fn what_else_is_counted_is_no_person() {
    counts_nobody(&[
        "three sheets to the wind",
        "I'd like two pizzas",
        "dressed to the nines",
        "she is turning thirty",
        "in 12 more days",
        "a couple of highchairs",
        "a table for a guest speaker",
        "a non Jamaican cuisine",
    ]);
    counts(&[
        ("could i book 8 poeple", 8, "8"),
        ("a 4 top at 9:15", 4, "a 4"),
        ("a 6 person table", 6, "a 6"),
        ("a three-person booking", 3, "a three"),
        ("a table for 4 celebrating", 4, "4"),
    ]);
    // Asked for, a number is a number; a slot of another name counts what it likes.
    check_each("count", &[("two pizzas", json!(2)), ("three sheets", json!(3))]);
}
