//! Names of whom something is given to: "send it to Ana Luz", "transfer 20 euros to Ana". Much else than a person stands
//! there, so it wants a verb that hands something over, and a first and last name where that is no money.

use super::super::lexicon::Word;
use super::super::reading::Candidate;
use super::super::scan::Scan;
use super::unannounced::{is_full, is_name_like};
use super::{Part, candidate, is_capitalised, run};

/// What begins or ends the name of a place or a firm. The tables have them not: all of them are in names of persons.
const NO_PERSON: [&str; 40] = [
    "san", "santa", "sankt", "saint", "st", "los", "las", "el", "la", "le", "bad", "rio", "puerto",
    "port", "porto", "cape", "north", "south", "east", "west", "nova", "nueva", "vila", "villa",
    "monte", "mount", "lake", "fort", "bank", "street", "road", "park", "square", "airport",
    "station", "ltd", "inc", "gmbh", "sa", "club",
];

/// Names behind a word that leads to who is given something.
pub(super) fn candidates(scan: &Scan<'_>) -> Vec<(Candidate, Part)> {
    if !scan.items.iter().any(|item| item.is(Word::Gives)) {
        return Vec::new();
    }
    let money = scan.items.iter().any(|item| item.currency().is_some());
    let leads = |at: &usize| scan.is(*at, Word::Receiver);
    (0..scan.items.len())
        .filter(leads)
        .map(|at| (at + 1, run(scan, at + 1)))
        .filter(|(start, next)| next > start && is_person(scan, (*start, *next), money))
        .map(|name| (candidate(scan, name, 0.8, false), Part::First))
        .collect()
}

fn is_person(scan: &Scan<'_>, (start, next): (usize, usize), money: bool) -> bool {
    let is_one = next == start + 1 && is_name_like(scan, start, next);
    let other = |at: usize| scan.at(at).is_some_and(|item| NO_PERSON.contains(&&*item.folded));
    is_capitalised(scan, start)
        && (is_full(scan, start, next) || (money && is_one))
        && !other(start)
        && !other(next - 1)
        && !scan.is(next, Word::Venue)
        && !is_capitalised(scan, next)
}
