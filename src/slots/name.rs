//! Names of persons: behind "my name is" and its like, where callers say who they are, or alone where a name is asked
//! for. It knows no list of names: a name is a word that is no other word, in the place of a name.

use super::corrected::Corrections;
use super::lexicon::{Sense, Word};
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};

mod alone;
mod announced;
mod given;
mod unannounced;

pub(super) use alone::alone;

/// A longer row of words is a sentence.
const WORDS_MAX: usize = 5;

/// What part of a name was announced; a name of more words is whole in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    First,
    Last,
}

/// Names that a text says to be names, and which part one word is.
pub(super) fn announced(scan: &Scan<'_>) -> Vec<(Candidate, Part)> {
    let mut found = announced::behind(scan);
    let is_new = |one: &Candidate, found: &[(Candidate, Part)]| {
        found
            .iter()
            .all(|(other, _)| other.span.end <= one.span.start || one.span.end <= other.span.start)
    };
    let others = announced::changed(scan)
        .into_iter()
        .chain(unannounced::candidates(scan))
        .chain(given::candidates(scan));
    for one in others {
        if is_new(&one.0, &found) {
            found.push(one);
        }
    }
    let again: Vec<_> = announced::again(scan, &found).collect();
    for one in again {
        if is_new(&one.0, &found) {
            found.push(one);
        }
    }
    agree(scan, &mut found);
    found
}

/// First and last name of a name; one word is the part that it was announced as.
pub(super) fn parts(name: &Candidate, part: Part) -> Vec<Candidate> {
    let Reading::Name(text) = &name.reading else { return Vec::new() };
    let piece = |reading: Reading, span: std::ops::Range<usize>| Candidate {
        reading,
        span,
        confidence: name.confidence,
        weak: name.weak,
    };
    let Some((first, last)) = text.split_once(' ') else {
        let reading = match part {
            Part::First => Reading::FirstName(text.clone()),
            Part::Last => Reading::LastName(text.clone()),
        };
        return vec![piece(reading, name.span.clone())];
    };
    let middle = name.span.start + first.len();
    // The name is written with single spaces here, whatever stands in the text.
    let start = name.span.end - last.len().min(name.span.len());
    vec![
        piece(Reading::FirstName(first.to_owned()), name.span.start..middle),
        piece(Reading::LastName(last.to_owned()), start.max(middle)..name.span.end),
    ]
}

/// What several names in a text tell of each other: "under Sinead, no, use the name Declan" takes one back, and "under Bob
/// or my surname, Tanaka" says that Bob is none.
fn agree(scan: &Scan<'_>, found: &mut Vec<(Candidate, Part)>) {
    if found.len() < 2 {
        return;
    }
    let standing: Vec<_> = Corrections::of(scan)
        .standing(found.iter().map(|(one, _)| one).collect(), 1)
        .iter()
        .map(|one| one.span.clone())
        .collect();
    let is_guess = |(one, part): &(Candidate, Part)| {
        *part == Part::Last && one.confidence < announced::SURE && !is_of_words(one)
    };
    found.retain(|one| !is_guess(one) || standing.contains(&one.0.span));
    let surname =
        found.iter().any(|one| one.1 == Part::Last && !is_guess(one) && !is_of_words(&one.0));
    for one in found.iter_mut().filter(|one| surname && is_guess(one)) {
        one.1 = Part::First;
    }
}

fn is_of_words(name: &Candidate) -> bool {
    matches!(&name.reading, Reading::Name(text) if text.contains(' '))
}

/// The name in these items, without the `'s` of what belongs to it.
fn candidate(
    scan: &Scan<'_>,
    (from, next): (usize, usize),
    confidence: f64,
    weak: bool,
) -> Candidate {
    let mut span = scan.span(from, next);
    let text = scan.text.get(span.clone()).unwrap_or_default();
    let owner = text.strip_suffix("'s").or_else(|| text.strip_suffix("’s")).unwrap_or(text);
    span.end = span.start + owner.len();
    let words: Vec<&str> = owner.split_whitespace().collect();
    Candidate { reading: Reading::Name(words.join(" ")), span, confidence, weak }
}

fn is_mark(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_some_and(|item| item.class == Class::Mark)
}

fn has_text(scan: &Scan<'_>, at: usize, text: &str) -> bool {
    scan.at(at).is_some_and(|item| item.text == text)
}

fn is_capitalised(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_some_and(Item::is_capitalised)
}

/// Whether a text has no capitals, so that no name in it is written as one.
fn is_small(scan: &Scan<'_>) -> bool {
    !scan.text.chars().any(char::is_uppercase)
}

/// "Burns Night": what ends so is a day that has a name.
fn is_feast(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_some_and(|item| {
        item.is_capitalised() && matches!(&*item.folded, "day" | "eve" | "night" | "week")
    })
}

fn run(scan: &Scan<'_>, from: usize) -> usize {
    run_until(scan, from, &|_| false)
}

/// The index behind the name that begins at an item; the same index if none does.
fn run_until(scan: &Scan<'_>, from: usize, is_taken: &impl Fn(&Item<'_>) -> bool) -> usize {
    let mut next = from;
    let mut end = from;
    let mut words = 0;
    while let Some(item) = scan.at(next).filter(|item| !is_taken(item)) {
        // The first name may be another slot's by now.
        let inside = words > 0
            || next
                .checked_sub(1)
                .and_then(|before| scan.at(before))
                .is_some_and(|it| is_taken(it) && it.is_capitalised() && it.class == Class::Word);
        if item.class == Class::Word && is_part(item, inside) {
            words += 1;
            next += 1;
            // A particle needs a word behind it.
            if !is_particle(item) {
                end = next;
            }
        } else if words > 0 && is_joint(scan, next) {
            next += 1;
        } else {
            break;
        }
        if words > WORDS_MAX {
            return from;
        }
    }
    end
}

/// A hyphen or the point of an initial, between words of a name.
fn is_joint(scan: &Scan<'_>, at: usize) -> bool {
    let follows = scan.at(at + 1).is_some_and(|item| item.class == Class::Word);
    let hyphen = scan.is_glued_mark(at, "-") && scan.at(at + 1).is_some_and(|item| item.glued);
    let initial = scan.is_glued_mark(at, ".")
        && at
            .checked_sub(1)
            .and_then(|before| scan.at(before))
            .is_some_and(|item| item.text.chars().count() <= 2);
    follows && (hyphen || initial)
}

fn is_part(item: &Item<'_>, inside: bool) -> bool {
    if inside && is_particle(item) {
        return true;
    }
    if inside && item.is(Word::NameToo) && item.is_capitalised() {
        return true;
    }
    let initial =
        is_letter(item) && item.is_capitalised() && !item.is(Word::Article) && item.text != "I";
    // April, June and May are names too, where they are written as such.
    let calendar = item.senses.iter().all(|sense| matches!(sense, Sense::Month(_) | Sense::Common));
    let month = calendar && item.senses.iter().any(|sense| matches!(sense, Sense::Month(_)));
    let unknown = item.senses.is_empty() && item.number.is_none();
    (unknown && !is_letter(item)) || initial || (month && item.is_capitalised())
}

/// One letter of its own.
fn is_letter(item: &Item<'_>) -> bool {
    item.class == Class::Word && item.text.chars().nth(1).is_none()
}

fn is_particle(item: &Item<'_>) -> bool {
    item.is(Word::Particle)
}
