//! Quantities: `4`, `1,500`, `4.5`, "twenty-five", "a dozen", "four and a half". It never takes the digits of a phone, a
//! date or a time: those are read first and win.

use super::figure;
use super::lexicon::{Sense, Word};
use super::party;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Scan};

/// A quantity at an item, and the index behind it.
pub(super) fn amount(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    let item = scan.at(at)?;
    let (value, next) = if item.class == Class::Digits {
        figure::read(scan, at)?
    } else if let Some(spoken) = item.number.filter(|spoken| !spoken.ordinal) {
        (spoken.value, at + 1)
    } else {
        (item.quantity()?, at + 1)
    };
    let (value, next) = and_a_half(scan, value, next);
    Some(figure::scaled(scan, value, next))
}

/// The same, where "a week" and "an hour" are one of them.
pub(super) fn amount_or_article(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    if scan.is(at, Word::Article) { Some((1.0, at + 1)) } else { amount(scan, at) }
}

/// The integer that this number is.
pub(super) fn whole(value: f64) -> Option<i64> {
    // A float prints in full, so only an integer in range reads back; a cast would clip in silence.
    format!("{value}").parse().ok()
}

/// Every quantity of the text. A text that is one number, and a number that counts something else, say nothing of
/// themselves where `is_asked` matters.
pub(super) fn candidates(scan: &Scan<'_>, is_asked: bool) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some((value, next)) = amount(scan, at) else {
            at += 1;
            continue;
        };
        let sign = sign(scan, at, next);
        let from = sign.unwrap_or(at);
        // "the eight of us", "all of the 6", "a 4 top"
        let is_kind = is_of_a_kind(scan, next) && scan.is_before(from, Word::Article);
        let from = if is_kind || scan.is_before(from, Word::The) { from - 1 } else { from };
        let only = from == 0 && next == scan.items.len();
        if let Some(confidence) = confidence(scan, at, next) {
            found.push(Candidate {
                reading: Reading::Number(if sign.is_some() { -value } else { value }),
                span: scan.span(from, next),
                confidence,
                weak: is_asked
                    && (only
                        || counts_other(scan, at, next)
                        || is_pronoun(scan, at, next)
                        || persons_behind(scan, next)
                            .is_some_and(|next| party::is_some_of_it(scan, at, next))),
            });
        }
        at = next.max(at + 1);
    }
    found
}

/// "rating above 4", "one table", "24 months": a number of something that the words tell.
fn counts_other(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    let compared = at.checked_sub(1).is_some_and(|before| scan.is(before, Word::Than));
    // "in 12 more days", "seven-year"
    let mark = if scan.is_glued_mark(next, "-") { next + 1 } else { next };
    let thing = if scan.is(mark, Word::Own) { mark + 1 } else { mark };
    let counted = scan.at(thing).is_some_and(|item| {
        item.class == Class::Word
            && !counts_persons(scan, thing)
            && (item.unit().is_some() || item.is(Word::Thing))
    });
    compared || counted || is_some(scan, at, next)
}

/// The index behind the persons that a number counts: "4 people", "two of my friends".
fn persons_behind(scan: &Scan<'_>, next: usize) -> Option<usize> {
    let mut at = scan.skip(next, Word::Of);
    at = scan.skip(scan.skip(at, Word::The), Word::Own);
    let us = scan.at(next).filter(|item| item.is(Word::Counter) && item.folded == "of");
    if scan.is(at, Word::Person) { Some(at + 1) } else { us.map(|_| next) }
}

/// "a couple of us", "a couple of the party": some of what is known.
fn is_some(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    scan.at(at).is_some_and(|item| item.quantity().is_some() && item.text.ends_with(" of"))
        && !scan
            .at(next)
            .is_some_and(|item| item.is(Word::Person) && !item.folded.starts_with("high"))
}

/// What the number before describes: "a 4 top", "a 5 seater", "a three-person table".
fn is_of_a_kind(scan: &Scan<'_>, next: usize) -> bool {
    let next = if scan.is_glued_mark(next, "-") { next + 1 } else { next };
    scan.at(next).is_some_and(|item| {
        matches!(&*item.folded, "top" | "seater" | "seating" | "seats" | "person")
    })
}

/// "I want one outside", "book one for 6": something that was named before. "One pizza" counts, as does "for one".
fn is_pronoun(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    let counts = counts_persons(scan, next)
        || scan.at(next).is_some_and(|item| item.class == Class::Word && item.senses.is_empty());
    let announced = at
        .checked_sub(1)
        .and_then(|before| scan.at(before))
        .is_some_and(|item| item.is(Word::Party) || party::is_for(&item.folded));
    is_spoken_one(scan, at) && !counts && !announced && !is_all(scan, at, next)
}

/// "just one", "only one of us".
fn is_all(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    scan.is_before(at, Word::Only)
        && scan
            .at(next)
            .is_none_or(|item| item.is(Word::Counter) || matches!(item.text, "." | "," | "!" | "?"))
}

