//! Days by their place in a week: "Friday", "next Friday", "vendredi prochain", "the last Sunday of this month".

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::date::{Read, Reader};
use super::lexicon::{Sense, Unit, Word};
use super::scan::{Class, Item};
use super::written::{Written, month};

impl Reader<'_, '_> {
    /// "Friday", "next Friday", "this Saturday", "Friday, 27 November", "Sunday on August 26".
    pub(super) fn weekday(&self, at: usize) -> Read {
        let coming = self.scan.is(at, Word::Next);
        let named = if coming || self.scan.is(at, Word::This) { at + 1 } else { at };
        let weekday = self.scan.at(named).and_then(weekday)?;
        if named == at && (self.is_other_word(at) || self.is_stray(at)) {
            return None;
        }
        if let Some(exact) = self.dated(weekday, named + 1) {
            return Some(exact);
        }
        let next = named + 1;
        if !coming && let Some(read) = self.placed(weekday, next) {
            return Some(read);
        }
        let date = if self.scan.is(at, Word::Coming) {
            self.after_today(weekday)
        } else if coming {
            self.in_week(weekday, true)
        } else {
            self.coming(weekday)
        };
        Some((date, next))
    }

    /// The date behind a day of the week: ", 27 November", ". the 20th", "on August 26", "the 18th 2018".
    fn dated(&self, weekday: Weekday, from: usize) -> Read {
        let mut next = from;
        while self.scan.at(next).is_some_and(|item| matches!(item.text, "," | ".")) {
            next += 1;
        }
        let written = self.written(next).or_else(|| {
            let on = self.scan.skip(next, Word::On);
            self.written(on).filter(|_| on > next)
        });
        let written = written.filter(|(written, _)| written.is_day());
        let written = written.or_else(|| self.lone_number(weekday, next))?;
        Some(self.in_year(weekday, written))
    }

    /// "viernes 27": a number that is the day of the month of one of the next such days of the week, where it counts nothing
    /// and, in English or behind a comma, is no hour of a clock with twelve.
    fn lone_number(&self, weekday: Weekday, at: usize) -> Option<(Written, usize)> {
        let item = self.scan.at(at).filter(|item| item.class == Class::Digits)?;
        let beside = !self.scan.at(at.checked_sub(1)?)?.text.ends_with(',');
        let is_small = |day: &i16| *day <= 12 && !(beside && self.scan.comma_decimals);
        let day = item.digits(2).filter(|day| !is_small(day))?;
        let next = at + 1;
        let hour = [Word::Am, Word::Pm, Word::Oclock, Word::Counter, Word::Thing, Word::Percent];
        let counts = self.scan.at(next).is_some_and(|item| {
            hour.iter().any(|word| item.is(*word))
                || item.currency().is_some()
                || (item.class == Class::Word && item.senses.is_empty())
        });
        let written = Written::of_any_month(day);
        let is_next = written.resolve(self.today, None)?.weekday() == weekday;
        (is_next && !counts && self.is_alone(next)).then_some((written, next))
    }

    /// A day of the week by what stands behind it: "vendredi prochain", "Tuesday of next week", "Friday week".
    fn placed(&self, weekday: Weekday, next: usize) -> Read {
        let of = self.scan.skip(self.scan.skip(next, Word::Of), Word::The);
        if let Some((coming, behind)) = self.week(self.scan.skip(of, Word::Own)) {
            return Some((self.in_week(weekday, coming), behind));
        }
        if self.scan.is(next, Word::Next) && self.scan.at(next + 1).and_then(Item::unit).is_none() {
            return Some((self.in_week(weekday, true), next + 1));
        }
        // "vendredi dernier"
        if self.scan.at(next).and_then(place) == Some(-1) {
            return Some((self.today.nth_weekday(-1, weekday).ok(), next + 1));
        }
        self.weekday_later(self.coming(weekday)?, next)
    }

    /// "Mon Fri, 24 Aug 2018": the day of the week that has the date is the one that is meant.
    fn is_stray(&self, at: usize) -> bool {
        let dated = |weekday| self.dated(weekday, at + 2).is_some();
        self.scan.at(at + 1).and_then(weekday).is_some_and(dated)
    }

    /// "we sat in the sun": short forms that are other words need a capital, or to stand alone or before a day, and not to
    /// have a word before them that only the other has.
    fn is_other_word(&self, at: usize) -> bool {
        let Some(item) = self.scan.at(at) else { return false };
        let before = at.checked_sub(1).and_then(|before| self.scan.at(before));
        let before = before.map_or("", |item| &*item.folded);
        let next = self.scan.at(at + 1);
        let is_dated = next.is_some_and(|item| {
            month(item).is_some()
                || (item.class == Class::Digits && !item.glued)
                || (self.joins(item) && self.scan.at(at + 2).and_then(weekday).is_some())
        });
        match &*item.folded {
            "sun" | "sat" | "mon" | "tue" | "wed" | "thu" | "fri" if before == "the" => !is_dated,
            "sun"
                if matches!(before, "full" | "no" | "any" | "be" | "more" | "some" | "direct") =>
            {
                true
            }
            "sat"
                if matches!(before, "i" | "we" | "they" | "he" | "she" | "be" | "was" | "were") =>
            {
                true
            }
            _ => {
                matches!(item.text, "sat" | "sun")
                    && !is_dated
                    && next.is_some_and(|item| item.class == Class::Word && !item.is(Word::At))
            }
        }
    }

