//! Days by how far they are away, and years of two digits. Today is Monday, 2026-11-23.

use serde_json::json;

use super::super::extract;
use super::ranges::moment;
use super::slots;

/// Texts, the words that say the day, and the day; none is no value.
#[track_caller]
fn check_days(language: &str, table: &[(&str, &str, &str)]) {
    for (text, words, day) in table {
        let found = extract(text, &slots("date"), &moment(language));
        let told: Vec<_> =
            found.iter().map(|one| (text.get(one.span.clone()).unwrap(), &one.value)).collect();
        let expect = json!(day);
        let expect = if day.is_empty() { Vec::new() } else { vec![(*words, &expect)] };
        assert_eq!(told, expect, "{text:?} in {language}");
    }
}

#[test]
fn a_day_may_be_the_one_a_week_later() {
    check_days(
        "en-GB",
        &[
            ("Friday week at 8", "Friday week", "2026-12-04"),
            ("tomorrow week", "tomorrow week", "2026-12-01"),
            ("a week on Friday", "a week on Friday", "2026-12-04"),
            ("on Friday in two weeks", "Friday in two weeks", "2026-12-11"),
            ("Friday in 11 days", "Friday in 11 days", "2026-12-04"),
            ("today week 3", "today", "2026-11-23"),
            ("Friday in 2 days", "Friday", "2026-11-27"),
            ("Friday in a room", "Friday", "2026-11-27"),
        ],
    );
    check_days(
        "fr-FR",
        &[
            ("mardi en huit", "mardi en huit", "2026-12-01"),
            ("vendredi en quinze", "vendredi en quinze", "2026-12-11"),
            ("d'aujourd'hui en huit", "d'aujourd'hui en huit", "2026-11-30"),
            ("demain en 8", "demain en 8", "2026-12-01"),
            ("vendredi dans huit jours", "vendredi dans huit jours", "2026-12-04"),
            ("mardi en huit minutes", "mardi", "2026-11-24"),
            ("vendredi en terrasse", "vendredi", "2026-11-27"),
        ],
    );
    check_days(
        "de-DE",
        &[
            ("Freitag in einer Woche", "Freitag in einer Woche", "2026-12-04"),
            ("Samstag in acht Tagen", "Samstag in acht Tagen", "2026-12-05"),
            ("Montag in einer Woche", "Montag in einer Woche", "2026-11-30"),
            ("morgen in acht Tagen", "morgen in acht Tagen", "2026-12-01"),
            ("Freitag in 14 Tagen", "Freitag in 14 Tagen", "2026-12-11"),
        ],
    );
    check_days(
        "es-ES",
        &[
            ("de mañana en ocho", "mañana en ocho", "2026-12-01"),
            ("de mañana en ocho días", "mañana en ocho días", "2026-12-01"),
            ("el viernes en ocho", "viernes en ocho", "2026-12-04"),
            ("el viernes en quince días", "viernes en quince días", "2026-12-11"),
        ],
    );
    check_days(
        "pt-PT",
        &[
            ("de amanhã a oito dias", "amanhã a oito dias", "2026-12-01"),
            ("de hoje a oito", "hoje a oito", "2026-11-30"),
            ("sexta a oito dias", "sexta a oito dias", "2026-12-04"),
            ("amanhã a oito", "amanhã", "2026-11-24"),
        ],
    );
}

#[test]
fn a_weekday_of_portuguese_may_be_a_number() {
    check_days(
        "pt-PT",
        &[
            ("6ª feira às 20h", "6ª feira", "2026-11-27"),
            ("na 2ª feira", "2ª feira", "2026-11-23"),
            ("6a feira", "6a feira", "2026-11-27"),
            ("na próxima 3.ª feira", "próxima 3.ª feira", "2026-12-01"),
            ("5ª-feira", "5ª-feira", "2026-11-26"),
            ("sexta-feira", "sexta-feira", "2026-11-27"),
        ],
    );
}

