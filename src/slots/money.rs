//! Amounts of money: `$20`, `EUR 15.50`, "20 euros", "fifty bucks", "20 dollars 50", "99 cents". It never converts one
//! currency to another, and knows none that several countries call alike: a peso alone is no amount.

use super::lexicon::{Sense, Word};
use super::number::{amount, sign, whole};
use super::party::is_for;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Scan};

/// Cents of no certain currency, which count only behind an amount that has one.
const UNKNOWN: &str = "?";

/// From so much on, a word stands between the amount and its currency: "2 milhões de euros".
const MILLION: f64 = 1_000_000.0;

/// Every amount of money in the text.
pub(super) fn candidates(scan: &Scan<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let price = before(scan, at)
            .or_else(|| with_decimals(scan, at))
            .or_else(|| behind(scan, at))
            .or_else(|| cents_alone(scan, at))
            .or_else(|| one(scan, at));
        let Some(price) = price else {
            at += 1;
            continue;
        };
        let sign = price.sign.or_else(|| sign(scan, at, price.next));
        found.push(Candidate {
            reading: Reading::Money {
                amount: if sign.is_some() { -price.amount } else { price.amount },
                currency: price.currency,
            },
            span: scan.span(sign.map_or(at, |sign| sign.min(at)), price.next),
            confidence: 0.95,
            weak: price.weak,
        });
        at = price.next.max(at + 1);
    }
    found
}

struct Price {
    amount: f64,
    currency: &'static str,
    /// The item of a sign inside: `$-20`.
    sign: Option<usize>,
    next: usize,
    /// "a dollar" may be said of anything.
    weak: bool,
}

impl Price {
    fn new(amount: f64, currency: &'static str, next: usize) -> Self {
        Self { amount, currency, sign: None, next, weak: false }
    }
}

/// `$20`, `EUR 15.50`, `-$20`, `$-20`.
fn before(scan: &Scan<'_>, at: usize) -> Option<Price> {
    let item = scan.at(at)?;
    let currency = item.currency()?;
    let is_minus = |at: usize| scan.at(at).is_some_and(|item| matches!(item.text, "-" | "−"));
    let inside = is_minus(at + 1) && scan.at(at + 1).is_some_and(|minus| minus.glued);
    let outside = at.checked_sub(1).filter(|before| {
        item.glued && is_minus(*before) && scan.at(*before).is_some_and(|minus| !minus.glued)
    });
    let from = if inside { at + 2 } else { at + 1 };
    let (value, next) = amount(scan, from)?;
    Some(Price { sign: inside.then_some(at + 1).or(outside), ..Price::new(value, currency, next) })
}

/// "20 euros", "2 milhões de euros", "20 euros 50".
fn behind(scan: &Scan<'_>, at: usize) -> Option<Price> {
    let (value, named) = amount(scan, at)?;
    let named = if value >= MILLION { scan.skip(named, Word::Of) } else { named };
    let currency = scan.at(named)?.currency()?;
    // "between 20 euros and 50"
    let range = at
        .checked_sub(1)
        .and_then(|before| scan.at(before))
        .is_some_and(|item| matches!(&*item.folded, "between" | "zwischen" | "entre"));
    let cents = cents_behind(scan, named + 1).filter(|_| value.fract() == 0.0 && !range);
    Some(match cents {
        Some((cents, next)) => Price::new(with_cents(value, cents), currency, next),
        None => Price::new(value, currency, named + 1),
    })
}

/// "veinte con cincuenta euros"
fn with_decimals(scan: &Scan<'_>, at: usize) -> Option<Price> {
    let (value, with) = amount(scan, at).filter(|(value, _)| value.fract() == 0.0)?;
    let (cents, named) =
        (scan.at(with)?.folded == "con").then(|| amount(scan, with + 1)).flatten()?;
    let currency = scan.at(named)?.currency()?;
    Some(Price::new(with_cents(value, hundredths(cents)?), currency, named + 1))
}

/// "99 cents", "50 Cent"
fn cents_alone(scan: &Scan<'_>, at: usize) -> Option<Price> {
    let (value, named) = amount(scan, at)?;
    let currency = scan.at(named)?.cents().filter(|currency| *currency != UNKNOWN)?;
    Some(Price::new(value / 100.0, currency, named + 1))
}

/// "un euro"
fn one(scan: &Scan<'_>, at: usize) -> Option<Price> {
    let named = if scan.is(at, Word::Article) { at + 1 } else { return None };
    let currency = scan.at(named)?.currency()?;
    let price = Price { weak: true, ..Price::new(1.0, currency, named + 1) };
    (!scan.is(named + 1, Word::Of)).then_some(price)
}

/// The cents behind a currency: "and 50 cents", "fünfzig", `€50`; and the index behind them.
fn cents_behind(scan: &Scan<'_>, from: usize) -> Option<(f64, usize)> {
    let joined = scan
        .at(from)
        .is_some_and(|item| item.is(Word::And) || matches!(&*item.folded, "con" | "com" | ","));
    let at = if joined { from + 1 } else { from };
    let item = scan.at(at)?;
    let (value, next) = amount(scan, at)?;
    let cents = hundredths(value)?;
    if scan.at(next).is_some_and(|item| item.cents().is_some()) {
        return Some((cents, next + 1));
    }
    let in_digits = item.class == Class::Digits;
    let is_part = if in_digits { item.text.len() == 2 && !joined } else { cents >= 10.0 };
    let comma = joined && scan.at(from).is_some_and(|item| item.text == ",");
    (is_part && !comma && ends(scan, next)).then_some((cents, next))
}

/// Whether nothing that a number could count or belong to stands there: "20 euros 50 people" is no 20.50.
fn ends(scan: &Scan<'_>, next: usize) -> bool {
    scan.at(next).is_none_or(|item| match item.class {
        Class::Mark => item.currency().is_none() && scan.glued_digits(next + 1).is_none(),
        Class::Word => {
            let is_plain = |sense: &Sense| {
                matches!(sense, Sense::Common | Sense::Is(Word::And | Word::Filler | Word::Rather))
            };
            !item.glued && (is_for(&item.folded) || matches!(&*item.folded, "bitte" | "please"))
                || !item.senses.is_empty() && item.senses.iter().all(is_plain)
        }
        Class::Digits => false,
    })
}

fn hundredths(value: f64) -> Option<f64> {
    whole(value).filter(|cents| (1..100).contains(cents)).map(|_| value)
}

/// Counted in cents, so that 20 and 10 make 20.1 and no fraction more.
fn with_cents(value: f64, cents: f64) -> f64 {
    value.mul_add(100.0, cents).round() / 100.0
}
