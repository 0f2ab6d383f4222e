//! Two days in one text, for a form that asks for two and for one that asks for one.

use serde_json::json;

use super::super::{Moment, Slot, Type, extract};
use super::slots;

/// Monday 2026-11-23, 10:00 in Lisbon.
pub(super) fn moment(language: &str) -> Moment {
    Moment {
        now: "2026-11-23T10:00[Europe/Lisbon]".parse().unwrap(),
        language: language.to_owned(),
    }
}

/// The words and the days that a text gives for date slots of these names.
#[track_caller]
fn check_slots(language: &str, text: &str, names: &[&str], expect: &[(&str, &str)]) {
    let slots: Vec<Slot> = names
        .iter()
        .map(|name| Slot {
            name: (*name).to_owned(),
            kind: Type::Date,
            required: false,
            pii: false,
        })
        .collect();
    let found = extract(text, &slots, &moment(language));
    let told: Vec<_> = found
        .iter()
        .map(|one| (&*one.slot, text.get(one.span.clone()).unwrap(), &one.value))
        .collect();
    let days: Vec<_> = expect.iter().map(|(_, day)| json!(day)).collect();
    let expect: Vec<_> = expect
        .iter()
        .zip(names)
        .zip(&days)
        .map(|(((words, _), name), day)| (*name, *words, day))
        .collect();
    assert_eq!(told, expect, "{text:?} in {language}");
}

/// A text, and of both its days the words and the day.
type Both<'t> = (&'t str, (&'t str, &'t str), (&'t str, &'t str));

