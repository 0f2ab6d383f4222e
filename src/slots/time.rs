//! Times of day: `19:30`, "7pm", "half past seven", `20h`, "noon", and a time from now ("in two hours"). An hour that could
//! be either half of the day is read by the part of the day the text names, else as people mean it.

use jiff::civil::Time;
use jiff::{Span, ToSpan};

use super::Moment;
use super::dial::{Day, literal};
use super::lexicon::{Sense, Unit, Word};
use super::number::{amount_or_article, and_a_half, whole};
use super::reading::{Candidate, Reading};
use super::scan::{Class, Scan};

/// Every time of the text. `days` are the days already found in it.
pub(super) fn candidates(scan: &Scan<'_>, days: &[Candidate], moment: &Moment) -> Vec<Candidate> {
    let reader = Reader::new(scan, days, moment);
    let mut found: Vec<Candidate> = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some((reading, next)) = reader.read(at) else {
            at += 1;
            continue;
        };
        let span = scan.span(reader.begun(at, next), next);
        found.push(Candidate { reading, span, confidence: 0.95, weak: false });
        at = next.max(at + 1);
    }
    found.extend(reader.bare(&found, days));
    found
}

pub(super) struct Reader<'a, 't> {
    pub(super) scan: &'a Scan<'t>,
    pub(super) day: Day,
}

pub(super) type Read = Option<(Reading, usize)>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Am,
    Pm,
}

impl<'a, 't> Reader<'a, 't> {
    pub(super) fn new(scan: &'a Scan<'t>, days: &[Candidate], moment: &Moment) -> Self {
        Self { scan, day: Day::new(scan, days, moment) }
    }

    fn read(&self, at: usize) -> Read {
        self.named(at)
            .or_else(|| self.digits(at))
            .or_else(|| self.fraction(at))
            .or_else(|| self.words(at))
            .or_else(|| self.distance(at))
    }

