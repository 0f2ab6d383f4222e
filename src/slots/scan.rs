//! A text cut into items, each with its place and what it may mean: words, digits, marks, known phrases, number words.
//! It never chooses between meanings.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::lexicon::{Lexicon, Piece, Sense, Unit, Word};
use super::spoken;

/// A text and its items.
#[derive(Debug)]
pub(super) struct Scan<'t> {
    pub(super) text: &'t str,
    pub(super) items: Vec<Item<'t>>,
    pub(super) comma_decimals: bool,
    /// Short words lose their vowel before another: "l'adresse".
    pub(super) elides: bool,
}

/// A word, a run of digits, a mark, or a phrase of them.
#[derive(Debug)]
pub(super) struct Item<'t> {
    pub(super) span: Range<usize>,
    pub(super) text: &'t str,
    /// Lower case, without accents.
    pub(super) folded: String,
    pub(super) class: Class,
    /// Nothing stands between the item before and this one.
    pub(super) glued: bool,
    pub(super) senses: &'static [Sense],
    /// Of a number word.
    pub(super) number: Option<Spoken>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Word,
    Digits,
    Mark,
}

/// A number in words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spoken {
    pub(super) value: f64,
    pub(super) ordinal: bool,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str, lexicon: &'static Lexicon) -> Self {
        let mut items = phrases(cut(text), text, lexicon);
        for language in &lexicon.numbers {
            items = spoken::join(items, text, language);
        }
        let Lexicon { comma_decimals, elides, .. } = *lexicon;
        Self { text, items, comma_decimals, elides }
    }

    pub(super) fn at(&self, index: usize) -> Option<&Item<'t>> {
        self.items.get(index)
    }

    /// Whether the item there plays this role; no item plays none.
    pub(super) fn is(&self, index: usize, word: Word) -> bool {
        self.at(index).is_some_and(|item| item.is(word))
    }

    /// The same for the item before.
    pub(super) fn is_before(&self, index: usize, word: Word) -> bool {
        index.checked_sub(1).is_some_and(|before| self.is(before, word))
    }

    /// Whether the item there is this mark, glued to the one before.
    pub(super) fn is_glued_mark(&self, index: usize, mark: &str) -> bool {
        self.at(index).is_some_and(|item| item.glued && item.text == mark)
    }

    /// A run of digits glued to the item before.
    pub(super) fn glued_digits(&self, index: usize) -> Option<&Item<'t>> {
        self.at(index).filter(|item| item.glued && item.class == Class::Digits)
    }

    /// The index behind an item that plays this role, or the same index.
    pub(super) fn skip(&self, index: usize, word: Word) -> usize {
        if self.is(index, word) { index + 1 } else { index }
    }

    /// The bytes from one item up to, not including, another.
    pub(super) fn span(&self, from: usize, to: usize) -> Range<usize> {
        let start = self.at(from).map_or(self.text.len(), |item| item.span.start);
        let end =
            to.checked_sub(1).and_then(|last| self.at(last)).map_or(start, |item| item.span.end);
        start..end.max(start)
    }
}

