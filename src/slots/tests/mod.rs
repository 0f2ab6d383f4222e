//! What texts give, as tables: a text, the slots wanted, the values expected.

use serde_json::{Value, json};

use super::{Moment, Slot, TEXT_MAX, Type, extract, mask};

mod amounts;
mod answers;
mod any_text;
mod away;
mod calendar;
mod clock;
mod contacts;
mod corrected;
mod days;
mod hour;
mod lengths;
mod money;
mod names;
mod party;
mod ranges;

/// Saturday 2026-11-21, 14:00 in Lisbon.
fn moment(language: &str) -> Moment {
    Moment {
        now: "2026-11-21T14:00[Europe/Lisbon]".parse().unwrap(),
        language: language.to_owned(),
    }
}

fn kind(name: &str) -> Type {
    let values = || ["inside", "terrace", "private room", "private"].map(str::to_owned).to_vec();
    match name {
        "partySize" => Type::Number,
        "count" => Type::Integer,
        "date" => Type::Date,
        "time" => Type::Time,
        "when" => Type::Datetime,
        "length" => Type::Duration,
        "name" => Type::Name,
        "phone" => Type::Phone,
        "email" => Type::Email,
        "price" => Type::Money,
        "agreed" => Type::Boolean,
        "area" => Type::Enum {
            values: values(),
            synonyms: [("terrace".to_owned(), vec!["outside".to_owned(), "open air".to_owned()])]
                .into_iter()
                .collect(),
        },
        _ => Type::String,
    }
}

fn slots(names: &str) -> Vec<Slot> {
    names
        .split_whitespace()
        .map(|name| Slot { name: name.to_owned(), kind: kind(name), required: false, pii: false })
        .collect()
}

#[track_caller]
fn check_in(language: &str, text: &str, wanted: &str, expect: &Value) {
    let found = extract(text, &slots(wanted), &moment(language));
    let got: serde_json::Map<String, Value> =
        found.into_iter().map(|found| (found.slot, found.value)).collect();
    assert_eq!(Value::Object(got), *expect, "{text:?} for {wanted}");
}

#[track_caller]
fn check(text: &str, wanted: &str, expect: Value) {
    check_in("en-GB", text, wanted, &expect);
}

/// Every text of a table gives, for one slot, this value; `null` is no value.
#[track_caller]
fn check_each(wanted: &str, table: &[(&str, Value)]) {
    for (text, value) in table {
        let expect = if value.is_null() { json!({}) } else { json!({ wanted: value }) };
        check(text, wanted, expect);
    }
}

#[test]
fn a_number_is_read_in_digits_and_in_words() {
    check_each(
        "partySize",
        &[
            ("We are 4 people", json!(4)),
            ("We are 4", json!(4)),
            ("4", json!(4)),
            ("party of ten", json!(10)),
            ("table for two please", json!(2)),
            ("a dozen", json!(12)),
            ("a couple", json!(2)),
            ("twenty-five", json!(25)),
            ("four of us", json!(4)),
            ("13", json!(13)),
            ("1,500 people", json!(1500)),
            ("4.5", json!(4.5)),
            ("four and a half", json!(4.5)),
            ("just me", json!(1)),
            ("minus nothing -5", json!(-5)),
            ("we are one hundred and twenty", json!(120)),
            ("somos quatro pessoas", json!(4)),
            ("mesa para dois", json!(2)),
            ("no idea", json!(null)),
            ("this one is good", json!(null)),
        ],
    );
}

#[test]
fn a_whole_number_slot_takes_no_fraction() {
    check_each("count", &[("4.5", json!(null)), ("4", json!(4)), ("4.0", json!(4))]);
}

#[test]
fn digits_of_a_phone_a_date_or_a_time_are_no_number() {
    check_each(
        "partySize",
        &[
            ("call me at 555-1234", json!(null)),
            ("tomorrow at 7pm", json!(null)),
            ("on the 20th at 19:30", json!(null)),
            ("20/12", json!(null)),
            ("on 31 February", json!(null)),
            ("at 25:99", json!(null)),
            ("table for 4 tomorrow at 7", json!(4)),
            ("7pm for 3 people, phone 555-1234", json!(3)),
        ],
    );
}

