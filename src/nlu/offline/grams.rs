//! The n-grams of a text: its words, pairs of neighbours, pairs that stand apart, parts of words and the kinds of values in
//! it, each as a hash that is the same on every machine. It weighs nothing.

use super::features::ENTITY_MARK;

/// Shortest and longest n-gram of characters, counted with the boundaries of the word.
const CHARS: std::ops::RangeInclusive<usize> = 2..=5;

/// Words are paired by so many of their first characters, which joins "cancel", "canceled" and "cancelling".
const BEGINNING_CHARS: usize = 4;

/// A word is paired with so many of the words behind it.
const REACH: usize = 12;

/// The n-grams of one text by their hash, in the order of the hashes, and how often each is there.
#[derive(Debug, Clone, Default)]
pub(super) struct Grams {
    pub(super) counts: Vec<(u64, f32)>,
}

impl Grams {
    /// The n-grams of a text in its normal form, and of the kinds of values in it, which `masked` shows in the
    /// normal form too.
    pub(super) fn of(normal: &str, masked: &str) -> Self {
        let mut hashes = Vec::with_capacity(normal.len() * 5);
        every(normal, masked, &mut |hash, _| hashes.push(hash));
        hashes.sort_unstable();
        let mut counts: Vec<(u64, f32)> = Vec::with_capacity(hashes.len());
        for hash in hashes {
            match counts.last_mut() {
                Some((last, count)) if *last == hash => *count += 1.0,
                _ => counts.push((hash, 1.0)),
            }
        }
        Self { counts }
    }

    /// The same n-grams as a person would write them.
    pub(super) fn named(normal: &str, masked: &str) -> Vec<(u64, String)> {
        let mut named = Vec::new();
        every(normal, masked, &mut |hash, shape| named.push((hash, shape.shown())));
        named
    }
}

/// What an n-gram looks like.
#[derive(Debug, Clone, Copy)]
enum Shape<'a> {
    One(&'a str),
    Two(&'a str, &'a str),
    /// The beginnings of two words, whatever stands between them and whichever comes first.
    Far(&'a str, &'a str),
    Characters(&'a [char]),
}

impl Shape<'_> {
    fn shown(self) -> String {
        let kind = |word: &str| match word.strip_prefix(ENTITY_MARK) {
            Some(word) => format!("<{}>", word.trim_end_matches(ENTITY_MARK)),
            None => word.to_owned(),
        };
        match self {
            Self::One(word) => kind(word),
            Self::Two(first, second) => format!("{} {}", kind(first), kind(second)),
            Self::Far(first, second) => format!("{first}… + {second}…"),
            Self::Characters(chars) => {
                let part: String = chars.iter().map(|c| if *c == ' ' { '_' } else { *c }).collect();
                format!("…{part}…")
            }
        }
    }
}

/// Every n-gram of a text.
fn every(normal: &str, masked: &str, told: &mut impl FnMut(u64, Shape<'_>)) {
    words(normal, told);
    far(normal, told);
    characters(normal, told);
    entities(masked, told);
}

/// Single words and pairs, the pairs with the ends of the text as words of their own.
fn words(normal: &str, told: &mut impl FnMut(u64, Shape<'_>)) {
    let mut last = None;
    for word in split(normal) {
        told(hash(WORD, word.chars()), Shape::One(word));
        let before = last.unwrap_or("^");
        told(pair(before, word), Shape::Two(before, word));
        last = Some(word);
    }
    if let Some(last) = last {
        told(pair(last, "$"), Shape::Two(last, "$"));
    }
}

/// The words of a text.
fn split(normal: &str) -> impl Iterator<Item = &str> {
    normal.split_ascii_whitespace().flat_map(|run| run.split_inclusive(is_unspaced))
}

/// Pairs of words that stand apart, by their beginnings: "money … account" in any order. A linear machine cannot make them
/// of the words alone, and they are worth a point where intents share their words.
fn far(normal: &str, told: &mut impl FnMut(u64, Shape<'_>)) {
    let beginning = |word| match str::char_indices(word).nth(BEGINNING_CHARS) {
        Some((end, _)) => word.get(..end).unwrap_or(word),
        None => word,
    };
    let words: Vec<&str> = split(normal).map(beginning).collect();
    let mut rest = words.as_slice();
    while let Some((word, behind)) = rest.split_first() {
        for other in behind.iter().take(REACH).filter(|other| *other != word) {
            let (first, second) = if word < other { (word, other) } else { (other, word) };
            let both = first.chars().chain([' ']).chain(second.chars());
            told(hash(FAR, both), Shape::Far(first, second));
        }
        rest = behind;
    }
}

/// The kinds of values, each alone and with the words before and after it.
fn entities(masked: &str, told: &mut impl FnMut(u64, Shape<'_>)) {
    let mut last = "^";
    for word in masked.split_ascii_whitespace().chain(["$"]) {
        if word.contains(ENTITY_MARK) {
            told(hash(ENTITY, word.chars()), Shape::One(word));
        }
        if word.contains(ENTITY_MARK) || last.contains(ENTITY_MARK) {
            let both = last.chars().chain([' ']).chain(word.chars());
            told(hash(ENTITY, both), Shape::Two(last, word));
        }
        last = word;
    }
}

/// Scripts that put no space between words: each of their characters counts as a word.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}')
}

fn pair(first: &str, second: &str) -> u64 {
    hash(PAIR, first.chars().chain([' ']).chain(second.chars()))
}

/// Runs of characters inside each word, its boundaries counted as spaces.
fn characters(normal: &str, told: &mut impl FnMut(u64, Shape<'_>)) {
    let mut padded: Vec<char> = Vec::with_capacity(32);
    for word in normal.split_ascii_whitespace() {
        padded.clear();
        padded.push(' ');
        padded.extend(word.chars());
        padded.push(' ');
        let mut rest = padded.as_slice();
        while rest.len() >= *CHARS.start() {
            let mut state = start(CHARACTERS);
            for (c, length) in rest.iter().zip(1..=*CHARS.end()) {
                state = mix(state, *c);
                if CHARS.contains(&length) {
                    let part = rest.get(..length).unwrap_or_default();
                    told(finish(CHARACTERS, state), Shape::Characters(part));
                }
            }
            rest = rest.get(1..).unwrap_or_default();
        }
    }
}

/// What an n-gram is made of; kept in the lowest bits of its hash.
pub(super) type Kind = u64;
pub(super) const WORD: Kind = 0;
pub(super) const PAIR: Kind = 1;
pub(super) const CHARACTERS: Kind = 2;
pub(super) const ENTITY: Kind = 3;
pub(super) const FAR: Kind = 4;
const KINDS: u64 = 7;

/// What the n-gram of this hash is made of.
pub(super) const fn kind(hash: u64) -> Kind {
    hash & KINDS
}

fn hash(kind: Kind, chars: impl Iterator<Item = char>) -> u64 {
    finish(kind, chars.fold(start(kind), mix))
}

fn start(kind: Kind) -> u64 {
    0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(kind + 1)
}

fn mix(state: u64, c: char) -> u64 {
    (state.rotate_left(5) ^ u64::from(c)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

fn finish(kind: Kind, state: u64) -> u64 {
    let folded = (state ^ (state >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    ((folded ^ (folded >> 32)) & !KINDS) | kind
}
