//! Days by how far they are from another: "tomorrow", "next week", "in two weeks and 3 days", "a week on Friday", "two weeks
//! from Saturday", "the day before yesterday". It reads no hour: a time from now is a time.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::date::{Read, Reader};
use super::lexicon::{Sense, Unit, Word};
use super::number::{amount_or_article, whole};
use super::scan::{Class, Item};
use super::weekday::weekday;

/// More than a thousand of anything is no day that somebody means.
const COUNT_MAX: i64 = 1000;
/// "2 years, 3 months, a week and two days" has four parts.
const PARTS_MAX: usize = 4;

/// A length of whole days.
pub(super) type Length = Vec<(i64, Unit)>;

impl Reader<'_, '_> {
    /// "tomorrow", "next week", "next week Monday", "this weekend".
    pub(super) fn relative(&self, at: usize) -> Read {
        let at = self.scan.skip(at, Word::The);
        let item = self.scan.at(at)?;
        let days = item.senses.iter().find_map(|sense| match sense {
            Sense::Day(days) => Some(*days),
            _ => None,
        });
        // "from today until Friday"; a length from today is read before.
        let days = days.filter(|_| !item.is(Word::FromNow) || self.scan.is(at + 1, Word::Until));
        if let Some(days) = days {
            let day = self.today.checked_add(days.days()).ok();
            // "demain en huit", "morgen in einer Woche"
            let later = self.weeks_later(at + 1).or_else(|| {
                let more = self.scan.is(at + 1, Word::In).then(|| self.length(at + 2)).flatten();
                more.map(|(length, next)| (in_weeks(length), next))
            });
            return Some(match later {
                Some((length, next)) => (add(day, &length, 1), next),
                None => (day, at + 1),
            });
        }
        if let Some(read) = self.led(at) {
            return Some(read);
        }
        if let Some((coming, next)) = self.week(at) {
            let comma = self.scan.at(next).is_some_and(|item| item.text == ",");
            let named = self.scan.skip(if comma { next + 1 } else { next }, Word::On);
            if let Some(weekday) = self.scan.at(named).and_then(weekday) {
                // "this week on Friday" is not over.
                let day = self.in_week(weekday, coming);
                let over = day.is_some_and(|day| day < self.today);
                return Some((if over { self.after_today(weekday) } else { day }, named + 1));
            }
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
            let day = if item.is(Word::Coming) {
                self.after_today(Weekday::Saturday)
            } else {
                self.in_week(Weekday::Saturday, coming)
            };
            return Some((day, at + 2));
        }
        if !coming {
            return None;
        }
        Some((Some(self.later(named.unit()?)?), at + 2))
    }

    /// A day behind its year or its month: "next year on March 5", "next month, the 5th".
    fn led(&self, at: usize) -> Read {
        let behind = |next: usize| {
            let comma = self.scan.at(next).is_some_and(|item| item.text == ",");
            self.scan.skip(if comma { next + 1 } else { next }, Word::On)
        };
        let (written, next) = if let Some((year, next)) = self.relative_year(at) {
            let (written, next) = self.in_a_month(behind(next))?;
            (written.within(None, year), next)
        } else {
            let (first, _, next) = self.relative_month(at)?;
            let (written, next) = self.bare_ordinal(behind(next))?;
            (written.within(Some(first.month()), first.year()), next)
        };
        Some((written.resolve(self.today, None), next))
    }

    /// What makes a day a later one behind it: "Friday week", "mardi en huit", "de mañana en ocho días", where eight days are
    /// a week and fifteen two.
    pub(super) fn weeks_later(&self, at: usize) -> Option<(Length, usize)> {
        if self.scan.is(at, Word::WeekLater) {
            let counts = self.scan.at(at + 1).is_some_and(|item| {
                item.class != Class::Mark && (item.number.is_some() || item.digits(4).is_some())
            });
            return (!counts).then(|| (vec![(1, Unit::Week)], at + 1));
        }
        let link = self.scan.at(at).filter(|item| item.is(Word::DaysLater))?;
        let (count, next) = amount_or_article(self.scan, at + 1)?;
        let weeks = weeks_of(whole(count)?)?;
        let is_said = self.scan.at(next).and_then(Item::unit) == Some(Unit::Day);
        // "amanhã a oito" is an hour.
        let is_hour = link.folded == "a" && !self.is_led_by_of(at);
        let alone = self.is_alone(next) && !self.scan.is(next, Word::Oclock) && !is_hour;
        (is_said || alone)
            .then(|| (vec![(weeks, Unit::Week)], if is_said { next + 1 } else { next }))
    }

    /// "de hoje a oito"
    fn is_led_by_of(&self, at: usize) -> bool {
        at.checked_sub(2).is_some_and(|before| self.scan.is(before, Word::Of))
    }

