//! Minutes beside an hour: "half past seven", "ten to six in the evening", "fünf vor halb acht", "quinze para as oito", "oito
//! e dez", "huit heures moins le quart". It never says which half of the day the hour is in.

use super::dial::literal;
use super::lexicon::{Sense, Unit, Word};
use super::number::whole;
use super::party::is_for;
use super::scan::{Class, Item};
use super::time::{Read, Reader};

/// An hour, a minute, and the index behind them.
pub(super) type Clock = (i16, i16, usize);

/// Words before the first of two hours: "from ten to six" counts no minutes.
const FROM: [&str; 12] = [
    "from", "between", "das", "da", "de", "des", "desde", "entre", "von", "zwischen", "mesa",
    "tisch",
];

impl Reader<'_, '_> {
    /// "half past seven", "quarter to eight", "ten past 8", "half seven".
    pub(super) fn fraction(&self, at: usize) -> Read {
        self.fraction_asked(at, self.is_cued(at))
    }

    /// The same, where "ten to seven" is known to be no range.
    pub(super) fn fraction_asked(&self, at: usize, cued: bool) -> Read {
        if let Some((hour, minute, next)) = self.part_of_hour(at) {
            return Some(self.reading(hour, minute, next));
        }
        let item = self.scan.at(at)?;
        let named = item.is(Word::Half) || item.is(Word::Quarter);
        let mut counted = false;
        let (minutes, link) = if named {
            (if item.is(Word::Half) { 30 } else { 15 }, at + 1)
        } else {
            let (minutes, next) =
                self.small(at).filter(|(minutes, _)| (1..60).contains(minutes))?;
            counted = self.scan.at(next).and_then(Item::unit) == Some(Unit::Minute);
            (minutes, if counted { next + 1 } else { next })
        };
        let past = self.scan.is(link, Word::Past)
            || self.scan.at(link).is_some_and(|item| item.folded == "after");
        // "for two past eight" is said of two persons.
        if past && !named && !counted && minutes % 5 != 0 && self.is_of_persons(at) {
            return None;
        }
        let to = self.hour_to(link);
        let base = if past { link + 1 } else { to.unwrap_or(link) };
        let to = to.is_some()
            && (named
                || counted
                || (cued && !self.is_of_two(at))
                || self.is_minutes_to(at, minutes, (link, base)));
        if !past && !to && !item.is(Word::Half) {
            return None;
        }
        // "fünf nach halb acht"
        if let Some((hour, part, next)) = self.part_of_hour(base).filter(|_| past || to) {
            let (hour, minute) = moved(hour, part, if to { -minutes } else { minutes });
            return Some(self.reading(hour, minute, next));
        }
        let (hour, next) = self.whole_hour(base)?;
        Some(match (to, hour) {
            (false, _) => self.reading(hour, minutes, next),
            (true, 0) => (literal(23, 60 - minutes), next),
            (true, 12) if self.clock_of(base).is_some() => (literal(11, 60 - minutes), next),
            (true, _) => {
                let (hour, minute) = moved(hour, 0, -minutes);
                self.reading(hour, minute, next)
            }
        })
    }

    /// "halb acht", "viertel neun", "dreiviertel neun": so much of the hour before the one that is named.
    fn part_of_hour(&self, at: usize) -> Option<Clock> {
        let is_three = |at: usize| {
            self.scan.at(at).and_then(|item| item.number).is_some_and(|spoken| spoken.value == 3.0)
        };
        let (minute, from) = if self.scan.is(at, Word::HalfTo) {
            (30, at + 1)
        } else if self.scan.is(at, Word::QuarterTo) {
            (15, at + 1)
        } else if self.scan.is(at, Word::ThreeQuartersTo) {
            (45, at + 1)
        } else if is_three(at) && self.scan.is(at + 1, Word::QuarterTo) {
            (45, at + 2)
        } else {
            return None;
        };
        let (hour, next) = self.whole_hour(from)?;
        let (hour, minute) = moved(hour, 0, minute - 60);
        Some((hour, minute, next))
    }

