//! Which value goes to which slot: what was asked for first, the more specific reading before the vaguer one, each
//! character and each slot used once. It never reads the text itself.

use std::ops::Range;

use jiff::civil::{Date, DateTime, Time};
use serde_json::{Value, json};

use super::number::whole;
use super::scan::Scan;
use super::{Found, Moment, Slot, Type};
use super::{choice, contact, date, duration, money, name, number, text, time};

/// A reading of one place in the text.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) reading: Reading,
    pub(super) span: Range<usize>,
    pub(super) confidence: f64,
    /// Holds only where such a value is asked for.
    pub(super) weak: bool,
}

/// What a place in the text says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    Number(f64),
    Date(Date),
    Time(Time),
    /// A time from now, which has a day too.
    Instant(DateTime),
    Duration(String),
    Money {
        amount: f64,
        currency: &'static str,
    },
    Phone(String),
    Email(String),
    Name(String),
    Boolean(bool),
    Choice(String),
    Text(String),
    /// Written like a value, but no calendar or clock has it. It keeps its digits from being another value.
    Nothing,
}

/// The values for the slots, in the order of the text.
pub(super) fn fill(scan: &Scan<'_>, wanted: &[Slot], moment: &Moment) -> Vec<Found> {
    let wants = Wants::of(wanted);
    let (strong, weak) = candidates(scan, &wants, moment);
    let mut filling = Filling {
        scan,
        wants,
        strong: strongest(strong, scan.text.len()),
        weak,
        taken: Vec::new(),
    };
    let mut found: Vec<Found> = Vec::new();
    let mut asked = true;
    for slot in wanted {
        if found.iter().any(|other| other.slot == slot.name) {
            continue;
        }
        let alone = wanted.len() == 1;
        let choice = filling
            .strong(&slot.kind)
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
    Day,
    Hour,
    Duration,
    Money,
    Phone,
    Name,
    Other,
}

impl Wants {
    fn of(wanted: &[Slot]) -> Self {
        let kinds = wanted.iter().flat_map(|slot| match slot.kind {
            Type::Number | Type::Integer => [Kind::Number, Kind::Number],
            Type::Date => [Kind::Day, Kind::Day],
            Type::Time => [Kind::Hour, Kind::Hour],
            Type::Datetime => [Kind::Day, Kind::Hour],
            Type::Duration => [Kind::Duration, Kind::Duration],
            Type::Money => [Kind::Money, Kind::Money],
            Type::Phone => [Kind::Phone, Kind::Phone],
            Type::Name => [Kind::Name, Kind::Name],
            Type::String | Type::Boolean | Type::Email | Type::Enum { .. } => {
                [Kind::Other, Kind::Other]
            }
        });
        Self { kinds: kinds.collect() }
    }

    fn everything() -> Self {
        Self { kinds: vec![Kind::Duration, Kind::Money, Kind::Phone, Kind::Name] }
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
    let days = date::candidates(scan, moment);
    let mut all = time::candidates(scan, &days, moment);
    all.extend(contact::emails(scan));
    all.extend(contact::phones(scan, wants.has(Kind::Phone)));
    if wants.has(Kind::Money) {
        all.extend(money::candidates(scan));
    }
    if wants.has(Kind::Duration) {
        all.extend(duration::candidates(scan));
    }
    if wants.has(Kind::Name) {
        all.extend(name::announced(scan));
    }
    all.extend(number::candidates(scan));
    if wants.has(Kind::Day) && !wants.has(Kind::Hour) && !wants.has(Kind::Number) {
        all.extend(date::bare(scan, moment));
    }
    all.extend(days);
    all.into_iter().partition(|candidate| !candidate.weak)
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

impl Reading {
    fn vagueness(&self) -> u8 {
        match self {
            Self::Email(_)
            | Self::Phone(_)
            | Self::Money { .. }
            | Self::Date(_)
            | Self::Time(_)
            | Self::Instant(_)
            | Self::Nothing => 0,
            Self::Duration(_) => 1,
            Self::Name(_) => 2,
            Self::Number(_) | Self::Boolean(_) | Self::Choice(_) | Self::Text(_) => 3,
        }
    }

    /// `2026-12-01` has the form of a phone too.
    fn is_phone(&self) -> bool {
        matches!(self, Self::Phone(_))
    }

    /// The token that stands for it among the features of a classifier.
    pub(super) fn token(&self) -> Option<&'static str> {
        Some(match self {
            Self::Number(_) => "__number__",
            Self::Date(_) => "__date__",
            Self::Time(_) | Self::Instant(_) => "__time__",
            Self::Duration(_) => "__duration__",
            Self::Money { .. } => "__money__",
            Self::Phone(_) => "__phone__",
            Self::Email(_) => "__email__",
            Self::Name(_) => "__name__",
            Self::Boolean(_) | Self::Choice(_) | Self::Text(_) | Self::Nothing => return None,
        })
    }

    /// The value for a slot of this type, if it can hold it.
    fn value(&self, kind: &Type, wants: &Wants) -> Option<Value> {
        Some(match (kind, self) {
            (Type::Number, Self::Number(value)) => match whole(*value) {
                Some(integer) => json!(integer),
                None => json!(value),
            },
            (Type::Integer, Self::Number(value)) => json!(whole(*value)?),
            (Type::Date, Self::Date(date)) => json!(date.to_string()),
            (Type::Date, Self::Instant(then)) if !wants.has(Kind::Hour) => {
                json!(then.date().to_string())
            }
            (Type::Time, Self::Time(time)) => json!(clock(*time)),
            (Type::Time, Self::Instant(then)) => json!(clock(then.time())),
            (Type::Datetime, Self::Instant(then)) => {
                json!(date_and_clock(then.date(), then.time()))
            }
            (Type::Duration, Self::Duration(length)) => json!(length),
            (Type::Money, Self::Money { amount, currency }) => {
                json!({"amount": Self::Number(*amount).value(&Type::Number, wants)?, "currency": currency})
            }
            (Type::Phone, Self::Phone(text))
            | (Type::Email, Self::Email(text))
            | (Type::Name, Self::Name(text))
            | (Type::String, Self::Text(text))
            | (Type::Enum { .. }, Self::Choice(text)) => json!(text),
            (Type::Boolean, Self::Boolean(yes)) => json!(yes),
            _ => return None,
        })
    }
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn date_and_clock(date: Date, time: Time) -> String {
    format!("{date}T{}", clock(time))
}

/// The slots being filled.
struct Filling<'a, 't> {
    scan: &'a Scan<'t>,
    wants: Wants,
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
    fn strong(&self, kind: &Type) -> Option<Choice> {
        match kind {
            Type::Boolean => self.take(choice::boolean(self.scan).iter(), kind),
            Type::Enum { values, synonyms } => {
                let found =
                    choice::one_of(self.scan, values, synonyms, |item| self.is_taken(&item.span));
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
            Type::Name => {
                let found = name::alone(self.scan, |item| {
                    self.is_taken(&item.span)
                        || self.strong.iter().any(|other| overlap(&other.span, &item.span))
                });
                self.take(found.iter(), kind)
            }
            _ => self.take(self.weak.iter().filter(|weak| self.is_open(&weak.span)), kind),
        }
    }

    /// The surest of the candidates that are free, the first of equals.
    fn take<'c>(
        &self,
        candidates: impl Iterator<Item = &'c Candidate>,
        kind: &Type,
    ) -> Option<Choice> {
        let fitting = candidates.filter(|candidate| !self.is_taken(&candidate.span));
        let mut best: Option<(&Candidate, Value)> = None;
        for candidate in fitting {
            let Some(value) = candidate.reading.value(kind, &self.wants) else { continue };
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
            span: candidate.span.clone(),
            confidence: candidate.confidence,
            uses: vec![candidate.span.clone()],
        })
    }

    /// A day and a time, wherever they stand; a day alone is half a value and fills nothing.
    fn date_and_time(&self) -> Option<Choice> {
        let first = |pick: fn(&Reading) -> bool| {
            self.strong
                .iter()
                .filter(|candidate| pick(&candidate.reading) && !self.is_taken(&candidate.span))
                .min_by_key(|candidate| candidate.span.start)
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
            value: json!(date_and_clock(*date, *time)),
            span: if parted { hour.span.clone() } else { both.clone() },
            confidence: day.confidence.min(hour.confidence),
            uses: if parted { vec![day.span.clone(), hour.span.clone()] } else { vec![both] },
        })
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

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}
