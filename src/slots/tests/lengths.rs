//! Lengths of time as five languages say them.

use serde_json::{Value, json};

use super::amounts::check_in_each;

/// Every text of a table gives this length; "" is none.
#[track_caller]
fn lasts(table: &[(&str, &str, &str)]) {
    for (language, text, length) in table {
        let value = if length.is_empty() { Value::Null } else { json!(length) };
        check_in_each("length", &[(language, text, value)]);
    }
}

#[test]
fn an_hour_has_halves_and_quarters() {
    lasts(&[
        ("en", "three quarters of an hour", "PT45M"),
        ("en", "a quarter of an hour", "PT15M"),
        ("en", "an hour and a quarter", "PT75M"),
        ("en", "two and a quarter hours", "PT135M"),
        ("pt", "uma hora e meia", "PT90M"),
        ("pt", "um quarto de hora", "PT15M"),
        ("pt", "três quartos de hora", "PT45M"),
        ("pt", "duas horas e um quarto", "PT135M"),
        ("es", "hora y media", "PT90M"),
        ("es", "dos horas y media", "PT150M"),
        ("es", "un cuarto de hora", "PT15M"),
        ("es", "una hora y tres cuartos", "PT105M"),
        ("fr", "une demi-heure", "PT30M"),
        ("fr", "trois quarts d'heure", "PT45M"),
        ("fr", "deux heures et demie", "PT150M"),
        ("fr", "deux heures et quart", "PT135M"),
        ("de", "anderthalb Stunden", "PT90M"),
        ("de", "eineinhalb Stunden", "PT90M"),
        ("de", "zweieinhalb Stunden", "PT150M"),
        ("de", "Viertelstunde", "PT15M"),
        ("de", "eine Dreiviertelstunde", "PT45M"),
        ("de", "drei viertel Stunden", "PT45M"),
        ("de", "zwei Stunden und eine Viertelstunde", "PT135M"),
        ("en", "a fortnight", "P2W"),
    ]);
}

#[test]
fn an_hour_has_minutes_that_are_not_called_so() {
    lasts(&[
        ("en", "2h30", "PT150M"),
        ("en", "2h30m", "PT150M"),
        ("en", "1h 30m", "PT90M"),
        ("fr", "2 h 30", "PT150M"),
        ("fr", "une heure trente", "PT90M"),
        ("en", "two hours thirty", "PT150M"),
        ("en", "2 hours, 3 people", "PT2H"),
        ("en", "one hour for 3 people", "PT1H"),
    ]);
}

#[test]
fn hours_are_a_length_where_no_time_is_wanted() {
    lasts(&[
        ("fr", "deux heures", "PT2H"),
        ("fr", "pour deux heures", "PT2H"),
        ("pt", "duas horas", "PT2H"),
        ("en", "1h", "PT1H"),
        ("fr", "à 19h30 pendant 2h", "PT2H"),
        ("en", "at 7pm for two hours", "PT2H"),
        ("fr", "à deux heures", ""),
        ("pt", "às 20h", ""),
        ("en", "at 2h30", ""),
        ("en", "a quarter past seven", ""),
    ]);
    check_in_each("time", &[("fr", "à deux heures et demie", json!("14:30"))]);
}

#[test]
fn no_length_is_below_zero() {
    lasts(&[
        ("en", "-5 minutes", ""),
        ("en", "minus 5 minutes", ""),
        ("en", "30-45 minutes", "PT45M"),
    ]);
}