#[test]
fn a_day_may_be_so_long_ago() {
    for (language, text, words) in [
        ("en-GB", "it broke three days ago", "three days ago"),
        ("pt-PT", "foi há três dias", "há três dias"),
        ("pt-PT", "três dias atrás", "três dias atrás"),
        ("es-ES", "hace tres días", "hace tres días"),
        ("fr-FR", "il y a trois jours", "il y a trois jours"),
        ("de-DE", "vor drei Tagen", "vor drei Tagen"),
    ] {
        check_days(language, &[(text, words, "2026-11-20")]);
        let lasted = extract(text, &slots("length date"), &moment(language));
        let values: Vec<_> = lasted.iter().map(|one| (&*one.slot, &one.value)).collect();
        assert_eq!(values, [("length", &json!("P3D"))], "{text:?}");
    }
    check_days(
        "en-GB",
        &[
            ("a week ago", "a week ago", "2026-11-16"),
            ("2 months ago", "2 months ago", "2026-09-23"),
            ("three hours ago", "", ""),
            ("a few days ago", "", ""),
        ],
    );
    check_days("fr-FR", &[("il y a trois personnes", "", "")]);
}

#[test]
fn the_end_of_a_month_is_its_last_day() {
    for (language, text, words) in [
        ("en-GB", "at the end of the month", "end of the month"),
        ("pt-PT", "no fim do mês", "fim do mês"),
        ("pt-PT", "no final do mês", "final do mês"),
        ("es-ES", "a fin de mes", "fin de mes"),
        ("fr-FR", "à la fin du mois", "fin du mois"),
        ("de-DE", "am Ende des Monats", "Ende des Monats"),
        ("de-DE", "zum Monatsende", "Monatsende"),
    ] {
        check_days(language, &[(text, words, "2026-11-30")]);
    }
    check_days(
        "en-GB",
        &[
            ("end of December", "end of December", "2026-12-31"),
            ("the end of February", "end of February", "2027-02-28"),
            ("end of next month", "end of next month", "2026-12-31"),
            ("the end of the table", "", ""),
            ("the end", "", ""),
        ],
    );
    check_days("es-ES", &[("el fin de semana", "", "")]);
    check_days("de-DE", &[("Ende Dezember", "Ende Dezember", "2026-12-31")]);
    check_days("fr-FR", &[("fin décembre", "fin décembre", "2026-12-31")]);
}

#[test]
fn german_is_written_without_its_umlauts_too() {
    check_days(
        "de-DE",
        &[
            ("uebermorgen", "uebermorgen", "2026-11-25"),
            ("naechsten Freitag", "naechsten Freitag", "2026-12-04"),
            ("am 5. Maerz", "5. Maerz", "2027-03-05"),
            ("uebernaechste Woche", "uebernaechste Woche", "2026-12-07"),
        ],
    );
}

#[test]
fn a_year_of_two_digits_is_near() {
    check_days(
        "en-GB",
        &[
            ("12/03/85", "12/03/85", "1985-03-12"),
            ("12/03/27", "12/03/27", "2027-03-12"),
            ("12/03/46", "12/03/46", "2046-03-12"),
            ("12/03/47", "12/03/47", "1947-03-12"),
            ("12-03-85", "12-03-85", "1985-03-12"),
            ("born 12/03/30", "12/03/30", "1930-03-12"),
            ("born 3 May 85", "3 May 85", "1985-05-03"),
            ("born 3 May 05", "3 May 05", "2005-05-03"),
            ("3 May '85", "3 May '85", "1985-05-03"),
            ("3 May 85", "3 May 85", "1985-05-03"),
            ("May 3rd 85.", "May 3rd 85", "1985-05-03"),
            ("3 May 20", "3 May", "2027-05-03"),
            ("3 May 85 people", "3 May", "2027-05-03"),
            ("3 May, 60", "3 May", "2027-05-03"),
        ],
    );
    check_days("de-DE", &[("geboren am 3.5.85", "3.5.85", "1985-05-03")]);
    check_days("de-DE", &[("am 3. Mai 85 geboren", "3. Mai 85", "1985-05-03")]);
    check_days("pt-PT", &[("nascido a 3 de maio de 85", "3 de maio de 85", "1985-05-03")]);
    check_days("es-ES", &[("el 3 de mayo de 12 a 14h", "el 3 de mayo", "2027-05-03")]);
}
