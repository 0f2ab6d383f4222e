//! Which half of the day an hour on the dial is in, by what the text says of the day. It reads no time itself.

use jiff::civil::{Date, DateTime, Time};

use super::Moment;
use super::lexicon::{Part, Sense, Word};
use super::reading::{Candidate, Reading};
use super::scan::Scan;

/// Words before a part of the day that is only greeted with.
const GOOD: [&str; 6] = ["good", "bom", "boa", "buenas", "guten", "gute"];

/// The hour at which a night is over.
const DAWN: i8 = 5;

/// What the text says about the day that its times belong to.
pub(super) struct Day {
    pub(super) now: DateTime,
    part: Option<Part>,
    /// The part is no meal: of a night, the first hours are behind midnight, of a dinner they are not.
    is_night: bool,
    /// The text names no other day.
    is_today: bool,
}

impl Day {
    pub(super) fn new(scan: &Scan<'_>, days: &[Candidate], moment: &Moment) -> Self {
        let now = moment.now.datetime();
        let (part, is_night) =
            part_of(scan).map_or((None, false), |(part, is_meal)| (Some(part), !is_meal));
        let is_today = days.iter().all(|day| day.reading == Reading::Date(now.date()));
        Self { now, part, is_night, is_today }
    }

    /// Whether the text says which part of the day is meant.
    pub(super) fn has_part(&self) -> bool {
        self.part.is_some()
    }

    /// The time that an hour of 1 to 12 without `am` or `pm` means: the named part of the day; else 12 is noon, 1 to 7 are
    /// after it, and 8 to 11 are before it unless that is over today.
    pub(super) fn clock(&self, hour: i8, minute: i8) -> Option<Time> {
        let morning = Time::new(hour % 12, minute, 0, 0).ok()?;
        let later = Time::new(hour % 12 + 12, minute, 0, 0).ok()?;
        let in_morning = match self.part {
            Some(Part::Morning) => hour != 12,
            Some(Part::Afternoon) => (10..=11).contains(&hour),
            Some(Part::Evening) => hour == 12 || (hour <= 3 && self.is_night),
            None => (8..=11).contains(&hour) && !(self.is_today && morning <= self.now.time()),
        };
        Some(if in_morning { morning } else { later })
    }
}

/// The part of the day that the text names first, and whether it is named by a meal; "good evening" greets.
fn part_of(scan: &Scan<'_>) -> Option<(Part, bool)> {
    let greets = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| scan.at(before));
        before.is_some_and(|item| GOOD.contains(&&*item.folded))
    };
    let told = scan.items.iter().enumerate().filter(|(at, _)| !greets(*at));
    told.map(|(_, item)| item).find_map(|item| {
        item.senses.iter().find_map(|sense| match sense {
            Sense::Part(part) => Some((*part, item.is(Word::Meal))),
            _ => None,
        })
    })
}

/// The day that a time belongs to whose day was said as `date`: the hours behind midnight are those of a night that began
/// the day before, "midnight tonight", and today's midnight is the one to come.
pub(super) fn day_of(scan: &Scan<'_>, (date, time): (Date, Time), now: DateTime) -> Date {
    let is_to_come = date == now.date() && time > now.time();
    let is_night = part_of(scan) == Some((Part::Evening, false)) && time.hour() < DAWN;
    let is_over = date == now.date() && time == Time::midnight();
    if (is_night || is_over) && !is_to_come { date.tomorrow().unwrap_or(date) } else { date }
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
