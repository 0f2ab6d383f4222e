//! Names behind a phrase that announces one: "my name is", "under", "Mr". It never takes a word for a name that stands
//! by itself.

use super::super::lexicon::{Sense, Word};
use super::super::reading::Candidate;
use super::super::scan::{Item, Scan};
use super::{
    Part, candidate, has_text, is_capitalised, is_feast, is_letter, is_mark, is_small, run,
};

/// How sure a name is behind a phrase that announces nothing else.
pub(super) const SURE: f64 = 0.95;

/// How much a phrase says of what stands behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cue {
    /// A name: "my name is".
    Sure,
    /// A name or much else: "I'm", "under".
    Maybe,
    /// A name only if it is written as one: "down as".
    Written,
}

/// Names behind a phrase that announces one, and which part one word is.
pub(super) fn behind(scan: &Scan<'_>) -> Vec<(Candidate, Part)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some(cue) = cue(scan, at) else {
            at += 1;
            continue;
        };
        let start = beginning(scan, at, cue);
        let next = end(scan, start, cue);
        if next > start && is_plausible(scan, (at, start, next), cue) {
            let confidence = match cue {
                Cue::Sure => SURE,
                Cue::Maybe => 0.85,
                Cue::Written => 0.84,
            };
            found.push((candidate(scan, (start, next), confidence, false), part(scan, at)));
        }
        at = next.max(at + 1);
    }
    found
}

/// "change the name from Sanders to Saunders"
pub(super) fn changed(scan: &Scan<'_>) -> Vec<(Candidate, Part)> {
    let first =
        |word: fn(&Scan<'_>, usize) -> bool| (0..scan.items.len()).find(|at| word(scan, *at));
    let change = first(|scan, at| scan.is(at, Word::Change));
    let (Some(change), Some(name)) = (change, first(is_cue)) else { return Vec::new() };
    let leads = |at: &usize| {
        scan.at(*at).is_some_and(|item| {
            matches!(&*item.folded, "from" | "to" | "de" | "para" | "a" | "von" | "auf" | "en")
        })
    };
    (name.max(change) + 1..scan.items.len())
        .filter(leads)
        .map(|at| (at + 1, run(scan, at + 1)))
        .filter(|(start, next)| next > start && is_capitalised(scan, *start))
        .map(|name| (candidate(scan, name, SURE, false), Part::Last))
        .collect()
}

/// "it's Anna, sorry, Hannah": behind a name, what takes it back announces the next.
pub(super) fn again<'s>(
    scan: &'s Scan<'_>,
    found: &'s [(Candidate, Part)],
) -> impl Iterator<Item = (Candidate, Part)> + 's {
    let behind = |at: usize| {
        let item = scan.at(at)?;
        let turns = item.is(Word::Rather) || item.is(Word::Anew) || item.is(Word::No);
        let (name, part) =
            found.iter().rev().find(|(name, _)| turns && name.span.end <= item.span.start)?;
        let start = if has_text(scan, at + 1, ",") { at + 2 } else { at + 1 };
        let next = run(scan, start);
        (next > start && is_capitalised(scan, start))
            .then(|| (candidate(scan, (start, next), name.confidence, false), *part))
    };
    let any = if found.is_empty() { 0 } else { scan.items.len() };
    (0..any).filter_map(behind)
}

/// Whether the item announces a name and nothing else.
pub(super) fn is_cue(scan: &Scan<'_>, at: usize) -> bool {
    [Word::Name, Word::FirstName, Word::LastName].iter().any(|word| scan.is(at, *word))
}

/// What part one word is that the item announces.
pub(super) fn part(scan: &Scan<'_>, cue: usize) -> Part {
    let is_last = [Word::LastName, Word::LastNameMaybe, Word::Title, Word::Party]
        .iter()
        .any(|word| scan.is(cue, *word));
    if is_last { Part::Last } else { Part::First }
}

fn cue(scan: &Scan<'_>, at: usize) -> Option<Cue> {
    let is = |word| scan.is(at, word);
    if is_cue(scan, at) {
        return (!is_of_venue(scan, at)).then_some(Cue::Sure);
    }
    // "looking for Surrey Quays"
    let sought = is(Word::LastNameMaybe) && scan.is_before(at, Word::Seek);
    let maybe = [Word::NameMaybe, Word::LastNameMaybe, Word::Party, Word::Title];
    if maybe.into_iter().any(is) && !sought {
        return Some(Cue::Maybe);
    }
    (is(Word::NameWritten) && !likens(scan, at)).then_some(Cue::Written)
}

