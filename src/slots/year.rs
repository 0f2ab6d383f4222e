//! The year and the month that a day leaves to the words beside it: "2027", "'85", "of next year", "of the month". Which day
//! it is then, it never says.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::date::Reader;
use super::lexicon::{Unit, Word};
use super::scan::Item;
use super::written::Written;

/// A year of two digits is at most so many ahead, else of the century before; one that somebody was born in is not ahead.
const AHEAD_MAX: i16 = 20;

impl Reader<'_, '_> {
    /// The year of two or four digits that stands there.
    pub(super) fn full_year(&self, at: usize) -> Option<i16> {
        let item = self.scan.at(at)?;
        match item.text.len() {
            2 => {
                let today = self.today.year();
                let year = today - today % 100 + item.digits(2)?;
                let latest = today + if self.is_birth(at) { 0 } else { AHEAD_MAX };
                Some(if year > latest { year - 100 } else { year })
            }
            4 => item.digits(4),
            _ => None,
        }
    }

    fn is_birth(&self, at: usize) -> bool {
        (0..at).any(|before| self.scan.is(before, Word::Born))
    }

    /// "3 May 85": two digits are a year where they say so ("'85", "born 3 May 05"), or where nothing goes on with
    /// what is too much for another number.
    fn short_year(&self, next: usize) -> Option<(i16, usize)> {
        let mark = self.scan.at(next)?;
        let quoted = matches!(mark.text, "'" | "’");
        let led = quoted || mark.is(Word::Of);
        let at = if led { next + 1 } else { next };
        self.scan.at(at).filter(|item| item.text.len() == 2 && (led || !item.glued))?;
        let year = self.full_year(at)?;
        let is_last = || {
            year < self.today.year() - AHEAD_MAX
                && self.scan.at(at + 1).is_none_or(|item| {
                    matches!(item.text, "," | "." | "?" | "!" | ")")
                        && self.scan.glued_digits(at + 2).is_none()
                })
        };
        let is_year = if quoted || self.is_birth(at) || self.scan.is(at + 1, Word::Born) {
            self.is_alone(at + 1)
        } else {
            is_last()
        };
        is_year.then_some((year, at + 1))
    }

    /// The day of a month with the year that is said behind it, of two digits too.
    pub(super) fn with_any_year(&self, day: i16, month: i8, next: usize) -> (Written, usize) {
        let (written, behind) = self.with_year(day, month, next);
        match (written.year, self.short_year(next)) {
            (None, Some((year, behind))) => (Written { year: Some(year), ..written }, behind),
            _ => (written, behind),
        }
    }

    pub(super) fn with_year(&self, day: i16, month: i8, next: usize) -> (Written, usize) {
        let said = self.year(next);
        let next = said.map_or(next, |(_, behind)| behind);
        (Written { day, month: Some(i16::from(month)), year: said.map(|(year, _)| year) }, next)
    }

    /// "2026", "this year", "of next year", and what stands behind.
    pub(super) fn year(&self, next: usize) -> Option<(i16, usize)> {
        let at = match self.scan.at(next) {
            Some(item) if item.text == "," || item.is(Word::Of) => next + 1,
            _ => next,
        };
        let year = self.scan.at(at).and_then(|item| item.digits(4));
        match year.filter(|year| (1900..=2200).contains(year)) {
            Some(year) => Some((year, at + 1)),
            None => self.relative_year(at),
        }
    }

    pub(super) fn relative_year(&self, at: usize) -> Option<(i16, usize)> {
        let at = self.scan.skip(at, Word::The);
        let is_year = |at| self.scan.at(at).and_then(Item::unit) == Some(Unit::Year);
        if self.scan.is(at, Word::This) && is_year(at + 1) {
            return Some((self.today.year(), at + 2));
        }
        let coming = (self.scan.is(at, Word::Next) && is_year(at + 1))
            || (is_year(at) && self.scan.is(at + 1, Word::Next));
        coming.then(|| (self.today.year() + 1, at + 2))
    }

    /// The day that is this day of the week, in the year that is said behind it: "Tuesday the 18th 2018".
    pub(super) fn in_year(
        &self,
        weekday: Weekday,
        (written, next): (Written, usize),
    ) -> (Option<Date>, usize) {
        if written.month.is_none()
            && let Some((year, behind)) = self.year(next)
            && (year - self.today.year()).abs() <= 5
        {
            let said = Written { year: Some(year), ..written };
            if let Some(day) = said.resolve(self.today, Some(weekday)) {
                return (Some(day), behind);
            }
        }
        (written.resolve(self.today, Some(weekday)), next)
    }

    /// The first day of "this month", of "next month", and of "the month" that something is of.
    pub(super) fn relative_month(&self, from: usize) -> Option<(Date, bool, usize)> {
        let of = self.scan.skip(from, Word::Of);
        let at = self.scan.skip(of, Word::The);
        let is_month = |at| self.scan.at(at).and_then(Item::unit) == Some(Unit::Month);
        let this = self.scan.is(at, Word::This) && is_month(at + 1);
        let next = (self.scan.is(at, Word::Next) && is_month(at + 1))
            || (is_month(at) && self.scan.is(at + 1, Word::Next));
        let first = self.today.first_of_month();
        if next {
            return Some((first.checked_add(1.month()).ok()?, true, at + 2));
        }
        match (this, of > from && is_month(at)) {
            (true, _) => Some((first, true, at + 2)),
            (false, true) => Some((first, false, at + 1)),
            (false, false) => None,
        }
    }
}
