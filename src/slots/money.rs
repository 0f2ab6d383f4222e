//! Amounts of money: `$20`, `EUR 15.50`, "20 euros", "fifty bucks". It never converts one currency to another.

use super::number::amount;
use super::reading::{Candidate, Reading};
use super::scan::Scan;

/// Every amount of money in the text.
pub(super) fn candidates(scan: &Scan<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some((amount, currency, next)) = before(scan, at).or_else(|| behind(scan, at)) else {
            at += 1;
            continue;
        };
        found.push(Candidate {
            reading: Reading::Money { amount, currency },
            span: scan.span(at, next),
            confidence: 0.95,
            weak: false,
        });
        at = next.max(at + 1);
    }
    found
}

fn before(scan: &Scan<'_>, at: usize) -> Option<(f64, &'static str, usize)> {
    let currency = scan.at(at)?.currency()?;
    let (value, next) = amount(scan, at + 1)?;
    Some((value, currency, next))
}

fn behind(scan: &Scan<'_>, at: usize) -> Option<(f64, &'static str, usize)> {
    let (value, named) = amount(scan, at)?;
    Some((value, scan.at(named)?.currency()?, named + 1))
}
