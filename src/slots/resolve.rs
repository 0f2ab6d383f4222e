//! Which value goes to which slot: what was asked for first, the more specific reading before the vaguer one, each
//! character and each slot used once. It never reads the text itself.

use std::ops::Range;

use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::corrected::Corrections;
use super::name::Part;
use super::reading::{Candidate, Reading, date_and_clock};
use super::scan::Scan;
use super::{Found, Moment, Slot, Type};
use super::{
    alone, answer, choice, contact, date, dial, duration, group, hour, money, name, number, party,
    stamp, text, time,
};

/// The values for the slots, in the order of the text.
pub(super) fn fill(
    scan: &Scan<'_>,
    (wanted, asked_max): (&[Slot], usize),
    moment: &Moment,
) -> Vec<Found> {
    let wants = Wants::of(wanted);
    let (strong, weak) = candidates(scan, &wants, moment);
    let mut filling = Filling {
        scan,
        now: moment.now.datetime(),
        wants,
        wanted,
        corrections: Corrections::of(scan),
        strong: strongest(strong, scan.text.len()),
        weak,
        taken: Vec::new(),
    };
    let mut found: Vec<Found> = Vec::new();
    let mut asked = true;
    for (number, slot) in wanted.iter().enumerate() {
        asked = asked && number < asked_max;
        if found.iter().any(|other| other.slot == slot.name) {
            continue;
        }
        let alone = wanted.len() == 1;
        let choice = filling
            .strong(slot, asked)
            .or_else(|| if asked { filling.weak(&slot.kind, alone) } else { None });
        let Some(choice) = choice else {
            asked = asked && filling.wants.is_day_before_hour(&slot.kind);
            continue;
        };
        filling.taken.extend(choice.uses);
        found.push(Found {
            slot: slot.name.clone(),
            value: choice.value,
            span: choice.span,
            confidence: choice.confidence,
        });
    }
    found.sort_by_key(|value| value.span.start);
    found
}

/// The entities of a text, whatever is wanted, in the order of the text.
pub(super) fn entities(scan: &Scan<'_>, moment: &Moment) -> Vec<Candidate> {
    let (strong, _) = candidates(scan, &Wants::everything(), moment);
    let mut entities = strongest(strong, scan.text.len());
    entities.sort_by_key(|entity| entity.span.start);
    entities
}

/// Kinds that are read only where a slot wants them, or that read a text differently then.
#[derive(Debug, Default)]
struct Wants {
    kinds: Vec<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Fraction,
    Day,
    Hour,
    Duration,
    Money,
    Phone,
    Name,
    /// The first or the last name on its own.
    NamePart,
    LastName,
    Ordinal,
    Percent,
    Url,
    Other,
}

impl Wants {
    fn of(wanted: &[Slot]) -> Self {
        let kinds = wanted.iter().flat_map(|slot| match slot.kind {
            Type::Number => [Kind::Number, Kind::Fraction],
            Type::Integer => [Kind::Number, Kind::Number],
            Type::Date => [Kind::Day, Kind::Day],
            Type::Time => [Kind::Hour, Kind::Hour],
            Type::Datetime => [Kind::Day, Kind::Hour],
            Type::Duration => [Kind::Duration, Kind::Duration],
            Type::Money => [Kind::Money, Kind::Money],
            Type::Phone => [Kind::Phone, Kind::Phone],
            Type::Name => [Kind::Name, Kind::Name],
            Type::FirstName => [Kind::NamePart, Kind::NamePart],
            Type::LastName => [Kind::NamePart, Kind::LastName],
            Type::Ordinal => [Kind::Ordinal, Kind::Ordinal],
            Type::Percent => [Kind::Percent, Kind::Percent],
            Type::Url => [Kind::Url, Kind::Url],
            Type::String | Type::Boolean | Type::Email | Type::Enum { .. } => {
                [Kind::Other, Kind::Other]
            }
        });
        Self { kinds: kinds.collect() }
    }

    fn everything() -> Self {
        Self {
            kinds: vec![
                Kind::Duration,
                Kind::Money,
                Kind::Phone,
                Kind::Name,
                Kind::Percent,
                Kind::Url,
            ],
        }
    }

    fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Asked for a day and a time, "8" is the time; with a number wanted too, it is not sure to be.
    fn is_day_before_hour(&self, kind: &Type) -> bool {
        matches!(kind, Type::Date) && self.has(Kind::Hour) && !self.has(Kind::Number)
    }
}