    /// The index behind "to", "vor" and "para as".
    fn hour_to(&self, link: usize) -> Option<usize> {
        let is_article = |at: usize| {
            self.scan.is(at, Word::At)
                || self
                    .scan
                    .at(at)
                    .is_some_and(|item| matches!(&*item.folded, "a" | "o" | "la" | "el"))
        };
        if self.scan.is(link, Word::Toward) && is_article(link + 1) {
            return Some(link + 2);
        }
        // "dez pra oito"
        if self.scan.at(link).is_some_and(|item| matches!(&*item.folded, "pra" | "pras")) {
            return Some(link + 1);
        }
        self.scan.is(link, Word::To).then_some(link + 1)
    }

    /// Whether a number that nothing else tells to be minutes can be nothing else: "zehn vor acht", "quinze para as oito",
    /// and "ten to six in the evening", though not `10 to 6 pm`.
    fn is_minutes_to(&self, at: usize, minutes: i16, (link, base): (usize, usize)) -> bool {
        if !matches!(minutes, 5 | 10 | 15 | 20 | 25) || self.is_of_two(at) || self.is_of_persons(at)
        {
            return false;
        }
        let in_words = self.scan.at(at).is_some_and(|item| item.number.is_some());
        let is_halved =
            || self.whole_hour(base).is_some_and(|(_, next)| self.half_of_day(next).is_some());
        self.scan.is(link, Word::Toward) || (in_words && is_halved())
    }

    /// "from ten to six", "dia 20 para as 21", "de las diez para las once"
    fn is_of_two(&self, at: usize) -> bool {
        let at = if self.scan.is_before(at, Word::At) { at - 1 } else { at };
        let before = at.checked_sub(1).and_then(|before| self.scan.at(before));
        before.is_some_and(|item| {
            FROM.contains(&&*item.folded)
                || item.is(Word::And)
                || item.is(Word::OnDay)
                || item.senses.iter().any(|sense| matches!(sense, Sense::Month(_)))
        })
    }

