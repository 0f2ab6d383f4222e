//! Whether counted persons are the whole party or some of it: "two of us are vegan" books for more.

use super::lexicon::Word;
use super::scan::Scan;

/// How many words behind the verb may say what the persons do.
const REACH: usize = 5;

/// Whether the text says of these persons, from one item to another, what holds for some of a party only. Who is said to
/// come, to dine or to want a table is all of it.
pub(super) fn is_some_of_it(scan: &Scan<'_>, from: usize, next: usize) -> bool {
    let next = scan.skip(next, Word::Counter);
    // "my booking for 5 people is in 20 days"
    let booked = from
        .checked_sub(1)
        .and_then(|before| scan.at(before))
        .is_some_and(|item| item.is(Word::Party) || is_for(&item.folded));
    if booked || !scan.is(next, Word::Has) || scan.at(next + 1).is_none() {
        return false;
    }
    let mut said = (next + 1..=next + REACH).filter_map(|at| scan.at(at));
    !said.any(|item| item.is(Word::Attends) || item.is(Word::Thing))
}

/// "for", which announces how many.
pub(super) fn is_for(folded: &str) -> bool {
    matches!(folded, "for" | "para" | "por" | "pour" | "fur")
}
