//! Which half of the day an hour on the dial is in, by what the text says of the day. It reads no time itself.

use jiff::civil::{DateTime, Time};

use super::Moment;
use super::lexicon::{Part, Sense};
use super::reading::{Candidate, Reading};
use super::scan::Scan;

/// What the text says about the day that its times belong to.
pub(super) struct Day {
    pub(super) now: DateTime,
    part: Option<Part>,
    /// The text names no other day.
    is_today: bool,
}

impl Day {
    pub(super) fn new(scan: &Scan<'_>, days: &[Candidate], moment: &Moment) -> Self {
        let now = moment.now.datetime();
        let part = scan.items.iter().flat_map(|item| item.senses).find_map(|sense| match sense {
            Sense::Part(part) => Some(*part),
            _ => None,
        });
        let is_today = days.iter().all(|day| day.reading == Reading::Date(now.date()));
        Self { now, part, is_today }
    }

    /// The time that an hour of 1 to 12 without `am` or `pm` means: the named part of the day; else 12 is noon, 1 to 7 are
    /// after it, and 8 to 11 are before it unless that is over today.
    pub(super) fn clock(&self, hour: i8, minute: i8) -> Option<Time> {
        let morning = Time::new(hour % 12, minute, 0, 0).ok()?;
        let later = Time::new(hour % 12 + 12, minute, 0, 0).ok()?;
        let in_morning = match self.part {
            Some(Part::Morning) => hour != 12,
            Some(Part::Afternoon) => (10..=11).contains(&hour),
            Some(Part::Evening) => hour == 12,
            None => (8..=11).contains(&hour) && !(self.is_today && morning <= self.now.time()),
        };
        Some(if in_morning { morning } else { later })
    }
}

/// The time as the clock writes it, or nothing if there is none such, so that its digits are nobody else's.
pub(super) fn literal(hour: i16, minute: i16) -> Reading {
    let hour = if hour == 24 && minute == 0 { 0 } else { hour };
    i8::try_from(hour)
        .ok()
        .zip(i8::try_from(minute).ok())
        .and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
        .map_or(Reading::Nothing, Reading::Time)
}
