//! Names that nobody announces, in the places where callers say who they are: "Ana Luz, a table for two", "Ana here",
//! "…, thanks, Ana Luz.", "the Sodini party". There a name is two words or more, written as names.

use super::super::lexicon::{Sense, Word};
use super::super::reading::Candidate;
use super::super::scan::{Class, Item, Scan};
use super::announced::{is_cue, part};
use super::{
    Part, candidate, has_text, is_capitalised, is_feast, is_letter, is_mark, is_particle, run,
};

/// Fewer digits are a time or a count.
const PHONE_DIGITS_MIN: usize = 7;

/// Names of a text by where they stand, and which part one word is.
pub(super) fn candidates(scan: &Scan<'_>) -> Vec<(Candidate, Part)> {
    let mut found = Vec::new();
    let opening = opening(scan);
    let mut at = 0;
    while at < scan.items.len() {
        let next = run(scan, at);
        if next == at {
            at += 1;
            continue;
        }
        let link = scan.skip(next, Word::NameLink);
        let name = |confidence, part| (candidate(scan, (at, next), confidence, false), part);
        if link > next && is_cue(scan, link) {
            found.push(name(0.9, part(scan, link)));
        } else if let Some(part) = owner(scan, at, next) {
            found.push(name(0.9, part));
        } else if is_told(scan, (at, next), opening) {
            found.push(name(0.8, Part::First));
        } else if is_of_party(scan, at, next) {
            found.push(name(0.8, Part::Last));
        }
        at = next;
    }
    found
}

/// The index behind "Hi there," and its like.
fn opening(scan: &Scan<'_>) -> usize {
    let is_opening = |item: &&Item<'_>| {
        item.class == Class::Mark
            || [Word::Greeting, Word::Filler, Word::Yes, Word::No].iter().any(|word| item.is(*word))
            || matches!(&*item.folded, "probably" | "maybe" | "perhaps")
    };
    scan.items.iter().take_while(is_opening).count()
}

/// "in Ana's name"
fn owner(scan: &Scan<'_>, at: usize, next: usize) -> Option<Part> {
    let owns = next.checked_sub(1).and_then(|last| scan.at(last)).is_some_and(|item| {
        item.is_capitalised() && (item.text.ends_with("'s") || item.text.ends_with("’s"))
    });
    (owns && is_cue(scan, next) && is_capitalised(scan, at)).then(|| part(scan, next))
}

/// "the Sodini party"
fn is_of_party(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    scan.is_before(at, Word::The)
        && scan.at(next).is_some_and(|item| item.folded == "party")
        && is_capitalised(scan, at)
}

fn is_told(scan: &Scan<'_>, (at, next): (usize, usize), opening: usize) -> bool {
    let full = is_full(scan, at, next);
    if at == opening && (calls(scan, (at, next), full) || (full && introduces(scan, next))) {
        return true;
    }
    full && (is_apart(scan, at, next) || is_of_booking(scan, at, next))
}

/// "Ana Luz here", "Hello, Ana from the office"; one word alone needs a greeting before it or a mark behind.
fn calls(scan: &Scan<'_>, (at, next): (usize, usize), full: bool) -> bool {
    let greeted = at > 0 && (0..at).any(|before| scan.is(before, Word::Greeting));
    let written = full || (is_capitalised(scan, at) && is_name_like(scan, at, next));
    let parted = is_mark(scan, next + 1) && !has_text(scan, next + 1, "?");
    let here = scan.is(next, Word::Caller) && (full || greeted || parted);
    let from = greeted
        && scan.at(next).is_some_and(|item| item.folded == "from")
        && (scan.is(next + 1, Word::The) || scan.is(next + 1, Word::Own));
    written && (here || from)
}

/// "Ana Luz, a table for two", "Ana Luz for 8 people", "Ana Luz has a booking": before everything else.
fn introduces(scan: &Scan<'_>, next: usize) -> bool {
    let Some(item) = scan.at(next) else { return false };
    let for_some = matches!(&*item.folded, "for" | "para" | "pour" | "für")
        && scan
            .at(next + 1)
            .is_some_and(|item| item.number.is_some() || item.class == Class::Digits)
        && (scan.is(next + 2, Word::Person) || scan.is(next + 2, Word::Counter));
    let has = item.is(Word::Has) && (next + 1..next + 4).any(|at| is_booking(scan, at));
    item.text == "," || item.folded == "party" || for_some || has
}

/// "You have a Sharell Eberts booking"
fn is_of_booking(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    let told = scan.is_before(at, Word::The) || scan.is_before(at, Word::Article);
    told && is_booking(scan, next) && !is_capitalised(scan, next)
}

fn is_booking(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_some_and(|item| {
        matches!(&*item.folded, "booking" | "reservation" | "table" | "booked" | "reserved")
    })
}

/// Between a mark and the end, or what a caller tells behind a name: "at 8, Ana Luz, 555 1234". A place stands beside another: "in Bermondsey, South London".
fn is_apart(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    let Some(mark) = at.checked_sub(1) else { return false };
    let begins = [",", ".", "-", "–", "!"].iter().any(|one| has_text(scan, mark, one));
    let ends = scan.at(next).is_none()
        || (is_mark(scan, next) && (scan.at(next + 1).is_none() || is_contact(scan, next + 1)));
    let beside = |item: &Item<'_>| {
        item.class == Class::Word && item.senses.is_empty() && item.number.is_none()
    };
    let listed = mark.checked_sub(1).and_then(|before| scan.at(before)).is_some_and(beside);
    begins && ends && !listed
}

/// A phone number or a mail address.
fn is_contact(scan: &Scan<'_>, at: usize) -> bool {
    let rest = scan.items.get(at..).unwrap_or_default();
    let number = rest.iter().take_while(|item| item.class != Class::Word && item.text != ",");
    let digits: usize = number.filter(|i| i.class == Class::Digits).map(|i| i.text.len()).sum();
    let mut address = rest.iter().skip(1).take_while(|item| item.glued);
    digits >= PHONE_DIGITS_MIN || scan.is(at, Word::Phone) || address.any(|item| item.text == "@")
}

/// Two words and more, all written as names and none of them another word.
pub(super) fn is_full(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    let words = || (at..next).filter_map(|at| scan.at(at)).filter(|i| i.class == Class::Word);
    let count = words().filter(|word| !word.glued && !is_particle(word)).count();
    (2..=4).contains(&count) && is_name_like(scan, at, next)
}

pub(super) fn is_name_like(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    let is_written = |item: &Item<'_>| {
        let shouted = item.text.chars().filter(|c| c.is_uppercase()).count() > 3
            || (item.text.chars().all(char::is_uppercase) && !is_letter(item));
        let known =
            item.senses.iter().any(|sense| !matches!(sense, Sense::Month(_) | Sense::Common));
        is_particle(item) || (item.is_capitalised() && !shouted && !known)
    };
    let last = next.saturating_sub(1);
    (at..next).filter_map(|at| scan.at(at)).filter(|i| i.class == Class::Word).all(is_written)
        && !is_feast(scan, next)
        && !is_feast(scan, last)
}
