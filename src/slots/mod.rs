//! Values in what a person wrote: numbers, dates, times, names, phones and so on, found in a text
//! relative to a given moment. It never asks what time it is: the moment comes in.

use indexmap::IndexMap;
use serde_json::Value;

mod lexicon;
mod narrow;
mod scan;
mod spoken;
mod number;
mod figure;
mod party;
mod group;
mod alone;
mod hour;
mod date;
mod written;
mod year;
mod range;
mod weekday;
mod ahead;
mod time;
mod past;
mod dial;
mod stamp;
mod duration;
mod money;
mod contact;
mod corrected;
mod name;
mod choice;
mod answer;
mod text;
mod reading;
mod resolve;
#[cfg(test)]
mod tests;

/// Only so many characters of a text are looked at.
pub const TEXT_MAX: usize = 2_000;

/// What a slot may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Any number: `4.5`, "four and a half".
    Number,
    /// A whole number: `4`, "four", "a dozen".
    Integer,
    /// Free text.
    String,
    /// A place in a row: `2`, "the second", "2nd".
    Ordinal,
    /// So many of a hundred: `20`, "20%", "twenty per cent".
    Percent,
    /// Yes or no.
    Boolean,
    /// `2026-11-22`.
    Date,
    /// `19:30`.
    Time,
    /// `2026-11-22T19:30`.
    Datetime,
    /// ISO 8601, `PT90M`.
    Duration,
    /// A person's name.
    Name,
    /// The first word of a person's name.
    FirstName,
    /// A person's name without the first word of it.
    LastName,
    /// As written, separators kept out only where that cannot change its meaning; always a string.
    Phone,
    /// An address, lower-cased domain.
    Email,
    /// `https://example.com/a`; the scheme as written, or `https` where none is.
    Url,
    /// `{amount, currency}`.
    Money,
    /// One of a list.
    Enum {
        /// The values as the flow writes them.
        values: Vec<String>,
        /// Other words for a value.
        synonyms: IndexMap<String, Vec<String>>,
    },
}

/// A slot that a text may fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its name in the flow, `partySize`.
    pub name: String,
    /// What it holds.
    pub kind: Type,
    /// Without it the intent does not match.
    pub required: bool,
    /// Never to leave the host unmasked.
    pub pii: bool,
}

/// When and where a text was written.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The session's clock in the session's time zone.
    pub now: jiff::Zoned,
    /// BCP 47 language of the flow, `en-US`.
    pub language: String,
}

/// A value found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The slot it fills.
    pub slot: String,
    /// The normalised value.
    pub value: Value,
    /// Byte range in the text.
    pub span: std::ops::Range<usize>,
    /// 0 to 1.
    pub confidence: f64,
}

/// A text that is cut into its words once, for whoever asks it more than one thing.
#[derive(Debug)]
pub struct Text<'t> {
    written: &'t str,
    words: Words<'t>,
}

#[derive(Debug)]
enum Words<'t> {
    Cut(scan::Scan<'t>),
    /// With digits or letters that have to be made plain, which is rare: cut each time that it is asked.
    Wide(narrow::Narrow, &'static lexicon::Lexicon),
}

impl<'t> Text<'t> {
    /// Reads a text in a BCP 47 language.
    #[must_use]
    pub fn read(text: &'t str, language: &str) -> Self {
        let (written, lexicon) = (beginning(text), lexicon::of(language));
        let words = match narrow::Narrow::of(written) {
            Some(narrow) => Words::Wide(narrow, lexicon),
            None => Words::Cut(scan::Scan::new(written, lexicon)),
        };
        Self { written, words }
    }

    /// As [`extract`] gives them.
    #[must_use]
    pub fn extract(&self, wanted: &[Slot], moment: &Moment) -> Vec<Found> {
        self.extract_asked(wanted, wanted.len(), moment)
    }

    /// The same, where only so many of the first in `wanted` are an answer to a question: a bare value, which could be
    /// anything, fills none of the others.
    #[must_use]
    pub fn extract_asked(&self, wanted: &[Slot], asked: usize, moment: &Moment) -> Vec<Found> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut found = self.scanned(|scan| resolve::fill(scan, (wanted, asked), moment));
        if let Words::Wide(narrow, _) = &self.words {
            for value in &mut found {
                value.span = narrow.written(&value.span);
                // Free text stays as it was written.
                let is_text = |slot: &Slot| slot.name == value.slot && slot.kind == Type::String;
                if wanted.iter().any(is_text) {
                    value.value = self.written.get(value.span.clone()).unwrap_or_default().into();
                }
            }
        }
        found
    }

    /// Rows of digits that are too long for a phone number: a card, an account. No slot takes them; who hides phone numbers
    /// hides them as well.
    #[must_use]
    pub fn long_rows(&self) -> Vec<std::ops::Range<usize>> {
        let rows = self.scanned(contact::long_rows);
        rows.iter().map(|row| self.place(row)).collect()
    }

    /// Whether the text takes back what was said: it opens with a no, or with words such as "actually".
    #[must_use]
    pub fn takes_back(&self) -> bool {
        self.scanned(choice::takes_back)
    }

    /// As [`mask`] gives it.
    #[must_use]
    pub fn mask(&self, moment: &Moment) -> String {
        let text = self.written;
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for entity in self.scanned(|scan| resolve::entities(scan, moment)) {
            if let Some(token) = entity.reading.token() {
                let span = self.place(&entity.span);
                masked.push_str(text.get(end..span.start).unwrap_or_default());
                masked.push_str(token);
                end = span.end;
            }
        }
        masked.push_str(text.get(end..).unwrap_or_default());
        masked
    }

    fn scanned<R>(&self, read: impl FnOnce(&scan::Scan<'_>) -> R) -> R {
        match &self.words {
            Words::Cut(scan) => read(scan),
            Words::Wide(narrow, lexicon) => read(&scan::Scan::new(&narrow.text, lexicon)),
        }
    }

    fn place(&self, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        match &self.words {
            Words::Cut(_) => span.clone(),
            Words::Wide(narrow, _) => narrow.written(span),
        }
    }
}

/// The values that `text` gives for `wanted`, which lists the asked-for slots first. Each slot is filled at most once and
/// no two values share a character, but a day and a time that one word says ("in two hours", "8 tonight").
#[must_use]
pub fn extract(text: &str, wanted: &[Slot], moment: &Moment) -> Vec<Found> {
    Text::read(text, &moment.language).extract(wanted, moment)
}

/// The one of `choices` that a text names: by its words, small typos forgiven, or by its place ("the second one").
#[must_use]
pub fn choose(text: &str, choices: &[String], language: &str) -> Option<usize> {
    if choices.is_empty() {
        return None;
    }
    Text::read(text, language).scanned(|scan| choice::choose(scan, choices))
}

/// Whether a text is nothing but words that give up what is being done: "never mind".
#[must_use]
pub fn gives_up(text: &str, language: &str) -> bool {
    Text::read(text, language).scanned(choice::gives_up)
}

/// The text with a token in the place of each entity (`__number__`, `__date__`, `__time__`, `__phone__`, `__email__`,
/// `__name__`, `__money__`, `__duration__`): what a classifier learns from, so that one party size teaches it all others.
#[must_use]
pub fn mask(text: &str, moment: &Moment) -> String {
    Text::read(text, &moment.language).mask(moment)
}

fn beginning(text: &str) -> &str {
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}
