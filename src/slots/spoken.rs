//! Number words joined: "twenty-five", "vinte e um", "treinta y dos" are one item each. Which words follow which is a
//! matter of each language's grammar; what a number counts is none of it.

use std::borrow::Cow;

use text2num::{Language, Token, find_numbers_iter, text2digits};
use unicode_normalization::UnicodeNormalization;

use super::lexicon::{Sense, Word};
use super::scan::{Class, Item, Spoken};

const UNSAFE: [&str; 4] = ["bil", "point", "virgula", "ponto"];

/// Words that are read as numbers and say none: "cloud nine" has one, "dressed to the nines" has not; "os" is no letter o.
const NO_NUMBERS: [&str; 11] =
    ["ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines", "non", "os"];

/// The items with the number words of a language joined.
pub(super) fn join<'t>(
    items: Vec<Item<'t>>,
    text: &'t str,
    language: &'static Language,
) -> Vec<Item<'t>> {
    let part = |(at, item)| Part::of(item, &Around { items: &items, at, language });
    let parts = items.iter().enumerate().map(part);
    let found: Vec<_> = find_numbers_iter(parts, language, 0.0).collect();
    if found.is_empty() {
        return items;
    }
    let mut joined = Vec::with_capacity(items.len());
    let mut rest = items.into_iter().enumerate();
    for occurrence in found {
        while let Some((index, mut item)) = rest.next() {
            if index < occurrence.start {
                joined.push(item);
                continue;
            }
            let more = occurrence.end.saturating_sub(index + 1);
            for (_, next) in rest.by_ref().take(more) {
                item.span.end = next.span.end;
                item.senses = &[];
            }
            item.text = text.get(item.span.clone()).unwrap_or_default();
            item.number = Some(Spoken { value: occurrence.value, ordinal: occurrence.is_ordinal });
            joined.push(item);
            break;
        }
    }
    joined.extend(rest.map(|(_, item)| item));
    joined
}

/// An item as a part of a number.
struct Part<'i, 't> {
    item: &'i Item<'t>,
    is_part: bool,
}

impl<'i, 't> Part<'i, 't> {
    fn of(item: &'i Item<'t>, around: &Around<'_, '_>) -> Self {
        let is_part = if is_and(&item.folded, around.language) {
            around.joins_tens_and_unit()
        } else {
            may_be_part(item) || around.is_one_behind_tens(item)
        };
        Self { item, is_part }
    }
}

/// Digits and phrases are read elsewhere; a lone letter is an article or an initial. Billions and spoken decimals stay out
/// because `text2num` overflows on long rows of them.
fn may_be_part(item: &Item<'_>) -> bool {
    let lone = item.text.chars().nth(1).is_none() && item.folded != "e";
    let other = item.senses.iter().any(|sense| {
        matches!(sense, Sense::Weekday(_) | Sense::Quantity(_) | Sense::Is(Word::Article))
    });
    !(is_elsewhere(item)
        || lone
        || other
        // "um" is one in Portuguese.
        || (item.is(Word::Filler) && !item.is(Word::And)))
}

fn is_elsewhere(item: &Item<'_>) -> bool {
    item.number.is_some()
        || item.class != Class::Word
        || NO_NUMBERS.contains(&&*item.folded)
        || UNSAFE.iter().any(|word| item.folded.starts_with(word))
        || item.text.contains(char::is_whitespace)
}

/// The "and" that stands between tens and a unit only; that of Portuguese and English has a grammar in `text2num`.
fn is_and(folded: &str, language: &Language) -> bool {
    match language {
        Language::Spanish(_) => folded == "y",
        Language::French(_) => folded == "et",
        _ => false,
    }
}

/// The words around an item.
struct Around<'i, 't> {
    items: &'i [Item<'t>],
    at: usize,
    language: &'i Language,
}

impl Around<'_, '_> {
    /// "treinta y dos", "vingt et un", "soixante et onze"; but "dos y tres" and "vingt et deux" are two numbers.
    fn joins_tens_and_unit(&self) -> bool {
        let (tens, unit) = (self.before(self.at), self.behind());
        match self.language {
            Language::Spanish(_) => {
                tens.is_some_and(|tens| (30..=90).contains(&tens) && tens % 10 == 0)
                    && unit.is_some_and(|unit| (1..=9).contains(&unit))
            }
            _ => match unit {
                Some(1) => tens.is_some_and(|tens| (20..=60).contains(&tens) || tens == 1000),
                Some(11) => tens == Some(60),
                _ => false,
            },
        }
    }

    /// The article that is the unit of a number: "vinte e um", "vingt et une", "quatre-vingt-un", "ciento un".
    fn is_one_behind_tens(&self, item: &Item<'_>) -> bool {
        let is_article = item.is(Word::Article) || item.is(Word::Filler);
        if !is_article || is_elsewhere(item) || self.value(item) != Some(1) || self.counts_one() {
            return false;
        }
        let Some(before) = self.at.checked_sub(1).and_then(|before| self.items.get(before)) else {
            return false;
        };
        match self.language {
            Language::Portuguese(_) => {
                before.folded == "e"
                    && self.before(self.at - 1).is_some_and(|tens| tens >= 20 && tens % 10 == 0)
            }
            Language::Spanish(_) | Language::French(_) if is_and(&before.folded, self.language) => {
                Around { at: self.at - 1, ..*self }.joins_tens_and_unit()
            }
            // "vingt-et-un", "quatre-vingt-un"
            Language::French(_) if before.text == "-" && before.glued && item.glued => true,
            Language::Spanish(_) | Language::French(_) => {
                self.before(self.at).is_some_and(|hundreds| hundreds >= 100)
            }
            _ => false,
        }
    }

    /// "vinte e um bolo": one of something in the singular, which no table knows.
    fn counts_one(&self) -> bool {
        self.items.get(self.at + 1).is_some_and(|next| {
            let is_plain = next.class == Class::Word && next.senses.is_empty();
            let is_one = next.folded.chars().nth(3).is_some() && !next.folded.ends_with(['s', 'x']);
            let is_number = self.value(next).is_some();
            (is_plain && is_one && !is_number) || next.is(Word::Quarter) || next.is(Word::Half)
        })
    }

    /// The number in the word before a place, across a hyphen.
    fn before(&self, at: usize) -> Option<u64> {
        let before = self.items.get(at.checked_sub(1)?)?;
        let item = if before.text == "-" { self.items.get(at.checked_sub(2)?)? } else { before };
        self.value(item)
    }

    fn behind(&self) -> Option<u64> {
        let behind = self.items.get(self.at + 1)?;
        let item = if behind.text == "-" { self.items.get(self.at + 2)? } else { behind };
        self.value(item)
    }

    fn value(&self, item: &Item<'_>) -> Option<u64> {
        if is_elsewhere(item) {
            return None;
        }
        text2digits(&lower(item), self.language).ok()?.parse().ok()
    }
}

fn lower<'i>(item: &'i Item<'_>) -> Cow<'i, str> {
    if item.text.is_ascii() {
        Cow::Borrowed(&item.folded)
    } else {
        Cow::Owned(item.text.nfc().flat_map(char::to_lowercase).collect())
    }
}

impl Token for Part<'_, '_> {
    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.item.text)
    }

    fn text_lowercase(&self) -> Cow<'_, str> {
        lower(self.item)
    }

    fn not_a_number_part(&self) -> bool {
        !self.is_part
    }
}
