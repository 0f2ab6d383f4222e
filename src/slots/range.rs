//! Two days that belong together: "3-5 December", "between the 3rd and the 5th", "next Friday until Sunday". What one leaves
//! out, its month or its year, the other says, and no range ends before it begins. Which slot takes which, it never says.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::date::{Read, Reader};
use super::lexicon::Word;
use super::party::is_for;
use super::scan::{Class, Item};
use super::weekday::weekday;
use super::written::Written;

/// So many days ago, a range may have begun that is not over.
const BEGUN_DAYS: i64 = 31;

/// A day, and the indices of its items.
pub(super) type Place = (Option<Date>, Range<usize>);

/// What joins two days.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Until,
    /// A mark that may join anything: "for 4 - 5 December".
    Dash,
    /// "and" behind a "between", and with ordinals "and" and "or".
    Both,
}

impl Reader<'_, '_> {
    /// Two days that share what is said once: "3-5 December", "the 3rd to the 5th of next month", "December 3-5".
    pub(super) fn range(&self, at: usize) -> Option<[Place; 2]> {
        self.before_month(at).or_else(|| self.behind_month(at))
    }

    /// "3-5 December", "Friday 4 to Sunday 6 December", "zwischen dem 3. und 5.12."
    fn before_month(&self, at: usize) -> Option<[Place; 2]> {
        let (_, begin) = self.led_by_weekday(at);
        let (first, end) = self.day_number(begin)?;
        let item = self.scan.at(begin)?;
        if item.glued && self.scan.at(begin.checked_sub(1)?)?.class != Class::Word {
            return None;
        }
        // "le 3 ou le 5 février"
        let led = |from: usize, to: usize| to > from && !self.scan.is(from, Word::On);
        let marked = self.is_ordinal(begin, end) || led(at, begin);
        let (link, behind) = self.link(at, end)?;
        let (named, second) = self.led_by_weekday(behind);
        let is_spaced = self.scan.at(behind).is_some_and(|item| !item.glued);
        let is_weak =
            link == Link::Dash || self.scan.at(end).is_some_and(|link| link.folded == "a");
        if is_weak && self.counts(at, is_spaced) {
            return None;
        }
        let (written, next) = self.with_month(second, link)?;
        let is_later = i16::from(first) < written.day;
        let is_both = link == Link::Both && !self.is_between(at) && !marked;
        if is_both || i16::from(first) == written.day || !(is_later || marked || first > 12) {
            return None;
        }
        let last = written.resolve(self.today, named)?;
        let month = if is_later {
            last.first_of_month()
        } else {
            last.first_of_month().checked_sub(1.month()).ok()?
        };
        let day = month.with().day(first).build().ok();
        let begin =
            if begin > at && self.scan.at(at).and_then(weekday).is_some() { at } else { begin };
        let second = if named.is_some() { behind } else { second };
        Some([(day, begin..end), (Some(last), second..next)])
    }

    /// A day of a month that is said, behind a link.
    fn with_month(&self, at: usize, link: Link) -> Option<(Written, usize)> {
        let slashed = self.scan.is_glued_mark(at + 1, "/");
        let numeric = self.digits(at).filter(|(written, _)| {
            // "1-2/3" may be anything.
            link != Link::Dash || !slashed || written.year.is_some()
        });
        let (written, next) = numeric.or_else(|| {
            let (written, next) = self.day_first(at)?;
            // "from 3 to 5, December 10"
            let other = self.month_first(next.checked_sub(1)?);
            other.is_none().then_some((written, next))
        })?;
        (written.is_day() && written.month.is_some()).then_some((written, next))
    }

    /// "December 3-5", "Dec 3rd to 5th".
    fn behind_month(&self, at: usize) -> Option<[Place; 2]> {
        let begin = self.led_by_weekday(at).1;
        let (first, end) = self.month_first(begin)?;
        let (link, second) = self.link(at, end)?;
        let second = self.scan.skip(second, Word::The);
        let (day, behind) = self.day_number(second)?;
        let glued = self.scan.at(second)?.glued;
        let other = [Word::Am, Word::Pm, Word::Person, Word::Counter, Word::Oclock, Word::Thing];
        if (link == Link::Dash && !glued)
            || (link == Link::Both && !self.is_ordinal(second, behind) && !self.is_between(at))
            || i16::from(day) <= first.day
            || other.iter().any(|word| self.scan.is(behind, *word))
            || !self.is_alone(behind) && self.year(behind).is_none()
            || self.day_first(second).is_some_and(|(written, _)| written.month.is_some())
        {
            return None;
        }
        let (last, next) = match (first.year, first.month) {
            (None, Some(month)) => self.with_year(day.into(), i8::try_from(month).ok()?, behind),
            _ => (Written { day: day.into(), ..first }, behind),
        };
        let last = last.resolve(self.today, None)?;
        let day = last.with().day(i8::try_from(first.day).ok()?).build().ok();
        Some([(day, begin..end), (Some(last), second..next)])
    }

