//! Names of persons: behind "my name is" and its like, or alone where a name is asked for. It knows no list of names: a
//! name is a word that is no other word, in the place of a name.

use super::lexicon::{Sense, Word};
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};

/// A longer row of words is a sentence.
const WORDS_MAX: usize = 5;

/// What part of a name was announced; a name of more words is whole in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    First,
    Last,
}

/// Names behind a phrase that announces one, or before one ("Ana Luz is my name"), and which part one word is.
pub(super) fn announced(scan: &Scan<'_>) -> Vec<(Candidate, Part)> {
    let mut found = behind(scan);
    let is_new = |one: &Candidate, found: &[(Candidate, Part)]| {
        found
            .iter()
            .all(|(other, _)| other.span.end <= one.span.start || one.span.end <= other.span.start)
    };
    for one in before(scan) {
        if is_new(&one.0, &found) {
            found.push(one);
        }
    }
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

fn behind(scan: &Scan<'_>) -> Vec<(Candidate, Part)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let sure = is_cue(scan, at);
        if !sure && !scan.is(at, Word::NameMaybe) && !scan.is(at, Word::Party) {
            at += 1;
            continue;
        }
        let mut start = at + 1;
        while sure
            && (scan.is(start, Word::NameLink) || scan.at(start).is_some_and(|i| i.text == ":"))
        {
            start += 1;
        }
        // "under my name, Ana Luz"
        let parted = sure && scan.at(start).is_some_and(|item| item.text == ",");
        if parted && scan.at(start + 1).is_some_and(Item::is_capitalised) {
            start += 1;
        }
        let next = run(scan, start);
        if next > start && (sure || is_plausible(scan, start, next)) {
            let confidence = if sure { 0.95 } else { 0.85 };
            found.push((candidate(scan, (start, next), confidence, false), part(scan, at)));
        }
        at = next.max(at + 1);
    }
    found
}

/// "Ana Luz is my name", "the Sodini party".
fn before(scan: &Scan<'_>) -> Vec<(Candidate, Part)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let next = run(scan, at);
        if next == at {
            at += 1;
            continue;
        }
        let link = scan.skip(next, Word::NameLink);
        let party = scan.is_before(at, Word::The)
            && scan.at(next).is_some_and(|item| item.folded == "party");
        if link > next && is_cue(scan, link) {
            found.push((candidate(scan, (at, next), 0.9, false), part(scan, link)));
        } else if introduces(scan, at, next) {
            found.push((candidate(scan, (at, next), 0.8, false), Part::First));
        } else if party && scan.at(at).is_some_and(Item::is_capitalised) {
            found.push((candidate(scan, (at, next), 0.8, false), Part::Last));
        }
        at = next;
    }
    found
}

/// "Ana Luz, a table for two": two words and more, written as a name, before everything else.
fn introduces(scan: &Scan<'_>, at: usize, next: usize) -> bool {
    let words = || (at..next).filter_map(|at| scan.at(at)).filter(|i| i.class == Class::Word);
    let ends = scan.at(next).is_some_and(|item| {
        item.text == "," || item.folded == "party" || item.folded.starts_with("party of")
    });
    at == 0 && ends && words().count() >= 2 && words().all(Item::is_capitalised)
}

fn is_cue(scan: &Scan<'_>, at: usize) -> bool {
    [Word::Name, Word::FirstName, Word::LastName].iter().any(|word| scan.is(at, *word))
}

fn part(scan: &Scan<'_>, cue: usize) -> Part {
    if scan.is(cue, Word::LastName) { Part::Last } else { Part::First }
}

/// A name that stands alone, among items that are not `taken` by another value. One in small letters must be all there is.
pub(super) fn alone(scan: &Scan<'_>, is_taken: impl Fn(&Item<'_>) -> bool) -> Option<Candidate> {
    let mut runs = Vec::new();
    let mut others = 0;
    let mut at = 0;
    while let Some(item) = scan.at(at) {
        let next = if is_taken(item) { at } else { run_until(scan, at, &is_taken) };
        if next > at {
            runs.push((at, next));
        } else if item.class == Class::Word && !is_taken(item) && !is_aside(item) {
            others += 1;
        }
        at = next.max(at + 1);
    }
    let is_written_as_name = |(from, next): &&(usize, usize)| {
        scan.at(*from).is_some_and(Item::is_capitalised) && *from < *next
    };
    if others > 0 {
        return None;
    }
    let chosen = match runs.as_slice() {
        [only] => Some(only),
        several => several.iter().find(is_written_as_name),
    };
    chosen.map(|run| candidate(scan, *run, 0.75, true))
}

fn candidate(
    scan: &Scan<'_>,
    (from, next): (usize, usize),
    confidence: f64,
    weak: bool,
) -> Candidate {
    let span = scan.span(from, next);
    let text = scan.text.get(span.clone()).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    Candidate { reading: Reading::Name(words.join(" ")), span, confidence, weak }
}

/// Behind "I'm" and "this is" much else may follow: a name is written as one, or ends the phrase.
fn is_plausible(scan: &Scan<'_>, from: usize, next: usize) -> bool {
    let written = scan.at(from).is_some_and(Item::is_capitalised);
    let ends = match scan.at(next) {
        None => true,
        Some(item) => item.class == Class::Mark || item.is(Word::Phone),
    };
    let sitting = scan.is_before(from, Word::Party);
    written || (ends && !sitting && next - from <= 3 && !scan.text.chars().any(char::is_uppercase))
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
        if item.class == Class::Word && is_part(item, words > 0) {
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
    let initial = item.text.chars().nth(1).is_none()
        && item.is_capitalised()
        && !item.is(Word::Article)
        && item.text != "I";
    // April, June and May are names too, where they are written as such.
    let calendar = item.senses.iter().all(|sense| matches!(sense, Sense::Month(_) | Sense::Common));
    let month = calendar && item.senses.iter().any(|sense| matches!(sense, Sense::Month(_)));
    let unknown = item.senses.is_empty() && item.number.is_none();
    let letters = item.text.chars().nth(1).is_some();
    (unknown && letters) || initial || (month && item.is_capitalised())
}

fn is_particle(item: &Item<'_>) -> bool {
    item.is(Word::Particle)
}

/// Words that may stand beside a name without being a sentence.
fn is_aside(item: &Item<'_>) -> bool {
    let polite = matches!(
        item.folded.as_str(),
        "please"
            | "thanks"
            | "thank"
            | "you"
            | "mr"
            | "mrs"
            | "ms"
            | "dr"
            | "miss"
            | "por"
            | "favor"
    );
    polite
        || item.is(Word::Phone)
        || item.is(Word::And)
        || item.is(Word::Filler)
        || item.is(Word::Name)
        || item.is(Word::NameLink)
}
