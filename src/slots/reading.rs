//! What a place in a text says, whichever slot it may fill: how specific it is beside other readings of the same place, and
//! the value that it is for a slot of a type. It never looks at the text.

use std::ops::Range;

use jiff::civil::{Date, DateTime, Time};
use serde_json::{Value, json};

use super::Type;
use super::lexicon::Sense;
use super::number::whole;
use super::scan::Scan;

/// A reading of one place in the text.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) reading: Reading,
    pub(super) span: Range<usize>,
    pub(super) confidence: f64,
    /// Holds only where such a value is asked for.
    pub(super) weak: bool,
}

impl Candidate {
    /// The words that the value is in. What stands apart from digits and does not change them is not one of them: of
    /// "11:30 AM" and "12:15 pm" the digits say all, of "7:30 pm" they do not; nor does "about" or a part of the day
    /// belong to a time in full ("7:30 in the evening", "7 ish").
    pub(super) fn told(&self, scan: &Scan<'_>) -> Range<usize> {
        let said = scan.text.get(self.span.clone()).unwrap_or_default();
        // "a quarter to eight"
        if let (Reading::Time(_), Some(quarter)) = (&self.reading, article_of(said)) {
            return self.span.end - quarter.len()..self.span.end;
        }
        match (&self.reading, said.split_once(char::is_whitespace)) {
            (Reading::Time(time), Some((digits, more)))
                if matches!(more, "ish" | "o'clock" | "oclock")
                    || (more.starts_with(char::is_alphabetic) && is_clock(digits, *time, more)) =>
            {
                self.span.start..self.span.start + digits.len()
            }
            (Reading::Time(_), _) if said.ends_with(|last: char| last.is_ascii_digit()) => {
                self.span.start..self.night_behind(scan).unwrap_or(self.span.end)
            }
            _ => self.span.clone(),
        }
    }

    /// The end of the "tonight" that tells which 8 is meant, and is the day as well.
    fn night_behind(&self, scan: &Scan<'_>) -> Option<usize> {
        let behind = scan.items.partition_point(|item| item.span.start < self.span.end);
        let item = scan.at(behind).filter(|item| !item.text.contains(' '))?;
        let has = |wanted: fn(&Sense) -> bool| item.senses.iter().any(wanted);
        (has(|sense| matches!(sense, Sense::Day(_)))
            && has(|sense| matches!(sense, Sense::Part(_))))
        .then_some(item.span.end)
    }
}

/// What stands behind an English article.
fn article_of(text: &str) -> Option<&str> {
    let (article, rest) = text.split_once(' ')?;
    article.eq_ignore_ascii_case("a").then_some(rest)
}

/// Whether `text` is hour and minute of the time, as a clock writes them: `11:30`, `0915`, `9.15`. Behind it a part of the
/// day in words may move the hour by half a day.
fn is_clock(text: &str, time: Time, more: &str) -> bool {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '.')).collect();
    let in_words = more.contains(' ') && more.chars().nth(1) != Some(' ');
    let shows = |hour: i8| {
        let minute = time.minute();
        digits == format!("{hour}{minute:02}") || digits == format!("{hour:02}{minute:02}")
    };
    shows(time.hour()) || (in_words && shows((time.hour() + 11) % 12 + 1))
}

/// What a place in the text says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    Number(f64),
    Ordinal(i64),
    Percent(f64),
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
    Url(String),
    Name(String),
    FirstName(String),
    LastName(String),
    Boolean(bool),
    Choice(String),
    Text(String),
    /// Written like a value, but no calendar or clock has it. It keeps its digits from being another value.
    Nothing,
}

impl Reading {
    pub(super) fn vagueness(&self) -> u8 {
        match self {
            Self::Email(_)
            | Self::Url(_)
            | Self::Percent(_)
            | Self::Phone(_)
            | Self::Money { .. }
            | Self::Date(_)
            | Self::Time(_)
            | Self::Instant(_)
            | Self::Nothing => 0,
            Self::Duration(_) => 1,
            Self::Name(_) | Self::FirstName(_) | Self::LastName(_) => 2,
            Self::Number(_)
            | Self::Ordinal(_)
            | Self::Boolean(_)
            | Self::Choice(_)
            | Self::Text(_) => 3,
        }
    }

    /// `2026-12-01` has the form of a phone too.
    pub(super) fn is_phone(&self) -> bool {
        matches!(self, Self::Phone(_))
    }

    /// The token that stands for it among the features of a classifier.
    pub(super) fn token(&self) -> Option<&'static str> {
        Some(match self {
            Self::Number(_) | Self::Ordinal(_) => "__number__",
            Self::Percent(_) => "__percent__",
            Self::Date(_) => "__date__",
            Self::Time(_) | Self::Instant(_) => "__time__",
            Self::Duration(_) => "__duration__",
            Self::Money { .. } => "__money__",
            Self::Phone(_) => "__phone__",
            Self::Email(_) => "__email__",
            Self::Url(_) => "__url__",
            Self::Name(_) | Self::FirstName(_) | Self::LastName(_) => "__name__",
            Self::Boolean(_) | Self::Choice(_) | Self::Text(_) | Self::Nothing => return None,
        })
    }

    /// The value for a slot of this type, if it can hold it. A moment is a day, a time, or both.
    pub(super) fn value(&self, kind: &Type) -> Option<Value> {
        Some(match (kind, self) {
            (Type::Number, Self::Number(value)) | (Type::Percent, Self::Percent(value)) => {
                number(*value)
            }
            (Type::Ordinal, Self::Ordinal(place)) => json!(place),
            (Type::Integer, Self::Number(value)) => json!(whole(*value)?),
            (Type::Date, Self::Date(date)) => json!(date.to_string()),
            (Type::Date, Self::Instant(then)) => json!(then.date().to_string()),
            (Type::Time, Self::Time(time)) => json!(clock(*time)),
            (Type::Time, Self::Instant(then)) => json!(clock(then.time())),
            (Type::Datetime, Self::Instant(then)) => {
                json!(date_and_clock(then.date(), then.time()))
            }
            (Type::Duration, Self::Duration(length)) => json!(length),
            (Type::Money, Self::Money { amount, currency }) => {
                json!({"amount": number(*amount), "currency": currency})
            }
            (Type::Phone, Self::Phone(text))
            | (Type::Email, Self::Email(text))
            | (Type::Url, Self::Url(text))
            | (Type::Name, Self::Name(text))
            | (Type::FirstName, Self::FirstName(text))
            | (Type::LastName, Self::LastName(text))
            | (Type::String, Self::Text(text))
            | (Type::Enum { .. }, Self::Choice(text)) => json!(text),
            (Type::Boolean, Self::Boolean(yes)) => json!(yes),
            _ => return None,
        })
    }
}

fn number(value: f64) -> Value {
    match whole(value) {
        Some(integer) => json!(integer),
        None => json!(value),
    }
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// `2026-11-22T19:30`.
pub(super) fn date_and_clock(date: Date, time: Time) -> String {
    format!("{date}T{}", clock(time))
}
