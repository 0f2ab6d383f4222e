//! Times as people say them in five languages.

use serde_json::{Value, json};

use super::{check, check_in};

/// Texts and their times for a time that was asked for; an empty time is none.
#[track_caller]
fn times(language: &str, table: &[(&str, &str)]) {
    for (text, time) in table {
        let expect: Value = if time.is_empty() { json!({}) } else { json!({ "time": time }) };
        check_in(language, text, "time", &expect);
    }
}

#[test]
fn minutes_stand_behind_the_hour() {
    times(
        "pt-PT",
        &[
            ("às sete e dez da noite", "19:10"),
            ("oito e dez da noite", "20:10"),
            ("sete e trinta da noite", "19:30"),
            ("sete e quarenta e cinco da tarde", "19:45"),
            ("amanhã oito e vinte", "08:20"),
            ("amanhã às nove e cinco", "09:05"),
            ("às sete e vinte e um", "19:21"),
            ("às 7 e 15", "19:15"),
            ("oito e meia da noite", "20:30"),
            ("às oito menos um quarto", "19:45"),
            ("entre as sete e dez da noite", "19:00"),
        ],
    );
    times(
        "es-ES",
        &[
            ("las ocho y cinco de la noche", "20:05"),
            ("a las siete y cuarenta y cinco de la tarde", "19:45"),
            ("ocho y diez de la noche", "20:10"),
            ("las ocho menos cuarto de la tarde", "19:45"),
            ("ocho menos veinte", "19:40"),
            ("siete y media de la tarde", "19:30"),
        ],
    );
    times(
        "fr-FR",
        &[
            ("huit heures moins le quart du soir", "19:45"),
            ("huit heures moins dix du soir", "19:50"),
            ("huit heures et quart du soir", "20:15"),
            ("huit heures vingt-cinq du soir", "20:25"),
        ],
    );
    check_in("pt-PT", "às 8 e 5 pessoas", "time count", &json!({"time": "20:00", "count": 5}));
    check_in("pt-PT", "quatro e meia", "partySize", &json!({"partySize": 4.5}));
}

#[test]
fn minutes_before_the_hour_keep_the_part_of_the_day() {
    times(
        "en-US",
        &[
            ("ten to six in the evening", "17:50"),
            ("ten to six pm", "17:50"),
            ("five to eight in the evening", "19:55"),
            ("twenty to seven in the evening", "18:40"),
            ("a quarter to eight in the evening", "19:45"),
            ("ten to one in the afternoon", "12:50"),
            ("ten to twelve at night", "23:50"),
            ("half past noon", "12:30"),
            // Hours from and to.
            ("from ten to six pm", "22:00"),
            ("5 to 8 in the evening", "20:00"),
        ],
    );
    times(
        "de-DE",
        &[
            ("zehn vor acht abends", "19:50"),
            ("morgen früh um zehn vor acht", "07:50"),
            ("zehn vor acht", "19:50"),
            ("fünf vor halb acht", "19:25"),
            ("um fünf nach halb acht abends", "19:35"),
            ("fünf nach dreiviertel eins", "12:50"),
            ("viertel neun morgens", "08:15"),
            ("dreiviertel neun abends", "20:45"),
            ("drei viertel neun abends", "20:45"),
            ("Viertel vor neun abends", "20:45"),
            ("halb eins", "12:30"),
        ],
    );
    times(
        "pt-PT",
        &[
            ("quinze para as oito", "19:45"),
            ("dez para as seis da tarde", "17:50"),
            ("às dez para as seis da tarde", "17:50"),
            ("um quarto para as oito da manhã", "07:45"),
            ("dez para a uma da tarde", "12:50"),
            ("dez para o meio-dia", "11:50"),
            ("no dia 15 para as seis da tarde", "18:00"),
            ("quinze pra oito", "19:45"),
            ("cinco pra uma", "12:55"),
        ],
    );
    times(
        "es-MX",
        &[
            ("cuarto para las ocho", "19:45"),
            ("diez para las ocho de la noche", "19:50"),
            ("de las diez para las once", "22:00"),
        ],
    );
}

#[test]
fn who_comes_is_not_counted_in_minutes() {
    for (language, text, count, time) in [
        ("pt-PT", "somos dez para as oito da noite", 10, "20:00"),
        ("pt-PT", "mesa para cinco para as oito da noite", 5, "20:00"),
        ("pt-BR", "mesa pra dez pras oito da noite", 10, "20:00"),
        ("fr-FR", "midi 15 personnes", 15, "12:00"),
        ("de-DE", "wir sind zehn vor acht Uhr abends", 10, "20:00"),
        ("de-DE", "Tisch für vier nach acht Uhr abends", 4, "20:00"),
    ] {
        check_in(language, text, "count time", &json!({"count": count, "time": time}));
    }
}

#[test]
fn a_part_of_the_day_says_which_hour_a_marked_one_is() {
    times(
        "de-DE",
        &[
            ("um 8 Uhr abends", "20:00"),
            ("heute Abend um 8 Uhr", "20:00"),
            ("um 8 Uhr 30 abends", "20:30"),
            ("um 2 Uhr nachts", "02:00"),
            ("um 10 Uhr nachts", "22:00"),
            ("heute Nacht um 1 Uhr", "01:00"),
            ("um 12 Uhr mittags", "12:00"),
            ("um 8 Uhr", "08:00"),
            ("Guten Abend, um 8 Uhr", "08:00"),
        ],
    );
    times("fr-FR", &[("ce soir à 8h", "20:00"), ("ce soir à 8h30", "20:30"), ("à 8h30", "08:30")]);
    times(
        "pt-PT",
        &[
            ("às 8h da noite", "20:00"),
            ("hoje à noite às 8 horas", "20:00"),
            ("duas da madrugada", "02:00"),
            ("Boa noite, amanhã às 9", "09:00"),
        ],
    );
    times("es-ES", &[("a las doce de la noche", "00:00"), ("a las 8 horas de la tarde", "20:00")]);
    times("en-US", &[("twelve at night", "00:00"), ("good evening, tomorrow at 9", "09:00")]);
    check_in("de-DE", "morgen um 8 Uhr abends", "when", &json!({"when": "2026-11-22T20:00"}));
}

