//! Numbers of five languages: words that are joined, words that are none, what stands for one.

use serde_json::{Value, json};

use super::check_in;

/// Every text of a table of languages gives, for one slot, this value; `null` is no value.
#[track_caller]
pub(super) fn check_in_each(wanted: &str, table: &[(&str, &str, Value)]) {
    for (language, text, value) in table {
        let expect = if value.is_null() { json!({}) } else { json!({ wanted: value }) };
        check_in(language, text, wanted, &expect);
    }
}

#[test]
fn tens_and_a_unit_are_one_number_where_the_language_joins_them() {
    check_in_each(
        "count",
        &[
            ("pt", "somos vinte e um", json!(21)),
            ("pt", "somos vinte e uma pessoas", json!(21)),
            ("pt", "vinte e um por favor", json!(21)),
            ("pt", "cento e vinte e uma pessoas", json!(121)),
            ("pt", "mil e um", json!(1001)),
            ("es", "treinta y dos", json!(32)),
            ("es", "cuarenta y cinco", json!(45)),
            ("es", "somos treinta y una personas", json!(31)),
            ("es", "ciento treinta y dos", json!(132)),
            ("es", "ciento un", json!(101)),
            ("fr", "nous serons vingt et un le 24", json!(21)),
            ("fr", "vingt-et-une personnes", json!(21)),
            ("fr", "quatre-vingt-un", json!(81)),
            ("fr", "soixante et onze", json!(71)),
            ("fr", "cent une personnes", json!(101)),
            ("de", "wir sind einundzwanzig", json!(21)),
            ("de", "hunderteins", json!(101)),
        ],
    );
}

#[test]
fn two_numbers_are_not_joined() {
    check_in_each(
        "count",
        &[
            ("pt", "mesa para vinte e um bolo", json!(20)),
            ("pt", "cem e dois", json!(100)),
            ("es", "dos y tres", json!(2)),
            ("es", "veinte y treinta", json!(20)),
            ("es", "cien y dos", json!(100)),
            ("fr", "vingt et deux", json!(20)),
            ("fr", "table pour dix et un gâteau", json!(10)),
        ],
    );
}

#[test]
fn a_plural_article_is_no_number() {
    check_in_each(
        "count",
        &[
            ("pt", "eu e os meus pais", json!(3)),
            ("pt", "mesa para os três", json!(3)),
            ("pt", "somos os quatro", json!(4)),
            ("pt", "os dois", json!(2)),
            ("pt", "todos os dias", json!(null)),
            ("pt", "os", json!(null)),
            ("en", "the OS is new", json!(null)),
            ("es", "los tres", json!(3)),
            ("fr", "nous sommes les quatre", json!(4)),
            ("de", "wir sind die vier", json!(4)),
        ],
    );
}

#[test]
fn one_person_is_one() {
    let one = |language, text| (language, text, json!(1));
    check_in_each(
        "count",
        &[
            one("pt", "uma pessoa"),
            one("pt", "só uma pessoa, por favor"),
            one("pt", "é só para mim"),
            one("pt", "só um"),
            one("pt", "uma só"),
            one("es", "solo una persona"),
            one("es", "sólo para mí"),
            one("es", "para una persona"),
            one("es", "una sola persona"),
            one("es", "una"),
            one("fr", "c'est pour une personne"),
            one("fr", "une seule personne"),
            one("fr", "seulement une"),
            one("de", "eine Person"),
            one("de", "eine einzige Person"),
            one("de", "nur eine"),
            one("de", "nur für mich"),
            one("en", "it's a single person"),
            one("en", "only me"),
            one("en", "just the one"),
            ("pt", "uma pessoa e duas crianças", json!(3)),
            ("de", "für mich und meine Frau", json!(2)),
            ("es", "mesa para mí y mi mujer", json!(2)),
            ("pt", "para mim e mais 3 amigos", json!(4)),
        ],
    );
}