fn candidates(scan: &Scan<'_>, wants: &Wants, moment: &Moment) -> (Vec<Candidate>, Vec<Candidate>) {
    // "the fifth" is a place in a row where no day is wanted.
    let is_place = wants.has(Kind::Ordinal) && !wants.has(Kind::Day);
    let days = if is_place {
        Vec::new()
    } else {
        date::candidates(scan, moment, wants.has(Kind::Duration))
    };
    let mut all = time::candidates(scan, &days, moment);
    if wants.has(Kind::Hour) && !wants.has(Kind::Fraction) && !wants.has(Kind::Money) {
        all.extend(hour::dotted(scan, &days, moment));
    }
    all.extend(stamp::candidates(scan, moment));
    all.extend(contact::emails(scan));
    if wants.has(Kind::Url) {
        all.extend(contact::urls(scan));
    }
    if wants.has(Kind::Percent) {
        all.extend(number::percents(scan));
    }
    if wants.has(Kind::Ordinal) {
        all.extend(number::ordinals(scan));
    }
    all.extend(contact::phones(scan, wants.has(Kind::Phone)));
    if wants.has(Kind::Money) {
        all.extend(money::candidates(scan));
    }
    if wants.has(Kind::Duration) {
        let lengths = duration::candidates(scan);
        // "deux heures" and `2h30` are how long where no time is wanted.
        let is_length = |time: &Candidate| {
            matches!(time.reading, Reading::Time(_) | Reading::Nothing)
                && lengths.iter().any(|length| overlap(&length.span, &time.span))
        };
        all.retain(|one| wants.has(Kind::Hour) || !is_length(one));
        all.extend(lengths);
    }
    if wants.has(Kind::Name) {
        all.extend(name::announced(scan).into_iter().map(|(name, _)| name));
    } else if wants.has(Kind::NamePart) {
        let names = name::announced(scan);
        // "for Ana" is a last name only where one is wanted.
        let part = |part| if wants.has(Kind::LastName) { part } else { Part::First };
        all.extend(names.iter().flat_map(|(name, said)| name::parts(name, part(*said))));
    }
    all.extend(number::candidates(scan, wants.has(Kind::Number)));
    if wants.has(Kind::Number) {
        all.extend(group::candidates(scan));
        all.extend(alone::candidates(scan));
    }
    if wants.has(Kind::Day) && !wants.has(Kind::Hour) && !wants.has(Kind::Number) {
        all.extend(date::bare(scan, moment));
    }
    // "03.12. - 05.12." has the form of a phone.
    let is_range = |one: &Candidate| {
        one.reading.is_phone()
            && days.iter().filter(|day| overlap(&day.span, &one.span)).count() > 1
    };
    all.retain(|one| !is_range(one));
    // Of "from 3 to 5 December" the 3 is no hour.
    days.into_iter().chain(all).partition(|candidate| !candidate.weak)
}

/// The readings that stand when each character is read once: the more specific, then the longer.
fn strongest(mut candidates: Vec<Candidate>, length: usize) -> Vec<Candidate> {
    candidates.sort_by_key(|candidate| {
        let rank = candidate.reading.vagueness();
        (rank, std::cmp::Reverse(candidate.span.len()), candidate.reading.is_phone())
    });
    let mut used = vec![false; length];
    candidates.retain(|candidate| {
        let Some(bytes) = used.get_mut(candidate.span.clone()) else { return false };
        let free = bytes.iter().all(|used| !used);
        if free {
            bytes.fill(true);
        }
        free
    });
    candidates
}

/// The slots being filled.
struct Filling<'a, 't> {
    scan: &'a Scan<'t>,
    now: DateTime,
    wants: Wants,
    wanted: &'a [Slot],
    corrections: Corrections<'t>,
    strong: Vec<Candidate>,
    weak: Vec<Candidate>,
    taken: Vec<Range<usize>>,
}

/// A value for one slot, and the places that it uses up.
struct Choice {
    value: Value,
    span: Range<usize>,
    confidence: f64,
    uses: Vec<Range<usize>>,
}

impl Filling<'_, '_> {
    fn strong(&self, slot: &Slot, asked: bool) -> Option<Choice> {
        let kind = &slot.kind;
        match kind {
            // "two pizzas" are no people.
            Type::Number | Type::Integer if !asked && party::is_of_persons(&slot.name) => {
                let fits = |one: &&Candidate| !party::counts_things(self.scan, &one.span);
                self.take(self.strong.iter().filter(fits), kind)
            }
            Type::Boolean => self.take(answer::boolean(self.scan).iter(), kind),
            Type::Enum { values, synonyms } => {
                let found =
                    choice::of_list(self.scan, values, synonyms, |item| self.is_taken(&item.span));
                self.take(found.iter(), kind)
            }
            Type::Datetime => self.take(self.strong.iter(), kind).or_else(|| self.date_and_time()),
            _ => self.take(self.strong.iter(), kind),
        }
    }

