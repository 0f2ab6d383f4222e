//! Days that are said by way of another: weeks and weekdays, lengths, feasts, years beside them.

use serde_json::json;

use super::{check, check_each, check_in, extract, moment, slots};

/// Texts, the words in them that say the day, and the day. Today is Saturday, 2026-11-21.
#[track_caller]
fn check_days(table: &[(&str, &str, &str)]) {
    for (text, words, value) in table {
        let found = extract(text, &slots("date"), &moment("en-GB"));
        let told: Vec<_> =
            found.iter().map(|one| (text.get(one.span.clone()).unwrap(), &one.value)).collect();
        assert_eq!(told, [(*words, &json!(value))], "{text:?}");
    }
}

/// A language's texts and their days.
#[track_caller]
fn check_language(language: &str, table: &[(&str, &str)]) {
    for (text, value) in table {
        check_in(language, text, "date", &json!({"date": value}));
    }
}

#[track_caller]
fn check_none(texts: &[&str]) {
    for text in texts {
        check(text, "date partySize", json!({}));
    }
}

#[test]
fn a_day_of_the_week_is_one_of_the_week_that_is_named() {
    check_days(&[
        ("for next week monday please", "next week monday", "2026-11-23"),
        ("next week Tuesday", "next week Tuesday", "2026-11-24"),
        ("next week, on Friday", "next week, on Friday", "2026-11-27"),
        ("Tuesday next week", "Tuesday next week", "2026-11-24"),
        ("Sunday of next week", "Sunday of next week", "2026-11-29"),
        ("Sunday this week", "Sunday this week", "2026-11-22"),
        ("next week", "next week", "2026-11-28"),
        ("the week after next", "week after next", "2026-12-05"),
        ("this coming Saturday", "coming Saturday", "2026-11-28"),
        ("the coming Monday", "coming Monday", "2026-11-23"),
        ("the coming weekend", "coming weekend", "2026-11-28"),
    ]);
}

#[test]
fn a_day_is_counted_from_another() {
    check_days(&[
        ("Reservation 2 weeks from saturday", "2 weeks from saturday", "2026-12-05"),
        ("a week from tomorrow", "a week from tomorrow", "2026-11-29"),
        ("3 days after the 20th", "3 days after the 20th", "2026-12-23"),
        ("two days before Christmas Eve", "two days before Christmas Eve", "2026-12-22"),
        ("booked for 3 Tuesdays from now.", "3 Tuesdays from now", "2026-12-08"),
        ("in two Saturdays", "in two Saturdays", "2026-12-05"),
        ("a week on friday", "a week on friday", "2026-12-04"),
        ("Friday week", "Friday week", "2026-12-04"),
        ("we came last Friday", "last Friday", "2026-11-20"),
        ("the last saturday", "last saturday", "2026-11-14"),
        ("day before yesterday", "day before yesterday", "2026-11-19"),
        ("two weeks today", "two weeks today", "2026-12-05"),
        ("the day before yesterday", "day before yesterday", "2026-11-19"),
        ("the day after tomorrow", "day after tomorrow", "2026-11-23"),
        ("the day after Boxing Day", "day after Boxing Day", "2026-12-27"),
        ("in a fortnight", "in a fortnight", "2026-12-05"),
        // A stay begins on its day.
        ("for 2 days from Monday", "Monday", "2026-11-23"),
        ("2 days from Monday to Wednesday", "Monday", "2026-11-23"),
        ("music once a week on Friday", "Friday", "2026-11-27"),
    ]);
}

#[test]
fn a_length_from_now_may_have_parts_and_be_open() {
    check_days(&[
        ("in three weeks and two days", "in three weeks and two days", "2026-12-14"),
        ("In 2 weeks and 3 days, outside", "In 2 weeks and 3 days", "2026-12-08"),
        ("in a year, 2 people", "in a year", "2027-11-21"),
        ("in 23 more days I have one", "in 23 more days", "2026-12-14"),
        ("1 week 2 days from now", "1 week 2 days from now", "2026-11-30"),
        ("In about two weeks, I will", "In about two weeks", "2026-12-05"),
        ("in around 3 days", "in around 3 days", "2026-11-24"),
        ("in a year and a half", "in a year and a half", "2028-05-21"),
        ("in two and a half years", "in two and a half years", "2029-05-21"),
        ("in 2 weeks and 3 people", "in 2 weeks", "2026-12-05"),
    ]);
    check("in a week and a half", "date", json!({}));
    check("in 2000 days", "date", json!({}));
}

