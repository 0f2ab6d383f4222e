//! Days and times as the book writes them. Plain arithmetic on the proleptic Gregorian calendar: no time zones, no
//! clock.

use std::fmt;
use std::str::FromStr;

/// A day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i64);

/// A time of day, in minutes since midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(i64);

/// A half hour of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    pub(crate) day: Day,
    pub(crate) time: Time,
}

pub(crate) const MINUTES_PER_SLOT: i64 = 30;
const MINUTES_PER_DAY: i64 = 24 * 60;

impl Day {
    pub(crate) fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    pub(crate) fn days_until(self, later: Self) -> i64 {
        later.0 - self.0
    }

    /// Years count from March, so that the leap day comes last and every month's start is a linear formula.
    fn from_civil(year: i64, month: i64, day: i64) -> Self {
        let march_year = if month > 2 { year } else { year - 1 };
        let era = march_year.div_euclid(400);
        let year_of_era = march_year.rem_euclid(400);
        let month_from_march = (month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    fn civil(self) -> (i64, i64, i64) {
        let since_march_of_year_0 = self.0 + 719_468;
        let era = since_march_of_year_0.div_euclid(146_097);
        let day_of_era = since_march_of_year_0.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        (year, month, day)
    }
}

impl Time {
    /// The half hour it lies in.
    pub(crate) fn slot(self) -> Self {
        Self(self.0 - self.0 % MINUTES_PER_SLOT)
    }

    pub(crate) fn plus(self, minutes: i64) -> Self {
        Self(self.0 + minutes)
    }

    pub(crate) fn distance(self, other: Self) -> i64 {
        (self.0 - other.0).abs()
    }
}

impl Slot {
    /// The one that holds this moment; `minutes` since 1970-01-01 00:00 of the restaurant's clock.
    pub(crate) fn at(minutes: i64) -> Self {
        let time = Time(minutes.rem_euclid(MINUTES_PER_DAY)).slot();
        Self { day: Day(minutes.div_euclid(MINUTES_PER_DAY)), time }
    }

    /// When it begins, in the same minutes.
    pub(crate) fn begins(self) -> i64 {
        self.day.0 * MINUTES_PER_DAY + self.time.0
    }
}

/// A text that is no day or no time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable(&'static str);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Day {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let unreadable = Unreadable("a date is written `2026-11-22`");
        let mut parts = text.splitn(3, '-').map(digits);
        let (Some(Some(year)), Some(Some(month)), Some(Some(day))) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(unreadable);
        };
        let written = Self::from_civil(year, month, day);
        // A 30 February comes back as a day in March.
        if written.civil() == (year, month, day) { Ok(written) } else { Err(unreadable) }
    }
}

impl FromStr for Time {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let unreadable = Unreadable("a time is written `19:30`");
        let mut parts = text.split(':').map(digits);
        let (Some(Some(hour)), Some(Some(minute))) = (parts.next(), parts.next()) else {
            return Err(unreadable);
        };
        let seconds_fit =
            parts.next().is_none_or(|second| second.is_some_and(|second| second < 60));
        if hour < 24 && minute < 60 && seconds_fit && parts.next().is_none() {
            Ok(Self(hour * 60 + minute))
        } else {
            Err(unreadable)
        }
    }
}

/// One to four digits and nothing else: no sign, no space.
fn digits(text: &str) -> Option<i64> {
    let fits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.day, self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_reads_as_it_is_written() {
        let mut before = String::new();
        for day in -50_000..100_000 {
            let written = Day(day).to_string();
            assert_eq!(written.parse(), Ok(Day(day)));
            assert!(before < written, "{written} comes after {before}");
            before = written;
        }
    }

    #[test]
    fn the_epoch_and_a_leap_day_are_where_the_calendar_has_them() {
        assert_eq!("1970-01-01".parse(), Ok(Day(0)));
        assert_eq!("2024-02-29".parse(), Ok(Day(19_782)));
        assert_eq!(Day(20_779).to_string(), "2026-11-22");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "tomorrow",
            "2026-11",
            "+2026-11-22",
            "2026-11-22T",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_may_have_seconds_and_nothing_more() {
        assert_eq!("19:30".parse(), Ok(Time(1170)));
        assert_eq!("07:05:59".parse(), Ok(Time(425)));
        for text in ["24:00", "19:60", "19", "19:30:60", "19:30:00:00", "7pm", " 19:30", "-1:30"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_moment_lies_in_the_half_hour_that_began_last() {
        let slot = Slot::at(Slot { day: Day(3), time: Time(1170) }.begins() + 29);
        assert_eq!(slot.to_string(), "1970-01-04 19:30");
        assert_eq!(Slot::at(-1).to_string(), "1969-12-31 23:30");
    }
}