    /// What only holds because it was asked for; free text only where nothing else is wanted.
    fn weak(&self, kind: &Type, alone: bool) -> Option<Choice> {
        match kind {
            Type::String if alone => self.take(text::whole(self.scan.text).iter(), kind),
            Type::Name => self.take(self.lone_name().iter(), kind),
            Type::FirstName | Type::LastName => {
                let part = match kind {
                    Type::LastName => Part::Last,
                    _ => Part::First,
                };
                let parts = self.lone_name().map(|name| name::parts(&name, part));
                self.take(parts.iter().flatten(), kind)
            }
            _ => self.take(self.weak.iter().filter(|weak| self.is_open(&weak.span)), kind),
        }
    }

    fn lone_name(&self) -> Option<Candidate> {
        name::alone(self.scan, |item| {
            let is_name = |other: &&Candidate| {
                matches!(other.reading, Reading::FirstName(_) | Reading::LastName(_))
            };
            let others = || self.strong.iter().filter(|other| !is_name(other));
            self.is_taken(&item.span) || others().any(|other| overlap(&other.span, &item.span))
        })
    }

    /// The surest of the candidates that are free and not taken back, the first of equals.
    fn take<'c>(
        &self,
        candidates: impl Iterator<Item = &'c Candidate>,
        kind: &Type,
    ) -> Option<Choice> {
        let alike = self.alike(kind);
        // What another slot of the kind has taken still tells what is taken back.
        let fits = |candidate: &&Candidate| {
            (alike > 1 || !self.is_taken(&candidate.span))
                && candidate.reading.value(kind).is_some()
        };
        let mut best: Option<(&Candidate, Value)> = None;
        for candidate in self.corrections.standing(candidates.filter(fits).collect(), alike) {
            let Some(value) = candidate.reading.value(kind) else {
                continue;
            };
            if self.is_taken(&candidate.span) {
                continue;
            }
            let better = best.as_ref().is_none_or(|(other, _)| {
                candidate.confidence > other.confidence
                    || (candidate.confidence == other.confidence
                        && candidate.span.start < other.span.start)
            });
            if better {
                best = Some((candidate, value));
            }
        }
        best.map(|(candidate, value)| Choice {
            value,
            span: candidate.told(self.scan),
            confidence: candidate.confidence,
            // "in two hours" is a day for one slot and a time for another.
            uses: match (kind, &candidate.reading) {
                (Type::Date | Type::Time, Reading::Instant(_)) => Vec::new(),
                _ => vec![candidate.span.clone()],
            },
        })
    }

    /// A day and a time, wherever they stand; a day alone is half a value and fills nothing.
    fn date_and_time(&self) -> Option<Choice> {
        let first = |pick: fn(&Reading) -> bool| {
            let fits = |one: &&Candidate| pick(&one.reading) && !self.is_taken(&one.span);
            let fitting = self.strong.iter().filter(fits).collect();
            let standing = self.corrections.standing(fitting, 1).into_iter();
            standing.min_by_key(|candidate| candidate.span.start)
        };
        let day = first(|reading| matches!(reading, Reading::Date(_)))?;
        let hour = first(|reading| matches!(reading, Reading::Time(_)))?;
        let (Reading::Date(date), Reading::Time(time)) = (&day.reading, &hour.reading) else {
            return None;
        };
        let both = day.span.start.min(hour.span.start)..day.span.end.max(hour.span.end);
        let parted = self
            .strong
            .iter()
            .map(|other| &other.span)
            .chain(&self.taken)
            .any(|other| *other != day.span && *other != hour.span && overlap(other, &both));
        Some(Choice {
            value: json!(date_and_clock(dial::day_of(self.scan, (*date, *time), self.now), *time)),
            span: if parted { hour.span.clone() } else { both.clone() },
            confidence: day.confidence.min(hour.confidence),
            uses: if parted { vec![day.span.clone(), hour.span.clone()] } else { vec![both] },
        })
    }

    /// How many slots take values of this kind.
    fn alike(&self, kind: &Type) -> usize {
        self.wanted.iter().filter(|slot| takes_alike(&slot.kind, kind)).count()
    }

    /// Only a plain number may be read another way because that was asked for.
    fn is_open(&self, span: &Range<usize>) -> bool {
        self.strong
            .iter()
            .all(|other| !overlap(&other.span, span) || matches!(other.reading, Reading::Number(_)))
    }

    fn is_taken(&self, span: &Range<usize>) -> bool {
        self.taken.iter().any(|taken| overlap(taken, span))
    }
}

/// Whether slots of the two types may take each other's values.
fn takes_alike(one: &Type, other: &Type) -> bool {
    let class = |kind: &Type| match kind {
        Type::Integer => std::mem::discriminant(&Type::Number),
        Type::Datetime => std::mem::discriminant(&Type::Date),
        kind => std::mem::discriminant(kind),
    };
    class(one) == class(other)
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}