#[test]
fn a_day_of_the_week_belongs_to_the_date_beside_it() {
    check_days(&[
        ("on Mon Fri, 27 Nov 2026", "Fri, 27 Nov 2026", "2026-11-27"),
        ("on Mon, Dec, 07, 2026?", "Mon, Dec, 07, 2026", "2026-12-07"),
        ("for seven, Mar. eighteenth, 2030", "Mar. eighteenth, 2030", "2030-03-18"),
        ("DECEMBER 07 , MONDAY", "DECEMBER 07 , MONDAY", "2026-12-07"),
        ("Friday 27 at 8", "Friday 27", "2026-11-27"),
        ("Friday 28", "Friday", "2026-11-27"),
        ("Friday 4", "Friday", "2026-11-27"),
        ("Friday 27 chairs", "Friday", "2026-11-27"),
        ("Dec 6 2026, on Sunday", "Dec 6 2026, on Sunday", "2026-12-06"),
        ("Sunday on December 6, 2026", "Sunday on December 6, 2026", "2026-12-06"),
        ("the 27th, Friday", "27th, Friday", "2026-11-27"),
        ("Monday the 18th", "Monday the 18th", "2027-01-18"),
        ("Tuesday the 18th 2027 under Kim", "Tuesday the 18th 2027", "2027-05-18"),
        ("Friday the 27th 1930", "Friday the 27th", "2026-11-27"),
        ("Monday, November 9", "Monday, November 9", "2026-11-09"),
        ("November 9 , Monday", "November 9 , Monday", "2026-11-09"),
        ("Thursday, Christmas Eve", "Thursday, Christmas Eve", "2026-12-24"),
        // A date in full is surer than the day of the week beside it.
        ("Sunday on December 7, 2026", "Sunday on December 7, 2026", "2026-12-07"),
        ("Dec 7 2026, on Sunday", "Dec 7 2026", "2026-12-07"),
        ("Tuesday the 18th", "Tuesday the 18th", "2026-12-18"),
        ("Tuesday, November 9", "Tuesday, November 9", "2027-11-09"),
    ]);
}

#[test]
fn the_year_that_is_said_counts() {
    check_days(&[
        ("August the 20th this year.", "August the 20th this year", "2026-08-20"),
        ("20/8 this year for 15", "20/8 this year", "2026-08-20"),
        ("december 30th next year", "december 30th next year", "2027-12-30"),
        ("the 30th of December of next year", "30th of December of next year", "2027-12-30"),
        (
            "The first saturday of September this year",
            "first saturday of September this year",
            "2026-09-05",
        ),
        ("the first saturday of September", "first saturday of September", "2027-09-04"),
        ("the last Sunday in May 2028", "last Sunday in May 2028", "2028-05-28"),
        ("next year", "next year", "2027-11-21"),
        ("next year on March 5", "next year on March 5", "2027-03-05"),
        ("this year, the 5th of May", "this year, the 5th of May", "2026-05-05"),
        ("next month on the 25th", "next month on the 25th", "2026-12-25"),
        ("next month", "next month", "2026-12-21"),
    ]);
    check("February 29th next year", "date", json!({}));
}

#[test]
fn a_day_of_a_month_is_counted_from_either_end() {
    check_days(&[
        ("wait the last day of March", "last day of March", "2027-03-31"),
        ("the last day of February 2028", "last day of February 2028", "2028-02-29"),
        ("the last day of the month", "last day of the month", "2026-11-30"),
        ("the first day of next month", "first day of next month", "2026-12-01"),
        ("the 5th of next month", "5th of next month", "2026-12-05"),
        ("the 25th of this month", "25th", "2026-11-25"),
        ("the 5th of this month", "5th of this month", "2026-11-05"),
        ("on the 27th of Nov.", "27th of Nov.", "2026-11-27"),
        ("on the 27th of May.", "27th of May", "2027-05-27"),
        ("9 on the first", "first", "2026-12-01"),
        ("on the second at 8", "second", "2026-12-02"),
        ("on the third, please", "third", "2026-12-03"),
        ("can I change the date to the 19?", "19", "2026-12-19"),
        ("we come on the 19", "19", "2026-12-19"),
    ]);
    check_none(&[
        "the last day of Foo",
        "the last day",
        "the fortieth day of March",
        "the 31st day of February",
        "the 31st of this month",
        "a seat on the first floor",
        "a seat on the 1st floor",
        "the 2nd table",
        "on the second of these",
        "I want the first",
        "in March, we hope",
    ]);
    check("Saturday, 1st floor", "date partySize", json!({"date": "2026-11-21"}));
    check("change it to the 19", "date time partySize", json!({"partySize": 19}));
    check("change the date for the 4 of us", "date partySize", json!({"partySize": 4}));
}

