//! Times of day: `19:30`, "7pm", "half past seven", `20h`, "noon", and a time from now ("in two hours"). An hour that could
//! be either half of the day is read by the part of the day the text names, else as people mean it.

use jiff::civil::{DateTime, Time};
use jiff::{Span, ToSpan};

use super::Moment;
use super::lexicon::{Part, Sense, Unit, Word};
use super::number::{amount_or_article, whole};
use super::resolve::{Candidate, Reading};
use super::scan::{Class, Scan};

/// Every time of the text. `days` are the days already found in it.
pub(super) fn candidates(scan: &Scan<'_>, days: &[Candidate], moment: &Moment) -> Vec<Candidate> {
    let reader = Reader { scan, day: Day::new(scan, days, moment) };
    let mut found: Vec<Candidate> = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some((reading, next)) = reader.read(at) else {
            at += 1;
            continue;
        };
        found.push(Candidate { reading, span: scan.span(at, next), confidence: 0.95, weak: false });
        at = next.max(at + 1);
    }
    found.extend(reader.bare(&found, days));
    found
}

/// What the text says about the day that its times belong to.
struct Day {
    now: DateTime,
    part: Option<Part>,
    /// The text names no other day.
    is_today: bool,
}

impl Day {
    fn new(scan: &Scan<'_>, days: &[Candidate], moment: &Moment) -> Self {
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
    fn clock(&self, hour: i8, minute: i8) -> Option<Time> {
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

struct Reader<'a, 't> {
    scan: &'a Scan<'t>,
    day: Day,
}

type Read = Option<(Reading, usize)>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
}

impl Reader<'_, '_> {
    fn read(&self, at: usize) -> Read {
        self.named(at)
            .or_else(|| self.digits(at))
            .or_else(|| self.fraction(at))
            .or_else(|| self.words(at))
            .or_else(|| self.distance(at))
    }

    /// "noon", "midnight".
    fn named(&self, at: usize) -> Read {
        self.scan.at(at)?.senses.iter().find_map(|sense| match sense {
            Sense::Clock(hour, minute) => {
                Some((Reading::Time(Time::new(*hour, *minute, 0, 0).ok()?), at + 1))
            }
            _ => None,
        })
    }

    /// `19:30`, `7:30 pm`, `7pm`, `20h`, `19h30`, `0730pm`, "at 7".
    fn digits(&self, at: usize) -> Read {
        let item = self.scan.at(at).filter(|item| item.class == Class::Digits)?;
        let before = at.checked_sub(1).and_then(|before| self.scan.at(before));
        if item.glued && before.is_some_and(|item| matches!(item.text, ":" | "/" | "." | "$" | "-"))
        {
            return None;
        }
        if item.text.len() > 2 {
            return self.compact(at);
        }
        let hour = item.digits(2)?;
        let cued = self.is_cued(at);
        if let Some(minute) = self.minutes(at) {
            let behind = at + 3;
            let half = self.half_of_day(behind);
            let dotted = self.scan.is_glued_mark(at + 1, ".");
            if dotted && !cued && half.is_none() {
                return None;
            }
            let literal = item.text.starts_with('0') || self.scan.is(at + 1, Word::HourMark);
            return Some(self.reading(hour, minute, half, literal, behind));
        }
        if let Some((half, next)) = self.half_of_day(at + 1) {
            return Some(self.reading(hour, 0, Some((half, next)), false, next));
        }
        let mark = self.scan.at(at + 1).filter(|mark| mark.is(Word::HourMark));
        if mark.is_some_and(|mark| (mark.glued && mark.text.chars().count() == 1) || cued) {
            return Some(self.reading(hour, 0, None, true, at + 2));
        }
        if self.scan.is(at + 1, Word::Oclock) {
            return Some(self.reading(hour, 0, self.half_of_day(at + 2), false, at + 2));
        }
        if cued && self.is_free(at + 1) && hour <= 24 {
            return Some(self.reading(hour, 0, None, item.text.len() == 2 && hour == 0, at + 1));
        }
        None
    }

    /// `0730pm`, "at 1930".
    fn compact(&self, at: usize) -> Read {
        let item = self.scan.at(at).filter(|item| matches!(item.text.len(), 3 | 4))?;
        let number = item.digits(4)?;
        let half = self.half_of_day(at + 1);
        if half.is_none()
            && !(self.scan.is_before(at, Word::At) && item.text.len() == 4 && self.is_free(at + 1))
        {
            return None;
        }
        Some(self.reading(number / 100, number % 100, half, item.text.starts_with('0'), at + 1))
    }

    /// Two digits behind a glued colon, point or hour mark.
    fn minutes(&self, at: usize) -> Option<i16> {
        let mark = self.scan.at(at + 1).filter(|mark| mark.glued)?;
        if !matches!(mark.text, ":" | ".") && !mark.is(Word::HourMark) {
            return None;
        }
        self.scan.glued_digits(at + 2).filter(|item| item.text.len() == 2)?.digits(2)
    }

    /// "half past seven", "quarter to eight", "ten past 8", "half seven".
    fn fraction(&self, at: usize) -> Read {
        let item = self.scan.at(at)?;
        let (minutes, mut next) = if item.is(Word::Half) {
            (30, at + 1)
        } else if item.is(Word::Quarter) {
            (15, at + 1)
        } else {
            let (minutes, next) = self.small(at)?;
            let unit = self.scan.at(next).and_then(|item| item.unit()) == Some(Unit::Minute);
            (minutes, if unit { next + 1 } else { next })
        };
        let past = self.scan.is(next, Word::Past)
            || self.scan.at(next).is_some_and(|item| item.folded == "after");
        let to = self.scan.is(next, Word::To);
        if past || to {
            next += 1;
        } else if !item.is(Word::Half) {
            return None;
        }
        // "five to seven people" is a range; minutes come in fives or are named.
        let named = item.is(Word::Half) || item.is(Word::Quarter) || past;
        if minutes >= 60 || (!named && !self.is_cued(at)) {
            return None;
        }
        let clock = self.scan.at(next)?.senses.iter().find_map(|sense| match sense {
            Sense::Clock(hour, _) => Some(i16::from(*hour)),
            _ => None,
        });
        let (hour, next) = match clock {
            Some(hour) => (hour, next + 1),
            None => self.small(next)?,
        };
        if !(clock.is_some() || (1..=24).contains(&hour))
            || !self.is_free(next) && !self.has_half(next)
        {
            return None;
        }
        let half = self.half_of_day(next);
        let next = self.scan.skip(next, Word::Oclock);
        let (hour, minute) = if to { (hour - 1, 60 - minutes) } else { (hour, minutes) };
        Some(self.reading(
            if hour < 0 {
                23
            } else if hour == 0 && clock.is_none() {
                12
            } else {
                hour
            },
            minute,
            half,
            false,
            next,
        ))
    }

    /// "seven thirty", "seven pm", "at seven", "sete e meia".
    fn words(&self, at: usize) -> Read {
        let spoken = self.scan.at(at)?.number.filter(|spoken| !spoken.ordinal)?;
        let hour = i16::try_from(whole(spoken.value)?).ok()?;
        if !(0..=24).contains(&hour) {
            return None;
        }
        let cued = self.is_cued(at);
        let halved = self.scan.is(at + 1, Word::And) && self.scan.is(at + 2, Word::Half);
        if halved && cued {
            return Some(self.reading(hour, 30, self.half_of_day(at + 3), false, at + 3));
        }
        let minute =
            self.scan.at(at + 1).and_then(|item| item.number).filter(|minute| !minute.ordinal);
        if let Some(minute) =
            minute.and_then(|minute| whole(minute.value)).filter(|minute| (10..60).contains(minute))
            && (1..=12).contains(&hour)
            && (self.is_free(at + 2) || self.has_half(at + 2))
        {
            return Some(self.reading(
                hour,
                i16::try_from(minute).ok()?,
                self.half_of_day(at + 2),
                false,
                at + 2,
            ));
        }
        if let Some((half, next)) = self.half_of_day(at + 1) {
            return Some(self.reading(hour, 0, Some((half, next)), false, next));
        }
        let mark = self.scan.at(at + 1).is_some_and(|mark| mark.is(Word::HourMark) && cued);
        if mark || self.scan.is(at + 1, Word::Oclock) {
            return Some(self.reading(hour, 0, self.half_of_day(at + 2), false, at + 2));
        }
        (cued && self.is_free(at + 1)).then(|| self.reading(hour, 0, None, false, at + 1))
    }

    /// "in two hours", "30 minutes from now".
    fn distance(&self, at: usize) -> Read {
        let announced = self.scan.is(at, Word::In);
        let start = if announced { at + 1 } else { at };
        let (value, minute_unit, next) = if self.scan.is(start, Word::Half) {
            let unit = self.scan.skip(start + 1, Word::Article);
            (0.5, unit, unit + 1)
        } else {
            let (value, unit) = amount_or_article(self.scan, start)?;
            (value, unit, unit + 1)
        };
        let minutes = match self.scan.at(minute_unit)?.unit()? {
            Unit::Minute => whole(value)?,
            Unit::Hour => whole((value * 60.0).round())?,
            Unit::Second | Unit::Day | Unit::Week | Unit::Month | Unit::Year => return None,
        };
        let later = self.scan.is(next, Word::FromNow);
        if !announced && !later {
            return None;
        }
        let span: Span = (0..=10_000).contains(&minutes).then(|| minutes.minutes())?;
        let then = self.day.now.checked_add(span).ok()?;
        Some((Reading::Instant(then), if later { next + 1 } else { next }))
    }

    /// Bare hours, which are times only where a time is asked for.
    fn bare(&self, found: &[Candidate], days: &[Candidate]) -> Vec<Candidate> {
        let free = |span: &std::ops::Range<usize>| {
            found
                .iter()
                .chain(days)
                .all(|other| other.span.end <= span.start || span.end <= other.span.start)
        };
        let mut weak = Vec::new();
        for at in 0..self.scan.items.len() {
            let Some((hour, next)) = self.small(at) else { continue };
            let span = self.scan.span(at, next);
            if hour <= 24 && self.is_free(next) && weak.len() < 4 && free(&span) {
                let (reading, _) = self.reading(hour, 0, None, hour == 0, next);
                weak.push(Candidate { reading, span, confidence: 0.6, weak: true });
            }
        }
        weak
    }

    /// A number of at most two digits, or its word.
    fn small(&self, at: usize) -> Option<(i16, usize)> {
        let item = self.scan.at(at)?;
        if let Some(value) = item.digits(2) {
            return Some((value, at + 1));
        }
        let spoken = item.number.filter(|spoken| !spoken.ordinal)?;
        Some((i16::try_from(whole(spoken.value)?).ok()?, at + 1))
    }

    fn is_cued(&self, at: usize) -> bool {
        self.scan.is_before(at, Word::At) || self.scan.is_before(at, Word::Near)
    }

    /// Nothing behind makes the number count or part of something else.
    fn is_free(&self, next: usize) -> bool {
        let Some(item) = self.scan.at(next) else { return true };
        let digits_follow =
            self.scan.at(next + 1).is_some_and(|item| item.class == Class::Digits && item.glued);
        let joined = item.glued && (item.class == Class::Word || digits_follow);
        let counts = item.is(Word::Person)
            || item.unit().is_some()
            || item.currency().is_some()
            || item.is(Word::OrdinalMark)
            || item
                .senses
                .iter()
                .any(|sense| matches!(sense, Sense::Month(_)) && item.folded != "may")
            || (item.class == Class::Word && item.senses.is_empty() && item.number.is_none());
        !joined && !counts
    }

    fn has_half(&self, at: usize) -> bool {
        self.half_of_day(at).is_some() || self.scan.is(at, Word::Oclock)
    }

    fn half_of_day(&self, at: usize) -> Option<(Half, usize)> {
        let item = self.scan.at(at)?;
        let half = if item.is(Word::Am) {
            Half::Am
        } else if item.is(Word::Pm) {
            Half::Pm
        } else {
            return None;
        };
        Some((half, at + 1))
    }

    /// The time, or nothing if there is no such time, so that its digits are nobody else's.
    fn reading(
        &self,
        hour: i16,
        minute: i16,
        half: Option<(Half, usize)>,
        literal: bool,
        next: usize,
    ) -> (Reading, usize) {
        let next = half.map_or(next, |(_, behind)| behind);
        let time =
            i8::try_from(hour).ok().zip(i8::try_from(minute).ok()).and_then(|(hour, minute)| {
                match half {
                    Some((Half::Am, _)) if hour <= 12 => Time::new(hour % 12, minute, 0, 0).ok(),
                    Some((Half::Pm, _)) if hour <= 12 => {
                        Time::new(hour % 12 + 12, minute, 0, 0).ok()
                    }
                    _ if hour == 24 && minute == 0 => Some(Time::midnight()),
                    None if !literal && (1..=12).contains(&hour) && (0..60).contains(&minute) => {
                        self.day.clock(hour, minute)
                    }
                    _ => Time::new(hour, minute, 0, 0).ok(),
                }
            });
        (time.map_or(Reading::Nothing, Reading::Time), next)
    }
}
