//! Moments as machines write them, with their distance from UTC: `2026-12-01T10:00:00+02:00`, told on the session's wall.
//! A moment without it is a day and a time, which others read.

use jiff::Timestamp;

use super::Moment;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};

/// The longest such text, with room for the name of a zone.
const LENGTH_MAX: usize = 60;

/// Every such moment of the text.
pub(super) fn candidates(scan: &Scan<'_>, moment: &Moment) -> Vec<Candidate> {
    let is_year = |item: &&Item<'_>| item.class == Class::Digits && item.text.len() == 4;
    let found = scan.items.iter().filter(is_year).filter_map(|item| {
        let (stamp, length) = stamp(scan.text.get(item.span.start..)?)?;
        let then = stamp.to_zoned(moment.now.time_zone().clone()).datetime();
        Some(Candidate {
            reading: Reading::Instant(then),
            span: item.span.start..item.span.start + length,
            confidence: 0.95,
            weak: false,
        })
    });
    found.collect()
}

/// The moment that a text begins with, and its length; day and time may be two words.
fn stamp(text: &str) -> Option<(Timestamp, usize)> {
    let gaps = text.match_indices(char::is_whitespace).map(|(at, _)| at);
    gaps.chain([text.len()]).take(2).filter(|end| *end <= LENGTH_MAX).find_map(|end| {
        let word = text.get(..end)?.trim_end_matches(['.', ',', ';', '!', '?', ')']);
        Some((word.parse().ok()?, word.len()))
    })
}