/// An "as" that compares: "the same area as Myrtle Avenue", not "I booked as Jon".
fn likens(scan: &Scan<'_>, at: usize) -> bool {
    let is =
        |at: usize, words: &[&str]| scan.at(at).is_some_and(|item| words.contains(&&*item.folded));
    let booked = ["booked", "listed", "reserved", "put", "table", "booking", "reservation"];
    is(at, &["as"]) && !at.checked_sub(1).is_some_and(|before| is(before, &booked))
}

/// "a restaurant by the name of Blades"
fn is_of_venue(scan: &Scan<'_>, cue: usize) -> bool {
    let linked = cue.checked_sub(1).and_then(|before| scan.at(before));
    let linked = linked.is_some_and(|item| matches!(&*item.folded, "by" | "with" | "the"));
    let venue = if linked { cue.checked_sub(1).unwrap_or(cue) } else { cue };
    let under = scan.at(cue).is_some_and(|item| matches!(&*item.folded, "under" | "in" | "on"));
    !under && scan.is_before(venue, Word::Venue)
}

/// Where the name begins that a cue announces.
fn beginning(scan: &Scan<'_>, cue: usize, kind: Cue) -> usize {
    let mut start = cue + 1;
    if scan.is(cue, Word::Title) && scan.is_glued_mark(start, ".") {
        return start + 1;
    }
    if kind != Cue::Sure {
        let says = |at: usize, word: &str| scan.at(at).is_some_and(|item| item.folded == word);
        // "for I think Ana Luz"
        return if says(start, "i") && says(start + 1, "think") { start + 2 } else { start };
    }
    start = of_what(scan, start);
    while scan.is(start, Word::NameLink) || has_text(scan, start, ":") {
        start += 1;
    }
    // "under my name, Ana Luz", "My name? Ana Luz", "the name \"Ana Luz\""
    let own = scan.at(cue).is_some_and(|item| item.folded == "my");
    let parted = has_text(scan, start, ",")
        || (own && has_text(scan, start, "?"))
        || ["\"", "'", "“", "‘"].iter().any(|quote| has_text(scan, start, quote));
    if parted && is_capitalised(scan, start + 1) { start + 1 } else { start }
}

/// The index behind "on the booking", which says what the name is of.
fn of_what(scan: &Scan<'_>, at: usize) -> usize {
    let is =
        |at: usize, words: &[&str]| scan.at(at).is_some_and(|item| words.contains(&&*item.folded));
    let linked = usize::from(scan.is(at, Word::NameLink));
    let said = at + linked;
    if is(said, &["for", "on"])
        && (scan.is(said + 1, Word::The) || scan.is(said + 1, Word::Own))
        && is(said + 2, &["booking", "reservation", "table"])
    {
        return said + 3;
    }
    at
}

/// The index behind the name that begins at an item.
fn end(scan: &Scan<'_>, start: usize, cue: Cue) -> usize {
    let found = run(scan, start);
    let next = short_of_small(scan, start, found);
    let words = next.saturating_sub(start);
    // "my name is Will", "Emily Day": a word that is another too, written as a name.
    let titled = (start.saturating_sub(2)..start).any(|at| scan.is(at, Word::Title));
    let sure = cue == Cue::Sure || titled || is_cue(scan, next + 1);
    // "I'm Tim Curry"
    let is_self = start
        .checked_sub(1)
        .and_then(|cue| scan.at(cue))
        .is_some_and(|item| matches!(&*item.folded, "i'm" | "im" | "i" | "this"));
    // "my name is Will Smith"
    let too = scan.at(start).is_some_and(|item| item.is(Word::NameToo) && item.is_capitalised());
    if too && words == 0 && (sure || is_self) && is_capitalised(scan, start + 1) {
        let behind = run(scan, start + 1);
        if behind > start + 1 {
            return short_of_small(scan, start, behind);
        }
    }
    let is_open =
        (sure && words == 0) || (words == 1 && (sure || is_self) && is_capitalised(scan, start));
    let colon = start.checked_sub(1).is_some_and(|before| has_text(scan, before, ":"));
    let closes = scan.is(next + 1, Word::Caller)
        || scan.at(next + 1).is_none()
        || is_mark(scan, next + 1)
        || is_cue(scan, next + 1);
    let small_before = start
        .checked_sub(1)
        .and_then(|before| scan.at(before))
        .is_some_and(|item| !item.text.contains(char::is_uppercase) || before_begins(item));
    let is_other = scan.at(next).is_some_and(may_be_name);
    if found == next && is_open && !colon && closes && small_before && is_other {
        return next + 1;
    }
    next
}

