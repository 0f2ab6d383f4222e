//! Lengths of time: "90 minutes", "two hours", "half an hour", "1 hour and 30 minutes", written as ISO 8601. A length from
//! now ("in two weeks") is a day or a time instead.

use super::lexicon::{Unit, Word};
use super::number::{amount_or_article, whole};
use super::reading::{Candidate, Reading};
use super::scan::Scan;

/// Every length of time in the text.
pub(super) fn candidates(scan: &Scan<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some((length, next)) = compound(scan, at) else {
            at += 1;
            continue;
        };
        found.push(Candidate {
            reading: length.iso().map_or(Reading::Nothing, Reading::Duration),
            span: scan.span(at, next),
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
    let (amount, unit, mut next) = part(scan, at)?;
    length.add(amount, unit);
    for _ in 0..5 {
        let more = scan.skip(next, Word::And);
        let half = scan.skip(more, Word::Article);
        if more > next && scan.is(half, Word::Half) {
            length.add(0.5, unit);
            next = half + 1;
            break;
        }
        let Some((amount, unit, behind)) = part(scan, more) else { break };
        length.add(amount, unit);
        next = behind;
    }
    Some((length, next))
}

/// One amount and its unit: "two hours", "half an hour", "an hour".
fn part(scan: &Scan<'_>, at: usize) -> Option<(f64, Unit, usize)> {
    if scan.is(at, Word::Half) {
        let named = scan.skip(at + 1, Word::Article);
        return Some((0.5, scan.at(named)?.unit()?, named + 1));
    }
    let (amount, named) = amount_or_article(scan, at)?;
    Some((amount, scan.at(named)?.unit()?, named + 1))
}
