//! Lengths of time: "90 minutes", "two hours", "half an hour", "1 hour and 30 minutes", written as ISO 8601. A length from
//! now ("in two weeks") is a day or a time instead.

use super::lexicon::{Piece, Unit, Word};
use super::number::{amount, amount_or_article, sign, whole};
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};

/// Every length of time in the text.
pub(super) fn candidates(scan: &Scan<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some((length, next)) = compound(scan, at).filter(|_| !is_time(scan, at)) else {
            at += 1;
            continue;
        };
        // No length is below zero.
        let sign = sign(scan, at, next);
        let iso = length.iso().filter(|_| sign.is_none());
        found.push(Candidate {
            reading: iso.map_or(Reading::Nothing, Reading::Duration),
            span: scan.span(sign.unwrap_or(at), next),
            confidence: 0.9,
            weak: false,
        });
        at = next.max(at + 1);
    }
    found
}

/// Amounts by unit; fractions of an hour or a minute go down to the next unit.
#[derive(Debug, Default)]
struct Length {
    years: f64,
    months: f64,
    weeks: f64,
    days: f64,
    seconds: f64,
    /// Said in hours, minutes or seconds, so that "0 minutes" is a length too.
    is_timed: bool,
}

impl Length {
    fn add(&mut self, amount: f64, unit: Unit) {
        match unit {
            Unit::Year => self.years += amount,
            Unit::Month => self.months += amount,
            Unit::Week => self.weeks += amount,
            Unit::Day => self.days += amount,
            Unit::Hour => self.seconds += amount * 3600.0,
            Unit::Minute => self.seconds += amount * 60.0,
            Unit::Second => self.seconds += amount,
        }
        self.is_timed |= matches!(unit, Unit::Hour | Unit::Minute | Unit::Second);
    }

    fn iso(&self) -> Option<String> {
        let months = self.months + self.years.fract() * 12.0;
        let days = self.days + self.weeks.fract() * 7.0;
        let mut text = String::from("P");
        for (amount, letter) in [
            (self.years.trunc(), 'Y'),
            (months, 'M'),
            (self.weeks.trunc(), 'W'),
            (days.trunc(), 'D'),
        ] {
            push(&mut text, amount, letter)?;
        }
        let seconds = whole((self.seconds + days.fract() * 86_400.0).round())?;
        if seconds == 0 && !self.is_timed {
            return Some(text).filter(|text| text.len() > 1);
        }
        text.push('T');
        // 90 minutes stay 90 minutes: what was said in one unit is easier to recognise in it.
        let (hours, minutes) =
            if seconds % 3600 == 0 { (seconds / 3600, 0) } else { (0, seconds / 60) };
        for (amount, letter) in [(hours, 'H'), (minutes, 'M'), (seconds % 60, 'S')] {
            if amount != 0 || (seconds == 0 && letter == 'M') {
                text.push_str(&amount.to_string());
                text.push(letter);
            }
        }
        Some(text)
    }
}

fn push(text: &mut String, amount: f64, letter: char) -> Option<()> {
    let amount = whole(amount)?;
    if amount != 0 {
        text.push_str(&amount.to_string());
        text.push(letter);
    }
    Some(())
}

fn compound(scan: &Scan<'_>, at: usize) -> Option<(Length, usize)> {
    let mut length = Length::default();
    let (amount, unit, mut next) = part(scan, at).or_else(|| bare(scan, at))?;
    length.add(amount, unit);
    for _ in 0..5 {
        if let Some((fraction, behind)) = fraction_behind(scan, next) {
            length.add(fraction, unit);
            next = behind;
            break;
        }
        if let Some((minutes, behind)) = minutes_behind(scan, next, unit) {
            length.add(minutes, Unit::Minute);
            next = behind;
            break;
        }
        let Some((amount, unit, behind)) = part(scan, scan.skip(next, Word::And)) else { break };
        length.add(amount, unit);
        next = behind;
    }
    Some((length, next))
}