    /// "mesa para dez", "somos dez"
    fn is_of_persons(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.scan.at(before));
        before.is_some_and(|item| {
            item.is(Word::Party) || item.is(Word::Toward) || is_for(&item.folded)
        })
    }

    /// The hour that a fraction counts from: "noon", "seven", `19`.
    fn whole_hour(&self, at: usize) -> Option<(i16, usize)> {
        if let Some((hour, _)) = self.clock_of(at) {
            return Some((hour, at + 1));
        }
        let (hour, next) = if self.scan.is(at, Word::OneOclock) {
            (1, at + 1)
        } else {
            self.small(at).filter(|(hour, _)| (1..=24).contains(hour))?
        };
        let behind = if self.is_mark(next) { next + 1 } else { next };
        let ends =
            if self.scan.is(at, Word::OneOclock) { self.closes(behind) } else { self.ends(behind) };
        ends.then_some((hour, behind))
    }

    /// What stands behind an hour: "e meia", "y cuarto", "moins le quart", "Uhr 30". The hour and minute meant.
    pub(super) fn tail(&self, hour: i16, from: usize) -> Option<Clock> {
        let at = if self.is_mark(from) { from + 1 } else { from };
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
            // "entre as sete e dez" are two hours, and so may be "sete e oito".
            let sure = less || ((minutes == 5 || minutes >= 10) && !self.is_between(from));
            let follows = (joined && sure) || (at > from && !joined);
            let next = match self.scan.at(next).and_then(Item::unit) {
                Some(Unit::Minute) => next + 1,
                _ => next,
            };
            if !self.scan.comma_decimals || !follows || !self.ends(next) {
                return None;
            }
            (minutes, next)
        };
        Some(match (less, hour) {
            (false, _) => (hour, minutes, next),
            (true, 0) => (23, 60 - minutes, next),
            (true, _) => {
                let (hour, minute) = moved(hour, 0, -minutes);
                (hour, minute, next)
            }
        })
    }

    /// Whether one of the two words before the hour that ends here says that a second hour follows.
    fn is_between(&self, next: usize) -> bool {
        (2..=3).any(|back| {
            let before = next.checked_sub(back).and_then(|before| self.scan.at(before));
            before.is_some_and(|item| matches!(&*item.folded, "entre" | "zwischen" | "between"))
        })
    }

    /// "o'clock", "Uhr", "horas".
    pub(super) fn is_mark(&self, at: usize) -> bool {
        self.scan.is(at, Word::Oclock) || self.scan.is(at, Word::HourMark)
    }

    /// The same where it is of a time only: "2 horas e meia" is a length, "8 Uhr" is none.
    pub(super) fn is_oclock(&self, at: usize) -> bool {
        let may_last = self.scan.at(at).and_then(Item::unit).is_some();
        self.scan.is(at, Word::Oclock) || (self.scan.is(at, Word::HourMark) && !may_last)
    }

    /// A number of at most two digits, or its word; "vinte e uma" too.
    pub(super) fn small(&self, at: usize) -> Option<(i16, usize)> {
        let item = self.scan.at(at)?;
        if let Some(value) = item.digits(2) {
            return Some((value, at + 1));
        }
        let spoken = |at: usize| {
            let spoken = self.scan.at(at)?.number.filter(|spoken| !spoken.ordinal)?;
            i16::try_from(whole(spoken.value)?).ok()
        };
        let value = spoken(at)?;
        // "vingt-et-une"
        let dash = |at: usize| if self.scan.is_glued_mark(at, "-") { at + 1 } else { at };
        let and = dash(at + 1);
        let behind = dash(and + 1);
        let is_one = self.scan.is(behind, Word::OneOclock) || self.scan.is(behind, Word::Article);
        let unit = if is_one {
            self.closes(behind + 1).then_some(1)
        } else {
            spoken(behind).filter(|unit| (1..10).contains(unit))
        };
        let is_ten = matches!(value, 20 | 30 | 40 | 50) && self.scan.is(and, Word::And);
        Some(match unit.filter(|_| is_ten && self.scan.comma_decimals) {
            Some(unit) => (value + unit, behind + 1),
            None => (value, at + 1),
        })
    }

    /// Nothing that the number counts, or a half of the day.
    pub(super) fn ends(&self, next: usize) -> bool {
        self.is_free(next) || self.half_of_day(next).is_some()
    }

    /// What may stand behind an article that is one o'clock: "à uma da tarde", but not "à uma mesa".
    pub(super) fn closes(&self, next: usize) -> bool {
        let is_free = |item: &Item<'_>| {
            let told =
                |sense: &Sense| matches!(sense, Sense::Day(_) | Sense::Weekday(_) | Sense::Part(_));
            item.class == Class::Mark
                || item.senses.iter().any(told)
                || is_for(&item.folded)
                || matches!(&*item.folded, "bitte" | "please")
        };
        self.is_mark(next)
            || self.half_of_day(next).is_some()
            || self.scan.at(next).is_none_or(is_free)
            || self.tail_of_one(next)
    }

    fn tail_of_one(&self, next: usize) -> bool {
        let joined = self.scan.is(next, Word::And) || self.scan.is(next, Word::Less);
        joined && (self.tail(1, next)).is_some()
    }
}

/// So many minutes later or earlier on the dial, where 12 stands before 1; on that of 24 hours if the hour is.
fn moved(hour: i16, minute: i16, by: i16) -> (i16, i16) {
    let all = hour * 60 + minute + by;
    let (moved, minute) = (all.div_euclid(60), all.rem_euclid(60));
    match moved {
        0 => (12, minute),
        13 if hour <= 12 => (1, minute),
        _ => (moved, minute),
    }
}
