//! Days of the calendar as they are written: `20/12`, "December 1st, 2026", "the 20th", "Christmas Eve". What is left out,
//! the year or the month, follows from the day of the week beside it, else it is the next such day.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::date::{Reader, next_day_of_month};
use super::lexicon::{Sense, Word, is_month_first};
use super::number::whole;
use super::scan::{Class, Item};

/// A day so far as it is said, not yet known to be in the calendar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) day: i16,
    pub(super) month: Option<i16>,
    pub(super) year: Option<i16>,
}

impl Written {
    /// Written like a day, and none: `24/7`, "the 1st floor".
    const NOTHING: Self = Self { day: 0, month: Some(0), year: None };

    pub(super) fn of_any_month(day: i16) -> Self {
        Self { day, month: None, year: None }
    }

    pub(super) fn is_day(self) -> bool {
        self.day > 0
    }

    /// The same day in this month, if any, and in this year, if it has none of its own.
    pub(super) fn within(self, month: Option<i8>, year: i16) -> Self {
        let month = month.map(i16::from).or(self.month);
        Self { month, year: self.year.or(Some(year)), ..self }
    }

    /// The day that is meant where this is a day of the week.
    pub(super) fn resolve(self, today: Date, weekday: Option<Weekday>) -> Option<Date> {
        let fits = |day: &Date| weekday.is_none_or(|weekday| day.weekday() == weekday);
        match (self.month, self.year) {
            (Some(month), Some(year)) => date(year, month, self.day),
            (Some(month), None) => {
                let coming = coming(today, self.day, month)?;
                // "Monday, August 6" in the middle of August is over.
                let over = || {
                    date(coming.year() - 1, month, self.day)
                        .filter(|day| fits(day) && *day >= today.saturating_sub(OVER_DAYS.days()))
                };
                Some(if fits(&coming) { coming } else { over().unwrap_or(coming) })
            }
            (None, Some(year)) => (1..=12)
                .filter_map(|month| date(year, month, self.day))
                .find(|day| *day >= today && fits(day)),
            (None, None) => {
                let first = today.first_of_month();
                let near = (0..MONTHS_NEAR)
                    .filter_map(|months| first.checked_add(months.months()).ok())
                    .filter_map(|first| date(first.year(), i16::from(first.month()), self.day))
                    .find(|day| *day >= today && fits(day));
                near.or_else(|| next_day_of_month(today, i8::try_from(self.day).ok()?))
            }
        }
    }
}

/// So many days ago, a day without a year may be the one just over.
const OVER_DAYS: i64 = 60;
/// "Tuesday the 18th" is in one of so many months; else the weekday is a mistake.
const MONTHS_NEAR: i64 = 4;

/// What is written, and the index of the item behind it.
type Found = Option<(Written, usize)>;

impl Reader<'_, '_> {
    pub(super) fn written(&self, at: usize) -> Found {
        self.feast(at)
            .or_else(|| self.month_first(at))
            .or_else(|| self.numeric(self.behind_the(at)))
            .or_else(|| self.day_first(at))
            .or_else(|| self.bare_ordinal(at))
    }

    /// What leads to a day of a month is skipped: "am 5.3." is no 5th, "el 20 de agosto" no 20th.
    pub(super) fn behind_the(&self, at: usize) -> usize {
        if self.scan.is(at, Word::OnDay) { at + 1 } else { self.scan.skip(at, Word::The) }
    }

    /// "March 5", "the 5th of March".
    pub(super) fn in_a_month(&self, at: usize) -> Found {
        self.month_first(at).or_else(|| self.day_first(at))
    }

    /// `2026-12-01`, `20/12`, `20.12.2026`.
    pub(super) fn numeric(&self, at: usize) -> Found {
        let first = self.scan.at(at).filter(|item| item.class == Class::Digits)?;
        let before = at.checked_sub(1).and_then(|before| self.scan.at(before));
        if first.glued && before.is_some_and(|item| matches!(item.text, "/" | "-" | "." | ":")) {
            return None;
        }
        self.digits(at)
    }