#[test]
fn a_feast_is_the_next_day_that_has_it() {
    check_days(&[
        ("is there anything for new year's eve", "new year's eve", "2026-12-31"),
        ("New Year’s Eve at 8", "New Year’s Eve", "2026-12-31"),
        ("christmas eve", "christmas eve", "2026-12-24"),
        ("Christmas Day 2027", "Christmas Day 2027", "2027-12-25"),
        ("lunch for Valentine's day.", "Valentine's day", "2027-02-14"),
        ("a table for two on Valentine's", "Valentine's", "2027-02-14"),
        ("halloween next year", "halloween next year", "2027-10-31"),
        ("new years day", "new years day", "2027-01-01"),
        ("next boxing day", "next boxing day", "2026-12-26"),
    ]);
    check_none(&["a christmas party", "happy new year"]);
    check("My name is Christmas Evans", "date", json!({}));
}

#[test]
fn a_short_form_that_is_another_word_is_no_day() {
    check_none(&[
        "it will be better if I sit in the sun.",
        "in the sun",
        "I want The Sun restaurant.",
        "the Sun.",
        "in full sun",
        "will there be sun at four",
        "that is where we sat.",
        "we sat at the bar",
        "the wed list",
    ]);
    check_each(
        "date",
        &[
            ("Sun", json!("2026-11-22")),
            ("sun?", json!("2026-11-22")),
            ("on sat at 7", json!("2026-11-21")),
            ("the Sunday", json!("2026-11-22")),
            ("the sun 29th", json!("2026-11-29")),
        ],
    );
}

#[test]
fn days_are_said_so_in_portuguese() {
    check_language(
        "pt-PT",
        &[
            ("anteontem", "2026-11-19"),
            ("antes de ontem", "2026-11-19"),
            ("depois de amanhã", "2026-11-23"),
            ("véspera de Natal", "2026-12-24"),
            ("no dia de Natal", "2026-12-25"),
            ("na passagem de ano", "2026-12-31"),
            ("no dia das bruxas", "2027-10-31"),
            ("dois dias depois da véspera de Natal", "2026-12-26"),
            ("daqui a duas semanas e três dias", "2026-12-08"),
            ("daqui a mais 3 dias", "2026-11-24"),
            ("daqui a cerca de duas semanas", "2026-12-05"),
            ("terça da próxima semana", "2026-11-24"),
            ("na próxima semana, na terça-feira", "2026-11-24"),
            ("sexta que vem", "2026-11-27"),
            ("segunda-feira da semana que vem", "2026-11-23"),
            ("20 do mês que vem", "2026-12-20"),
            ("sexta 4", "2026-12-04"),
            ("sexta, 4", "2026-11-27"),
            ("sexta, 27", "2026-11-27"),
            ("20 de agosto deste ano", "2026-08-20"),
            ("30 de dezembro do próximo ano", "2027-12-30"),
            ("o último dia de março", "2027-03-31"),
            ("o último dia do mês", "2026-11-30"),
            ("no dia 5 do próximo mês", "2026-12-05"),
            ("dia primeiro", "2026-12-01"),
        ],
    );
}