    /// A day of the week with a length behind it that leads to such a day again: "Freitag in einer Woche".
    pub(super) fn weekday_later(&self, coming: Date, at: usize) -> Read {
        let is_such = |day: &Date| day.weekday() == coming.weekday();
        if let Some((length, next)) = self.weeks_later(at) {
            return Some((add(Some(coming), &length, 1), next));
        }
        let (length, next) = self.scan.is(at, Word::In).then(|| self.length(at + 1)).flatten()?;
        let from_today =
            matches!(*length, [(_, Unit::Day)]).then(|| add(Some(self.today), &length, 1));
        let day = from_today.flatten().filter(is_such);
        let day = day.or_else(|| add(Some(coming), &in_weeks(length), 1).filter(is_such))?;
        Some((Some(day), next))
    }

    /// "this week" and "of next week": whether it is the next, and the index behind.
    pub(super) fn week(&self, at: usize) -> Option<(bool, usize)> {
        let is_week = |at| self.scan.at(at).and_then(Item::unit) == Some(Unit::Week);
        if is_week(at + 1) && (self.scan.is(at, Word::Next) || self.scan.is(at, Word::This)) {
            return Some((self.scan.is(at, Word::Next), at + 2));
        }
        (is_week(at) && self.scan.is(at + 1, Word::Next)).then_some((true, at + 2))
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

    /// "in two weeks", "in about 3 more days", "3 days from now", "3 Tuesdays from now", "a week on Friday".
    pub(super) fn distance(&self, at: usize) -> Read {
        if self.scan.is(at, Word::The) {
            return self.beside(at);
        }
        if self.scan.is(at, Word::Since) && !self.is_length_wanted {
            let (length, next) = self.length(at + 1)?;
            return Some((add(Some(self.today), &length, -1), next));
        }
        let announced = self.scan.is(at, Word::In);
        let from = if announced { self.scan.skip(at + 1, Word::About) } else { at };
        let (amount, named) = amount_or_article(self.scan, self.scan.skip(from, Word::More))?;
        let told = |next| (self.scan.is(next, Word::FromNow), self.scan.skip(next, Word::FromNow));
        if let Some(weekday) = self.scan.at(named).and_then(several) {
            let (told, next) = told(named + 1);
            return (announced || told).then(|| (self.nth(weekday, amount), next));
        }
        self.scan.at(self.scan.skip(named, Word::More))?.unit()?;
        let (length, next) = self.length(from)?;
        if let Some(read) = self.counted_from(at, (&length, next)) {
            return Some(read);
        }
        // How long something has lasted is a length where one is wanted.
        if self.scan.is(next, Word::Ago) && !announced && !self.is_length_wanted {
            return Some((add(Some(self.today), &length, -1), next + 1));
        }
        let (told, next) = told(next);
        (announced || told).then(|| (add(Some(self.today), &length, 1), next))
    }

    /// "3 Tuesdays from now" is the third.
    fn nth(&self, weekday: Weekday, amount: f64) -> Option<Date> {
        let count = whole(amount).filter(|count| (1..=COUNT_MAX).contains(count))?;
        self.after_today(weekday)?.checked_add((count - 1).weeks()).ok()
    }

    /// "the day before yesterday", "the day after Boxing Day".
    fn beside(&self, at: usize) -> Read {
        let day = self.scan.skip(at, Word::The);
        if day == at || self.scan.at(day)?.unit() != Some(Unit::Day) {
            return None;
        }
        self.counted_from(at, (&vec![(1, Unit::Day)], day + 1))
    }

    /// The day after the one that was said last: "and leave the next day".
    pub(super) fn beside_said(&self, said: Option<Date>, at: usize) -> Read {
        let at = self.scan.skip(at, Word::The);
        let is_day = |at| self.scan.at(at).and_then(Item::unit) == Some(Unit::Day);
        let next = if self.scan.is(at, Word::DayAfter) {
            at + 1
        } else if self.scan.is(at, Word::Next) && is_day(at + 1)
            || is_day(at) && self.scan.is(at + 1, Word::Next)
        {
            at + 2
        } else {
            return None;
        };
        Some((said?.tomorrow().ok(), next))
    }

    /// The same where it could have been "the day after Boxing Day".
    pub(super) fn beside_link(&self, said: Option<Date>, at: usize) -> Read {
        let day = self.scan.skip(at, Word::The);
        let is_day = day > at && self.scan.at(day)?.unit() == Some(Unit::Day);
        let link = self.scan.at(day + 1).filter(|_| is_day && self.is_alone(day + 2))?;
        let date = match &*link.folded {
            "after" => said?.tomorrow(),
            "before" => said?.yesterday(),
            _ => return None,
        };
        Some((date.ok(), day + 2))
    }

    /// "two weeks from Saturday", "3 days before Christmas Eve", "a week on Friday", "a week tomorrow".
    fn counted_from(&self, at: usize, (length, link): (&Length, usize)) -> Read {
        // "3 days from Monday" is a length and a day where a length is wanted.
        if self.is_length_wanted {
            return None;
        }
        let before = at.checked_sub(1).and_then(|before| self.scan.at(before));
        let said = |words: &[&str]| before.is_some_and(|item| words.contains(&&*item.folded));
        let ahead = self.scan.is(link, Word::After);
        if ahead || self.scan.is(link, Word::Before) {
            // "for 2 days from Saturday" is a stay, as is "2 days from Monday to Wednesday".
            if said(&["for"]) && self.scan.at(link)?.folded == "from" {
                return None;
            }
            let (day, next) = self.plain(self.scan.skip(link + 1, Word::On))?;
            let range = self.scan.is(next, Word::To)
                || self.scan.at(next).is_some_and(|item| matches!(item.text, "-" | "until"));
            return (!range).then(|| (add(day, length, if ahead { 1 } else { -1 }), next));
        }
        // English only: "una semana el viernes" is no day. "once a week on Friday"
        let weeks = matches!(length.as_slice(), [(_, Unit::Week)]);
        if !weeks
            || said(&[
                "once", "twice", "times", "days", "nights", "hours", "work", "for", "waiting",
            ])
        {
            return None;
        }
        let on = self.scan.at(link).is_some_and(|item| item.folded == "on");
        let day = self.scan.at(if on { link + 1 } else { link })?;
        let is_meant = if on { weekday(day).is_some() } else { is_today_or_tomorrow(day) };
        if !is_meant {
            return None;
        }
        let (day, next) = self.plain(if on { link + 1 } else { link })?;
        Some((add(day, length, 1), next))
    }

    /// "two weeks and 3 more days", "a year and a half". No length is "a week and a half", which ends within a day.
    fn length(&self, from: usize) -> Option<(Length, usize)> {
        let mut length = Length::new();
        let mut next = from;
        while length.len() < PARTS_MAX {
            let at = if length.is_empty() { from } else { self.scan.skip(next, Word::And) };
            let Some((count, unit, behind)) = self.part(at) else {
                break;
            };
            length.push((count, unit));
            next = behind;
        }
        let half = self.scan.skip(next + 1, Word::Article);
        if self.scan.is(next, Word::And) && self.scan.is(half, Word::Half) {
            length.last().filter(|(_, unit)| *unit == Unit::Year)?;
            length.push((6, Unit::Month));
            next = half + 1;
        }
        (!length.is_empty()).then_some((length, next))
    }

    /// "3 more days".
    fn part(&self, at: usize) -> Option<(i64, Unit, usize)> {
        let (amount, next) = amount_or_article(self.scan, self.scan.skip(at, Word::More))?;
        let named = self.scan.skip(next, Word::More);
        let unit = self
            .scan
            .at(named)?
            .unit()
            .filter(|unit| matches!(unit, Unit::Day | Unit::Week | Unit::Month | Unit::Year))?;
        let is_part = unit == Unit::Year && amount.fract() != 0.0;
        let (amount, unit) = if is_part { (amount * 12.0, Unit::Month) } else { (amount, unit) };
        let count = whole(amount).filter(|count| (0..=COUNT_MAX).contains(count))?;
        Some((count, unit, self.scan.skip(named + 1, Word::More)))
    }
}

/// "Tuesdays"
fn several(item: &Item<'_>) -> Option<Weekday> {
    item.senses.iter().find_map(|sense| match sense {
        Sense::Weekdays(day) => Weekday::from_monday_one_offset(*day).ok(),
        _ => None,
    })
}

/// Eight days of people are a week, fifteen are two.
fn weeks_of(days: i64) -> Option<i64> {
    match days {
        8 => Some(1),
        15 => Some(2),
        _ => None,
    }
}

fn in_weeks(length: Length) -> Length {
    match *length {
        [(days, Unit::Day)] => weeks_of(days).map_or(length, |weeks| vec![(weeks, Unit::Week)]),
        _ => length,
    }
}

fn is_today_or_tomorrow(item: &Item<'_>) -> bool {
    matches!(&*item.folded, "today" | "tomorrow")
}

/// So much after a day, or before it.
fn add(day: Option<Date>, length: &Length, sign: i64) -> Option<Date> {
    length.iter().try_fold(day?, |day, (count, unit)| {
        let count = sign * count;
        let span = match unit {
            Unit::Year => count.years(),
            Unit::Month => count.months(),
            Unit::Week => count.weeks(),
            _ => count.days(),
        };
        day.checked_add(span).ok()
    })
}