impl Item<'_> {
    pub(super) fn is(&self, word: Word) -> bool {
        self.senses.contains(&Sense::Is(word))
    }

    pub(super) fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    pub(super) fn unit(&self) -> Option<Unit> {
        self.senses.iter().find_map(|sense| match sense {
            Sense::Unit(unit) => Some(*unit),
            _ => None,
        })
    }

    pub(super) fn currency(&self) -> Option<&'static str> {
        self.senses.iter().find_map(|sense| match sense {
            Sense::Currency(code) => Some(*code),
            _ => None,
        })
    }

    pub(super) fn quantity(&self) -> Option<f64> {
        self.senses.iter().find_map(|sense| match sense {
            Sense::Quantity(value) => Some(*value),
            _ => None,
        })
    }

    pub(super) fn cents(&self) -> Option<&'static str> {
        self.senses.iter().find_map(|sense| match sense {
            Sense::Cents(code) => Some(*code),
            _ => None,
        })
    }

    pub(super) fn scale(&self) -> Option<f64> {
        self.senses.iter().find_map(|sense| match sense {
            Sense::Scale(value) => Some(f64::from(*value)),
            _ => None,
        })
    }

    pub(super) fn piece(&self) -> Option<Piece> {
        self.senses.iter().find_map(|sense| match sense {
            Sense::Piece(piece) => Some(*piece),
            _ => None,
        })
    }

    /// The value of at most `digits_max` digits.
    pub(super) fn digits(&self, digits_max: usize) -> Option<i16> {
        (self.class == Class::Digits && self.text.len() <= digits_max)
            .then(|| self.text.parse().ok())
            .flatten()
    }
}

/// Lower case, without accents, typographic apostrophes made plain.
pub(super) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == '’' { '\'' } else { c })
        .collect()
}

/// The folded items of a phrase.
pub(super) fn split(phrase: &str) -> Vec<String> {
    cut(phrase).into_iter().map(|item| item.folded).collect()
}

/// The folded words and marks of a text with their places, phrases not joined.
pub(super) fn words(text: &str) -> Vec<(String, Range<usize>)> {
    cut(text).into_iter().map(|item| (item.folded, item.span)).collect()
}

fn cut(text: &str) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = Vec::with_capacity(text.len() / 4);
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if first.is_whitespace() {
            continue;
        }
        let class = class(first);
        let mut end = start + first.len_utf8();
        while let Some((at, next)) = chars.peek().copied() {
            let grows = match class {
                Class::Word => is_letter(next) || (is_apostrophe(next) && letter_follows(text, at)),
                Class::Digits => next.is_ascii_digit(),
                Class::Mark => false,
            };
            if !grows {
                break;
            }
            end = at + next.len_utf8();
            chars.next();
        }
        let word = text.get(start..end).unwrap_or_default();
        let glued = items.last().is_some_and(|before| before.span.end == start);
        items.push(Item {
            span: start..end,
            text: word,
            folded: fold(word),
            class,
            glued,
            senses: &[],
            number: None,
        });
    }
    items
}

fn class(c: char) -> Class {
    if is_letter(c) {
        Class::Word
    } else if c.is_ascii_digit() {
        Class::Digits
    } else {
        Class::Mark
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || is_combining_mark(c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

fn letter_follows(text: &str, apostrophe: usize) -> bool {
    text.get(apostrophe..).and_then(|rest| rest.chars().nth(1)).is_some_and(is_letter)
}

/// Joins known phrases, the longest first, and notes what each item may mean.
fn phrases<'t>(cut: Vec<Item<'t>>, text: &'t str, lexicon: &'static Lexicon) -> Vec<Item<'t>> {
    let mut items = Vec::with_capacity(cut.len());
    let mut rest = cut.into_iter();
    while let Some(mut item) = rest.next() {
        let found = lexicon
            .phrases(&item.folded)
            .iter()
            .find(|phrase| fits(phrase.rest.as_slice(), rest.as_slice()));
        if let Some(phrase) = found {
            item.senses = &phrase.senses;
            for next in rest.by_ref().take(phrase.rest.len()) {
                item.span.end = next.span.end;
            }
            item.text = text.get(item.span.clone()).unwrap_or_default();
            if !phrase.rest.is_empty() {
                item.class = Class::Word;
            }
        }
        items.push(item);
    }
    items
}

fn fits(words: &[String], items: &[Item<'_>]) -> bool {
    // The point of "p.m." is glued; that behind "pm ." ends a sentence.
    let fits = |(word, item): (&String, &Item<'_>)| {
        *word == item.folded && (item.glued || item.text != ".")
    };
    words.len() <= items.len() && words.iter().zip(items).all(fits)
}
