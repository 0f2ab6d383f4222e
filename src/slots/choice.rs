//! One of a list, and what gives up: words compared without case and accents, the longest first, small typos forgiven in long
//! words. It never picks the nearest value when none is near.

use std::ops::Range;

use indexmap::IndexMap;

use super::lexicon::Word;
use super::number;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan, split};

/// Whether the text opens with a no that more follows, or with a word that takes back what was said.
pub(super) fn takes_back(scan: &Scan<'_>) -> bool {
    let opening = scan.at(0).is_some_and(|item| item.is(Word::No) || item.is(Word::Rather));
    opening && scan.items.len() > 2
}

/// Whether the text is nothing but words that give up.
pub(super) fn gives_up(scan: &Scan<'_>) -> bool {
    let is_aside = |item: &&Item<'_>| item.class == Class::Mark || item.is(Word::Filler);
    let mut words = scan.items.iter().filter(|item| !is_aside(item)).peekable();
    words.peek().is_some() && words.all(|item| item.is(Word::GiveUp))
}

/// So many items a text may have that means a choice by its place.
const PLACE_ITEMS_MAX: usize = 5;

/// The choice that the text names.
pub(super) fn choose(scan: &Scan<'_>, choices: &[String]) -> Option<usize> {
    let said = split(scan.text).join(" ");
    let typos = |choice: &String| {
        let label = split(choice).join(" ");
        let allowed = label.chars().count() / 6;
        let typos = strsim::osa_distance(&said, &label);
        (typos <= allowed).then_some(typos)
    };
    let near = choices.iter().enumerate().filter_map(|(at, one)| Some((typos(one)?, at))).min();
    if let Some((_, choice)) = near {
        return Some(choice);
    }
    let places = number::ordinals(scan);
    if let [place] = places.as_slice()
        && scan.items.len() <= PLACE_ITEMS_MAX
        && let Reading::Ordinal(place) = place.reading
    {
        let from_end = |back: usize| choices.len().checked_sub(back);
        return match usize::try_from(place) {
            Ok(place) => place.checked_sub(1).filter(|at| *at < choices.len()),
            Err(_) => usize::try_from(-place).ok().and_then(from_end),
        };
    }
    // "6" stands in texts that mean something else; words do not.
    let is_wordy = |choice: &&String| choice.chars().filter(|c| c.is_alphabetic()).count() > 3;
    let wordy: Vec<String> = choices.iter().filter(is_wordy).cloned().collect();
    let named = of_list(scan, &wordy, &IndexMap::new(), |_| false);
    let Reading::Choice(label) = &named.first()?.reading else { return None };
    choices.iter().position(|choice| choice == label)
}

/// The values of a list that the text names, among items that are not taken, in the order of the text. Typos are forgiven
/// where no value is named without one.
pub(super) fn of_list(
    scan: &Scan<'_>,
    values: &[String],
    synonyms: &IndexMap<String, Vec<String>>,
    is_taken: impl Fn(&Item<'_>) -> bool,
) -> Vec<Candidate> {
    let said = words(scan.text);
    let is_free = |span: &Range<usize>| {
        let overlaps = |item: &&Item<'_>| item.span.start < span.end && span.start < item.span.end;
        !scan.items.iter().filter(overlaps).any(&is_taken)
    };
    let own = values.iter().map(|value| (value, value));
    let others = synonyms.iter().flat_map(|(value, all)| all.iter().map(move |one| (one, value)));
    let names: Vec<(Vec<String>, &str)> = own
        .chain(others)
        .map(|(name, value)| (words(name).into_iter().map(|(word, _)| word).collect(), &**value))
        .filter(|(name, _): &(Vec<String>, &str)| !name.is_empty())
        .collect();
    let named = |nearness: fn(&[String], &[Spoken]) -> Option<usize>, confidence: f64| {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some((_, first)) = said.get(at) {
            let rest = said.get(at..).unwrap_or_default();
            let here = names.iter().filter_map(|(name, value)| {
                let count = nearness(name, rest).filter(|count| *count > 0)?;
                let span = first.start..rest.get(count - 1)?.1.end;
                is_free(&span).then_some((count, *value, span))
            });
            // The longest of this place, of equals the first in the list.
            let longest =
                here.reduce(|one, other| if other.2.end > one.2.end { other } else { one });
            let Some((count, value, span)) = longest else {
                at += 1;
                continue;
            };
            let reading = Reading::Choice(value.to_owned());
            found.push(Candidate { reading, span, confidence, weak: false });
            at += count;
        }
        found
    };
    let found = named(same, 0.97);
    if found.is_empty() { named(near, 0.75) } else { found }
}

/// A word and its place.
type Spoken = (String, Range<usize>);

/// The single words of a text: phrases that the scan joined are opened again, and a hyphen is no more than a space.
fn words(text: &str) -> Vec<Spoken> {
    let cut = super::scan::words(text);
    let is_joint = |at: usize| {
        let around =
            at.checked_sub(1).and_then(|before| Some((cut.get(before)?, cut.get(at + 1)?)));
        let is_word = |word: &str| word.starts_with(char::is_alphabetic);
        matches!(cut.get(at), Some((mark, place)) if matches!(&**mark, "-" | "\u{2010}" | "\u{2011}")
        && around.is_some_and(|(before, behind)| {
            before.1.end == place.start && behind.1.start == place.end
                && is_word(&before.0) && is_word(&behind.0)
        }))
    };
    let kept: Vec<bool> = (0..cut.len()).map(|at| !is_joint(at)).collect();
    cut.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(word, _)| word).collect()
}

/// Fewer letters may be one word by chance: "no one".
const JOINED_MIN: usize = 5;

/// How many of the words are the name, also written as one word or as more, or in the plural.
fn same(name: &[String], said: &[Spoken]) -> Option<usize> {
    let whole = name.concat();
    let mut joined = String::new();
    for (at, (word, _)) in said.iter().enumerate() {
        joined.push_str(word);
        if at + 1 == name.len()
            && name.iter().zip(said).all(|(one, (word, _))| one == word || is_plural(one, word))
        {
            return Some(at + 1);
        }
        if joined.len() >= whole.len() {
            let fits = joined == whole
                && whole.chars().filter(|c| c.is_alphabetic()).count() >= JOINED_MIN;
            return fits.then_some(at + 1);
        }
    }
    None
}

/// "cakes", and "flanes" of a flan.
fn is_plural(one: &str, word: &str) -> bool {
    let ending = word.strip_prefix(one).unwrap_or_default();
    one.chars().nth(2).is_some()
        && one.ends_with(char::is_alphabetic)
        && matches!(ending, "s" | "es")
}

/// One typo in words of five letters and more, two in words of nine and more.
fn near(name: &[String], said: &[Spoken]) -> Option<usize> {
    let said = said.get(..name.len())?;
    let is_near = |(word, (text, _)): (&String, &Spoken)| {
        let letters = word.chars().count();
        let typos = match letters {
            0..5 => 0,
            5..9 => 1,
            _ => 2,
        };
        word == text
            || (letters.abs_diff(text.chars().count()) <= typos
                && strsim::osa_distance(word, text) <= typos)
    };
    name.iter().zip(said).all(is_near).then_some(name.len())
}
