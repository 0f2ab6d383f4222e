//! Amounts of money as five languages write and say them.

use serde_json::{Value, json};

use super::amounts::check_in_each;

/// Every text of a table gives this amount of this currency; without one, no value.
#[track_caller]
fn costs(table: &[(&str, &str, f64, &str)]) {
    for (language, text, amount, currency) in table {
        #[expect(clippy::cast_possible_truncation, reason = "whole amounts of a test are small")]
        let amount = if amount.fract() == 0.0 { json!(*amount as i64) } else { json!(amount) };
        let value = match *currency {
            "" => Value::Null,
            code => json!({"amount": amount, "currency": code}),
        };
        check_in_each("price", &[(language, text, value)]);
    }
}

#[test]
fn an_amount_is_read_whole_however_it_is_grouped() {
    costs(&[
        ("fr", "1 250,50 €", 1250.5, "EUR"),
        ("fr", "1\u{a0}250,50\u{a0}€", 1250.5, "EUR"),
        ("fr", "1\u{202f}250,50 €", 1250.5, "EUR"),
        ("en", "20,50 €", 20.5, "EUR"),
        ("en", "1.250,50 €", 1250.5, "EUR"),
        ("en", "€ 1 250,50", 1250.5, "EUR"),
        ("en", "£1,200", 1200.0, "GBP"),
        ("pt", "R$ 1.250,00", 1250.0, "BRL"),
        ("de", "20,50€", 20.5, "EUR"),
        ("es", "treinta y dos euros", 32.0, "EUR"),
        ("pt", "vinte e um euros", 21.0, "EUR"),
        ("fr", "vingt et un euros", 21.0, "EUR"),
    ]);
}

#[test]
fn millions_have_their_currency() {
    costs(&[
        ("en", "1.5 million euros", 1_500_000.0, "EUR"),
        ("en", "$5 million", 5_000_000.0, "USD"),
        ("en", "$20k", 20_000.0, "USD"),
        ("fr", "2 millions d'euros", 2_000_000.0, "EUR"),
        ("fr", "un million d'euros", 1_000_000.0, "EUR"),
        ("es", "2 millones de euros", 2_000_000.0, "EUR"),
        ("pt", "um milhão de euros", 1_000_000.0, "EUR"),
        ("de", "eine Million Euro", 1_000_000.0, "EUR"),
        ("de", "1,5 Mio. Euro", 1_500_000.0, "EUR"),
    ]);
}

#[test]
fn cents_belong_to_the_amount_before_them() {
    costs(&[
        ("en", "20 dollars 50", 20.5, "USD"),
        ("en", "twenty pounds fifty please", 20.5, "GBP"),
        ("en", "20 euros and 5 cents", 20.05, "EUR"),
        ("fr", "vingt euros cinquante", 20.5, "EUR"),
        ("fr", "20€50", 20.5, "EUR"),
        ("fr", "20 euros et 50 centimes", 20.5, "EUR"),
        ("de", "zwanzig Euro fünfzig", 20.5, "EUR"),
        ("de", "20 Euro 50", 20.5, "EUR"),
        ("es", "veinte con cincuenta euros", 20.5, "EUR"),
        ("es", "veinte euros con cincuenta céntimos", 20.5, "EUR"),
        ("es", "veinte dólares y cinco centavos", 20.05, "USD"),
        ("pt", "vinte euros e cinquenta", 20.5, "EUR"),
    ]);
}

#[test]
fn what_stands_behind_an_amount_may_be_no_cents() {
    costs(&[
        ("en", "20 dollars 50 people", 20.0, "USD"),
        ("en", "20 dollars 50 pizzas", 20.0, "USD"),
        ("en", "20 dollars 10 pm", 20.0, "USD"),
        ("en", "20 dollars 19:30", 20.0, "USD"),
        ("en", "20 dollars 12 december", 20.0, "USD"),
        ("en", "20 euros 5", 20.0, "EUR"),
        ("en", "12.5 dollars 50", 12.5, "USD"),
        ("pt", "20 euros e 50 pessoas", 20.0, "EUR"),
        ("es", "entre veinte euros y cincuenta", 20.0, "EUR"),
        ("es", "veinte euros con mi amigo", 20.0, "EUR"),
    ]);
}

#[test]
fn cents_alone_are_hundredths_of_what_the_language_calls_so() {
    costs(&[
        ("en", "99 cents", 0.99, "USD"),
        ("en", "fifty pence", 0.5, "GBP"),
        ("de", "50 Cent", 0.5, "EUR"),
        ("fr", "50 centimes", 0.5, "EUR"),
        ("pt", "50 centavos", 0.5, "BRL"),
        // Of which country is not said.
        ("es", "50 centavos", 0.0, ""),
        ("es", "cien pesos", 0.0, ""),
    ]);
}

#[test]
fn an_amount_below_zero_keeps_its_sign_and_a_range_has_none() {
    costs(&[
        ("en", "-20 euros", -20.0, "EUR"),
        ("en", "minus 20 euros", -20.0, "EUR"),
        ("en", "-$20", -20.0, "USD"),
        ("en", "$-20", -20.0, "USD"),
        ("en", "3-5 euros", 5.0, "EUR"),
        ("en", "20 -30 euros", 30.0, "EUR"),
    ]);
}

#[test]
fn an_article_before_a_currency_is_one() {
    costs(&[
        ("fr", "un euro", 1.0, "EUR"),
        ("en", "a dollar", 1.0, "USD"),
        ("en", "a pound of flesh", 0.0, ""),
    ]);
}
