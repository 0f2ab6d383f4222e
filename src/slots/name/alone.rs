//! A name that stands alone where one is asked for, with what may be said beside it: "just put Whitcombe", "Anneliese with
//! two n's", "Okonkwo, that's O K O N K W O". It never takes a name out of a sentence.

use super::super::lexicon::Word;
use super::super::reading::Candidate;
use super::super::scan::{Class, Item, Scan};
use super::{candidate, is_capitalised, is_letter, is_mark, run_until};

/// Fewer letters in a row are initials.
const SPELLED_MIN: usize = 3;

/// A name that stands alone, among items that are not `taken` by another value. One in small letters must be all there is.
pub(in super::super) fn alone(
    scan: &Scan<'_>,
    is_taken: impl Fn(&Item<'_>) -> bool,
) -> Option<Candidate> {
    if let Some(next) = behind_other_word(scan, &is_taken) {
        return Some(candidate(scan, (0, next), 0.75, true));
    }
    let mut runs = Vec::new();
    let mut others = 0;
    let mut said = false;
    let mut at = 0;
    while let Some(item) = scan.at(at) {
        let spelled = spelling(scan, at);
        let next = if spelled > at || is_taken(item) { at } else { run_until(scan, at, &is_taken) };
        if next > at {
            runs.push((at, next));
        } else if spelled == at && item.class == Class::Word && !is_taken(item) && !is_aside(item) {
            others += 1;
        }
        said = said || (spelled == at && is_saying(item));
        at = next.max(spelled).max(at + 1);
    }
    let is_written_as_name =
        |(from, next): &&(usize, usize)| is_capitalised(scan, *from) && *from < *next;
    let chosen = match runs.as_slice() {
        // "Ana, a table for two"
        [(0, next), ..] if others > 0 => {
            let apart =
                is_capitalised(scan, 0) && scan.at(*next).is_some_and(|item| item.text == ",");
            runs.first().filter(|_| apart)
        }
        _ if others > 0 => None,
        // "that's crazy"
        [only] if said => Some(only).filter(is_written_as_name),
        [only] => Some(only),
        several => several.iter().find(is_written_as_name),
    };
    // "Mrs Featherstone" says which part it is.
    let is_last = |(from, next): &&(usize, usize)| {
        let title = from.checked_sub(1).filter(|dot| is_mark(scan, *dot)).unwrap_or(*from);
        let last = |at| {
            [Word::Title, Word::LastName, Word::LastNameMaybe, Word::FirstName]
                .iter()
                .any(|word| scan.is_before(at, *word))
        };
        *next == *from + 1 && (last(*from) || last(title))
    };
    chosen.filter(|run| !is_last(run)).map(|run| candidate(scan, *run, 0.75, true))
}

/// The index behind a name that is or begins with another word, and is all that is said: "Curry", "Will Smith".
fn behind_other_word(scan: &Scan<'_>, is_taken: &impl Fn(&Item<'_>) -> bool) -> Option<usize> {
    let first = scan.at(0).filter(|first| first.is(Word::NameToo) && !is_taken(first))?;
    let next = run_until(scan, 1, is_taken);
    let written = (1..next).all(|at| is_mark(scan, at) || is_capitalised(scan, at));
    let whole = next == 1 || (first.is_capitalised() && written);
    let rest = scan.items.get(next..).unwrap_or_default();
    let ends = rest.iter().all(|item| matches!(item.text, "." | "!" | ",") || is_taken(item));
    (whole && ends).then_some(next)
}

/// The index behind what says how a name is spelled: "with a K", "O K O N K W O"; the same index if nothing does.
fn spelling(scan: &Scan<'_>, from: usize) -> usize {
    let mut at = from;
    let mut letters = 0;
    let mut told = false;
    while let Some(item) = scan.at(at) {
        let hint = matches!(
            &*item.folded,
            "with" | "without" | "spelled" | "spelt" | "double" | "com" | "mit" | "con" | "avec"
        );
        let counts =
            told && (item.number.is_some() || item.is(Word::Article) || item.is(Word::And));
        let mark = at > from && item.class == Class::Mark && letters > 0 && item.text != ",";
        if is_letter(item) || is_letters(item) {
            letters += 1;
        } else if hint {
            told = true;
        } else if !counts && !mark {
            break;
        }
        at += 1;
    }
    let spelled = (told && letters > 0) || letters >= SPELLED_MIN;
    if spelled { at } else { from }
}

/// "n's"
fn is_letters(item: &Item<'_>) -> bool {
    let mut chars = item.text.chars().skip(1);
    item.class == Class::Word && matches!(chars.next(), Some('\'' | '’')) && chars.eq(['s'])
}

/// Words behind which much else may stand than a name: "it's", "that's".
fn is_saying(item: &Item<'_>) -> bool {
    item.is(Word::NameMaybe) || matches!(&*item.folded, "that's" | "thats")
}

/// Words that may stand beside a name without being a sentence.
fn is_aside(item: &Item<'_>) -> bool {
    let polite =
        matches!(item.folded.as_str(), "please" | "thanks" | "thank" | "you" | "por" | "favor");
    let words = [
        Word::Phone,
        Word::And,
        Word::Filler,
        Word::Name,
        Word::NameLink,
        Word::LastName,
        Word::LastNameMaybe,
        Word::FirstName,
        Word::Title,
        Word::Greeting,
        Word::NameAside,
    ];
    polite || is_saying(item) || words.iter().any(|word| item.is(*word))
}