/// Texts with both their days, which are written month and day.
#[track_caller]
fn check_both(language: &str, table: &[Both<'_>]) {
    for (text, from, to) in table {
        let day = |day: &str| if day.len() == 5 { format!("2026-{day}") } else { day.to_owned() };
        let (first, second) = (day(from.1), day(to.1));
        check_slots(language, text, &["from", "to"], &[(from.0, &first), (to.0, &second)]);
    }
}

#[test]
fn the_days_of_a_range_share_their_month() {
    check_both(
        "en-GB",
        &[
            ("3-5 December", ("3", "12-03"), ("5 December", "12-05")),
            ("3 – 5 December 2027", ("3", "2027-12-03"), ("5 December 2027", "2027-12-05")),
            ("between 3 and 5 December", ("3", "12-03"), ("5 December", "12-05")),
            ("from 3 to 5 December", ("3", "12-03"), ("5 December", "12-05")),
            (
                "from the 3rd to the 5th of February",
                ("3rd", "2027-02-03"),
                ("5th of February", "2027-02-05"),
            ),
            (
                "from the 28th to the 3rd of February",
                ("28th", "2027-01-28"),
                ("3rd of February", "2027-02-03"),
            ),
            (
                "the 3rd until the 5th of next month",
                ("3rd", "12-03"),
                ("5th of next month", "12-05"),
            ),
            ("December 3-5", ("December 3", "12-03"), ("5", "12-05")),
            ("Dec 3rd to 5th, please", ("Dec 3rd", "12-03"), ("5th", "12-05")),
            ("February 3 to 5 2028", ("February 3", "2028-02-03"), ("5 2028", "2028-02-05")),
            (
                "Thursday 3 to Saturday 5 December",
                ("Thursday 3", "12-03"),
                ("Saturday 5 December", "12-05"),
            ),
            ("book 3-5 December", ("3", "12-03"), ("5 December", "12-05")),
            ("21-25 November", ("21", "11-21"), ("25 November", "11-25")),
            (
                "the 3rd or the 5th of February",
                ("3rd", "2027-02-03"),
                ("5th of February", "2027-02-05"),
            ),
        ],
    );
}

#[test]
fn the_days_of_a_range_share_their_month_in_other_languages() {
    check_both(
        "pt-PT",
        &[
            ("de 3 a 5 de dezembro", ("3", "12-03"), ("5 de dezembro", "12-05")),
            (
                "do dia 3 ao dia 5 de fevereiro",
                ("3", "2027-02-03"),
                ("5 de fevereiro", "2027-02-05"),
            ),
            ("entre 3 e 5 de dezembro", ("3", "12-03"), ("5 de dezembro", "12-05")),
            ("de 3 até 5 de dezembro", ("3", "12-03"), ("5 de dezembro", "12-05")),
        ],
    );
    check_both(
        "es-ES",
        &[
            ("del 3 al 5 de diciembre", ("3", "12-03"), ("5 de diciembre", "12-05")),
            ("entre el 3 y el 5 de febrero", ("3", "2027-02-03"), ("5 de febrero", "2027-02-05")),
            (
                "desde el 3 hasta el 5 de febrero",
                ("3", "2027-02-03"),
                ("5 de febrero", "2027-02-05"),
            ),
        ],
    );
    check_both(
        "fr-FR",
        &[
            ("du 3 au 5 février", ("3", "2027-02-03"), ("5 février", "2027-02-05")),
            ("le 3 ou le 5 février", ("3", "2027-02-03"), ("5 février", "2027-02-05")),
            ("du 3 jusqu'au 5 décembre", ("3", "12-03"), ("5 décembre", "12-05")),
            ("entre le 3 et le 5 février", ("3", "2027-02-03"), ("5 février", "2027-02-05")),
        ],
    );
    check_both(
        "de-DE",
        &[
            ("vom 3. bis 5. Februar", ("3.", "2027-02-03"), ("5. Februar", "2027-02-05")),
            ("vom 3. bis zum 5. Dezember", ("3.", "12-03"), ("5. Dezember", "12-05")),
            (
                "zwischen dem 3. und dem 5. Februar",
                ("3.", "2027-02-03"),
                ("5. Februar", "2027-02-05"),
            ),
            ("3.-5.12.", ("3.", "12-03"), ("5.12.", "12-05")),
            ("03.12. - 05.12.", ("03.12.", "12-03"), ("05.12.", "12-05")),
            ("03.12.-05.12.2027", ("03.12.", "2027-12-03"), ("05.12.2027", "2027-12-05")),
        ],
    );
}

#[test]
fn a_range_ends_after_it_begins() {
    check_both(
        "en-GB",
        &[
            ("next Friday until Sunday", ("next Friday", "12-04"), ("Sunday", "12-06")),
            ("3/12-5/12", ("3/12", "12-03"), ("5/12", "12-05")),
            ("from today until the 1st", ("from today", "11-23"), ("1st", "12-01")),
            ("Friday to Monday", ("Friday", "11-27"), ("Monday", "11-30")),
            ("from Saturday to Friday", ("Saturday", "11-28"), ("Friday", "12-04")),
            ("from the 20th to the 25th", ("20th", "12-20"), ("25th", "12-25")),
            ("between Friday and Monday", ("Friday", "11-27"), ("Monday", "11-30")),
            ("28 December to 3 January", ("28 December", "12-28"), ("3 January", "2027-01-03")),
            ("3 May 2027 to 5 May", ("3 May 2027", "2027-05-03"), ("5 May", "2027-05-05")),
            (
                "3 December to 5 December 2027",
                ("3 December", "2027-12-03"),
                ("5 December 2027", "2027-12-05"),
            ),
            ("20 November to 3 December", ("20 November", "11-20"), ("3 December", "12-03")),
            ("arrive Friday and leave the next day", ("Friday", "11-27"), ("next day", "11-28")),
            ("Friday, leave the day after", ("Friday", "11-27"), ("day after", "11-28")),
        ],
    );
    check_both("pt-PT", &[("de sexta a segunda", ("sexta", "11-27"), ("segunda", "11-30"))]);
    check_both("es-ES", &[("del viernes al lunes", ("viernes", "11-27"), ("lunes", "11-30"))]);
    check_both("fr-FR", &[("de vendredi à lundi", ("vendredi", "11-27"), ("lundi", "11-30"))]);
    check_both(
        "de-DE",
        &[("von Freitag bis zum Montag", ("Freitag", "11-27"), ("Montag", "11-30"))],
    );
    // What stands beside a day without a link is no end of it.
    check_both("en-GB", &[("Friday, Monday", ("Friday", "11-27"), ("Monday", "11-23"))]);
}

#[test]
fn one_slot_takes_the_first_of_two_days() {
    for (text, words, day) in [
        ("sat or sun", "sat", "2026-11-28"),
        ("sat and sun", "sat", "2026-11-28"),
        ("sun to tue", "sun", "2026-11-29"),
        ("Saturday or Sunday", "Saturday", "2026-11-28"),
        ("3-5 December", "3", "2026-12-03"),
        ("from 3 to 5 December", "3", "2026-12-03"),
        ("next Friday until Sunday", "next Friday", "2026-12-04"),
    ] {
        check_slots("en-GB", text, &["date"], &[(words, day)]);
    }
}

#[test]
fn other_numbers_beside_a_day_are_no_range() {
    for (language, text, words, day) in [
        ("en-GB", "a table for 4 - 5 December", "5 December", "2026-12-05"),
        ("en-GB", "at 7 - 5 December", "5 December", "2026-12-05"),
        ("en-GB", "7pm - 5 December", "5 December", "2026-12-05"),
        ("en-GB", "19:00 - 5 December", "5 December", "2026-12-05"),
        ("en-GB", "December 3 - 4 people", "December 3", "2026-12-03"),
        ("en-GB", "December 3 - 5pm", "December 3", "2026-12-03"),
        ("en-GB", "December 3 to 5 people", "December 3", "2026-12-03"),
        ("en-GB", "from 3 to 5, December 10", "December 10", "2026-12-10"),
        ("en-GB", "2026-12-05", "2026-12-05", "2026-12-05"),
        ("en-GB", "room 2 - 14 December", "14 December", "2026-12-14"),
        ("pt-PT", "mesa para 3 a 5 de dezembro", "5 de dezembro", "2026-12-05"),
        ("en-GB", "from 3 December for 2 nights", "3 December", "2026-12-03"),
        ("en-GB", "2 or 3 December", "3 December", "2026-12-03"),
    ] {
        let mut slots = slots("from to partySize");
        slots.iter_mut().take(2).for_each(|slot| slot.kind = Type::Date);
        let mut found = extract(text, &slots, &moment(language));
        found.retain(|one| one.slot != "partySize");
        let told: Vec<_> =
            found.iter().map(|one| (text.get(one.span.clone()).unwrap(), &one.value)).collect();
        assert_eq!(told, [(words, &json!(day))], "{text:?} in {language}");
    }
}

#[test]
fn what_is_taken_back_is_neither_end() {
    check_both(
        "en-GB",
        &[
            (
                "the 3rd, no, the 4th to the 6th of December",
                ("4th", "12-04"),
                ("6th of December", "12-06"),
            ),
            (
                "3 December to 5 December, no, to 6 December",
                ("3 December", "12-03"),
                ("6 December", "12-06"),
            ),
        ],
    );
    for (language, text, words, day) in [
        ("en-GB", "not tomorrow, the day after", "day after", "2026-11-25"),
        ("en-GB", "neither Monday nor Tuesday, Wednesday", "Wednesday", "2026-11-25"),
        ("en-GB", "not Monday or Tuesday, Wednesday please", "Wednesday", "2026-11-25"),
        ("en-GB", "I can't do Monday, Tuesday is fine", "Tuesday", "2026-11-24"),
        ("en-GB", "Monday doesn't work, Tuesday?", "Tuesday", "2026-11-24"),
        ("de-DE", "Montag geht nicht, Dienstag", "Dienstag", "2026-11-24"),
        ("fr-FR", "lundi est impossible, mardi", "mardi", "2026-11-24"),
        ("es-ES", "no puedo el lunes, el martes sí", "martes", "2026-11-24"),
        ("pt-PT", "não posso na segunda, na terça sim", "terça", "2026-11-24"),
        ("pt-PT", "não amanhã, depois de amanhã", "depois de amanhã", "2026-11-25"),
        ("pt-PT", "nem segunda nem terça, quarta", "quarta", "2026-11-25"),
        ("pt-PT", "amanhã não, depois de amanhã", "depois de amanhã", "2026-11-25"),
        ("es-ES", "ni lunes ni martes, el miércoles", "miércoles", "2026-11-25"),
        ("es-ES", "no el lunes, el martes", "martes", "2026-11-24"),
        ("es-ES", "mañana no, pasado mañana", "pasado mañana", "2026-11-25"),
        ("fr-FR", "ni lundi ni mardi, mercredi", "mercredi", "2026-11-25"),
        ("fr-FR", "pas demain, après-demain", "après-demain", "2026-11-25"),
        ("de-DE", "nicht morgen, übermorgen", "übermorgen", "2026-11-25"),
        ("de-DE", "weder Montag noch Dienstag, Mittwoch", "Mittwoch", "2026-11-25"),
        ("de-DE", "am Montag nicht, am Dienstag", "Dienstag", "2026-11-24"),
    ] {
        check_slots(language, text, &["date"], &[(words, day)]);
        check_slots(language, text, &["from", "to"], &[(words, day)]);
    }
    // A "no" that answers takes nothing back that follows.
    for (language, text, words, day) in [
        ("es-ES", "¿hoy? no, mañana", "hoy", "2026-11-23"),
        ("pt-PT", "não, amanhã", "amanhã", "2026-11-24"),
        ("de-DE", "nicht morgen", "morgen", "2026-11-24"),
    ] {
        check_slots(language, text, &["date"], &[(words, day)]);
    }
}