#[test]
fn a_name_and_a_phone_are_found_together() {
    let both = |name: &str, phone: &str| json!({"name": name, "phone": phone});
    for (text, name, phone) in [
        ("My name is John Doe, phone 555-1234", "John Doe", "555-1234"),
        ("I'm Ana, 555-123", "Ana", "555-123"),
        ("name João phone 11987654321", "João", "11987654321"),
        (
            "this is Maria da Silva, my number is +351 912 345 678",
            "Maria da Silva",
            "+351 912 345 678",
        ),
        ("John Smith 555-9876", "John Smith", "555-9876"),
        ("john smith 555-9876", "john smith", "555-9876"),
        ("my name is john doe and my phone number is 555 1234", "john doe", "555 1234"),
        ("555-1234, Ana", "Ana", "555-1234"),
        ("Name: Mary-Jane O'Brien. Phone: (555) 123-4567", "Mary-Jane O'Brien", "(555) 123-4567"),
        ("meu nome é João Souza, telefone 11 98765-4321", "João Souza", "11 98765-4321"),
        ("It's J. R. Tolkien, call me at 5551234", "J. R. Tolkien", "5551234"),
    ] {
        check(text, "name phone", both(name, phone));
        check(text, "phone name", both(name, phone));
    }
}

#[test]
fn a_lone_name_is_taken_where_a_name_is_asked_for() {
    check_each(
        "name",
        &[
            ("John Doe", json!("John Doe")),
            ("john doe", json!("john doe")),
            ("Ana", json!("Ana")),
            ("João da Silva, please", json!("João da Silva")),
            ("April Jones", json!("April Jones")),
            ("under the name Mellisa Leard", json!("Mellisa Leard")),
            ("a table for Signe Decos on January 1st at 6", json!("Signe Decos")),
            ("table for two", json!(null)),
            ("the cuisine is French", json!(null)),
            ("yes", json!(null)),
            ("hello", json!(null)),
            ("I want to book", json!(null)),
            ("I'm looking for a table", json!(null)),
            ("tomorrow at 7", json!(null)),
        ],
    );
    check("John Doe", "partySize name", json!({}));
}

#[test]
fn a_phone_is_kept_as_it_was_written() {
    check_each(
        "phone",
        &[
            ("555-1234", json!("555-1234")),
            ("  555-123  ", json!("555-123")),
            ("11987654321", json!("11987654321")),
            ("06 12 34 56 78", json!("06 12 34 56 78")),
            ("12345", json!("12345")),
            ("for 10 people 555-1234", json!("555-1234")),
            ("2026-12-01", json!(null)),
            ("4.5", json!(null)),
            ("7-8 people", json!(null)),
        ],
    );
}

#[test]
fn an_address_keeps_its_case_but_in_the_domain() {
    check("Mail me at Ana.B+x@Example.COM.", "email", json!({"email": "Ana.B+x@example.com"}));
    check("ana at example", "email", json!({}));
}

#[test]
fn yes_and_no_are_read_where_they_answer() {
    let (yes, no, nothing) = (json!(true), json!(false), json!(null));
    for text in ["yes", "Yep!", "sure", "sim", "well, yes please", "ok", "7 is fine, yes"] {
        check_each("agreed", &[(text, yes.clone())]);
    }
    for text in ["no", "nope", "no thanks", "não", "of course not", "No, at 8 please"] {
        check_each("agreed", &[(text, no.clone())]);
    }
    check_each("agreed", &[("there is no table", nothing.clone()), ("maybe", nothing)]);
}

#[test]
fn a_value_of_a_list_is_found_with_its_synonyms_and_small_typos() {
    check_each(
        "area",
        &[
            ("On the TERRACE", json!("terrace")),
            ("outside please", json!("terrace")),
            ("open-air or open air", json!("terrace")),
            ("a private room", json!("private room")),
            ("the terace", json!("terrace")),
            ("anywhere", json!(null)),
        ],
    );
}

#[test]
fn of_several_values_of_a_list_the_first_that_stands_is_taken() {
    check_each(
        "area",
        &[
            ("outside or inside", json!("terrace")),
            ("inside and a private room", json!("inside")),
            ("a private room", json!("private room")),
            ("private, or a private room", json!("private")),
            ("two terraces and a private room", json!("terrace")),
            ("private rooms and inside", json!("private room")),
            ("inside, no, terrace", json!("terrace")),
            ("the terrace, sorry, inside", json!("inside")),
            ("no, inside", json!("inside")),
            ("not inside, the terrace", json!("terrace")),
            ("change it from inside to the terrace", json!("terrace")),
        ],
    );
    check("two terraces and inside", "count area", json!({"count": 2, "area": "terrace"}));
}

#[test]
fn a_value_of_a_list_may_be_written_apart_together_or_with_a_hyphen() {
    check_each(
        "area",
        &[
            ("a private-room", json!("private room")),
            ("the privateroom", json!("private room")),
            ("in side", json!("inside")),
            ("open-air", json!("terrace")),
            ("private - no, room", json!("private")),
        ],
    );
}

