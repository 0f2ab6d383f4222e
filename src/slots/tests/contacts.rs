//! Phones, addresses and what only looks like them; texts in characters of full width.

use serde_json::{Value, json};

use super::super::{Slot, Text, Type};
use super::amounts::check_in_each;
use super::moment;

fn same<'t>(language: &'t str, text: &'t str) -> (&'t str, &'t str, Value) {
    (language, text, json!(text))
}

fn none<'t>(language: &'t str, text: &'t str) -> (&'t str, &'t str, Value) {
    (language, text, Value::Null)
}

#[test]
fn a_phone_has_its_area_code() {
    check_in_each(
        "phone",
        &[
            same("de", "0171/1234567"),
            same("de", "0171 / 123 45 67"),
            same("en", "212.555.1234"),
            same("en", "12.34.56.78"),
            ("en", "07700 900123 07700 900124", json!("07700 900123")),
            none("en", "20/12/2026"),
            none("en", "001/2026"),
        ],
    );
}

#[test]
fn a_card_an_account_and_a_host_are_no_phone() {
    for text in [
        "1234 5678 9012 3456",
        "1234-5678-9012-3456",
        "3782 822463 10005",
        "my card is 4111111111111111",
        "+44123456789012345678901234",
        "192.168.0.1",
    ] {
        check_in_each("phone", &[none("en", text)]);
    }
    check_in_each("count", &[none("en", "4111 1111 1111 1111")]);
    check_in_each(
        "phone",
        &[("en", "card 4111 1111 1111 1111, phone 555-1234", json!("555-1234"))],
    );
}

#[test]
fn an_address_may_have_an_apostrophe() {
    check_in_each(
        "email",
        &[
            same("en", "o'neil@example.com"),
            same("fr", "o'neil@example.com"),
            ("en", "o’neil@example.com", json!("o'neil@example.com")),
            ("en", "it is 'bob@example.com'", json!("bob@example.com")),
            ("fr", "l'adresse d'anne@example.com", json!("anne@example.com")),
        ],
    );
}

/// The address in the web that a text gives.
fn url(text: &str) -> Option<Value> {
    let slot = Slot { name: "site".to_owned(), kind: Type::Url, required: false, pii: false };
    let found = Text::read(text, "en").extract(&[slot], &moment("en"));
    found.into_iter().next().map(|found| found.value)
}

#[test]
fn an_address_keeps_the_brackets_that_it_opens() {
    for (text, address) in [
        ("https://x.org/Foo_(bar)", Some("https://x.org/Foo_(bar)")),
        ("see (https://x.org/Foo_(bar)).", Some("https://x.org/Foo_(bar)")),
        ("(see https://x.org/foo)", Some("https://x.org/foo")),
        ("ftp://x.org/a.txt", None),
    ] {
        assert_eq!(url(text), address.map(|address| json!(address)), "{text:?}");
    }
}

#[test]
fn full_width_and_other_digits_are_read_as_plain_ones() {
    check_in_each("count", &[("en", "４", json!(4)), ("en", "٤", json!(4)), ("en", "४", json!(4))]);
    check_in_each("count", &[("pt", "são ｑｕａｔｒｏ", json!(4))]);
    check_in_each("time", &[("en", "７ｐｍ", json!("19:00"))]);
    check_in_each("partySize", &[("en", "٣٫٥", json!(3.5))]);
    check_in_each("date", &[("en", "２０２６-１２-０１", json!("2026-12-01"))]);
    check_in_each("phone", &[("en", "phone ５５５－１２３４", json!("555-1234"))]);
    check_in_each("email", &[("en", "ｂｏｂ＠ｅｘａｍｐｌｅ.com", json!("bob@example.com"))]);
    // Free text stays as it was written.
    check_in_each("note", &[same("en", "Ｎｏ onions")]);
}

#[test]
fn a_place_is_one_in_the_text_that_was_written() {
    let text = "é mesa para ４ às ７ｐｍ";
    let slot = |name: &str, kind| Slot { name: name.to_owned(), kind, required: false, pii: false };
    let wanted = [slot("people", Type::Integer), slot("time", Type::Time)];
    let found = Text::read(text, "pt").extract(&wanted, &moment("pt"));
    let said: Vec<&str> = found.iter().map(|one| text.get(one.span.clone()).unwrap()).collect();
    assert_eq!(said, ["４", "７ｐｍ"]);
    assert_eq!(Text::read(text, "pt").mask(&moment("pt")), "é mesa para __number__ às __time__");
}

#[test]
fn a_long_row_is_found_where_it_stands() {
    let text = "é ４１１１ 1111 1111 1111 or 555-1234";
    let rows = Text::read(text, "en").long_rows();
    assert_eq!(
        rows.iter().map(|row| text.get(row.clone()).unwrap()).collect::<Vec<_>>(),
        ["４１１１ 1111 1111 1111"]
    );
}
