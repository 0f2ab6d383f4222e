//! Names of whom something is given to: "send it to Ana Luz", "transfer 20 euros to Ana". Much else than a person stands
//! there ("send me the way to Notting Hill"), so it wants a verb that hands over money or what was spoken of, and a first
//! and last name where that is no money.

use super::super::lexicon::Word;
use super::super::reading::Candidate;
use super::super::scan::Scan;
use super::unannounced::{is_full, is_name_like};
use super::{Part, candidate, has_text, is_capitalised, run};

/// What begins or ends the name of a place, a firm or a group. The tables have them not: some are in names of persons.
const NO_PERSON: [&str; 52] = [
    "san",
    "santa",
    "sankt",
    "saint",
    "st",
    "los",
    "las",
    "el",
    "la",
    "le",
    "bad",
    "rio",
    "puerto",
    "port",
    "porto",
    "cape",
    "north",
    "south",
    "east",
    "west",
    "nova",
    "nueva",
    "vila",
    "villa",
    "monte",
    "mount",
    "lake",
    "fort",
    "bank",
    "street",
    "road",
    "park",
    "square",
    "airport",
    "station",
    "ltd",
    "inc",
    "gmbh",
    "sa",
    "club",
    "firma",
    "familie",
    "abteilung",
    "company",
    "empresa",
    "customer",
    "service",
    "support",
    "team",
    "department",
    "stadt",
    "stadtwerke",
];

/// Names behind a word that leads to who is given something.
pub(super) fn candidates(scan: &Scan<'_>) -> Vec<(Candidate, Part)> {
    let Some(verb) = (0..scan.items.len()).find(|at| scan.is(*at, Word::Gives)) else {
        return Vec::new();
    };
    let money = scan.items.iter().any(|item| item.currency().is_some());
    if !money && !hands_over(scan, verb) {
        return Vec::new();
    }
    let leads = |at: &usize| scan.is(*at, Word::Receiver);
    (0..scan.items.len())
        .filter(leads)
        .map(|at| (at + 1, run(scan, at + 1)))
        .filter(|(start, next)| next > start && is_person(scan, (*start, *next), money))
        .map(|name| (candidate(scan, name, 0.8, false), Part::First))
        .collect()
}

/// "send it", "write to"
fn hands_over(scan: &Scan<'_>, verb: usize) -> bool {
    let behind = if has_text(scan, verb + 1, "-") { verb + 2 } else { verb + 1 };
    let is_it = scan.at(behind).is_some_and(|item| {
        matches!(
            &*item.folded,
            "it" | "this"
                | "that"
                | "them"
                | "es"
                | "das"
                | "lo"
                | "la"
                | "le"
                | "les"
                | "o"
                | "a"
                | "isto"
                | "isso"
                | "ca"
                | "cela"
                | "esto"
                | "eso"
        )
    });
    scan.is(behind, Word::Receiver) || (is_it && scan.is(behind + 1, Word::Receiver))
}

fn is_person(scan: &Scan<'_>, (start, next): (usize, usize), money: bool) -> bool {
    // In German all nouns are written as names: "5 Euro an Trinkgeld".
    let noun = start.checked_sub(1).is_some_and(|lead| has_text(scan, lead, "an"));
    let is_one = !noun && next == start + 1 && is_name_like(scan, start, next);
    let other = |at: usize| scan.at(at).is_some_and(|item| NO_PERSON.contains(&&*item.folded));
    is_capitalised(scan, start)
        && (is_full(scan, start, next) || (money && is_one))
        && !other(start)
        && !other(next - 1)
        && !scan.is(next, Word::Venue)
        && !is_capitalised(scan, next)
}