#[test]
fn an_article_is_no_number() {
    let none = |language, text| (language, text, json!(null));
    check_in_each(
        "count",
        &[
            ("pt", "uma mesa para quatro", json!(4)),
            none("pt", "uma mesa"),
            none("pt", "eu quero uma mesa"),
            none("pt", "quero falar com uma pessoa"),
            none("pt", "é uma boa ideia"),
            none("es", "yo quiero una mesa"),
            none("es", "solo para mi familia"),
            none("es", "un momento"),
            none("fr", "un instant"),
            none("fr", "moi je veux une table"),
            none("de", "nur eine Frage"),
            none("de", "mir reicht ein Tisch"),
            none("de", "nur eine Person hat eine Allergie"),
            none("en", "a table"),
            none("en", "can I talk to a person"),
            none("en", "a"),
        ],
    );
}

#[test]
fn the_marks_in_figures_are_read_by_what_stands_around_them() {
    check_in_each(
        "partySize",
        &[
            ("fr", "12 500", json!(12_500)),
            ("fr", "1 234,56", json!(1_234.56)),
            ("fr", "1\u{202f}234,56", json!(1_234.56)),
            ("fr", "2\u{a0}500\u{a0}000", json!(2_500_000)),
            ("fr", "12 500 personnes", json!(12_500)),
            ("de", "1.234", json!(1_234)),
            ("de", "12.500 Personen", json!(12_500)),
            ("de", "1.234,56", json!(1_234.56)),
            ("de", "1,234.56", json!(1_234.56)),
            ("de", "1'250.50", json!(1_250.5)),
            ("pt", "2.000", json!(2_000)),
            ("en", "1,5", json!(1.5)),
            ("en", "12,50", json!(12.5)),
            ("en", "1,500", json!(1_500)),
            ("en", "1.500", json!(1.5)),
            ("en", "1.234.567", json!(1_234_567)),
            ("en", "1.250,50", json!(1_250.5)),
        ],
    );
}

#[test]
fn figures_that_only_stand_side_by_side_are_not_joined() {
    check_in_each(
        "count",
        &[
            ("en", "10 000", json!(10)),
            ("en", "table for 2 100 Main Street", json!(2)),
            ("en", "table for 2,7pm", json!(2)),
            ("en", "4,5 people", json!(5)),
            ("en", "1,2,3", json!(1)),
            ("pt", "somos 4 912 345 678", json!(4)),
            ("es", "mesa 4 para 100", json!(4)),
        ],
    );
    check_in_each(
        "date",
        &[("de", "der 3.", json!("2026-12-03")), ("de", "am 24.12.", json!("2026-12-24"))],
    );
}

#[test]
fn thousands_and_millions_stand_behind_figures() {
    check_in_each(
        "count",
        &[
            ("en", "4 million", json!(4_000_000)),
            ("en", "4 thousand five hundred", json!(4_500)),
            ("en", "4k", json!(4_000)),
            ("en", "4 k", json!(4)),
            ("pt", "4 mil", json!(4_000)),
            ("pt", "4 mil e quinhentos", json!(4_500)),
            ("es", "2 millones", json!(2_000_000)),
            ("fr", "2 millions", json!(2_000_000)),
            ("de", "1,5 Mio.", json!(1_500_000)),
        ],
    );
}

#[test]
fn a_number_below_zero_keeps_its_sign_and_a_range_has_none() {
    check_in_each(
        "count",
        &[
            ("en", "minus five", json!(-5)),
            ("en", "it is -5", json!(-5)),
            ("de", "minus fünf", json!(-5)),
            ("fr", "moins cinq", json!(-5)),
            ("es", "menos cinco", json!(-5)),
            ("es", "al menos cinco", json!(5)),
            ("pt", "pelo menos cinco", json!(5)),
            ("fr", "au moins cinq", json!(5)),
            ("en", "3-5 people", json!(5)),
            ("en", "table-5", json!(5)),
        ],
    );
}
