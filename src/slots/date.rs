//! Days: "tomorrow", "next Friday", "the 20th", `20/12`, "December 1st", "in two weeks", relative to a given moment.
//! A day that no calendar has, such as 31 February, is read as such, so that its digits are nobody else's.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Moment;
use super::lexicon::{Sense, Word};
use super::range::Place;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};
use super::weekday::weekday;
use super::written::Written;

/// Every day of the text. Where a length is wanted, "3 days from Monday" is one, and Monday a day.
pub(super) fn candidates(
    scan: &Scan<'_>,
    moment: &Moment,
    is_length_wanted: bool,
) -> Vec<Candidate> {
    let today = moment.now.date();
    let reader = Reader { scan, today, language: &moment.language, is_length_wanted };
    let days = reader.days().into_iter().map(|(day, place)| Candidate {
        reading: day.map_or(Reading::Nothing, Reading::Date),
        // "the" is said with the day and is no part of it.
        span: scan.span(scan.skip(place.start, Word::The), place.end),
        confidence: 0.95,
        weak: false,
    });
    days.collect()
}

/// Bare numbers as days of a month, for where nothing else than a day is asked for.
pub(super) fn bare(scan: &Scan<'_>, moment: &Moment) -> Vec<Candidate> {
    let reader = Reader {
        scan,
        today: moment.now.date(),
        language: &moment.language,
        is_length_wanted: false,
    };
    let day =
        |item: &Item<'_>| next_day_of_month(reader.today, i8::try_from(item.digits(2)?).ok()?);
    scan.items
        .iter()
        .enumerate()
        // "for 2 nights"
        .filter(|(at, _)| !reader.is_counted(at + 1))
        .filter_map(|(_, item)| Some((item, day(item)?)))
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
    pub(super) language: &'a str,
    pub(super) is_length_wanted: bool,
}

/// A day (none if the calendar has no such day), and the index of the item behind it.
pub(super) type Read = Option<(Option<Date>, usize)>;

impl Reader<'_, '_> {
    fn days(&self) -> Vec<Place> {
        let mut found: Vec<Place> = Vec::new();
        let mut at = 0;
        while at < self.scan.items.len() {
            if let Some(range) =
                self.scan.at(at).filter(|item| begins(item)).and_then(|_| self.range(at))
            {
                let [_, (_, last)] = &range;
                at = last.end;
                found.extend(range);
                continue;
            }
            let last = found.pop();
            let said = last.as_ref().and_then(|(day, _)| *day);
            let dashed = last.as_ref().is_some_and(|(_, place)| place.end + 1 == at);
            let again = self.behind_dash(at).filter(|_| dashed);
            let read = again.map(|written| self.with_weekday(written));
            let read = read.or_else(|| self.beside_said(said, at)).or_else(|| self.read(at));
            let read = read.or_else(|| self.beside_link(said, at));
            let next = read.map_or(at + 1, |(_, next)| next.max(at + 1));
            match (last, read) {
                (Some((day, place)), Some(read)) => {
                    let (first, second) = self.ordered((day, place.clone()), at, read);
                    found.extend([(first, place), (second, at..next)]);
                }
                (last, read) => {
                    found.extend(last);
                    found.extend(read.map(|(day, _)| (day, at..next)));
                }
            }
            at = next;
        }
        found
    }

    fn read(&self, at: usize) -> Read {
        self.scan.at(at).filter(|item| begins(item))?;
        self.numeric(at)
            .map(|written| self.with_weekday(written))
            .or_else(|| self.plain(at))
            .or_else(|| self.distance(at))
    }

    /// A day that is not counted from another.
    pub(super) fn plain(&self, at: usize) -> Read {
        self.relative(at)
            .or_else(|| self.counted(at))
            .or_else(|| self.weekday(at))
            .or_else(|| Some(self.with_weekday(self.written(at)?)))
    }

    /// "December 19th, Wednesday", "Aug 26, on Sunday": a day of the week that agrees belongs to the day.
    fn with_weekday(&self, (written, next): (Written, usize)) -> (Option<Date>, usize) {
        let comma = self.scan.at(next).is_some_and(|item| item.text == ",");
        let behind = self.scan.skip(if comma { next + 1 } else { next }, Word::On);
        if let Some(named) = self.scan.at(behind).and_then(weekday) {
            let day = written.resolve(self.today, Some(named));
            if day.is_some_and(|day| day.weekday() == named) {
                return (day, behind + 1);
            }
        }
        (written.resolve(self.today, None), next)
    }
}

/// Whether a day can begin with this.
fn begins(item: &Item<'_>) -> bool {
    let words =
        [Word::Next, Word::This, Word::The, Word::OnDay, Word::In, Word::Article, Word::More];
    let words = words.into_iter().chain([Word::End, Word::MonthEnd, Word::Since]);
    item.class == Class::Digits
        || item.number.is_some()
        || item.senses.iter().any(|sense| match sense {
            Sense::Is(word) => words.clone().any(|one| one == *word),
            Sense::Weekday(_)
            | Sense::Month(_)
            | Sense::Day(_)
            | Sense::Feast(..)
            | Sense::Unit(_)
            | Sense::Quantity(_)
            | Sense::Place(_) => true,
            _ => false,
        })
}
