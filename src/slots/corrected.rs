//! Which of several values a text stands by: "not 11pm, I meant 11am", "change it from 8 people to just 7", "make it 8, no
//! wait, 7". It compares places only, so it holds for values of every kind; a value that nothing replaces is left alone.

use std::ops::Range;

use super::lexicon::Word;
use super::party::is_for;
use super::reading::Candidate;
use super::scan::{Class, Item, Scan, fold};

/// Where a text takes something back.
#[derive(Debug)]
pub(super) struct Corrections<'t> {
    text: &'t str,
    /// A value that begins here is denied: "not 4 people".
    denials: Vec<Range<usize>>,
    turns: Vec<Turn>,
}

/// A value behind replaces those before.
#[derive(Debug)]
struct Turn {
    place: Range<usize>,
    /// One that begins farther behind does not.
    reach: usize,
    /// Whatever is said behind the value: "make it 6 at the window".
    sure: bool,
}

impl<'t> Corrections<'t> {
    pub(super) fn of(scan: &Scan<'t>) -> Self {
        let mut found = Self { text: scan.text, denials: Vec::new(), turns: Vec::new() };
        let (mut is_change, mut is_from) = (false, false);
        for (at, item) in scan.items.iter().enumerate() {
            let near = || value_behind(scan, at);
            if item.is(Word::Not) {
                found.denials.push(item.span.end..near());
            } else if item.is(Word::Anew) {
                found.turns.push(Turn {
                    place: item.span.clone(),
                    reach: scan.text.len(),
                    sure: true,
                });
            } else if is_from && leads_to(item) {
                found.turns.push(Turn {
                    place: item.span.clone(),
                    reach: scan.text.len(),
                    sure: false,
                });
            } else if is_second_thought(scan, at, item) {
                found.turns.push(Turn { place: item.span.clone(), reach: near(), sure: false });
            }
            is_change = is_change || item.is(Word::Change);
            is_from = is_from || (is_change && comes_from(item));
        }
        found
    }

    /// The candidates for one slot that are not taken back. Of slots of one kind the later value may be the other one's, so
    /// that only `one` alone is replaced.
    pub(super) fn standing<'c>(
        &self,
        mut candidates: Vec<&'c Candidate>,
        one: bool,
    ) -> Vec<&'c Candidate> {
        let is_denied = |one: &&Candidate| {
            let begins =
                |denial: &Range<usize>| (denial.start..=denial.end).contains(&one.span.start);
            self.denials.iter().any(begins)
        };
        if one && !candidates.iter().all(is_denied) {
            candidates.retain(|one| !is_denied(one));
        }
        let replaces = |turn: &&Turn| {
            let behind = |one: &&Candidate| {
                (turn.place.end..=turn.reach).contains(&one.span.start)
                    && (turn.sure || self.is_all(one))
            };
            candidates.iter().any(|one| one.span.end <= turn.place.start)
                && candidates.iter().any(behind)
        };
        let turn = self.turns.iter().rev().find(replaces).filter(|_| one);
        if let Some(turn) = turn {
            candidates.retain(|one| one.span.start >= turn.place.end);
        }
        candidates
    }

    /// Whether the value is all that is said there: nothing counts it or goes on with it.
    fn is_all(&self, one: &Candidate) -> bool {
        let rest = self.text.get(one.span.end..).unwrap_or_default().trim_start();
        let word: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
        word.is_empty() || BEHIND.contains(&fold(&word).as_str())
    }
}

/// What may stand behind a value that replaces another: "to 17:45 for 4 people", not "sorry, 1 in a wheelchair".
const BEHIND: [&str; 12] =
    ["for", "at", "on", "please", "para", "por", "as", "a", "pour", "um", "fur", "instead"];

/// Where a value may begin behind a word: also behind "for", "at the", "only", "there will be".
fn value_behind(scan: &Scan<'_>, word: usize) -> usize {
    let links = [Word::The, Word::Article, Word::At, Word::Only, Word::Party, Word::No];
    let is_link = |item: &Item<'_>| {
        links.iter().any(|link| item.is(*link))
            || is_for(&item.folded)
            || matches!(&*item.folded, "," | "on" | "to" | "it's" | "its")
    };
    let value = scan.items.iter().skip(word + 1).find(|item| !is_link(item));
    value.map_or(scan.text.len(), |item| item.span.start)
}

/// "sorry", "hang on", and a "no" between commas.
fn is_second_thought(scan: &Scan<'_>, at: usize, item: &Item<'_>) -> bool {
    let is_comma = |at: usize| {
        scan.at(at).is_some_and(|item| item.class == Class::Mark && matches!(item.text, "," | "-"))
    };
    let is_no = item.is(Word::No) && is_comma(at + 1) && at.checked_sub(1).is_some_and(is_comma);
    item.is(Word::Rather) || item.is(Word::Pause) || is_no
}

/// "to" behind a change from something.
fn leads_to(item: &Item<'_>) -> bool {
    matches!(&*item.folded, "to" | "para" | "pour" | "auf" | "a")
}

fn comes_from(item: &Item<'_>) -> bool {
    matches!(&*item.folded, "from" | "de" | "von")
        || item.is(Word::Change) && item.text.ends_with("from")
}
