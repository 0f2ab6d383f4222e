//! One of a list, and what gives up: words compared without case and accents, the longest first, small typos forgiven in long
//! words. It never picks the nearest value when none is near.

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
    let named = one_of(scan, &wordy, &IndexMap::new(), |_| false)?;
    let Reading::Choice(label) = named.reading else { return None };
    choices.iter().position(|choice| *choice == label)
}

/// The value of a list that the text names, among items that are not taken.
pub(super) fn one_of(
    scan: &Scan<'_>,
    values: &[String],
    synonyms: &IndexMap<String, Vec<String>>,
    is_taken: impl Fn(&Item<'_>) -> bool,
) -> Option<Candidate> {
    let cut = Words::new(scan);
    let mut names: Vec<(Vec<String>, &str)> =
        values
            .iter()
            .map(|value| (split(value), value.as_str()))
            .chain(synonyms.iter().flat_map(|(value, words)| {
                words.iter().map(move |word| (split(word), value.as_str()))
            }))
            .filter(|(words, _)| !words.is_empty())
            .collect();
    names.sort_by_key(|(words, _)| {
        std::cmp::Reverse((words.len(), words.iter().map(String::len).sum::<usize>()))
    });
    let place = |nearness: fn(&[String], &[&str]) -> bool| {
        names.iter().find_map(|(words, value)| {
            let span = cut.find(words, nearness, &is_taken, scan)?;
            Some((span, *value))
        })
    };
    let (found, confidence) = match place(is_same) {
        Some(found) => (found, 0.97),
        None => (place(is_near)?, 0.75),
    };
    let (span, value) = found;
    Some(Candidate { reading: Reading::Choice(value.to_owned()), span, confidence, weak: false })
}

/// The text's single words: phrases that the scan joined are opened again.
struct Words {
    folded: Vec<String>,
    spans: Vec<std::ops::Range<usize>>,
}

impl Words {
    fn new(scan: &Scan<'_>) -> Self {
        let (folded, spans) = super::scan::words(scan.text).into_iter().unzip();
        Self { folded, spans }
    }

    fn find(
        &self,
        words: &[String],
        fits: fn(&[String], &[&str]) -> bool,
        is_taken: &impl Fn(&Item<'_>) -> bool,
        scan: &Scan<'_>,
    ) -> Option<std::ops::Range<usize>> {
        let texts: Vec<&str> = self.folded.iter().map(String::as_str).collect();
        texts.windows(words.len()).zip(self.spans.windows(words.len())).find_map(
            |(texts, spans)| {
                if !fits(words, texts) {
                    return None;
                }
                let span = spans.first()?.start..spans.last()?.end;
                let free = !scan.items.iter().any(|item| {
                    item.span.start < span.end && span.start < item.span.end && is_taken(item)
                });
                free.then_some(span)
            },
        )
    }
}

fn is_same(words: &[String], texts: &[&str]) -> bool {
    words.iter().zip(texts).all(|(word, text)| word == text)
}

/// One typo in words of five letters and more, two in words of nine and more.
fn is_near(words: &[String], texts: &[&str]) -> bool {
    words.iter().zip(texts).all(|(word, text)| {
        let letters = word.chars().count();
        let typos = match letters {
            0..5 => 0,
            5..9 => 1,
            _ => 2,
        };
        word == text
            || (letters.abs_diff(text.chars().count()) <= typos
                && strsim::osa_distance(word, text) <= typos)
    })
}
