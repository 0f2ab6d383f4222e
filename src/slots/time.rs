//! Times of day: `19:30`, "7pm", "half past seven", `20h`, "noon", and a time from now ("in two hours"). An hour that could
//! be either half of the day is read by the part of the day the text names, else as people mean it.

use jiff::{Span, ToSpan};

use super::Moment;
use super::dial::{Day, literal};
use super::lexicon::{Part, Sense, Unit, Word};
use super::number::{amount_or_article, and_a_half, whole};
use super::party::is_for;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};

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

    /// "noon", "midnight", "midi et demi", "midi trente".
    fn named(&self, at: usize) -> Read {
        let (hour, minute) = self.clock_of(at)?;
        let is_round = |(minutes, _): &(i16, usize)| matches!(minutes, 15 | 30 | 45);
        let round = || {
            let (minutes, next) = self.small(at + 1).filter(is_round)?;
            self.ends(next).then_some((hour, minutes, next))
        };
        let behind = self.tail(hour, at + 1).or_else(round).filter(|_| self.scan.comma_decimals);
        let (hour, minute, next) = behind.unwrap_or((hour, minute, at + 1));
        Some((literal(hour, minute), next))
    }

    pub(super) fn clock_of(&self, at: usize) -> Option<(i16, i16)> {
        self.scan.at(at)?.senses.iter().find_map(|sense| match sense {
            Sense::Clock(hour, minute) => Some((i16::from(*hour), i16::from(*minute))),
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
            let is_zero = item.text.starts_with('0') && self.half_of_day(behind).is_none();
            return Some(if is_zero {
                (literal(hour, minute), behind)
            } else if self.scan.is(at + 1, Word::HourMark) {
                self.marked(hour, minute, behind)
            } else {
                self.reading(hour, minute, behind)
            });
        }
        let end = if self.is_mark(at + 1) { at + 2 } else { at + 1 };
        if self.half_of_day(end).is_some() {
            return Some(self.reading(hour, 0, end));
        }
        let mark = self.scan.at(at + 1).filter(|mark| mark.is(Word::HourMark));
        if let Some((hour, minute, next)) = self.tail(hour, at + 1)
            && (cued || self.is_oclock(at + 1) || self.half_of_day(next).is_some())
        {
            return Some(self.reading(hour, minute, next));
        }
        if mark.is_some_and(|mark| mark.glued || cued) {
            return Some(self.marked(hour, 0, at + 2));
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
        Some(self.four_digits(at, number))
    }

    /// `1930`, and `0730`, which is no evening.
    pub(super) fn four_digits(&self, at: usize, number: i16) -> (Reading, usize) {
        let is_zero = self.scan.at(at).is_some_and(|item| item.text.starts_with('0'));
        if is_zero && self.half_of_day(at + 1).is_none() {
            (literal(number / 100, number % 100), at + 1)
        } else {
            self.reading(number / 100, number % 100, at + 1)
        }
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

    /// "seven thirty", "seven pm", "at seven", "sete e meia", "à uma".
    fn words(&self, at: usize) -> Read {
        let is_one = self.scan.is(at, Word::OneOclock);
        let (hour, behind) = if is_one {
            (1, at + 1)
        } else {
            self.small(at).filter(|_| self.scan.at(at).is_some_and(|item| item.number.is_some()))?
        };
        if !(0..=24).contains(&hour) {
            return None;
        }
        let cued = if is_one { self.is_one_cued(at) } else { self.is_cued(at) };
        let marked = self.is_mark(behind);
        let end = if marked { behind + 1 } else { behind };
        // "une heure" is a length as well; "ein Uhr" is none.
        let may_last = is_one && self.scan.at(behind).and_then(Item::unit).is_some();
        let sure = cued || (self.is_oclock(behind) && !may_last);
        if let Some((hour, minute, next)) = self.tail(hour, behind)
            && (sure || self.half_of_day(next).is_some())
        {
            return Some(self.reading(hour, minute, next));
        }
        if let Some((minute, next)) = self.minutes_in_words(behind).filter(|_| !is_one)
            && ((1..=12).contains(&hour) || (cued && hour > 12 && self.scan.comma_decimals))
        {
            return Some(self.reading(hour, minute, next));
        }
        if self.half_of_day(end).is_some() {
            return Some(self.reading(hour, 0, end));
        }
        if marked && (cued || (sure && self.scan.is(behind, Word::Oclock))) {
            return Some(self.reading(hour, 0, end));
        }
        let ends = if is_one { self.closes(behind) } else { self.is_free(behind) };
        (cued && ends).then(|| self.reading(hour, 0, behind))
    }

    /// "seven thirty", "seven-thirty"
    fn minutes_in_words(&self, at: usize) -> Option<(i16, usize)> {
        let at = if self.scan.is_glued_mark(at, "-") { at + 1 } else { at };
        let spoken = self.scan.at(at)?.number.filter(|minute| !minute.ordinal)?;
        let minute = whole(spoken.value).filter(|minute| (10..60).contains(minute))?;
        self.ends(at + 1).then_some((i16::try_from(minute).ok()?, at + 1))
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
        // "an hour and a half", "duas horas e meia"
        let is_hours = self.scan.at(minute_unit).and_then(Item::unit) == Some(Unit::Hour);
        let (minutes, next) = match and_a_half(self.scan, 0.0, next) {
            (half, behind) if half > 0.0 && is_hours => (minutes.saturating_add(30), behind),
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

    /// "à uma", "la una", "depois da uma", but not "pour une heure".
    fn is_one_cued(&self, at: usize) -> bool {
        let cues = [Word::At, Word::After, Word::Before];
        at.checked_sub(1).and_then(|before| self.scan.at(before)).is_some_and(|item| {
            let is_led = cues.iter().any(|cue| item.is(*cue));
            let is_phrase = item.text.contains(' ');
            item.folded == "la" || (is_led && (is_phrase || !is_for(&item.folded)))
        })
    }

    pub(super) fn is_cued(&self, at: usize) -> bool {
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

    /// The time of an hour that is marked as on a clock of 24 hours, `8h`, "8 Uhr": so if no part of the day is named.
    fn marked(&self, hour: i16, minute: i16, next: usize) -> (Reading, usize) {
        if self.day.has_part() || self.half_of_day(next).is_some() {
            self.reading(hour, minute, next)
        } else {
            (literal(hour, minute), next)
        }
    }

    /// The time, by the half of the day that stands at `next`, else by the day.
    pub(super) fn reading(&self, hour: i16, minute: i16, next: usize) -> (Reading, usize) {
        let half = self.half_of_day(next);
        // "twelve at night", "duas da noite"
        let is_night = matches!(hour, 12 | 1..=3)
            && self
                .scan
                .at(next)
                .is_some_and(|item| item.senses.contains(&Sense::Part(Part::Evening)));
        let next = half.map_or(next, |(_, behind)| behind);
        let on_dial = (1..=12).contains(&hour) && (0..60).contains(&minute);
        let small = i8::try_from(hour).ok().zip(i8::try_from(minute).ok());
        let reading = match (half, small) {
            (Some((half, _)), Some(_)) if on_dial => {
                let is_am = half == Half::Am || is_night;
                literal(if is_am { hour % 12 } else { hour % 12 + 12 }, minute)
            }
            (None, Some((hour, minute))) if on_dial => {
                self.day.clock(hour, minute).map_or(Reading::Nothing, Reading::Time)
            }
            _ => literal(hour, minute),
        };
        (reading, next)
    }
}
