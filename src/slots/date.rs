//! Days: "tomorrow", "next Friday", "the 20th", `20/12`, "December 1st", "in two weeks", relative to a given moment.
//! A day that no calendar has, such as 31 February, is read as such, so that its digits are nobody else's.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::Moment;
use super::lexicon::{Sense, Unit, Word, is_month_first};
use super::number::{amount_or_article, whole};
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};
use super::weekday::weekday;

/// Every day of the text.
pub(super) fn candidates(scan: &Scan<'_>, moment: &Moment) -> Vec<Candidate> {
    let reader = Reader { scan, today: moment.now.date(), language: &moment.language };
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some((day, next)) = reader.read(at) else {
            at += 1;
            continue;
        };
        found.push(Candidate {
            reading: day.map_or(Reading::Nothing, Reading::Date),
            // "the" is said with the day and is no part of it.
            span: scan.span(scan.skip(at, Word::The), next),
            confidence: 0.95,
            weak: false,
        });
        at = next.max(at + 1);
    }
    found
}

/// Bare numbers as days of a month, for where nothing else than a day is asked for.
pub(super) fn bare(scan: &Scan<'_>, moment: &Moment) -> Vec<Candidate> {
    let day =
        |item: &Item<'_>| next_day_of_month(moment.now.date(), i8::try_from(item.digits(2)?).ok()?);
    scan.items
        .iter()
        .filter_map(|item| Some((item, day(item)?)))
        .map(|(item, day)| Candidate {
            reading: Reading::Date(day),
            span: item.span.clone(),
            confidence: 0.6,
            weak: true,
        })
        .collect()
}

/// The next such day of a month, today included.
pub(super) fn next_day_of_month(today: Date, day: i8) -> Option<Date> {
    let first = today.first_of_month();
    (0..12)
        .filter_map(|months| first.checked_add(months.months()).ok())
        .filter_map(|month| Date::new(month.year(), month.month(), day).ok())
        .find(|date| *date >= today)
}

pub(super) struct Reader<'a, 't> {
    pub(super) scan: &'a Scan<'t>,
    pub(super) today: Date,
    language: &'a str,
}

/// A day (none if the calendar has no such day), and the index of the item behind it.
pub(super) type Read = Option<(Option<Date>, usize)>;

impl Reader<'_, '_> {
    fn read(&self, at: usize) -> Read {
        let (day, next) = self
            .numeric(at)
            .or_else(|| self.relative(at))
            .or_else(|| self.counted_weekday(at))
            .or_else(|| self.weekday(at))
            .or_else(|| self.month_first(at))
            .or_else(|| self.day_first(at))
            .or_else(|| self.distance(at))?;
        // "December 19th, Wednesday"
        let behind = if self.scan.is_glued_mark(next, ",") { next + 1 } else { next };
        let is_named = self.scan.at(at).and_then(weekday).is_some();
        let named = self.scan.at(behind).and_then(weekday).filter(|_| !is_named);
        let agrees = day.zip(named).is_some_and(|(day, named)| day.weekday() == named);
        Some((day, if agrees { behind + 1 } else { next }))
    }