#[test]
fn days_are_said_so_in_spanish() {
    check_language(
        "es-ES",
        &[
            ("anteayer", "2026-11-19"),
            ("antes de ayer", "2026-11-19"),
            ("pasado mañana", "2026-11-23"),
            ("en Nochebuena", "2026-12-24"),
            ("el día de Navidad", "2026-12-25"),
            ("Nochevieja", "2026-12-31"),
            ("por San Valentín", "2027-02-14"),
            ("en unos 3 días", "2026-11-24"),
            ("en 3 días más", "2026-11-24"),
            ("dentro de dos semanas y tres días", "2026-12-08"),
            ("dos semanas después del lunes", "2026-12-07"),
            ("la próxima semana el martes", "2026-11-24"),
            ("el viernes 27 a las 9", "2026-11-27"),
            ("el viernes 4", "2026-12-04"),
            ("el viernes 4 personas", "2026-11-27"),
            ("el martes de la próxima semana", "2026-11-24"),
            ("el 20 de agosto", "2027-08-20"),
            ("sábado el 28 de noviembre", "2026-11-28"),
            ("el 20 de agosto de este año", "2026-08-20"),
            ("el 30 de diciembre del próximo año", "2027-12-30"),
            ("el último día de marzo", "2027-03-31"),
            ("el último día del mes", "2026-11-30"),
        ],
    );
    check_in("es-ES", "el primero", "date", &json!({}));
}

#[test]
fn days_are_said_so_in_french() {
    check_language(
        "fr-FR",
        &[
            ("avant-hier", "2026-11-19"),
            ("après-demain", "2026-11-23"),
            ("la veille de Noël", "2026-12-24"),
            ("le jour de Noël", "2026-12-25"),
            ("pour la Saint-Sylvestre", "2026-12-31"),
            ("le jour de l'an", "2027-01-01"),
            ("la Saint-Valentin", "2027-02-14"),
            ("dans environ deux semaines", "2026-12-05"),
            ("dans deux semaines et trois jours", "2026-12-08"),
            ("deux jours après le 20 décembre", "2026-12-22"),
            ("dans trois mardis", "2026-12-08"),
            ("vendredi dernier", "2026-11-20"),
            ("vendredi 27", "2026-11-27"),
            ("vendredi 4 personnes", "2026-11-27"),
            ("mardi de la semaine prochaine", "2026-11-24"),
            ("la semaine prochaine, mardi", "2026-11-24"),
            ("le 20 août cette année", "2026-08-20"),
            ("le 30 décembre de l'année prochaine", "2027-12-30"),
            ("le dernier jour de mars", "2027-03-31"),
            ("le dernier jour du mois", "2026-11-30"),
            ("le 5 du mois prochain", "2026-12-05"),
        ],
    );
    check_in("fr-FR", "le premier", "date", &json!({}));
    check_in("fr-FR", "au nom de Toussaint", "date", &json!({}));
}

#[test]
fn days_are_said_so_in_german() {
    check_language(
        "de-DE",
        &[
            ("vorgestern", "2026-11-19"),
            ("übermorgen", "2026-11-23"),
            ("an Heiligabend", "2026-12-24"),
            ("am ersten Weihnachtstag", "2026-12-25"),
            ("am 2. Weihnachtsfeiertag", "2026-12-26"),
            ("zu Silvester", "2026-12-31"),
            ("am Valentinstag", "2027-02-14"),
            ("in etwa zwei Wochen", "2026-12-05"),
            ("in zwei Wochen und drei Tagen", "2026-12-08"),
            ("zwei Tage nach Heiligabend", "2026-12-26"),
            ("nächste Woche am Dienstag", "2026-11-24"),
            ("Dienstag nächster Woche", "2026-11-24"),
            ("übernächste Woche", "2026-12-05"),
            ("letzten Freitag", "2026-11-20"),
            ("morgen in einer Woche", "2026-11-29"),
            ("heute in zwei Wochen", "2026-12-05"),
            ("heute in zwei Stunden", "2026-11-21"),
            ("kommenden Samstag", "2026-11-28"),
            ("am 20. August dieses Jahres", "2026-08-20"),
            ("am 30. Dezember nächsten Jahres", "2027-12-30"),
            ("am letzten Tag des Monats", "2026-11-30"),
            ("am letzten Tag im März", "2027-03-31"),
            ("am 5.3. um 8", "2027-03-05"),
            ("am ersten", "2026-12-01"),
        ],
    );
}

#[test]
fn a_length_from_a_day_is_two_values_where_both_are_wanted() {
    check("3 days from Monday", "date length", json!({"date": "2026-11-23", "length": "P3D"}));
    check("3 days from Monday", "date", json!({"date": "2026-11-26"}));
    check("the 5th of the month", "date", json!({"date": "2026-12-05"}));
    check("the first Monday of the month", "date", json!({"date": "2026-12-07"}));
}