    /// The day of the week that stands before a day of the month, and the index of the day behind it.
    fn led_by_weekday(&self, at: usize) -> (Option<Weekday>, usize) {
        let start = self.scan.skip(at, Word::On);
        let Some(named) = self.scan.at(start).and_then(weekday) else {
            return (None, self.behind_the(at));
        };
        let comma = self.scan.at(start + 1).is_some_and(|item| item.text == ",");
        (Some(named), self.behind_the(if comma { start + 2 } else { start + 1 }))
    }

    fn is_ordinal(&self, from: usize, to: usize) -> bool {
        to > from + 1
            || self.scan.at(from).and_then(|item| item.number).is_some_and(|number| number.ordinal)
    }

    /// Whether what stands before makes a number count something: "table for 4 - 5 December".
    fn counts(&self, at: usize, is_spaced: bool) -> bool {
        let words = [Word::At, Word::Near, Word::Party, Word::Thing, Word::Phone];
        at.checked_sub(1).and_then(|before| self.scan.at(before)).is_some_and(|item| {
            (words.iter().any(|word| item.is(*word)) && !item.is(Word::Between))
                || is_for(&item.folded)
                || (is_spaced && item.class == Class::Word && item.senses.is_empty())
        })
    }

    /// What joins two days, of which the first begins and ends there, and the index behind it.
    fn link(&self, begin: usize, end: usize) -> Option<(Link, usize)> {
        let item = self.scan.at(end)?;
        if is_dash(item) {
            return Some((Link::Dash, end + 1));
        }
        if item.is(Word::Until) {
            // "jusqu'au", "bis zum"
            return Some((Link::Until, self.scan.skip(end + 1, Word::Until)));
        }
        let named = || self.is_marked_before(end) || self.behind_the(end + 1) > end + 1;
        let and = item.is(Word::And) && (self.is_between(begin) || named());
        (and || item.is(Word::Or)).then_some((Link::Both, end + 1))
    }

    fn is_marked_before(&self, at: usize) -> bool {
        at.checked_sub(1).and_then(|last| self.scan.at(last)).is_some_and(|item| {
            item.is(Word::OrdinalMark) || item.number.is_some_and(|number| number.ordinal)
        })
    }

    fn is_between(&self, at: usize) -> bool {
        (at.saturating_sub(2)..at).any(|before| self.scan.is(before, Word::Between))
    }

    /// The days of a range that are said in full, the second read again where it would be over before the first.
    pub(super) fn ordered(
        &self,
        (first, begun): (Option<Date>, Range<usize>),
        at: usize,
        (second, next): (Option<Date>, usize),
    ) -> (Option<Date>, Option<Date>) {
        let both = (first, second);
        let (Some(begin), Some(end)) = both else { return both };
        if !self.is_range(&begun, at) {
            return both;
        }
        let open = |at| self.said(at).filter(|one| one.year.is_none() && one.month.is_some());
        let year_before = |day: Date| day.checked_sub(1.year()).ok();
        if let Some(first) = open(begun.start) {
            let year = self.said(at).and_then(|second| second.year);
            // "3 December to 5 December 2027"
            if let Some(year) = year {
                let same = first.within(None, year).resolve(self.today, None);
                return (same.filter(|day| *day <= end).or_else(|| year_before(same?)), second);
            }
            // It has begun and is not over.
            let began = year_before(begin)
                .filter(|day| *day >= self.today.saturating_sub(BEGUN_DAYS.days()) && *day <= end);
            if end < begin && began.is_some() {
                return (began, second);
            }
        }
        if end >= begin {
            return both;
        }
        let then = Reader { today: begin, ..*self };
        let again = then.weekday(at).or_else(|| then.dated_day(at));
        match again {
            Some((Some(day), behind)) if behind == next && day >= begin => (first, Some(day)),
            _ => both,
        }
    }

    /// Whether nothing but a link stands between two days.
    fn is_range(&self, first: &Range<usize>, at: usize) -> bool {
        let Some((link, mut behind)) = self.link(first.start, first.end) else { return false };
        while behind < at
            && [Word::On, Word::The, Word::OnDay].iter().any(|word| self.scan.is(behind, *word))
        {
            behind += 1;
        }
        behind == at && (link != Link::Both || self.is_between(first.start))
    }

    /// What is written there, with or without a day of the week before it.
    fn said(&self, at: usize) -> Option<Written> {
        let at = self.led_by_weekday(at).1;
        let read = self.behind_dash(at).or_else(|| self.numeric(at)).or_else(|| self.written(at));
        read.map(|(written, _)| written)
    }

    /// Of "3/12-5/12", the second.
    pub(super) fn behind_dash(&self, at: usize) -> Option<(Written, usize)> {
        let dash = at.checked_sub(1).and_then(|dash| self.scan.at(dash))?;
        is_dash(dash).then(|| self.digits(at)).flatten()
    }

    fn dated_day(&self, at: usize) -> Read {
        let (written, next) = self.numeric(at).or_else(|| self.written(at))?;
        Some((written.resolve(self.today, None), next))
    }
}

fn is_dash(item: &Item<'_>) -> bool {
    matches!(item.text, "-" | "–" | "—")
}