#[test]
fn a_time_that_is_denied_is_no_number() {
    for (language, text) in [
        ("de-DE", "nicht um 7, sondern um 8 Uhr abends"),
        ("pt-PT", "não às 7, mas às 8 da noite"),
        ("es-ES", "no a las 7, sino a las 8 de la noche"),
        ("fr-FR", "pas à 7 heures, à 8 heures du soir"),
        ("en-US", "not at 7, at 8 in the evening"),
    ] {
        check_in(language, text, "count time", &json!({"time": "20:00"}));
    }
}

#[test]
fn one_is_an_hour_too() {
    times(
        "pt-PT",
        &[
            ("à uma", "13:00"),
            ("à uma da tarde", "13:00"),
            ("à uma e meia", "13:30"),
            ("à uma, por favor", "13:00"),
            ("por volta da uma", "13:00"),
            ("uma da manhã", "01:00"),
            ("à uma hora", "13:00"),
            ("jantar à uma", "13:00"),
            ("à uma mesa", ""),
            ("uma mesa", ""),
        ],
    );
    times(
        "es-ES",
        &[
            ("a la una", "13:00"),
            ("la una y media", "13:30"),
            ("a la una menos cuarto", "12:45"),
            ("sobre la una", "13:00"),
            ("a la una del mediodía", "13:00"),
            ("a la una mesa", ""),
        ],
    );
    times(
        "fr-FR",
        &[
            ("une heure", "13:00"),
            ("à une heure et demie", "13:30"),
            ("une heure du matin", "01:00"),
            ("dans une heure", "15:00"),
            ("une table pour une heure", ""),
            ("une table", ""),
        ],
    );
    times(
        "de-DE",
        &[("ein Uhr", "13:00"), ("um ein Uhr", "13:00"), ("um eins", "13:00"), ("ein Tisch", "")],
    );
    check_in("fr-FR", "une heure et demie", "length", &json!({"length": "PT90M"}));
    check_in("fr-FR", "deux heures et demie", "length", &json!({"length": "PT150M"}));
    check_in("pt-PT", "2 horas e meia", "length time", &json!({"length": "PT150M"}));
    check_in("fr-FR", "huit heures et demie", "date time", &json!({"time": "20:30"}));
    let then = json!({"time": "16:30"});
    check_in("pt-PT", "daqui a duas horas e meia", "time", &then);
    check_in("en-US", "in two hours and a half", "time", &then);
}

#[test]
fn hours_of_a_clock_of_24_are_read_with_their_unit() {
    times(
        "pt-PT",
        &[
            ("20 horas", "20:00"),
            ("8 horas da noite", "20:00"),
            ("oito horas da noite", "20:00"),
            ("às vinte e uma", "21:00"),
            ("vinte e uma horas", "21:00"),
            ("às vinte e uma e trinta", "21:30"),
        ],
    );
    times(
        "fr-FR",
        &[
            ("vingt et une heures", "21:00"),
            ("vingt-et-une heures", "21:00"),
            ("vingt et une heures trente", "21:30"),
        ],
    );
    times(
        "es-ES",
        &[("las veintiuna", "21:00"), ("a las veinte treinta", "20:30"), ("20 horas", "20:00")],
    );
    times("en-US", &[("0730", "07:30"), ("at 0730 pm", "19:30"), ("at 0730", "07:30")]);
    // A length is no time where nothing says so.
    check_in("pt-PT", "trabalho 20 horas", "date time", &json!({}));
}

#[test]
fn noon_and_midnight_have_minutes() {
    times(
        "fr-FR",
        &[("midi et demi", "12:30"), ("midi moins le quart", "11:45"), ("à midi trente", "12:30")],
    );
    times("pt-PT", &[("ao meio dia e meia", "12:30"), ("meia-noite e meia", "00:30")]);
    times("es-ES", &[("mediodía y media", "12:30")]);
}

#[test]
fn the_hours_behind_midnight_are_of_the_night_before() {
    for (text, when) in [
        ("midnight tonight", "2026-11-22T00:00"),
        ("tonight at midnight", "2026-11-22T00:00"),
        ("midnight today", "2026-11-22T00:00"),
        ("tomorrow night at 1am", "2026-11-23T01:00"),
        ("tomorrow at 1am", "2026-11-22T01:00"),
        ("tonight at 11", "2026-11-21T23:00"),
    ] {
        check(text, "when", json!({ "when": when }));
    }
}

#[test]
fn a_moment_with_its_distance_from_utc_is_told_in_the_zone_of_the_session() {
    for (text, when) in [
        ("2026-12-01T10:00:00+02:00", "2026-12-01T08:00"),
        ("2026-07-01T10:00:00Z", "2026-07-01T11:00"),
        ("on 2026-12-01 23:30-05:00.", "2026-12-02T04:30"),
        ("2026-12-01T10:00", "2026-12-01T10:00"),
    ] {
        check(text, "when", json!({ "when": when }));
    }
    let both = json!({"date": "2026-11-30", "time": "20:00"});
    check("2026-12-01T01:00:00+05:00", "date time", both);
}
