//! Persons counted together: "7 people", "2 adults and 3 kids", "me and my wife", "myself and 4 others". It never guesses how
//! many "a few people" are.

use std::ops::Range;

use super::alone::is_speaker;
use super::lexicon::{Sense, Word};
use super::number::{amount, whole};
use super::party;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};

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
        if group.counts(scan) && !scan.is_before(at, Word::Than) {
            found.push(Candidate {
                reading: Reading::Number(group.sum),
                span: group.span(scan, at),
                confidence: if group.is_numbered() { 0.97 } else { 0.93 },
                weak: group.members == [Member::Counted]
                    && party::is_some_of_it(scan, at, group.next),
            });
            // "at 8 and 10 people": a number that turns out to be something else is no part of it.
            at = if group.members.first() == Some(&Member::Number) { at + 1 } else { group.next };
        } else {
            at += 1;
        }
    }
    found
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
            let start = separated(scan, next, group.members.last().copied());
            let joined = self::member(scan, start).or_else(|| {
                // "my mom and dad"
                let persons = (start > next).then(|| persons(scan, start)).flatten()?;
                Some((Member::Person, persons, start + 1))
            });
            let Some((member, more, end)) = joined else { break };
            // "table for 4, me" says no more than "for 4"; "7 people 5 pm" is two values.
            let is_joined = start > next
                || member == Member::Counted
                // "myself my husband and our triplets"
                || (member == Member::Person && group.members.last() == Some(&Member::Speaker));
            let is_bare = member == Member::Number && !plus(scan, next);
            // "for 3 people and I want it outside"; but "my 3 kids and I" are together.
            let is_next_sentence = member == Member::Speaker
                && !scan.is(from, Word::Own)
                && !(opens(scan, from) && are_friends(scan, next - 1))
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

    /// What says how many: "a 6" of "a 6 person table", "my kids and I" of "my kids and I don't".
    fn span(&self, scan: &Scan<'_>, from: usize) -> Range<usize> {
        let span = scan.span(from, self.next);
        let Some(last) = self.next.checked_sub(1).and_then(|last| scan.at(last)) else {
            return span;
        };
        let is_kind =
            self.members == [Member::Counted] && self.sum > 1.0 && last.folded == "person";
        match is_kind {
            true => scan.span(from, self.next - 1),
            false if is_speaker_and_more(last) => span.start..last.span.start + last.folded.len(),
            false => span,
        }
    }

    /// Whether a number is said.
    fn is_numbered(&self) -> bool {
        self.members.iter().any(|one| matches!(one, Member::Counted | Member::Number))
    }

    /// One person of a kind is a group only with others: "my wife" alone books for more.
    fn counts(&self, scan: &Scan<'_>) -> bool {
        // "3 adults and 1 highchair" are four; "2 highchairs" are furniture.
        let is_seat = |item: &Item<'_>| item.folded.starts_with("high");
        let last = self.next.checked_sub(1).and_then(|last| scan.at(last));
        match self.members.as_slice() {
            [only] => *only == Member::Counted && !last.is_some_and(is_seat),
            [Member::Number, rest @ ..] => rest.iter().any(|one| *one != Member::Speaker),
            _ => true,
        }
    }
}

/// Whether a sentence or a part of one begins here.
fn opens(scan: &Scan<'_>, at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|before| scan.at(before))
        .is_none_or(|item| item.class == Class::Mark)
}

/// Persons whom the speaker is not one of: "3 friends", not "3 people".
fn are_friends(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at)
        .and_then(|item| item.folded.strip_suffix('s'))
        .is_some_and(|one| !matches!(one, "person" | "people" | "guest" | "adult" | "diner"))
}

/// The index behind what stands between two members.
fn separated(scan: &Scan<'_>, from: usize, last: Option<Member>) -> usize {
    // "5 people with me"
    let with = scan.at(from).is_some_and(|item| item.folded == "with");
    let is_me = scan.at(from + 1).is_some_and(|item| matches!(&*item.folded, "me" | "myself"));
    if with && is_me && last != Some(Member::Number) {
        return from + 1;
    }
    let mut at = from;
    // "4,5 people" are four or five.
    let is_choice = |at: usize| scan.is_glued_mark(at, ",") && scan.glued_digits(at + 1).is_some();
    while !is_choice(at)
        && scan.at(at).is_some_and(|item| item.text == "," || item.is(Word::And) || is_plus(item))
    {
        at += 1;
    }
    at
}

/// "plus", "mais", "más"; the Portuguese "mas" is "but".
fn is_plus(item: &Item<'_>) -> bool {
    matches!(&*item.folded, "plus" | "mais") || (item.folded == "mas" && item.text != "mas")
}

fn plus(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at).is_some_and(is_plus)
}

/// "I don't", which is one item.
fn is_speaker_and_more(item: &Item<'_>) -> bool {
    item.folded == "i" && item.is(Word::No)
}

fn member(scan: &Scan<'_>, from: usize) -> Option<(Member, f64, usize)> {
    let item = scan.at(from)?;
    if is_speaker(item) || is_speaker_and_more(item) {
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
    // "one of our guests"
    if count == Some(1.0) && scan.is(next, Word::Of) {
        return None;
    }
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
    let person = scan.at(next).filter(|item| item.class == Class::Word);
    let persons = person.and_then(|_| persons(scan, next));
    let is_person = person.is_some_and(|item| item.is(Word::Person)) || persons.is_some();
    let is_pair = person.is_some_and(|item| item.folded.starts_with("couple"));
    let is_bare = at == from
        || (at == from + 1
            && scan.is(from, Word::The)
            && from.checked_sub(1).is_some_and(|before| plus(scan, before)));
    match (count, persons) {
        (Some(count), _) if is_person => {
            let each = if is_pair { 2.0 } else { 1.0 };
            Some((Member::Counted, count * each, next + 1))
        }
        (None, Some(persons)) if next > from => Some((Member::Person, persons, next + 1)),
        // "uma pessoa e duas crianças"
        (None, None) if is_person && next > from && scan.is_before(next, Word::Article) => {
            Some((Member::Person, 1.0, next + 1))
        }
        (Some(count), _) if is_bare => Some((Member::Number, count, amount(scan, at)?.1)),
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