    /// "sat or sun"
    fn joins(&self, item: &Item<'_>) -> bool {
        [Word::Or, Word::And, Word::Until].iter().any(|word| item.is(*word))
    }

    /// Today or the next such day.
    fn coming(&self, weekday: Weekday) -> Option<Date> {
        self.today.checked_add(i64::from(self.today.weekday().until(weekday)).days()).ok()
    }

    /// The next such day that is not today.
    pub(super) fn after_today(&self, weekday: Weekday) -> Option<Date> {
        self.today.nth_weekday(1, weekday).ok()
    }

    /// A weekday of this week or, for "next", of the one that begins on the Monday to come.
    pub(super) fn in_week(&self, weekday: Weekday, coming: bool) -> Option<Date> {
        let ahead = i64::from(weekday.to_monday_zero_offset())
            - i64::from(self.today.weekday().to_monday_zero_offset());
        self.today.checked_add((ahead + if coming { 7 } else { 0 }).days()).ok()
    }

    /// "the first Monday of September", "the last Sunday of this month", "the last day of March".
    pub(super) fn counted(&self, at: usize) -> Read {
        let counted = self.scan.skip(at, Word::The);
        let item = self.scan.at(counted)?;
        if item.is(Word::MonthEnd) {
            return Some((Some(self.today.last_of_month()), counted + 1));
        }
        if item.is(Word::End) {
            return self.month_end(counted + 1);
        }
        let spoken = || item.number.filter(|number| number.ordinal)?.value.to_string().parse().ok();
        let marked = self.scan.is(counted + 1, Word::OrdinalMark);
        let digits = || item.digits(2).filter(|_| marked).and_then(|day| i8::try_from(day).ok());
        let place = place(item).or_else(spoken).or_else(digits)?;
        let named = if item.class == Class::Digits { counted + 2 } else { counted + 1 };
        let what = self.scan.at(named)?;
        let weekday = weekday(what);
        if weekday.is_none() && what.unit() != Some(Unit::Day) {
            return None;
        }
        let Some((first, open, next)) = self.month_behind(named + 1) else {
            // "last Friday"
            let over = weekday.filter(|_| place == -1)?;
            return Some((self.today.nth_weekday(-1, over).ok(), named + 1));
        };
        let day = |first: Date| match weekday {
            Some(weekday) => first.nth_weekday_of_month(place, weekday).ok(),
            None if place == -1 => Some(first.last_of_month()),
            None => first.with().day(place).build().ok(),
        };
        // A month that is over means the next year's, and a day of "the month" that is over the next month's.
        match day(first) {
            Some(read) if read < self.today && open.is_some() => {
                let later = open.and_then(|more| first.checked_add(more).ok());
                Some((later.and_then(day), next))
            }
            read => Some((read, next)),
        }
    }

    /// "end of the month", "Ende Dezember"
    fn month_end(&self, from: usize) -> Read {
        let (first, open, next) = self.month_behind(from)?;
        let last = first.last_of_month();
        let over = open
            .filter(|_| last < self.today)
            .map_or(Some(first), |span| first.checked_add(span).ok());
        Some((over.map(Date::last_of_month), next))
    }

    /// The first day of the month behind: "of September", "in September next year", "of this month". Where it is left open which,
    /// how much later the next such month is; and the index behind.
    fn month_behind(&self, from: usize) -> Option<(Date, Option<Span>, usize)> {
        let of = self.scan.skip(from, Word::Of);
        let of = if of == from { self.scan.skip(from, Word::In) } else { of };
        let Some(month) = self.scan.at(of).and_then(month) else {
            let (first, is_said, next) = self.relative_month(from)?;
            return Some((first, (!is_said).then(|| 1.month()), next));
        };
        let (year, next) = match self.year(of + 1) {
            Some((year, next)) => (Some(year), next),
            None => (None, of + 1),
        };
        let first = Date::new(year.unwrap_or_else(|| self.today.year()), month, 1).ok()?;
        Some((first, year.is_none().then(|| 1.year()), next))
    }
}

/// The day of the week that a word names.
pub(super) fn weekday(item: &Item<'_>) -> Option<Weekday> {
    item.senses.iter().find_map(|sense| match sense {
        Sense::Weekday(day) => Weekday::from_monday_one_offset(*day).ok(),
        _ => None,
    })
}

/// The place in a row that a word names; -1 is the last.
fn place(item: &Item<'_>) -> Option<i8> {
    item.senses.iter().find_map(|sense| match sense {
        Sense::Place(place) => i8::try_from(*place).ok(),
        _ => None,
    })
}