    /// The same, whatever it is glued to.
    pub(super) fn digits(&self, at: usize) -> Found {
        let first = self.scan.at(at).filter(|item| item.class == Class::Digits)?;
        let mark = self.scan.at(at + 1).filter(|item| item.glued)?.text;
        let second = self.scan.glued_digits(at + 2)?;
        let third = (self.scan.is_glued_mark(at + 3, mark))
            .then(|| self.scan.glued_digits(at + 4))
            .flatten();
        // "20.8." needs its second point: "8.30" is a time.
        let pointed =
            mark == "." && self.scan.comma_decimals && self.scan.is_glued_mark(at + 3, ".");
        let known = mark == "/" || pointed || (third.is_some() && matches!(mark, "-" | "."));
        if !known {
            return None;
        }
        let Some(third) = third else {
            if first.text == "24" && second.text == "7" {
                return Some((Written::NOTHING, at + 3));
            }
            let (day, month) = self.day_and_month(first.digits(2)?, second.digits(2)?);
            let next = if pointed { at + 4 } else { at + 3 };
            // "9/1 this year"; four digits behind it may be a time.
            let year = self.relative_year(next);
            let next = year.map_or(next, |(_, behind)| behind);
            let year = year.map(|(year, _)| year);
            return Some((Written { day, month: Some(month), year }, next));
        };
        let (year, month, day) = if first.text.len() == 4 {
            (first.digits(4)?, second.digits(2)?, third.digits(2)?)
        } else {
            let (day, month) = self.day_and_month(first.digits(2)?, second.digits(2)?);
            (self.full_year(at + 4)?, month, day)
        };
        Some((Written { day, month: Some(month), year: Some(year) }, at + 5))
    }

    /// A number of at most 12 in both places is read as the language's region writes it.
    fn day_and_month(&self, first: i16, second: i16) -> (i16, i16) {
        let month_first = match (first <= 12, second <= 12) {
            (true, true) => is_month_first(self.language),
            (true, false) => true,
            (false, _) => false,
        };
        if month_first { (second, first) } else { (first, second) }
    }

    /// "Christmas Eve", "next New Year's Day".
    fn feast(&self, at: usize) -> Found {
        let at = self.scan.skip(at, Word::The);
        let led = self.scan.is(at, Word::Next) || self.scan.is(at, Word::This);
        let named = if led { at + 1 } else { at };
        let (month, day) = self.scan.at(named)?.senses.iter().find_map(|sense| match sense {
            Sense::Feast(month, day) => Some((*month, *day)),
            _ => None,
        })?;
        // "a Halloween costume"
        let of_thing = self.scan.at(named + 1).is_some_and(|item| {
            item.class == Class::Word && item.senses.is_empty() && !item.is_capitalised()
        });
        (!of_thing).then(|| self.with_year(i16::from(day), month, named + 1))
    }

    /// "December 1st, 2026", "Dec 1".
    pub(super) fn month_first(&self, at: usize) -> Found {
        let month = self.scan.at(at).and_then(month)?;
        let mut day = at + 1;
        let comma = self.scan.is_glued_mark(day, ",");
        if comma || self.scan.is_glued_mark(day, ".") {
            day += 1;
        }
        let day = self.scan.skip(day, Word::The);
        let (number, next) = self.day_number(day)?;
        let item = self.scan.at(day)?;
        // "7pm" and "4 people" behind a month's name are no days of it.
        let other = [Word::Am, Word::Pm, Word::Person, Word::Counter, Word::HourMark, Word::Oclock];
        if other.iter().any(|word| self.scan.is(next, *word))
            || (item.class == Class::Digits && self.scan.is_glued_mark(next, ":"))
        {
            return None;
        }
        let (written, next) = self.with_any_year(i16::from(number), month, next);
        // "in September, 8 of us"; only the year makes "Sept, 03, 2018" a day.
        (!comma || written.year.is_some()).then_some((written, next))
    }

    /// "1 Dec", "the 20th of December 2026", "the 20th of next month", "the 20th".
    pub(super) fn day_first(&self, at: usize) -> Found {
        let start = self.behind_the(at);
        let (day, next) = self.day_number(start)?;
        let of = self.scan.skip(next, Word::Of);
        let named = if self.scan.at(of).is_some_and(|item| matches!(item.text, "-" | "/" | ",")) {
            of + 1
        } else {
            of
        };
        // "for seven, Mar. eighteenth": the month's day is behind it.
        if named > of && self.scan.at(of)?.text == "," && self.month_first(named).is_some() {
            return None;
        }
        if let Some(month) = self.scan.at(named).and_then(month) {
            let behind = if self.has_point(named) { named + 2 } else { named + 1 };
            return Some(self.with_any_year(i16::from(day), month, behind));
        }
        let item = self.scan.at(start)?;
        let ordinal = next > start + 1 || item.number.is_some_and(|number| number.ordinal);
        if (ordinal || (item.class == Class::Digits && of > next))
            && let Some((first, true, behind)) = self.relative_month(next)
        {
            let (month, year) = (Some(i16::from(first.month())), Some(first.year()));
            let written = Written { day: i16::from(day), month, year };
            // What the next such day is anyway, "of this month" says nothing of.
            let is_next = written.resolve(self.today, None) == next_day_of_month(self.today, day);
            return (!is_next || first.month() != self.today.month()).then_some((written, behind));
        }
        None
    }

