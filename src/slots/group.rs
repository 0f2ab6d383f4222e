//! Persons counted together: "7 people", "2 adults and 3 kids", "me and my wife", "myself and 4 others". It never guesses how
//! many "a few people" are.

use super::lexicon::{Sense, Word};
use super::number::{amount, whole};
use super::reading::{Candidate, Reading};
use super::scan::{Class, Scan};

/// Every group of the text that is more than a number.
pub(super) fn candidates(scan: &Scan<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some(group) = Group::read(scan, at) else {
            at += 1;
            continue;
        };
        // "add 2 people" is a change of how many there are.
        if group.counts() && !scan.is_before(at, Word::Than) {
            found.push(Candidate {
                reading: Reading::Number(group.sum),
                span: scan.span(at, group.next),
                confidence: 0.97,
                weak: false,
            });
            at = group.next;
        } else {
            at += 1;
        }
    }
    found
}

/// The speaker alone: "just me", or "myself" where a number is asked for.
pub(super) fn alone(scan: &Scan<'_>) -> Option<Candidate> {
    let speaker = scan.items.iter().position(|item| item.is(Word::Myself))?;
    let is_for = |at: usize| scan.at(at).is_some_and(|item| item.folded == "for");
    let before = speaker.checked_sub(1).filter(|before| is_for(*before)).unwrap_or(speaker);
    // "just me", "just for me", "a table for myself"
    let sure = scan.is_before(before, Word::Only)
        || (before < speaker && scan.at(speaker).is_some_and(|item| item.folded == "myself"));
    let item = scan.at(speaker).filter(|item| sure || item.folded != "i")?;
    let (span, confidence) = (item.span.clone(), if sure { 0.9 } else { 0.6 });
    Some(Candidate { reading: Reading::Number(1.0), span, confidence, weak: !sure })
}

/// What a member of a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    /// "me"
    Speaker,
    /// "my wife", "parents"
    Person,
    /// "3 kids"
    Counted,
    /// "2"
    Number,
}

#[derive(Debug)]
struct Group {
    sum: f64,
    members: Vec<Member>,
    next: usize,
}

impl Group {
    fn read(scan: &Scan<'_>, from: usize) -> Option<Self> {
        let (member, sum, mut next) = member(scan, from)?;
        let mut group = Self { sum, members: vec![member], next };
        loop {
            let start = separated(scan, next);
            let joined = self::member(scan, start).or_else(|| {
                // "my mom and dad"
                let persons = (start > next).then(|| persons(scan, start)).flatten()?;
                Some((Member::Person, persons, start + 1))
            });
            let Some((member, more, end)) = joined else { break };
            // "table for 4, me" says no more than "for 4"; "7 people 5 pm" is two values.
            let is_joined = start > next || matches!(member, Member::Counted);
            let is_bare = member == Member::Number && !plus(scan, next);
            // "for 3 people and I want it outside"; but "my 3 kids and I" are together.
            let is_next_sentence = member == Member::Speaker
                && !scan.is(from, Word::Own)
                && scan.at(start).is_some_and(|item| item.folded == "i")
                && scan
                    .at(next - 1)
                    .is_some_and(|item| persons(scan, next - 1).is_none() && item.is(Word::Person));
            if is_next_sentence {
                break;
            }
            if !is_joined || is_bare {
                break;
            }
            group.sum += more;
            group.members.push(member);
            group.next = end;
            next = end;
        }
        Some(group)
    }

    /// One person of a kind is a group only with others: "my wife" alone books for more.
    fn counts(&self) -> bool {
        match self.members.as_slice() {
            [only] => *only == Member::Counted,
            [Member::Number, rest @ ..] => rest.iter().any(|one| *one != Member::Speaker),
            _ => true,
        }
    }
}

/// The index behind what stands between two members.
fn separated(scan: &Scan<'_>, from: usize) -> usize {
    let mut at = from;
    while scan
        .at(at)
        .is_some_and(|item| item.text == "," || item.is(Word::And) || item.folded == "plus")
    {
        at += 1;
    }
    at
}

fn plus(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_some_and(|item| item.folded == "plus")
}

fn member(scan: &Scan<'_>, from: usize) -> Option<(Member, f64, usize)> {
    let item = scan.at(from)?;
    if item.is(Word::Myself) {
        return Some((Member::Speaker, 1.0, from + 1));
    }
    let mut at = from;
    while is_before_person(scan, at) {
        at += 1;
    }
    let counted = amount(scan, at).filter(|(value, _)| whole(*value).is_some_and(|n| n > 0));
    let (count, mut next) = match counted {
        Some((value, next)) => (Some(value), next),
        None => (None, at),
    };
    // "4 of my friends", "my two other kids"
    if count.is_some() && scan.is(next, Word::Of) && scan.is(next + 1, Word::Own) {
        next += 1;
    }
    let is_person = |at| scan.is(at, Word::Person) || persons(scan, at).is_some();
    // "my two other kids"; but "one other" is one.
    while is_before_person(scan, next)
        && !scan.is(next, Word::Person)
        && (is_person(next + 1) || is_before_person(scan, next + 1))
    {
        next += 1;
    }
    let person = scan.at(next).filter(|item| item.class == Class::Word)?;
    let persons = persons(scan, next);
    let is_pair = person.folded.starts_with("couple");
    match (count, persons) {
        (Some(count), _) if person.is(Word::Person) || persons.is_some() => {
            let each = if is_pair { 2.0 } else { 1.0 };
            Some((Member::Counted, count * each, next + 1))
        }
        (None, Some(persons)) if next > from => Some((Member::Person, persons, next + 1)),
        (Some(count), _) if at == from => Some((Member::Number, count, amount(scan, at)?.1)),
        _ => None,
    }
}

fn persons(scan: &Scan<'_>, at: usize) -> Option<f64> {
    scan.at(at)?.senses.iter().find_map(|sense| match sense {
        Sense::Persons(count) => Some(f64::from(*count)),
        _ => None,
    })
}

fn is_before_person(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_some_and(|item| {
        item.class == Class::Word
            && (item.is(Word::Own) || item.is(Word::Article) || item.is(Word::The))
            && item.number.is_none()
    })
}
