//! Numbers in figures: `1,500`, `1.250,50`, `12 500`, `4.5`, `20k`. What a comma or a point means is told by the figures
//! where they can tell it, else by the language. It never takes a list, a version or a date for a number.

use super::lexicon::Word;
use super::number::counts_persons;
use super::scan::{Class, Scan};

/// The number that begins with these digits, and the index behind it.
pub(super) fn read(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    let first = scan.at(at)?.text;
    let marked = Marked::read(scan, at + 1);
    let (text, next) = marked
        .number(scan, first, at + 1)
        .or_else(|| spaced(scan, at))
        .unwrap_or_else(|| (first.to_owned(), at + 1));
    Some((text.parse().ok().filter(|value: &f64| value.is_finite())?, next))
}

/// The digits behind points and commas that stand in one row with no space.
struct Marked<'t> {
    groups: Vec<(&'t str, &'t str)>,
}

impl<'t> Marked<'t> {
    fn read(scan: &Scan<'t>, from: usize) -> Self {
        let mut groups = Vec::new();
        let mut at = from;
        while let Some(mark) = scan.at(at).filter(|mark| mark.glued && is_mark(mark.text))
            && let Some(digits) = scan.glued_digits(at + 1)
        {
            groups.push((mark.text, digits.text));
            at += 2;
        }
        Self { groups }
    }

    fn number(&self, scan: &Scan<'_>, first: &str, from: usize) -> Option<(String, usize)> {
        let (&(mark, last), before) = self.groups.split_last()?;
        let next = from + 2 * self.groups.len();
        let (decimal, thousands) = if scan.comma_decimals { (",", ".") } else { (".", ",") };
        let grouped = |groups: &[(&str, &str)]| {
            let all = |one: &(&str, &str)| {
                one.1.len() == 3 && Some(one.0) == groups.first().map(|it| it.0)
            };
            is_first_group(first) && groups.iter().all(all)
        };
        let joined = |groups: &[(&str, &str)]| {
            groups.iter().fold(first.to_owned(), |text, (_, digits)| text + *digits)
        };
        let with_fraction = || Some((format!("{}.{last}", joined(before)), next));
        match before.first() {
            // `1.234.567` in any language
            Some((other, _)) if *other == mark => {
                grouped(&self.groups).then(|| (joined(&self.groups), next))
            }
            // `1.250,50`, `1,250.50`
            Some(_) => (grouped(before) && !is_apostrophe(mark)).then(with_fraction).flatten(),
            None if mark == decimal => with_fraction(),
            None if last.len() == 3 && is_first_group(first) => Some((joined(&self.groups), next)),
            None if mark == thousands && last.len() < 3 && !is_list(scan, next) => with_fraction(),
            None => None,
        }
    }
}

/// "for 4,5 people", "table for 2,7pm": two numbers rather than one with a fraction.
fn is_list(scan: &Scan<'_>, next: usize) -> bool {
    let is_glued = scan.at(next).is_some_and(|item| {
        item.glued && (item.text == ":" || item.class == Class::Word && item.currency().is_none())
    });
    let words = [Word::Am, Word::Pm, Word::Oclock, Word::HourMark];
    is_glued || counts_persons(scan, next) || words.into_iter().any(|word| scan.is(next, word))
}

/// `12 500` and `1 250,50`, as French writes them. A plain space joins only where the comma has the fraction.
fn spaced(scan: &Scan<'_>, at: usize) -> Option<(String, usize)> {
    let first = scan.at(at).filter(|first| is_first_group(first.text))?;
    let stands_alone = at.checked_sub(1).and_then(|before| scan.at(before)).is_none_or(|before| {
        before.class != Class::Digits
            && (!first.glued
                || before.currency().is_some()
                || matches!(before.text, "-" | "−" | "("))
    });
    let mut text = first.text.to_owned();
    let (mut next, mut end, mut is_plain) = (at + 1, first.span.end, false);
    while let Some(group) =
        scan.at(next).filter(|group| group.class == Class::Digits && !group.glued)
    {
        let gap = scan.text.get(end..group.span.start)?;
        if group.text.len() != 3 || !matches!(gap, " " | "\u{a0}" | "\u{202f}" | "\u{2009}") {
            return None;
        }
        is_plain |= gap == " ";
        text.push_str(group.text);
        (next, end) = (next + 1, group.span.end);
    }
    // Four groups and more are a phone.
    if !stands_alone || !(2..=3).contains(&(next - at)) {
        return None;
    }
    let fraction = scan.glued_digits(next + 1).filter(|_| scan.is_glued_mark(next, ","));
    if let Some(fraction) = fraction.filter(|fraction| fraction.text.len() < 3) {
        return Some((format!("{text}.{}", fraction.text), next + 2));
    }
    let is_more = scan.at(next).is_some_and(|item| {
        item.glued && (item.class == Class::Word || scan.glued_digits(next + 1).is_some())
    });
    (!is_more && (scan.comma_decimals || !is_plain)).then_some((text, next))
}

/// With the thousands or millions that stand behind: "1.5 million", "20k", "4 mil e quinhentos".
pub(super) fn scaled(scan: &Scan<'_>, value: f64, next: usize) -> (f64, usize) {
    let Some(item) = scan.at(next) else { return (value, next) };
    let is_letter = item.text.chars().nth(1).is_none();
    if let Some(scale) = item.scale() {
        return if is_letter && !item.glued { (value, next) } else { (value * scale, next + 1) };
    }
    let is_thousand = matches!(&*item.folded, "mil" | "mille" | "thousand" | "tausend");
    match item.number.filter(|_| is_thousand) {
        Some(more) if (1000.0..2000.0).contains(&more.value) => {
            (value * 1000.0 + more.value - 1000.0, next + 1)
        }
        _ => (value, next),
    }
}

fn is_first_group(digits: &str) -> bool {
    digits.len() <= 3 && !digits.starts_with('0')
}

fn is_mark(text: &str) -> bool {
    matches!(text, "," | ".") || is_apostrophe(text)
}

/// `1'250.50`, as in Switzerland.
fn is_apostrophe(text: &str) -> bool {
    matches!(text, "'" | "’")
}