    /// Whether the point behind a month's name is that of a short form, as in "24 Dec.", and not of the sentence.
    fn has_point(&self, at: usize) -> bool {
        let is_short = self.scan.at(at).is_some_and(|item| {
            (item.folded.len() <= 3 && !matches!(&*item.folded, "may" | "mai"))
                || item.folded == "sept"
        });
        let is_dated = || self.scan.at(at + 2).is_some_and(|item| item.digits(4).is_some());
        self.scan.is_glued_mark(at + 1, ".") && (is_short || is_dated())
    }

    /// "the 20th": the next such day. In words only behind "the", and "the first" to "the third", which choose, only where
    /// "on the first" can choose nothing.
    pub(super) fn bare_ordinal(&self, at: usize) -> Found {
        let named = self.scan.is(at, Word::OnDay);
        let start = self.behind_the(at);
        let item = self.scan.at(start)?;
        let (day, next) = self.day_number(start)?;
        let on = || self.scan.is(at, Word::On) || self.scan.is_before(at, Word::On);
        let ordinal = match item.class {
            Class::Digits => {
                next > start + 1
                    || (named && self.is_alone(next))
                    || (self.is_asked_date(at) && self.ends(next))
            }
            Class::Word => {
                let spoken = item.number.is_some_and(|number| number.ordinal);
                let the = self.scan.is(at, Word::The);
                start > at && spoken && (day > 3 || (the && on() && self.ends(next)))
            }
            Class::Mark => false,
        };
        let day = Written::of_any_month(i16::from(day));
        let is_place = next > start + 1 && self.is_thing(next);
        ordinal.then_some((if is_place { Written::NOTHING } else { day }, next))
    }

    /// "on the 19", "change the date to the 19".
    fn is_asked_date(&self, at: usize) -> bool {
        let led = self.scan.is(at, Word::The) && at > 0;
        let asked = || {
            let linked = self.scan.is_before(at, Word::To)
                || self.scan.at(at - 1).is_some_and(|item| matches!(&*item.folded, "is" | "for"));
            linked && (0..at).any(|at| self.scan.is(at, Word::Date))
        };
        led && (self.scan.is_before(at, Word::On) || asked())
    }

    /// "on the 1st floor", "the 2nd table", "for the 3rd time"
    fn is_thing(&self, at: usize) -> bool {
        self.scan.at(at).is_some_and(|item| {
            item.is(Word::Thing)
                || matches!(&*item.folded, "floor" | "street" | "avenue" | "time" | "one")
        })
    }

    /// Whether no noun can follow: "on the first, please" is a day, "on the first floor" is none.
    fn ends(&self, next: usize) -> bool {
        self.scan.at(next).is_none_or(|item| {
            let link = matches!(&*item.folded, "please" | "for" | "bitte" | "fur" | "para" | "por");
            (item.class == Class::Mark && !item.glued)
                || matches!(item.text, "." | "," | "?" | "!")
                || item.is(Word::At)
                || link
        })
    }

    /// Whether what stands behind a number leaves it alone: "le 20", not "le 20 heures" or "le 06 12".
    pub(super) fn is_alone(&self, next: usize) -> bool {
        self.scan.at(next).is_none_or(|item| {
            let part = item.glued && !matches!(item.text, "." | "," | "?" | "!");
            !part && !self.is_counted(next) && item.class != Class::Digits
        })
    }

    /// Whether what stands there is counted by a number before it.
    pub(super) fn is_counted(&self, at: usize) -> bool {
        self.scan.at(at).is_some_and(|item| {
            item.is(Word::Percent)
                || (item.class == Class::Word && item.senses.is_empty() && item.number.is_none())
                || item.is(Word::Person)
                || item.is(Word::HourMark)
                || item.unit().is_some()
        })
    }

    /// A number of at most two digits, or in words, with its ordinal mark.
    pub(super) fn day_number(&self, at: usize) -> Option<(i8, usize)> {
        let item = self.scan.at(at)?;
        if let Some(value) = item.digits(2) {
            // "1.234" is no 1st
            let is_group = self.scan.glued_digits(at + 2).is_some_and(|next| next.text.len() == 3);
            let is_mark = |mark: &Item<'_>| mark.glued && mark.is(Word::OrdinalMark) && !is_group;
            let marked = self.scan.at(at + 1).is_some_and(is_mark);
            return Some((i8::try_from(value).ok()?, if marked { at + 2 } else { at + 1 }));
        }
        let spoken = item.number?;
        let day = whole(spoken.value).filter(|day| (1..=31).contains(day))?;
        Some((i8::try_from(day).ok()?, at + 1))
    }
}

/// The next such day; eight years reach the next 29 February.
fn coming(today: Date, day: i16, month: i16) -> Option<Date> {
    (0..=8).filter_map(|years| date(today.year() + years, month, day)).find(|date| *date >= today)
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

pub(super) fn month(item: &Item<'_>) -> Option<i8> {
    item.senses.iter().find_map(|sense| match sense {
        Sense::Month(month) => Some(*month),
        _ => None,
    })
}
