//! Which of several values a text stands by: "not 11pm, I meant 11am", "from 8 people to just 7", "make it 8, no wait, 7".
//! It compares places only, so it holds for values of every kind.

use std::ops::Range;

use super::lexicon::Word;
use super::reading::Candidate;
use super::scan::{Class, Item, Scan};

/// Where a text takes something back.
#[derive(Debug)]
pub(super) struct Corrections {
    /// A value that begins here is denied: "not 4 people".
    denials: Vec<Range<usize>>,
    /// What stands behind replaces what stands before: "no wait".
    turns: Vec<Range<usize>>,
    /// The value before replaces the others: "can 5 come instead".
    instead: Vec<usize>,
}

impl Corrections {
    pub(super) fn of(scan: &Scan<'_>) -> Self {
        let mut found = Self { denials: Vec::new(), turns: Vec::new(), instead: Vec::new() };
        let mut is_change = false;
        for (at, item) in scan.items.iter().enumerate() {
            if item.is(Word::Not) {
                found.denials.push(item.span.end..value_behind(scan, at));
            }
            if item.is(Word::Instead) {
                found.instead.push(item.span.start);
            }
            if is_turn(scan, at, item) || (is_change && leads_to(item)) {
                found.turns.push(item.span.clone());
            }
            is_change = is_change || item.is(Word::Change);
        }
        found
    }

    /// The candidates for one slot that are not taken back.
    pub(super) fn standing<'c>(&self, mut candidates: Vec<&'c Candidate>) -> Vec<&'c Candidate> {
        let is_denied = |one: &Candidate| {
            self.denials.iter().any(|denial| (denial.start..=denial.end).contains(&one.span.start))
        };
        candidates.retain(|one| !is_denied(one));
        let ends = |at: usize| candidates.iter().any(|one| one.span.end <= at);
        let begins = |at: usize| candidates.iter().any(|one| one.span.start >= at);
        let turn = self.turns.iter().rev().find(|turn| ends(turn.start) && begins(turn.end));
        let last = |end: usize| {
            let before =
                candidates.iter().map(|one| one.span.clone()).filter(|span| span.end <= end);
            before.max_by_key(|span| span.end)
        };
        let instead = self.instead.iter().rev().find_map(|end| last(*end));
        let from = turn.map(|turn| turn.end).max(instead.map(|span| span.start));
        if let Some(from) = from {
            candidates.retain(|one| one.span.start >= from);
        }
        candidates
    }
}

/// Where a value may begin that is denied: behind "for", "at", "the".
fn value_behind(scan: &Scan<'_>, denial: usize) -> usize {
    let is_link = |item: &Item<'_>| {
        item.is(Word::The)
            || item.is(Word::Article)
            || item.is(Word::At)
            || leads_to(item)
            || matches!(&*item.folded, "for" | "on")
    };
    let value = scan.items.iter().skip(denial + 1).find(|item| !is_link(item));
    value.map_or(scan.text.len(), |item| item.span.start)
}

/// "no wait", "I mean", "make it"; a "no" of its own between two marks.
fn is_turn(scan: &Scan<'_>, at: usize, item: &Item<'_>) -> bool {
    let is_mark = |at: usize| scan.at(at).is_some_and(|item| item.class == Class::Mark);
    let is_no = item.is(Word::No) && is_mark(at + 1) && at.checked_sub(1).is_some_and(is_mark);
    item.is(Word::Rather) || item.is(Word::Anew) || is_no
}

/// "to" behind a change.
fn leads_to(item: &Item<'_>) -> bool {
    matches!(&*item.folded, "to" | "para" | "pour" | "auf")
}
