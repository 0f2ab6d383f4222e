//! Numbers that are times only because one is wanted: "7", "seven", `1930`, `6.15`.

use std::ops::Range;

use super::Moment;
use super::lexicon::Word;
use super::party::is_for;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Scan};
use super::time::Reader;

/// `6.15`, for where no fraction and no money is wanted.
pub(super) fn dotted(scan: &Scan<'_>, days: &[Candidate], moment: &Moment) -> Vec<Candidate> {
    let reader = Reader::new(scan, days, moment);
    (0..scan.items.len())
        .filter_map(|at| {
            let (reading, next) = reader.dotted(at)?;
            let span = scan.span(at, next);
            Some(Candidate { reading, span, confidence: 0.7, weak: false })
        })
        .collect()
}

/// Words before a number with a point that is no time.
const PRICED: [&str; 14] = [
    "version", "v", "costs", "cost", "paid", "pay", "price", "is", "was", "kostet", "custa",
    "cuesta", "coute", "release",
];

impl Reader<'_, '_> {
    /// Bare hours, which are times only where a time is asked for.
    pub(super) fn bare(&self, found: &[Candidate], days: &[Candidate]) -> Vec<Candidate> {
        let free = |span: &Range<usize>| {
            found
                .iter()
                .chain(days)
                .all(|other| other.span.end <= span.start || span.end <= other.span.start)
        };
        let mut weak = Vec::new();
        for at in 0..self.scan.items.len() {
            // "ten to seven"
            if let Some((reading, next)) = self.fraction_asked(at, true) {
                let span = self.scan.span(at, next);
                if free(&span) {
                    return vec![Candidate { reading, span, confidence: 0.7, weak: true }];
                }
            }
            let Some((reading, next)) = self.bare_time(at) else { continue };
            let span = self.scan.span(at, next);
            if self.is_free(next) && weak.len() < 4 && free(&span) {
                weak.push(Candidate { reading, span, confidence: 0.6, weak: true });
            }
        }
        weak.extend(self.now());
        weak
    }

    /// "now", "right now" as an answer; in a sentence it is said of anything.
    fn now(&self) -> Option<Candidate> {
        let now = self.scan.items.iter().find(|item| item.is(Word::Now))?;
        (self.scan.items.len() <= 2).then(|| Candidate {
            reading: Reading::Instant(self.day.now),
            span: now.span.clone(),
            confidence: 0.8,
            weak: true,
        })
    }

    /// `7`, "seven", `1930`, "oito e vinte", "20 horas".
    fn bare_time(&self, at: usize) -> Option<(Reading, usize)> {
        let four =
            self.scan.at(at).filter(|item| item.text.len() >= 3).and_then(|item| item.digits(4));
        if let Some(number) = four.filter(|number| number / 100 < 24 && number % 100 < 60) {
            return Some(self.four_digits(at, number));
        }
        // the minutes of "6.15"
        let before = at.checked_sub(1).and_then(|before| self.scan.at(before));
        let is_part =
            self.scan.at(at)?.glued && before.is_some_and(|item| item.class == Class::Mark);
        let is_one = self.scan.is(at, Word::OneOclock);
        let (hour, next) =
            if is_one { (1, at + 1) } else { self.small(at).filter(|_| !is_part)? };
        if hour > 24 || self.scan.is_before(at, Word::Party) {
            return None;
        }
        let opens = before.is_none_or(|item| {
            let others = [Word::In, Word::More];
            item.class == Class::Mark
                || (!item.senses.is_empty()
                    && !is_for(&item.folded)
                    && !others.iter().any(|word| item.is(*word)))
        });
        let marked = opens && self.scan.is(next, Word::HourMark);
        let whole = self.scan.items.len() == 1;
        if is_one && !marked && !whole {
            return None;
        }
        let tail = self.tail(hour, next).filter(|_| opens);
        let (hour, minute, next) = tail.unwrap_or((hour, 0, if marked { next + 1 } else { next }));
        Some(self.reading(hour, minute, next))
    }

    fn dotted(&self, at: usize) -> Option<(Reading, usize)> {
        let hour = self.scan.at(at).filter(|item| !item.glued || at == 0)?.digits(2)?;
        let minute =
            self.scan.glued_digits(at + 2).filter(|item| item.text.len() == 2)?.digits(2)?;
        let before = at.checked_sub(1).and_then(|before| self.scan.at(before));
        // "section 8.20": what no table knows has numbers of its own.
        let compared = before.is_some_and(|item| {
            let is_thing = item.class == Class::Word && item.senses.is_empty();
            item.is(Word::Than) || PRICED.contains(&&*item.folded) || is_thing
        });
        let is_time = self.scan.is_glued_mark(at + 1, ".") && hour < 24 && minute % 5 == 0;
        if !is_time || minute > 59 || compared || !self.is_free(at + 3) {
            return None;
        }
        Some(self.reading(hour, minute, at + 3))
    }
}
