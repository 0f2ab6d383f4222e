//! Which of several values a text stands by: "not 11pm, I meant 11am", "change it from 8 people to just 7", "make it 8, no
//! wait, 7". It compares places only, so it holds for values of every kind; a value that nothing replaces is left alone.

use std::ops::Range;

use super::lexicon::{Sense, Word};
use super::party::is_for;
use super::reading::Candidate;
use super::scan::{Class, Item, Scan, fold};

/// Where a text takes something back.
#[derive(Debug)]
pub(super) struct Corrections<'t> {
    text: &'t str,
    /// A value that begins here is denied: "not 4 people".
    denials: Vec<Range<usize>>,
    /// A value that ends before here is denied: "el lunes no, el martes".
    refusals: Vec<usize>,
    /// An "or" makes the value behind it share the denial of the one before.
    ors: Vec<Range<usize>>,
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
        let mut found = Self {
            text: scan.text,
            denials: Vec::new(),
            refusals: Vec::new(),
            ors: Vec::new(),
            turns: Vec::new(),
        };
        let (mut is_change, mut is_from) = (false, false);
        for (at, item) in scan.items.iter().enumerate() {
            let near = || value_behind(scan, at);
            if item.is(Word::Or) {
                found.ors.push(item.span.end..near());
            }
            if item.is(Word::Refused) {
                found.refusals.push(item.span.start);
            }
            if item.is(Word::Not) || is_nor(scan, at) {
                if is_comma(scan, at + 1) {
                    found.refusals.push(item.span.start);
                } else if !item.is(Word::No) || begins(scan, at) {
                    found.denials.push(item.span.end..near());
                }
            }
            if item.is(Word::Not) && !item.is(Word::No) {
                // It turns nothing.
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

    /// The candidates for so many slots that take such values, without those that are taken back. Of slots of one kind the
    /// later value may be the other one's, so that only what is too much for them is replaced.
    pub(super) fn standing<'c>(
        &self,
        mut candidates: Vec<&'c Candidate>,
        slots: usize,
    ) -> Vec<&'c Candidate> {
        candidates.sort_by_key(|one| one.span.start);
        let denied = self.denied(&candidates);
        if denied.contains(&false) {
            let mut denied = denied.into_iter();
            candidates.retain(|_| denied.next() == Some(false));
        }
        let replaces = |turn: &&Turn| {
            let behind = |(at, one): (usize, &&Candidate)| {
                (turn.place.end..=turn.reach).contains(&one.span.start)
                    && (turn.sure
                        || self.is_all(one)
                        || self.is_paired(one, candidates.get(at + 1)))
            };
            candidates.iter().any(|one| one.span.end <= turn.place.start)
                && candidates.iter().enumerate().any(behind)
        };
        if let Some(turn) = self.turns.iter().rev().find(replaces) {
            let replaced = candidates.iter().filter(|one| one.span.start < turn.place.end).count();
            let extra = candidates.len().saturating_sub(slots);
            let many = if slots == 1 { replaced } else { extra };
            let kept = replaced - replaced.min(many);
            candidates.drain(kept..replaced);
        }
        candidates
    }

    /// Which of the candidates, in the order of the text, are denied.
    fn denied(&self, candidates: &[&Candidate]) -> Vec<bool> {
        let mut denied: Vec<bool> = Vec::with_capacity(candidates.len());
        let mut before: Option<usize> = None;
        for one in candidates {
            let begins = |place: &Range<usize>| (place.start..=place.end).contains(&one.span.start);
            let ends = |end: &usize| {
                self.text.get(one.span.end..*end).is_some_and(|rest| rest.trim().is_empty())
            };
            let shares = denied.last() == Some(&true)
                && self.ors.iter().any(|or| {
                    let near = before.and_then(|end| self.text.get(end..or.start));
                    begins(or) && near.is_some_and(|said| !said.trim().contains(' '))
                });
            denied
                .push(self.denials.iter().any(begins) || self.refusals.iter().any(ends) || shares);
            before = Some(one.span.end);
        }
        denied
    }

    /// Whether the value goes on with another: "the 4th to the 6th".
    fn is_paired(&self, one: &Candidate, next: Option<&&Candidate>) -> bool {
        next.and_then(|next| self.text.get(one.span.end..next.span.start))
            .is_some_and(|between| between.split_whitespace().count() <= 2)
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
            || item.is(Word::On)
            || item.is(Word::OnDay)
            || item.is(Word::Can)
            || matches!(&*item.folded, "," | "to" | "it's" | "its")
    };
    let value = scan.items.iter().skip(word + 1).find(|item| !is_link(item));
    value.map_or(scan.text.len(), |item| item.span.start)
}

/// "sorry", "hang on", and a "no" between commas.
fn is_second_thought(scan: &Scan<'_>, at: usize, item: &Item<'_>) -> bool {
    let before = at.checked_sub(1).is_some_and(|before| is_comma(scan, before));
    let is_no = item.is(Word::No) && is_comma(scan, at + 1) && before;
    item.is(Word::Rather) || item.is(Word::Pause) || is_no
}

fn is_comma(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_some_and(|item| item.class == Class::Mark && matches!(item.text, "," | "-"))
}

/// "weder Montag noch Dienstag"
fn is_nor(scan: &Scan<'_>, at: usize) -> bool {
    scan.is(at, Word::Nor) && (0..at).any(|before| scan.is(before, Word::Not))
}

/// Whether a "no" that is a "not" too begins what is said: of "hoy no mañana" it is not known which is meant.
fn begins(scan: &Scan<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| scan.at(before));
    before.is_none_or(|item| {
        let is_value = item.senses.iter().any(|sense| {
            matches!(sense, Sense::Day(_) | Sense::Weekday(_) | Sense::Month(_) | Sense::Unit(_))
        });
        item.class != Class::Digits && item.number.is_none() && !is_value
    })
}

/// "to" behind a change from something.
fn leads_to(item: &Item<'_>) -> bool {
    matches!(&*item.folded, "to" | "para" | "pour" | "auf" | "a")
}

fn comes_from(item: &Item<'_>) -> bool {
    matches!(&*item.folded, "from" | "de" | "von")
        || item.is(Word::Change) && item.text.ends_with("from")
}