#[test]
fn money_has_an_amount_and_a_currency() {
    let money = |amount: Value, currency: &str| json!({"amount": amount, "currency": currency});
    check_each(
        "price",
        &[
            ("$20", money(json!(20), "USD")),
            ("20 euros", money(json!(20), "EUR")),
            ("EUR 15.50", money(json!(15.5), "EUR")),
            ("about fifty bucks", money(json!(50), "USD")),
            ("£1,200", money(json!(1200), "GBP")),
            ("20", json!(null)),
        ],
    );
}

#[test]
fn free_text_is_the_whole_text_and_only_where_nothing_else_is_wanted() {
    check("  no onions, please ", "note", json!({"note": "no onions, please"}));
    check("no onions", "note phone", json!({}));
    check("   ", "note", json!({}));
}

#[test]
fn the_asked_for_slot_is_filled_first() {
    check("7", "time partySize", json!({"time": "19:00"}));
    check("7", "partySize time", json!({"partySize": 7}));
    check("we are 7", "date time partySize", json!({"partySize": 7}));
}

#[test]
fn each_slot_is_filled_once_and_spans_are_the_words_themselves() {
    let text = "Olá! João, amanhã às 19h for 4 people, +351 912 345 678";
    let wanted = slots("date time partySize phone date");
    let found = extract(text, &wanted, &moment("en-GB"));
    let words: Vec<_> =
        found.iter().map(|found| (&*found.slot, text.get(found.span.clone()).unwrap())).collect();
    assert_eq!(
        words,
        [
            ("date", "amanhã"),
            ("time", "19h"),
            ("partySize", "4 people"),
            ("phone", "+351 912 345 678")
        ]
    );
}

/// Texts, the words in them that say the time, and the time.
#[track_caller]
fn check_times(table: &[(&str, &str, &str)]) {
    for (text, words, value) in table {
        let found = extract(text, &slots("time"), &moment("en-US"));
        let told: Vec<_> =
            found.iter().map(|one| (text.get(one.span.clone()).unwrap(), &one.value)).collect();
        assert_eq!(told, [(*words, &json!(value))], "{text:?}");
    }
}

#[test]
fn a_half_of_the_day_that_adds_nothing_to_the_digits_is_no_part_of_the_time() {
    check_times(&[
        ("11:30 AM please", "11:30", "11:30"),
        ("12:15 p.m.", "12:15", "12:15"),
        ("1130 am", "1130", "11:30"),
        ("10:30 in the morning", "10:30", "10:30"),
        ("11:30am please", "11:30am", "11:30"),
        ("7:30 pm please", "7:30 pm", "19:30"),
        ("12:15 am", "12:15 am", "00:15"),
        ("9 am", "9 am", "09:00"),
    ]);
}

#[test]
fn the_night_that_says_which_eight_is_meant_is_part_of_the_time() {
    check_times(&[
        ("tomorrow night at 8:15 please", "night at 8:15", "20:15"),
        ("tomorrow night at 9:30pm", "9:30pm", "21:30"),
        ("for lunch at 12:45", "12:45", "12:45"),
    ]);
}

#[test]
fn times_before_noon_from_now_and_without_a_colon_are_read() {
    check_each(
        "time",
        &[
            ("15 minutes before noon", json!("11:45")),
            ("in an hour and a half", json!("15:30")),
            ("do you have anything at 430", json!("16:30")),
        ],
    );
}

#[test]
fn members_of_a_group_may_have_an_article() {
    check_each(
        "partySize",
        &[
            ("me and the wife", json!(2)),
            ("the two women and their father", json!(3)),
            ("3 people and I want a quiet table", json!(3)),
            ("my 3 kids and I have a table booked", json!(4)),
            ("my wife, two children and I will be there", json!(4)),
            ("one of us is in a wheelchair", json!(null)),
        ],
    );
}

#[test]
fn only_the_beginning_of_a_long_text_is_looked_at() {
    let padding = "é ".repeat(TEXT_MAX / 2);
    check(&format!("4 {padding}"), "partySize", json!({"partySize": 4}));
    check(&format!("{padding}4"), "partySize", json!({}));
}

#[test]
fn a_masked_text_shows_the_kinds_of_its_values() {
    let table = [
        ("We are 4 people", "We are __number__ people"),
        ("Tomorrow at 7pm", "__date__ at __time__"),
        ("My name is John Doe, phone 555-1234", "My name is __name__, phone __phone__"),
        ("mail ana@example.com", "mail __email__"),
        ("nothing here", "nothing here"),
        ("may I sit at one of the tables", "may I sit at one of the tables"),
    ];
    for (text, masked) in table {
        assert_eq!(mask(text, &moment("en-US")), masked);
    }
}