    /// `2026-12-01`, `20/12`, `20.12.2026`.
    pub(super) fn numeric(&self, at: usize) -> Read {
        let first = self.scan.at(at).filter(|item| item.class == Class::Digits)?;
        let before = at.checked_sub(1).and_then(|before| self.scan.at(before));
        if first.glued && before.is_some_and(|item| matches!(item.text, "/" | "-" | "." | ":")) {
            return None;
        }
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
                return Some((None, at + 3));
            }
            let (day, month) = self.day_and_month(first.digits(2)?, second.digits(2)?);
            return Some((self.coming(day, month), if pointed { at + 4 } else { at + 3 }));
        };
        let date = if first.text.len() == 4 {
            date(first.digits(4)?, second.digits(2)?, third.digits(2)?)
        } else {
            let (day, month) = self.day_and_month(first.digits(2)?, second.digits(2)?);
            date(full_year(third)?, month, day)
        };
        Some((date, at + 5))
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

    /// "tomorrow", "next week", "this weekend".
    fn relative(&self, at: usize) -> Read {
        let at = self.scan.skip(at, Word::The);
        let item = self.scan.at(at)?;
        let days = item.senses.iter().find_map(|sense| match sense {
            Sense::Day(days) => Some(*days),
            _ => None,
        });
        if let Some(days) = days {
            return Some((self.today.checked_add(days.days()).ok(), at + 1));
        }
        // "la semaine prochaine", "semana que vem"
        if let Some(unit) = item.unit().filter(|_| self.scan.is(at + 1, Word::Next)) {
            return Some((Some(self.later(unit)?), at + 2));
        }
        let coming = item.is(Word::Next);
        if !coming && !item.is(Word::This) {
            return None;
        }
        let named = self.scan.at(at + 1)?;
        if named.is(Word::Weekend) {
            return Some((self.in_week(Weekday::Saturday, coming), at + 2));
        }
        if !coming {
            return None;
        }
        Some((Some(self.later(named.unit()?)?), at + 2))
    }

    /// One such length from today; none for what is shorter than a day.
    fn later(&self, unit: Unit) -> Option<Date> {
        let length = match unit {
            Unit::Day => 1.day(),
            Unit::Week => 1.week(),
            Unit::Month => 1.month(),
            Unit::Year => 1.year(),
            Unit::Second | Unit::Minute | Unit::Hour => return None,
        };
        self.today.checked_add(length).ok()
    }

    /// "December 1st, 2026", "Dec 1".
    pub(super) fn month_first(&self, at: usize) -> Read {
        let month = self.scan.at(at).and_then(month)?;
        let mut day = at + 1;
        if self.scan.is_glued_mark(day, ".") {
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
        Some(self.with_year(i16::from(number), month, next))
    }

    /// "1 Dec", "the 20th of December 2026", "the 20th".
    pub(super) fn day_first(&self, at: usize) -> Read {
        let start = self.scan.skip(at, Word::The);
        let (day, next) = self.day_number(start)?;
        let named = self.scan.skip(next, Word::Of);
        let named = if self.scan.at(named).is_some_and(|item| matches!(item.text, "-" | "/" | ","))
        {
            named + 1
        } else {
            named
        };
        if let Some(month) = self.scan.at(named).and_then(month) {
            // The point of "Dec. 2026" belongs to the month; that of a sentence does not.
            let year = self.scan.at(named + 2).and_then(|item| item.digits(4));
            let short = self.scan.is_glued_mark(named + 1, ".") && year.is_some();
            let behind = if short { named + 2 } else { named + 1 };
            return Some(self.with_year(i16::from(day), month, behind));
        }
        self.bare_ordinal(at)
    }

    /// "the 20th": the next such day. In words only behind "the", and never "the first" or "the second", which choose.
    pub(super) fn bare_ordinal(&self, at: usize) -> Read {
        let named = self.scan.is(at, Word::OnDay);
        let start = if named { at + 1 } else { self.scan.skip(at, Word::The) };
        let item = self.scan.at(start)?;
        let (day, next) = self.day_number(start)?;
        let ordinal = match item.class {
            Class::Digits => next > start + 1 || (named && self.is_alone(next)),
            Class::Word => {
                start > at && day > 3 && item.number.is_some_and(|number| number.ordinal)
            }
            Class::Mark => false,
        };
        ordinal.then(|| (next_day_of_month(self.today, day), next))
    }

    /// Whether what stands behind a number leaves it alone: "le 20", not "le 20 heures" or "le 06 12".
    fn is_alone(&self, next: usize) -> bool {
        self.scan.at(next).is_none_or(|item| {
            let part = item.glued && !matches!(item.text, "." | "," | "?" | "!");
            let counts = item.is(Word::Person) || item.is(Word::HourMark) || item.unit().is_some();
            !part && !counts && item.class != Class::Digits
        })
    }

    /// A number of at most two digits, or in words, with its ordinal mark.
    fn day_number(&self, at: usize) -> Option<(i8, usize)> {
        let item = self.scan.at(at)?;
        if let Some(value) = item.digits(2) {
            let marked =
                self.scan.at(at + 1).is_some_and(|mark| mark.glued && mark.is(Word::OrdinalMark));
            return Some((i8::try_from(value).ok()?, if marked { at + 2 } else { at + 1 }));
        }
        let spoken = item.number?;
        let day = whole(spoken.value).filter(|day| (1..=31).contains(day))?;
        Some((i8::try_from(day).ok()?, at + 1))
    }

    fn with_year(&self, day: i16, month: i8, next: usize) -> (Option<Date>, usize) {
        let at = match self.scan.at(next) {
            Some(item) if item.text == "," || item.is(Word::Of) => next + 1,
            _ => next,
        };
        let year = self.scan.at(at).and_then(|item| item.digits(4));
        match year.filter(|year| (1900..=2200).contains(year)) {
            Some(year) => (date(year, i16::from(month), day), at + 1),
            None => (self.coming(day, i16::from(month)), next),
        }
    }

    /// The next such day; eight years reach the next 29 February.
    fn coming(&self, day: i16, month: i16) -> Option<Date> {
        (0..=8)
            .filter_map(|years| date(self.today.year() + years, month, day))
            .find(|date| *date >= self.today)
    }

    /// "in two weeks", "3 days from now".
    fn distance(&self, at: usize) -> Read {
        let announced = self.scan.is(at, Word::In);
        let (amount, unit) = amount_or_article(self.scan, if announced { at + 1 } else { at })?;
        let mut next = unit + 1;
        if !announced {
            if !self.scan.is(next, Word::FromNow) {
                return None;
            }
            next += 1;
        } else if self.scan.is(next, Word::FromNow) {
            next += 1;
        }
        let count = whole(amount).filter(|count| (0..=1000).contains(count))?;
        let span: Span = match self.scan.at(unit)?.unit()? {
            Unit::Day => count.days(),
            Unit::Week => count.weeks(),
            Unit::Month => count.months(),
            Unit::Year => count.years(),
            Unit::Second | Unit::Minute | Unit::Hour => return None,
        };
        Some((self.today.checked_add(span).ok(), next))
    }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn full_year(item: &Item<'_>) -> Option<i16> {
    match item.text.len() {
        2 => item.digits(2).map(|year| 2000 + year),
        4 => item.digits(4),
        _ => None,
    }
}

pub(super) fn month(item: &Item<'_>) -> Option<i8> {
    item.senses.iter().find_map(|sense| match sense {
        Sense::Month(month) => Some(*month),
        _ => None,
    })
}