fn is_spoken_one(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).and_then(|item| item.number).is_some_and(|spoken| spoken.value == 1.0)
}

/// Every place in a row: "2nd", "the second", `3.`, "segundo".
pub(super) fn ordinals(scan: &Scan<'_>) -> Vec<Candidate> {
    let ordinal = |at: usize| {
        let item = scan.at(at)?;
        if let Some(spoken) = item.number.filter(|spoken| spoken.ordinal) {
            return Some((whole(spoken.value)?, at + 1));
        }
        let place = item.senses.iter().find_map(|sense| match sense {
            Sense::Place(place) => Some(i64::from(*place)),
            _ => None,
        });
        if let Some(place) = place {
            return Some((place, at + 1));
        }
        let marked = scan.at(at + 1).is_some_and(|mark| mark.glued && mark.is(Word::OrdinalMark));
        let digits = item.digits(4).filter(|_| marked)?;
        Some((i64::from(digits), at + 2))
    };
    let found = (0..scan.items.len()).filter_map(|at| Some((at, ordinal(at)?)));
    let candidate = |(at, (place, next)): (usize, (i64, usize))| Candidate {
        reading: Reading::Ordinal(place),
        span: scan.span(at, next),
        confidence: 0.9,
        weak: false,
    };
    found.map(candidate).collect()
}

/// Every share of a hundred: `20%`, "20 per cent", "twenty percent".
pub(super) fn percents(scan: &Scan<'_>) -> Vec<Candidate> {
    let share = |at: usize| {
        let (value, next) = amount(scan, at)?;
        scan.is(next, Word::Percent).then_some((value, next + 1))
    };
    let found = (0..scan.items.len()).filter_map(|at| Some((at, share(at)?)));
    let candidate = |(at, (value, next)): (usize, (f64, usize))| {
        let sign = sign(scan, at, next);
        Candidate {
            reading: Reading::Percent(if sign.is_some() { -value } else { value }),
            span: scan.span(sign.unwrap_or(at), next),
            confidence: 0.95,
            weak: false,
        }
    };
    found.map(candidate).collect()
}

/// With the half that stands behind: "four and a half".
pub(super) fn and_a_half(scan: &Scan<'_>, value: f64, next: usize) -> (f64, usize) {
    let half = scan.skip(next + 1, Word::Article);
    if scan.is(next, Word::And) && scan.is(half, Word::Half) {
        (value + 0.5, half + 1)
    } else {
        (value, next)
    }
}

/// The index of the sign before a number: `-5`, "minus five". That of `3-5` is none, nor is the "less" of "five less two".
pub(super) fn sign(scan: &Scan<'_>, at: usize, next: usize) -> Option<usize> {
    let before = at.checked_sub(1)?;
    let sign = scan.at(before)?;
    let is_number = |at: usize| {
        scan.at(at).is_some_and(|item| item.class == Class::Digits || item.number.is_some())
    };
    if before.checked_sub(1).is_some_and(is_number) {
        return None;
    }
    let glued = scan.at(at).is_some_and(|item| item.glued && item.class == Class::Digits);
    let is_mark = glued && !sign.glued && matches!(sign.text, "-" | "−");
    // "menos cinco" is a number below zero where nothing else is said; "pelo menos cinco" is none.
    let is_all = before == 0 && next == scan.items.len();
    let is_word = sign.folded == "minus" || (sign.is(Word::Less) && is_all);
    (is_mark || is_word).then_some(before)
}

/// Whether the number that ends here counts persons.
pub(super) fn counts_persons(scan: &Scan<'_>, next: usize) -> bool {
    scan.is(next, Word::Person) || scan.is(next, Word::Counter)
}

/// How sure it is that this counts something; `None` for "this one" and for parts of codes such as `A4`.
fn confidence(scan: &Scan<'_>, from: usize, next: usize) -> Option<f64> {
    let item = scan.at(from)?;
    let before = from.checked_sub(1).and_then(|before| scan.at(before));
    let code = item.glued
        && item.class == Class::Digits
        && before.is_some_and(|before| before.class == Class::Word || before.text == "#");
    // "this one", "one of the tables", "one of us"
    let pronoun = is_spoken_one(scan, from)
        && !is_all(scan, from, next)
        && (scan.at(next).is_some_and(|item| item.is(Word::Of) || item.folded == "of")
            || before.is_some_and(|before| before.is(Word::Pointing) || before.is(Word::The)));
    if code || pronoun {
        return None;
    }
    let counted = counts_persons(scan, next) || item.quantity().is_some();
    let announced = before.is_some_and(|before| before.is(Word::Party));
    let only = from == 0 && next == scan.items.len();
    Some(if counted || announced || only {
        0.95
    } else if scan.at(next).is_some_and(|item| item.unit().is_some() || item.currency().is_some()) {
        0.5
    } else if is_spoken_one(scan, from) {
        0.6
    } else {
        0.8
    })
}
