//! One who comes without others: "just me", "a table for myself", "uma pessoa", "nur eine". An article is the number one only
//! where it counts a person or is all that is said.

use super::lexicon::Word;
use super::party;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};

/// The speaker alone, and one person.
pub(super) fn candidates(scan: &Scan<'_>) -> Vec<Candidate> {
    let one = (0..scan.items.len()).find_map(|at| one(scan, at));
    speaker(scan).into_iter().chain(one).collect()
}

/// "just me", or "myself" where a number is asked for.
fn speaker(scan: &Scan<'_>) -> Option<Candidate> {
    let (at, sure) = (0..scan.items.len())
        .filter_map(|at| Some((at, is_alone(scan, at)?)))
        .max_by_key(|(at, sure)| (*sure, std::cmp::Reverse(*at)))?;
    let span = scan.at(at)?.span.clone();
    let confidence = if sure { 0.9 } else { 0.6 };
    Some(Candidate { reading: Reading::Number(1.0), span, confidence, weak: !sure })
}

/// Whether the item is the speaker or "alone", and whether that surely says that nobody else comes.
fn is_alone(scan: &Scan<'_>, at: usize) -> Option<bool> {
    let item = scan.at(at)?;
    if item.is(Word::Solo) {
        return Some(scan.is_before(at, Word::Attends) || scan.is(at + 1, Word::Attends));
    }
    // "sólo para mi", where it is not "my".
    let is_mi = item.folded == "mi" && item.is(Word::Own) && is_end(scan, at + 1);
    if !is_speaker(item) && !is_mi {
        return None;
    }
    let before = at.checked_sub(1);
    let announced = before.filter(|before| announces(scan, *before));
    // "just me", "just for me", "a table for myself"
    let sure = scan.is_before(announced.unwrap_or(at), Word::Only)
        || (announced.is_some() && item.folded == "myself");
    // "book me at 7" says nothing of others, nor does "eu quero uma mesa".
    let is_object =
        |before: usize| !announces(scan, before) && scan.at(before).is_some_and(is_said);
    let is_subject = SUBJECTS.contains(&&*item.folded) && !is_end(scan, at + 1);
    let open = item.folded != "i" && !is_subject && !before.is_some_and(is_object);
    (sure || open).then_some(sure)
}

/// "me", "eu", and the Spanish "mí", which without its accent is "my".
pub(super) fn is_speaker(item: &Item<'_>) -> bool {
    item.is(Word::Myself) || (item.folded == "mi" && item.text != "mi" && item.text.ends_with('í'))
}

/// Who speaks of what he wants rather than of who comes, where more is said.
const SUBJECTS: [&str; 6] = ["eu", "yo", "ich", "moi", "mir", "mich"];

/// A word of a sentence rather than one that opens an answer.
fn is_said(item: &Item<'_>) -> bool {
    item.class == Class::Word && !item.is(Word::Yes) && !item.is(Word::Filler)
}

fn announces(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_some_and(|item| item.is(Word::Party) || party::is_for(&item.folded))
}

fn is_end(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_none_or(|item| item.class == Class::Mark && !item.glued || is_stop(item))
}

fn is_stop(item: &Item<'_>) -> bool {
    matches!(item.text, "." | "," | "!" | "?" | ";")
}

/// "uma pessoa", "a single person", "nur eine", "just the one".
fn one(scan: &Scan<'_>, at: usize) -> Option<Candidate> {
    let named = behind_one(scan, at)?;
    let only = scan.is_before(at, Word::Only);
    let candidate = |next: usize, weak: bool| Candidate {
        reading: Reading::Number(1.0),
        span: scan.span(at, next),
        confidence: if weak { 0.8 } else { 0.93 },
        weak,
    };
    if scan.is(named, Word::Person) {
        let counted = at.checked_sub(1).is_some_and(|before| announces(scan, before));
        // "for a guest speaker"; "nur eine Person hat eine Allergie"
        let is_more = scan.at(named + 1).is_some_and(|item| {
            item.class == Class::Word && item.senses.is_empty() || !counted && item.is(Word::Has)
        });
        let announced = (counted || only) && !is_more;
        let is_all = announced || is_answer(scan, at, named + 1);
        return is_all.then(|| candidate(named + 1, !announced));
    }
    let english = scan.at(at).is_some_and(|item| matches!(&*item.folded, "a" | "an"));
    (!english && is_answer(scan, at, named)).then(|| candidate(named, true))
}

/// The index behind an article, or behind "the one" after "just", and what says that there is no other.
fn behind_one(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let is_the_one = scan.is(at, Word::The)
        && scan.is_before(at, Word::Only)
        && scan.at(at + 1).and_then(|item| item.number).is_some_and(|one| one.value == 1.0);
    let next = match () {
        () if is_the_one => at + 2,
        () if scan.is(at, Word::Article) => at + 1,
        () => return None,
    };
    let single = scan.is(next, Word::Single) || scan.is(next, Word::Only);
    Some(if single { next + 1 } else { next })
}

/// Whether nothing else is said: "it's …", "sim, …", "… por favor".
fn is_answer(scan: &Scan<'_>, from: usize, next: usize) -> bool {
    let opens = |item: &Item<'_>| {
        is_stop(item) || !is_said(item) || item.is(Word::Only) || IS.contains(&&*item.folded)
    };
    let opened = scan.items.get(..from).is_some_and(|before| before.iter().all(opens));
    let behind = scan.skip(next, Word::Only);
    opened && (is_end(scan, behind) || scan.at(behind).is_some_and(|item| asks_kindly(item)))
}

/// "is" before an answer.
const IS: [&str; 12] =
    ["e", "sera", "seria", "es", "c'est", "ce", "it's", "it", "is", "its", "ist", "das"];

fn asks_kindly(item: &Item<'_>) -> bool {
    matches!(
        &*item.folded,
        "por" | "please" | "bitte" | "s'il" | "obrigado" | "gracias" | "merci" | "danke"
    )
}
