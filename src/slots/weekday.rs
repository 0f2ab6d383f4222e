//! Days by their place in a week: "Friday", "next Friday", "vendredi prochain", "the last Sunday of this month".

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::date::{Read, Reader, month};
use super::lexicon::{Sense, Unit, Word};
use super::scan::{Class, Item};

impl Reader<'_, '_> {
    /// "Friday", "next Friday", "this Saturday", "Friday, 27 November".
    pub(super) fn weekday(&self, at: usize) -> Read {
        let coming = self.scan.is(at, Word::Next);
        let named = if coming || self.scan.is(at, Word::This) { at + 1 } else { at };
        let weekday = self.scan.at(named).and_then(weekday)?;
        if named == at && self.is_other_word(at) {
            return None;
        }
        let mut next = named + 1;
        while self.scan.at(next).is_some_and(|item| matches!(item.text, "," | ".")) {
            next += 1;
        }
        // "Thursday, on the 30th"
        let next = if next > named + 1 && self.scan.at(next).is_some_and(|i| i.folded == "on") {
            next + 1
        } else {
            next
        };
        let exact = self
            .month_first(next)
            .or_else(|| self.day_first(next))
            .or_else(|| self.numeric(next))
            .or_else(|| self.bare_ordinal(next));
        if let Some(exact) = exact {
            return Some(exact);
        }
        // "vendredi prochain", "sexta que vem"
        let behind = named + 1;
        let later = !coming
            && self.scan.is(behind, Word::Next)
            && self.scan.at(behind + 1).and_then(Item::unit).is_none();
        let date = if coming || later {
            self.in_week(weekday, true)
        } else {
            let ahead = self.today.weekday().until(weekday);
            self.today.checked_add(i64::from(ahead).days()).ok()
        };
        Some((date, if later { behind + 1 } else { behind }))
    }

    /// "we sat in the sun": short forms that are other words need a capital, or to stand alone or before a day.
    fn is_other_word(&self, at: usize) -> bool {
        self.scan.at(at).is_some_and(|item| matches!(item.text, "sat" | "sun"))
            && !self.scan.at(at + 1).is_none_or(|item| {
                item.class != Class::Word || month(item).is_some() || item.is(Word::At)
            })
    }

    /// A weekday of this week or, for "next", of the one that begins on the Monday to come.
    pub(super) fn in_week(&self, weekday: Weekday, coming: bool) -> Option<Date> {
        let ahead = i64::from(weekday.to_monday_zero_offset())
            - i64::from(self.today.weekday().to_monday_zero_offset());
        self.today.checked_add((ahead + if coming { 7 } else { 0 }).days()).ok()
    }

    /// "the first Monday of September", "the last Sunday of this month".
    pub(super) fn counted_weekday(&self, at: usize) -> Read {
        let counted = self.scan.skip(at, Word::The);
        let item = self.scan.at(counted)?;
        let place = item.senses.iter().find_map(|sense| match sense {
            Sense::Place(place) => i8::try_from(*place).ok(),
            _ => None,
        });
        let spoken = || item.number.filter(|number| number.ordinal)?.value.to_string().parse().ok();
        let marked = self.scan.is(counted + 1, Word::OrdinalMark);
        let digits = || item.digits(1).filter(|_| marked).and_then(|day| i8::try_from(day).ok());
        let place = place.or_else(spoken).or_else(digits)?;
        let named = if item.class == Class::Digits { counted + 2 } else { counted + 1 };
        let weekday = self.scan.at(named).and_then(weekday)?;
        let of = self.scan.skip(named + 1, Word::Of);
        let (first, next) = self.first_of_month(of)?;
        let day = first.nth_weekday_of_month(place, weekday).ok();
        // A month that is over means the next year's.
        let day = match day {
            Some(day) if day < self.today && self.scan.at(of).and_then(month).is_some() => {
                let later = first.checked_add(1.year()).ok();
                later.and_then(|first| first.nth_weekday_of_month(place, weekday).ok())
            }
            other => other,
        };
        Some((day, next))
    }

    /// The first day of a month that is named, or of "this month" and "next month".
    fn first_of_month(&self, at: usize) -> Option<(Date, usize)> {
        if let Some(month) = self.scan.at(at).and_then(month) {
            return Some((Date::new(self.today.year(), month, 1).ok()?, at + 1));
        }
        let coming = self.scan.is(at, Word::Next);
        let is_unit = self.scan.at(at + 1).and_then(Item::unit) == Some(Unit::Month);
        if !is_unit || !(coming || self.scan.is(at, Word::This)) {
            return None;
        }
        let first = self.today.first_of_month();
        Some((if coming { first.checked_add(1.month()).ok()? } else { first }, at + 2))
    }
}

/// The day of the week that a word names.
pub(super) fn weekday(item: &Item<'_>) -> Option<Weekday> {
    item.senses.iter().find_map(|sense| match sense {
        Sense::Weekday(day) => Weekday::from_monday_one_offset(*day).ok(),
        _ => None,
    })
}