/// One amount and its unit: "two hours", "half an hour", "an hour", "three quarters of an hour", `2h`.
fn part(scan: &Scan<'_>, at: usize) -> Option<(f64, Unit, usize)> {
    if scan.is(at, Word::Half) {
        let named = scan.skip(at + 1, Word::Article);
        return Some((0.5, scan.at(named)?.unit()?, named + 1));
    }
    let (amount, named) = amount_or_article(scan, at).unwrap_or((1.0, at));
    // "two and a quarter hours"
    let quarter = scan.skip(named + 1, Word::Article);
    if named > at && scan.is(named, Word::And) && scan.is(quarter, Word::Quarter) {
        return Some((amount + 0.25, scan.at(quarter + 1)?.unit()?, quarter + 2));
    }
    let item = scan.at(named)?;
    if let Some(piece) = item.piece() {
        let (share, unit) = share(piece);
        return Some((amount * share, unit, named + 1));
    }
    if item.is(Word::Quarter) || item.is(Word::Quarters) {
        let whole = scan.skip(scan.skip(named + 1, Word::Of), Word::Article);
        return Some((amount / 4.0, scan.at(whole)?.unit()?, whole + 1));
    }
    let unit = item.unit().or_else(|| is_hour_mark(scan, named).then_some(Unit::Hour));
    (named > at).then_some((amount, unit?, named + 1))
}

/// "hora y media", where the one hour is not said.
fn bare(scan: &Scan<'_>, at: usize) -> Option<(f64, Unit, usize)> {
    let unit = scan.at(at)?.unit()?;
    fraction_behind(scan, at + 1).map(|_| (1.0, unit, at + 1))
}

fn share(piece: Piece) -> (f64, Unit) {
    match piece {
        Piece::QuarterHour => (0.25, Unit::Hour),
        Piece::HalfHour => (0.5, Unit::Hour),
        Piece::ThreeQuarterHour => (0.75, Unit::Hour),
        Piece::Fortnight => (2.0, Unit::Week),
    }
}

/// "and a half", "y cuarto", "et trois quarts".
fn fraction_behind(scan: &Scan<'_>, next: usize) -> Option<(f64, usize)> {
    let more = scan.skip(next, Word::And);
    let named = scan.skip(more, Word::Article);
    match () {
        () if more == next => None,
        () if scan.is(named, Word::Half) => Some((0.5, named + 1)),
        () if scan.is(named, Word::Quarter) && is_end(scan, named + 1) => Some((0.25, named + 1)),
        () => {
            let (count, named) = amount(scan, more)?;
            let is_share = scan.is(named, Word::Quarters) && is_end(scan, named + 1);
            is_share.then_some((count / 4.0, named + 1))
        }
    }
}

/// `2h30`, "une heure trente": minutes that are not called so.
fn minutes_behind(scan: &Scan<'_>, next: usize, unit: Unit) -> Option<(f64, usize)> {
    let item = scan.at(next).filter(|_| unit == Unit::Hour)?;
    let minutes = match item.class {
        Class::Digits if item.text.len() == 2 => f64::from(item.digits(2)?),
        Class::Word => item.number.filter(|spoken| !spoken.ordinal)?.value,
        _ => return None,
    };
    // `2h30m`, `2h 30m`
    let is_named = item.class == Class::Digits
        && scan.at(next + 1).is_some_and(|item| item.glued && matches!(&*item.folded, "m" | "min"));
    let behind = if is_named { next + 2 } else { next + 1 };
    let is_glued = item.glued && is_hour_mark(scan, next - 1);
    let ends = is_named || is_glued || is_end(scan, behind);
    ((1.0..60.0).contains(&minutes) && ends).then_some((minutes, behind))
}

/// The `h` of `2h` and `2 h`.
fn is_hour_mark(scan: &Scan<'_>, at: usize) -> bool {
    let is_counted = at.checked_sub(1).and_then(|before| scan.at(before));
    scan.at(at).is_some_and(|item| item.folded == "h")
        && is_counted.is_some_and(|item| item.class == Class::Digits)
}

fn is_end(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_none_or(|item| item.class == Class::Mark && !item.glued || is_stop(item.text))
}

fn is_stop(text: &str) -> bool {
    matches!(text, "." | "," | "!" | "?" | ";")
}

/// "at 2h30" and "à deux heures" are times of day; "pour deux heures" is how long.
fn is_time(scan: &Scan<'_>, at: usize) -> bool {
    let marked = is_hour_mark(scan, at + 1);
    let unit = scan.at(at + 1).and_then(Item::unit);
    (marked || unit == Some(Unit::Hour))
        && at.checked_sub(1).and_then(|before| scan.at(before)).is_some_and(|before| {
            let is_at = before.is(Word::At) && before.folded != "pour";
            is_at || (marked && before.is(Word::Near))
        })
}