/// Whether only the first letter of a cue is a capital: "My name is", not "MY NAME IS".
fn before_begins(cue: &Item<'_>) -> bool {
    cue.text.chars().skip(1).all(|c| !c.is_uppercase())
}

/// "Ana Luz mobile" is a name of two words, "Mr. Luz mobile" one of one.
fn short_of_small(scan: &Scan<'_>, start: usize, next: usize) -> usize {
    let small = (start..next).find(|at| {
        scan.at(*at).is_some_and(|item| {
            !item.is_capitalised()
                && !item.is(Word::Particle)
                && item.text.starts_with(char::is_alphabetic)
        })
    });
    let title = [1, 2].iter().filter_map(|back| start.checked_sub(*back));
    let least = if title.into_iter().any(|at| scan.is(at, Word::Title)) { 1 } else { 2 };
    let mut next = match small {
        Some(small) if small >= start + least && !is_mark(scan, small - 1) => small,
        _ => return next,
    };
    // "Ana da empresa"
    while next > start && scan.is(next - 1, Word::Particle) {
        next -= 1;
    }
    next
}

/// A word that is a name of some, though it is another word: "Will", "Day".
fn may_be_name(item: &Item<'_>) -> bool {
    let known = |sense: &Sense| {
        matches!(
            sense,
            Sense::Common
                | Sense::Persons(_)
                | Sense::Unit(_)
                | Sense::Month(_)
                | Sense::Is(Word::Has | Word::Person | Word::Date | Word::Solo | Word::NameToo)
        )
    };
    let polite = item.folded.starts_with("thank")
        || matches!(&*item.folded, "please" | "pls" | "sorry" | "sir");
    item.is_capitalised()
        && !item.text.contains(['\'', '’', ' '])
        && item.text.chars().count() > 2
        && item.number.is_none()
        && !item.senses.is_empty()
        && item.senses.iter().all(known)
        && !polite
}

/// Behind "I'm" and "this is" much else may follow: a name is written as one, or ends the phrase.
fn is_plausible(scan: &Scan<'_>, (cue, from, next): (usize, usize, usize), kind: Cue) -> bool {
    if kind == Cue::Sure {
        return true;
    }
    let lone_letter = next == from + 1 && scan.at(from).is_some_and(is_letter);
    if lone_letter || scan.is(next, Word::Venue) || is_feast(scan, next) {
        return false;
    }
    // "it should be Delivered"
    let said = scan.at(cue).is_some_and(|item| item.folded.starts_with("it"));
    let lone = kind == Cue::Written && said && next == from + 1;
    if is_capitalised(scan, from) && !lone {
        // "pay with Apple Pay" goes on as no person's name does.
        let with = scan.at(cue).is_some_and(|item| matches!(&*item.folded, "with" | "by"));
        return !(with && is_capitalised(scan, next));
    }
    let greeted = scan.is_before(cue, Word::Greeting);
    let title = scan.is(cue, Word::Title);
    let goes_on = greeted
        && scan.at(next).is_some_and(|item| matches!(&*item.folded, "i" | "id" | "i'd" | "we"));
    let ends = scan.at(next).is_none()
        || is_mark(scan, next)
        || scan.is(next, Word::Phone)
        || (scan.is(next, Word::Caller) && title)
        || goes_on;
    let open = match kind {
        Cue::Written => greeted,
        // "a good doctor joke"
        _ if title => scan.at(cue).is_some_and(|item| item.text.len() <= "miss".len()),
        _ => !scan.is(cue, Word::Party),
    };
    ends && open && next - from <= 3 && is_small(scan)
}
