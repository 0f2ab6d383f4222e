//! Days: "tomorrow", "next Friday", "the 20th", `20/12`, "December 1st", "in two weeks", relative to a given moment.
//! A day that no calendar has, such as 31 February, is read as such, so that its digits are nobody else's.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::Moment;
use super::lexicon::{Sense, Unit, Word, is_month_first};
use super::number::{amount_or_article, whole};
use super::resolve::{Candidate, Reading};
use super::scan::{Class, Item, Scan};

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

struct Reader<'a, 't> {
    scan: &'a Scan<'t>,
    today: Date,
    language: &'a str,
}

/// A day (none if the calendar has no such day), and the index of the item behind it.
type Read = Option<(Option<Date>, usize)>;

impl Reader<'_, '_> {
    fn read(&self, at: usize) -> Read {
        self.numeric(at)
            .or_else(|| self.relative(at))
            .or_else(|| self.weekday(at))
            .or_else(|| self.month_first(at))
            .or_else(|| self.day_first(at))
            .or_else(|| self.distance(at))
    }

    /// `2026-12-01`, `20/12`, `20.12.2026`.
    fn numeric(&self, at: usize) -> Read {
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
        let known = mark == "/" || (third.is_some() && matches!(mark, "-" | "."));
        if !known {
            return None;
        }
        let Some(third) = third else {
            if first.text == "24" && second.text == "7" {
                return Some((None, at + 3));
            }
            let (day, month) = self.day_and_month(first.digits(2)?, second.digits(2)?);
            return Some((self.coming(day, month), at + 3));
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
        let item = self.scan.at(at)?;
        let days = item.senses.iter().find_map(|sense| match sense {
            Sense::Day(days) => Some(*days),
            _ => None,
        });
        if let Some(days) = days {
            return Some((self.today.checked_add(days.days()).ok(), at + 1));
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
        let date = match named.unit()? {
            Unit::Day => self.today.checked_add(1.day()).ok(),
            Unit::Week => self.today.checked_add(1.week()).ok(),
            Unit::Month => self.today.checked_add(1.month()).ok(),
            Unit::Year => self.today.checked_add(1.year()).ok(),
            Unit::Second | Unit::Minute | Unit::Hour => return None,
        };
        Some((date, at + 2))
    }

    /// "Friday", "next Friday", "this Saturday", "Friday, 27 November".
    fn weekday(&self, at: usize) -> Read {
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
        let exact = self
            .month_first(next)
            .or_else(|| self.day_first(next))
            .or_else(|| self.numeric(next))
            .or_else(|| self.bare_ordinal(next));
        if let Some(exact) = exact {
            return Some(exact);
        }
        let date = if coming {
            self.in_week(weekday, true)
        } else {
            let ahead = self.today.weekday().until(weekday);
            self.today.checked_add(i64::from(ahead).days()).ok()
        };
        Some((date, named + 1))
    }

    /// "we sat in the sun": short forms that are other words need a capital, or to stand alone or before a day.
    fn is_other_word(&self, at: usize) -> bool {
        self.scan.at(at).is_some_and(|item| matches!(item.text, "sat" | "sun"))
            && !self.scan.at(at + 1).is_none_or(|item| {
                item.class != Class::Word || month(item).is_some() || item.is(Word::At)
            })
    }

    /// A weekday of this week or, for "next", of the one that begins on the Monday to come.
    fn in_week(&self, weekday: Weekday, coming: bool) -> Option<Date> {
        let ahead = i64::from(weekday.to_monday_zero_offset())
            - i64::from(self.today.weekday().to_monday_zero_offset());
        self.today.checked_add((ahead + if coming { 7 } else { 0 }).days()).ok()
    }

    /// "December 1st, 2026", "Dec 1".
    fn month_first(&self, at: usize) -> Read {
        let month = self.scan.at(at).and_then(month)?;
        let mut day = at + 1;
        if self.scan.is_glued_mark(day, ".") {
            day += 1;
        }
        let day = self.scan.skip(day, Word::The);
        let (number, next) = self.day_number(day)?;
        let item = self.scan.at(day)?;
        // "7pm" and "4 people" behind a month's name are no days of it.
        let other = [Word::Am, Word::Pm, Word::Person, Word::HourMark, Word::Oclock];
        if other.iter().any(|word| self.scan.is(next, *word))
            || (item.class == Class::Digits && self.scan.is_glued_mark(next, ":"))
        {
            return None;
        }
        Some(self.with_year(i16::from(number), month, next))
    }

    /// "1 Dec", "the 20th of December 2026", "the 20th".
    fn day_first(&self, at: usize) -> Read {
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
            let behind =
                if self.scan.is_glued_mark(named + 1, ".") { named + 2 } else { named + 1 };
            return Some(self.with_year(i16::from(day), month, behind));
        }
        self.bare_ordinal(at)
    }

    /// "the 20th": the next such day. In words only behind "the", and never "the first" or "the second", which choose.
    fn bare_ordinal(&self, at: usize) -> Read {
        let start = self.scan.skip(at, Word::The);
        let item = self.scan.at(start)?;
        let (day, next) = self.day_number(start)?;
        let ordinal = match item.class {
            Class::Digits => next > start + 1 || (start > at && self.is_day_word(at)),
            Class::Word => {
                start > at && day > 3 && item.number.is_some_and(|number| number.ordinal)
            }
            Class::Mark => false,
        };
        ordinal.then(|| (next_day_of_month(self.today, day), next))
    }

    /// Where "the" is the word for day itself: "dia 20".
    fn is_day_word(&self, at: usize) -> bool {
        self.scan
            .at(at)
            .is_some_and(|item| item.folded.contains("dia") || item.text.contains("dia"))
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

fn weekday(item: &Item<'_>) -> Option<Weekday> {
    item.senses.iter().find_map(|sense| match sense {
        Sense::Weekday(day) => Weekday::from_monday_one_offset(*day).ok(),
        _ => None,
    })
}

fn month(item: &Item<'_>) -> Option<i8> {
    item.senses.iter().find_map(|sense| match sense {
        Sense::Month(month) => Some(*month),
        _ => None,
    })
}
