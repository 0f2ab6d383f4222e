//! Whether counted persons are the whole party or some of it: "two of us are vegan" books for more.

use std::ops::Range;

use super::lexicon::Word;
use super::scan::{Class, Scan};

/// How many words behind the verb may say what is special about the persons.
const REACH: usize = 6;

/// Whether the text says of these persons, from one item to another, what holds for some of a party only.
pub(super) fn is_some_of_it(scan: &Scan<'_>, from: usize, next: usize) -> bool {
    let next = scan.skip(next, Word::Counter);
    // "my booking for 5 people is late"
    let booked = from.checked_sub(1).and_then(|before| scan.at(before)).is_some_and(|item| {
        let is_size = item.text.ends_with("for") || item.text.ends_with("of");
        (item.is(Word::Party) && is_size) || is_for(&item.folded)
    });
    !booked && scan.is(next, Word::Has) && (next..next + REACH).any(|at| scan.is(at, Word::Special))
}

/// The words by which a slot says that it counts persons.
const NAMES: [&str; 18] = [
    "people",
    "persons",
    "guests",
    "party",
    "group",
    "pax",
    "adults",
    "diners",
    "covers",
    "heads",
    "pessoas",
    "convidados",
    "personas",
    "comensales",
    "personnes",
    "couverts",
    "personen",
    "leute",
];

/// Whether a slot's name says that it counts persons: `people`, `partySize`, `num_guests`.
pub(super) fn is_of_persons(slot: &str) -> bool {
    let mut name = String::with_capacity(slot.len() + 4);
    for letter in slot.chars() {
        if letter.is_uppercase() {
            name.push(' ');
        }
        name.extend(letter.to_lowercase());
    }
    name.split(|letter: char| !letter.is_alphabetic()).any(|word| NAMES.contains(&word))
}

/// Whether the number in this place counts something that no table knows, "three sheets", and nothing says how many come.
pub(super) fn counts_things(scan: &Scan<'_>, span: &Range<usize>) -> bool {
    let next = scan.items.partition_point(|item| item.span.start < span.end);
    let first = scan.items.partition_point(|item| item.span.start < span.start);
    let is_number = |at: usize| {
        scan.at(at).is_some_and(|item| item.class == Class::Digits || item.number.is_some())
    };
    let announced = first
        .checked_sub(1)
        .and_then(|before| scan.at(before))
        .is_some_and(|item| item.is(Word::Party) || is_for(&item.folded));
    // "she is turning thirty"
    let before = first.checked_sub(1).and_then(|before| scan.at(before));
    if before.is_some_and(|item| matches!(&*item.folded, "turning" | "turns" | "aged")) {
        return true;
    }
    let is_thing = scan.at(next).is_some_and(|item| {
        let is_plain = item.class == Class::Word && item.senses.is_empty() && item.number.is_none();
        let is_many = !may_be_persons(&item.folded)
            && item.folded.len() > 3
            && item.folded.ends_with('s')
            && !item.folded.ends_with("ss");
        is_plain && is_many && !item.glued && !item.is_capitalised() && !is_misspelt(&item.folded)
    });
    next.checked_sub(1).is_some_and(is_number) && is_thing && !announced
}

/// "golfers", "employees", "vegans": who rather than what.
fn may_be_persons(word: &str) -> bool {
    ["ers", "ors", "ees", "ans", "ists", "ents", "ants"].iter().any(|end| word.ends_with(end))
}

/// "8 poeple"
fn is_misspelt(word: &str) -> bool {
    word.len() >= 5
        && NAMES.iter().any(|name| name.len() >= 5 && strsim::osa_distance(word, name) <= 2)
}

/// "for", which announces how many.
pub(super) fn is_for(folded: &str) -> bool {
    matches!(folded, "for" | "para" | "por" | "pour" | "fur")
}