    /// Where a time that is read from one item to another begins: "tomorrow night at 8" has the night in it, which says what
    /// 8 is. With "pm" it says so itself, and lunch is no part of a time.
    fn begun(&self, at: usize, next: usize) -> usize {
        let linked = self.scan.is_before(at, Word::At) || self.scan.is_before(at, Word::Near);
        let has = |at: usize, wanted: fn(&Sense) -> bool| {
            self.scan.at(at).is_some_and(|item| item.senses.iter().any(wanted))
        };
        let is_part = |part: &usize| {
            has(*part, |one| matches!(one, Sense::Part(_)))
                && !self.scan.is(*part, Word::Meal)
                && part.checked_sub(1).is_some_and(|day| {
                    has(day, |one| matches!(one, Sense::Day(_) | Sense::Weekday(_)))
                })
        };
        let is_said = next.checked_sub(1).is_some_and(|last| self.half_of_day(last).is_some());
        at.checked_sub(2).filter(is_part).filter(|_| linked && !is_said).unwrap_or(at)
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
            let behind = self.scan.skip(at + 3, Word::Oclock);
            let dotted = self.scan.is_glued_mark(at + 1, ".");
            let is_marked =
                self.half_of_day(behind).is_some() || self.scan.is(behind, Word::HourMark);
            if dotted && !cued && !is_marked {
                return None;
            }
            let is_24h = item.text.starts_with('0') || self.scan.is(at + 1, Word::HourMark);
            return Some(if is_24h && self.half_of_day(behind).is_none() {
                (literal(hour, minute), behind)
            } else {
                self.reading(hour, minute, behind)
            });
        }
        if self.half_of_day(at + 1).is_some() {
            return Some(self.reading(hour, 0, at + 1));
        }
        let mark = self.scan.at(at + 1).filter(|mark| mark.is(Word::HourMark));
        if (cued || mark.is_some())
            && let Some((hour, minute, next)) = self.tail(hour, at + 1)
        {
            return Some(self.reading(hour, minute, next));
        }
        if mark.is_some_and(|mark| (mark.glued) || cued) {
            return Some((literal(hour, 0), at + 2));
        }
        if self.scan.is(at + 1, Word::Oclock) {
            return Some(self.reading(hour, 0, at + 2));
        }
        if cued && self.is_free(at + 1) && hour <= 24 {
            return Some(self.reading(hour, 0, at + 1));
        }
        None
    }

    /// `0730pm`, "at 1930".
    fn compact(&self, at: usize) -> Read {
        let item = self.scan.at(at).filter(|item| matches!(item.text.len(), 3 | 4))?;
        let number = item.digits(4)?;
        if self.half_of_day(at + 1).is_none()
            && !(self.is_cued_compact(at, number) && self.is_free(at + 1))
        {
            return None;
        }
        Some(self.reading(number / 100, number % 100, at + 1))
    }

    /// "at 1930", "at 430", "around 530"; but "around 500" may be anything.
    fn is_cued_compact(&self, at: usize, number: i16) -> bool {
        let is_quarter = matches!(number % 100, 15 | 30 | 45) && number < 1300;
        self.scan.is_before(at, Word::At) || (is_quarter && self.scan.is_before(at, Word::Near))
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
        self.fraction_asked(at, self.is_cued(at))
    }

    /// The same, where "ten to seven" is known to be no range.
    pub(super) fn fraction_asked(&self, at: usize, cued: bool) -> Read {
        let item = self.scan.at(at)?;
        // "halb acht"
        if item.is(Word::HalfTo)
            && let Some((hour, next)) = self.whole_hour(at + 1)
        {
            return Some(self.reading(if hour == 1 { 12 } else { hour - 1 }, 30, next));
        }
        let named = item.is(Word::Half) || item.is(Word::Quarter);
        let mut counted = false;
        let (minutes, link) = if named {
            (if item.is(Word::Half) { 30 } else { 15 }, at + 1)
        } else {
            let (minutes, next) = self.small(at).filter(|(minutes, _)| *minutes < 60)?;
            counted = self.scan.at(next).and_then(|item| item.unit()) == Some(Unit::Minute);
            (minutes, if counted { next + 1 } else { next })
        };
        let past = self.scan.is(link, Word::Past)
            || self.scan.at(link).is_some_and(|item| item.folded == "after");
        // "five to seven" may be a range; "at five to seven" and "five minutes to seven" are none.
        let to = self.scan.is(link, Word::To) && (named || counted || cued);
        if !past && !to && !item.is(Word::Half) {
            return None;
        }
        let (hour, next) = self.whole_hour(if past || to { link + 1 } else { link })?;
        Some(match (to, hour) {
            (false, _) => self.reading(hour, minutes, next),
            (true, 0) => (literal(23, 60 - minutes), next),
            (true, 12) if self.named(link + 1).is_some() => (literal(11, 60 - minutes), next),
            (true, 1) => self.reading(12, 60 - minutes, next),
            (true, _) => self.reading(hour - 1, 60 - minutes, next),
        })
    }

    /// The hour that a fraction counts from: "noon", "seven", `19`.
    fn whole_hour(&self, at: usize) -> Option<(i16, usize)> {
        let named = self.scan.at(at)?.senses.iter().find_map(|sense| match sense {
            Sense::Clock(hour, _) => Some(i16::from(*hour)),
            _ => None,
        });
        if let Some(hour) = named {
            return Some((hour, at + 1));
        }
        let (hour, next) = self.small(at).filter(|(hour, _)| (1..=24).contains(hour))?;
        self.ends(next).then(|| (hour, self.scan.skip(next, Word::Oclock)))
    }

    /// "seven thirty", "seven pm", "at seven", "sete e meia".
    fn words(&self, at: usize) -> Read {
        let spoken = self.scan.at(at)?.number.filter(|spoken| !spoken.ordinal)?;
        let hour = i16::try_from(whole(spoken.value)?).ok()?;
        if !(0..=24).contains(&hour) {
            return None;
        }
        let cued = self.is_cued(at);
        let marked = self.scan.is(at + 1, Word::Oclock) || self.scan.is(at + 1, Word::HourMark);
        if (cued || marked)
            && let Some((hour, minute, next)) = self.tail(hour, at + 1)
        {
            return Some(self.reading(hour, minute, next));
        }
        // "seven thirty", "seven-thirty"
        let second = if self.scan.is_glued_mark(at + 1, "-") { at + 2 } else { at + 1 };
        let minute =
            self.scan.at(second).and_then(|item| item.number).filter(|minute| !minute.ordinal);
        if let Some(minute) =
            minute.and_then(|minute| whole(minute.value)).filter(|minute| (10..60).contains(minute))
            && (1..=12).contains(&hour)
            && self.ends(second + 1)
        {
            return Some(self.reading(hour, i16::try_from(minute).ok()?, second + 1));
        }
        if self.half_of_day(at + 1).is_some() {
            return Some(self.reading(hour, 0, at + 1));
        }
        let mark = self.scan.at(at + 1).is_some_and(|mark| mark.is(Word::HourMark) && cued);
        if mark || self.scan.is(at + 1, Word::Oclock) {
            return Some(self.reading(hour, 0, at + 2));
        }
        (cued && self.is_free(at + 1)).then(|| self.reading(hour, 0, at + 1))
    }

    /// What stands behind an hour: "e meia", "y cuarto", "moins le quart", "Uhr 30". The hour and minute meant.
    fn tail(&self, hour: i16, from: usize) -> Option<(i16, i16, usize)> {
        let is_mark = |at| self.scan.is(at, Word::Oclock) || self.scan.is(at, Word::HourMark);
        let at = if is_mark(from) { from + 1 } else { from };
        let less = self.scan.is(at, Word::Less);
        let joined = less || self.scan.is(at, Word::And);
        let start = if joined { at + 1 } else { at };
        let (minutes, next) = if joined && self.scan.is(start, Word::Half) {
            (30, start + 1)
        } else if joined && self.scan.is(self.scan.skip(start, Word::Article), Word::Quarter) {
            (15, self.scan.skip(start, Word::Article) + 1)
        } else {
            // English says "seven fifteen"; elsewhere a number may follow "and" or the word for the hour.
            let (minutes, next) =
                self.small(start).filter(|(minutes, _)| (5..60).contains(minutes))?;
            let follows = (joined && (less || minutes >= 10)) || (at > from && !joined);
            if !self.scan.comma_decimals || !follows || !self.ends(next) {
                return None;
            }
            (minutes, next)
        };
        match (less, hour) {
            (false, _) => Some((hour, minutes, next)),
            (true, 0) => Some((23, 60 - minutes, next)),
            (true, 1) => Some((12, 60 - minutes, next)),
            (true, _) => Some((hour - 1, 60 - minutes, next)),
        }
    }

    fn ends(&self, next: usize) -> bool {
        self.is_free(next) || self.half_of_day(next).is_some()
    }

    /// "in two hours", "30 minutes from now".
    fn distance(&self, at: usize) -> Read {
        let announced = self.scan.is(at, Word::In);
        let start = if announced { self.scan.skip(at + 1, Word::Near) } else { at };
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
        // "an hour and a half"
        let (minutes, next) = match and_a_half(self.scan, 0.0, next) {
            (half, behind) if half > 0.0 && minutes == 60 => (90, behind),
            _ => (minutes, next),
        };
        // "10 minutes later" than what?
        let later =
            self.scan.at(next).is_some_and(|item| item.is(Word::FromNow) && item.folded != "later");
        if !announced && !later {
            return None;
        }
        let span: Span = (0..=10_000).contains(&minutes).then(|| minutes.minutes())?;
        let then = self.day.now.checked_add(span).ok()?;
        Some((Reading::Instant(then), if later { next + 1 } else { next }))
    }

    /// A number of at most two digits, or its word.
    pub(super) fn small(&self, at: usize) -> Option<(i16, usize)> {
        let item = self.scan.at(at)?;
        if let Some(value) = item.digits(2) {
            return Some((value, at + 1));
        }
        let spoken = item.number.filter(|spoken| !spoken.ordinal)?;
        Some((i16::try_from(whole(spoken.value)?).ok()?, at + 1))
    }

    fn is_cued(&self, at: usize) -> bool {
        // "at one of the tables", "what about one outside"
        let is_one =
            self.scan.at(at).and_then(|item| item.number).is_some_and(|it| it.value == 1.0);
        if is_one && (self.scan.is(at + 1, Word::Of) || self.scan.is(at + 1, Word::Thing)) {
            return false;
        }
        self.scan.is_before(at, Word::At) || (!is_one && self.scan.is_before(at, Word::Near))
    }

    /// Nothing behind makes the number count or part of something else.
    pub(super) fn is_free(&self, next: usize) -> bool {
        let Some(item) = self.scan.at(next) else { return true };
        let digits_follow =
            self.scan.at(next + 1).is_some_and(|item| item.class == Class::Digits && item.glued);
        let joined = item.glued && (item.class == Class::Word || digits_follow);
        let counts = item.is(Word::Person)
            || item.is(Word::Counter)
            || item.unit().is_some()
            || item.currency().is_some()
            || (item.is(Word::OrdinalMark) && item.text != ".")
            || item
                .senses
                .iter()
                .any(|sense| matches!(sense, Sense::Month(_)) && item.folded != "may")
            || (item.class == Class::Word && item.senses.is_empty() && item.number.is_none());
        !joined && !counts
    }

    pub(super) fn half_of_day(&self, at: usize) -> Option<(Half, usize)> {
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

    /// The time, by the half of the day that stands at `next`, else by the day.
    pub(super) fn reading(&self, hour: i16, minute: i16, next: usize) -> (Reading, usize) {
        let half = self.half_of_day(next);
        let next = half.map_or(next, |(_, behind)| behind);
        let on_dial = (1..=12).contains(&hour) && (0..60).contains(&minute);
        let small = i8::try_from(hour).ok().zip(i8::try_from(minute).ok());
        let reading = match (half, small) {
            (Some((Half::Am, _)), Some(_)) if on_dial => literal(hour % 12, minute),
            (Some((Half::Pm, _)), Some(_)) if on_dial => literal(hour % 12 + 12, minute),
            (None, Some((hour, minute))) if on_dial => {
                self.day.clock(hour, minute).map_or(Reading::Nothing, Reading::Time)
            }
            _ => literal(hour, minute),
        };
        (reading, next)
    }
}
