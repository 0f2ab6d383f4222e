//! The house and its rules: how many seats, open when, how far ahead. It reads the operator's settings and the clock,
//! and knows nothing of who has reserved.

use std::fmt;
use std::str::FromStr;

use cicerone_sdk::{Error, config, data, runtime};

use crate::calendar::{Day, MINUTES_PER_SLOT, Slot, Time};

/// Why a slot cannot be had.
#[data]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It has begun already.
    Past,
    /// The book is not open so far ahead.
    TooFarAhead,
    /// Nobody is seated at that time of day.
    Closed,
    /// There are not that many seats left.
    Full,
    /// There are not that many seats at all.
    PartyTooLarge,
}

impl Reason {
    /// The code of the error that it becomes, for branches in flows.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Past => "slot.past",
            Self::TooFarAhead => "slot.too-far-ahead",
            Self::Closed => "slot.closed",
            Self::Full => "slot.full",
            Self::PartyTooLarge => "party.too-large",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Past => "that time is past",
            Self::TooFarAhead => "the book is not open so far ahead",
            Self::Closed => "nobody is seated at that time",
            Self::Full => "there are not enough seats left",
            Self::PartyTooLarge => "the house does not have that many seats",
        })
    }
}

#[derive(Debug)]
pub(crate) struct House {
    pub(crate) seats: u32,
    opening: Opening,
    days_ahead: i64,
    /// Minutes since 1970-01-01 00:00 of the restaurant's clock.
    now: i64,
}

impl House {
    pub(crate) fn from_config() -> Result<Self, Error> {
        let Offset(offset) = config::get_or("utc_offset", Offset::LAST_ON_EARTH)?;
        let utc = i64::try_from(runtime::now_ms() / 60_000).unwrap_or(i64::MAX / 2);
        Ok(Self {
            seats: config::get_or("seats", 40)?,
            opening: config::get_or("opening", Opening::usual())?,
            days_ahead: config::get_or("days_ahead", 180)?,
            now: utc + offset,
        })
    }

    /// Whether the house's rules keep `guests` from `slot`, whoever else comes.
    pub(crate) fn refusal(&self, slot: Slot, guests: u32) -> Option<Reason> {
        let today = self.today();
        if guests > self.seats {
            Some(Reason::PartyTooLarge)
        } else if slot.begins() + MINUTES_PER_SLOT <= self.now {
            Some(Reason::Past)
        } else if today.days_until(slot.day) > self.days_ahead {
            Some(Reason::TooFarAhead)
        } else if !self.opening.holds(slot.time) {
            Some(Reason::Closed)
        } else {
            None
        }
    }

    pub(crate) fn today(&self) -> Day {
        Slot::at(self.now).day
    }

    /// Every slot of a day, those nearest to `time` first.
    pub(crate) fn slots_near(&self, day: Day, time: Time) -> Vec<Slot> {
        let mut times = self.opening.times();
        times.sort_by_key(|other| other.distance(time));
        times.into_iter().map(|time| Slot { day, time }).collect()
    }

    /// Milliseconds until two days after `slot`, when its page may go.
    pub(crate) fn keeps_page_ms(&self, slot: Slot) -> u64 {
        let minutes = slot.begins() - self.now + 2 * 24 * 60;
        u64::try_from(minutes).unwrap_or(0).saturating_mul(60_000)
    }
}

/// Spans of the day in which guests are seated, first and last slot.
#[derive(Debug, PartialEq, Eq)]
struct Opening(Vec<(Time, Time)>);

impl Opening {
    fn usual() -> Self {
        "12:00-14:00, 18:00-22:30".parse().unwrap_or(Self(Vec::new()))
    }

    fn holds(&self, time: Time) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&time))
    }

    fn times(&self) -> Vec<Time> {
        let mut times = Vec::new();
        for (first, last) in &self.0 {
            let mut time = *first;
            while time <= *last {
                times.push(time);
                time = time.plus(MINUTES_PER_SLOT);
            }
        }
        times
    }
}

impl FromStr for Opening {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span = |part: &str| {
            let (first, last) = part
                .split_once('-')
                .ok_or("write spans such as `18:00-22:30`, with commas between")?;
            let time = |text: &str| text.trim().parse::<Time>().map_err(|error| error.to_string());
            Ok::<_, String>((time(first)?.slot(), time(last)?.slot()))
        };
        text.split(',').map(span).collect::<Result<_, _>>().map(Self)
    }
}

/// A clock's distance from UTC in minutes.
#[derive(Debug, PartialEq, Eq)]
struct Offset(i64);

impl Offset {
    /// Where each day ends last: what is past there is past everywhere.
    const LAST_ON_EARTH: Self = Self(-12 * 60);
}

impl FromStr for Offset {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let unreadable = "write `+HH:MM` or `-HH:MM`";
        let (sign, time) = match text.split_at_checked(1) {
            Some(("+", time)) => (1, time),
            Some(("-", time)) => (-1, time),
            _ => return Err(unreadable),
        };
        let (hours, minutes) = time.split_once(':').ok_or(unreadable)?;
        let part = |text: &str, max: i64| {
            text.parse::<i64>().ok().filter(|value| (0..=max).contains(value))
        };
        match (part(hours, 14), part(minutes, 59)) {
            (Some(hours), Some(minutes)) => Ok(Self(sign * (hours * 60 + minutes))),
            _ => Err(unreadable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_hours_and_minutes_either_way() {
        assert_eq!("+05:30".parse(), Ok(Offset(330)));
        assert_eq!("-03:00".parse(), Ok(Offset(-180)));
        for text in ["", "5", "05:30", "+15:00", "+5:-3", "Z", "é05:30"] {
            assert!(text.parse::<Offset>().is_err(), "{text}");
        }
    }

    #[test]
    fn guests_are_seated_from_the_first_to_the_last_slot_of_a_span() {
        let opening = Opening::usual();
        let at = |text: &str| opening.holds(text.parse().unwrap());
        assert!(at("12:00") && at("14:00") && at("18:00") && at("22:30"));
        assert!(!at("11:30") && !at("14:30") && !at("17:30") && !at("23:00"));
        assert_eq!(opening.times().len(), 5 + 10);
    }

    #[test]
    fn a_setting_that_cannot_be_read_is_named() {
        let _host = cicerone_sdk::test::Host::new().with_config("opening", "late");
        let error = House::from_config().unwrap_err();
        assert_eq!(error.code.as_deref(), Some("config.invalid"));
        assert!(error.message.contains("`opening`") && error.message.contains("late"), "{error}");
    }
}
