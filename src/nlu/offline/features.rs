//! From a text to numbers: a normal form, the n-grams of its words and characters, and their TF-IDF weights.
//! It never looks at intents, and the same text always gives the same numbers on every machine.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest text that is looked at, in characters of its normal form; a longer one is cut.
pub(super) const TEXT_CHARS_MAX: usize = 2_000;

/// Stands around the name of a value's kind in a masked text; a character that nobody writes.
pub(super) const ENTITY_MARK: char = '\u{e000}';

/// Shortest and longest n-gram of characters, counted with the boundaries of the word.
const CHARS: std::ops::RangeInclusive<usize> = 2..=5;

/// From this many training texts on, an n-gram seen in one text only is noise rather than knowledge.
const COMMON_ONLY_FROM: usize = 2_000;

/// How much rare n-grams count more than common ones; 1 is the usual TF-IDF, which is worse by half a point and more.
const RARITY: f32 = 0.7;

/// A text as people mean it: lower case, no accents, no punctuation, one space between words.
pub(super) fn normalise(text: &str) -> String {
    // Most texts have nothing to decompose, which finding out costs most of the time.
    if text.chars().all(|c| c.is_ascii() || c == ENTITY_MARK) {
        return spaced(text.chars().map(|c| c.to_ascii_lowercase()), text.len());
    }
    spaced(text.nfkd().flat_map(char::to_lowercase), text.len())
}

/// Decomposed lower-case characters without those that do not count, in about `bytes`.
fn spaced(chars: impl Iterator<Item = char>, bytes: usize) -> String {
    let mut normal = String::with_capacity(bytes);
    let mut kept = 0;
    for c in chars {
        match class(c) {
            Class::Dropped => {}
            Class::Kept => {
                normal.push(c);
                kept += 1;
            }
            Class::Space if normal.is_empty() || normal.ends_with(' ') => {}
            Class::Space => normal.push(' '),
        }
        if kept == TEXT_CHARS_MAX {
            break;
        }
    }
    normal.truncate(normal.trim_end().len());
    normal
}

enum Class {
    Kept,
    Dropped,
    Space,
}

fn class(c: char) -> Class {
    match c {
        // Apostrophes, so that "I'm" and "Im" are one word; the accents of the Latin, Greek and Cyrillic scripts, as
        // marks of other scripts carry meaning; what joins emoji.
        '\''
        | '’'
        | '‘'
        | '`'
        | '´'
        | '\u{300}'..='\u{36f}'
        | '\u{fe0f}'
        | '\u{200b}'..='\u{200d}' => Class::Dropped,
        _ if c.is_alphanumeric() || is_combining_mark(c) => Class::Kept,
        // Emoji and other signs are words; punctuation is not.
        '\u{a1}'..='\u{bf}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' => Class::Space,
        _ if c.is_ascii() || c.is_whitespace() || c.is_control() => Class::Space,
        '\u{ff00}'..='\u{ffef}' | '\u{fff0}'..='\u{ffff}' => Class::Space,
        _ => Class::Kept,
    }
}

/// A text as weights by feature, in the order of the features; of length 1, or empty when nothing is known.
pub(super) type Vector = Vec<(u32, f32)>;

/// What one text looks like to a trained vocabulary.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Its known features.
    pub(super) vector: Vector,
    /// How much of the text is known, from 0 to 1.
    pub(super) coverage: f32,
}

/// The features of the training texts and how rare each is.
#[derive(Debug)]
pub(super) struct Vocabulary {
    index: HashMap<u64, u32, BuildHasherDefault<AsIs>>,
    idf: Vec<f32>,
    idf_max: f32,
}

impl Vocabulary {
    /// Learns the features of `texts`, given as their [`Grams`].
    pub(super) fn learn(texts: &[Grams]) -> Self {
        let least = if texts.len() >= COMMON_ONLY_FROM { 2 } else { 1 };
        let mut counts: HashMap<u64, u32, BuildHasherDefault<AsIs>> = HashMap::default();
        for (gram, _) in texts.iter().flat_map(|grams| grams.counts.iter()) {
            *counts.entry(*gram).or_default() += 1;
        }
        let mut kept: Vec<(u64, u32)> =
            counts.into_iter().filter(|(_, texts)| *texts >= least).collect();
        // The order of a hash table must not reach the model.
        kept.sort_unstable();
        // Rarity to the power of less than 1: with few examples a word is rare by chance.
        let rarity = |seen_in: f32| {
            (((1.0 + as_f32(texts.len())) / (1.0 + seen_in)).ln() + 1.0).powf(RARITY)
        };
        Self {
            index: kept.iter().zip(0..).map(|((gram, _), index)| (*gram, index)).collect(),
            idf: kept.iter().map(|(_, texts)| rarity(as_f32(*texts as usize))).collect(),
            idf_max: rarity(0.0),
        }
    }

    /// The feature that an n-gram is.
    pub(super) fn place(&self, gram: u64) -> Option<u32> {
        self.index.get(&gram).copied()
    }

    /// How many features there are.
    pub(super) fn len(&self) -> usize {
        self.idf.len()
    }

    /// The weights of a text's features.
    pub(super) fn see(&self, grams: &Grams) -> Seen {
        let mut vector = Vector::with_capacity(grams.counts.len());
        let (mut known, mut unknown) = (0.0_f32, 0.0_f32);
        for (gram, count) in &grams.counts {
            let times = 1.0 + count.ln();
            let found = self.index.get(gram).copied();
            match found.and_then(|index| Some((index, self.idf.get(index as usize)?))) {
                Some((index, idf)) => {
                    let weight = times * idf * kind_weight(*gram);
                    known += weight * weight;
                    vector.push((index, weight));
                }
                None => {
                    let weight = times * self.idf_max * kind_weight(*gram);
                    unknown += weight * weight;
                }
            }
        }
        if known > 0.0 {
            let length = known.sqrt();
            vector.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        Seen { vector, coverage: if known > 0.0 { known / (known + unknown) } else { 0.0 } }
    }
}

/// The n-grams of one text by their hash, in the order of the hashes, and how often each is there.
#[derive(Debug, Clone, Default)]
pub(super) struct Grams {
    counts: Vec<(u64, f32)>,
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
    characters(normal, told);
    entities(masked, told);
}

/// Single words and pairs, the pairs with the ends of the text as words of their own.
fn words(normal: &str, told: &mut impl FnMut(u64, Shape<'_>)) {
    let mut last = None;
    for word in normal.split_ascii_whitespace().flat_map(|run| run.split_inclusive(is_unspaced)) {
        told(hash(WORD, word.chars()), Shape::One(word));
        let before = last.unwrap_or("^");
        told(pair(before, word), Shape::Two(before, word));
        last = Some(word);
    }
    if let Some(last) = last {
        told(pair(last, "$"), Shape::Two(last, "$"));
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

/// What an n-gram is made of; kept in the two lowest bits of its hash.
type Kind = u64;
const WORD: Kind = 0;
const PAIR: Kind = 1;
const CHARACTERS: Kind = 2;
const ENTITY: Kind = 3;

/// How much an n-gram of a kind counts against the others; measured on public data sets, where single words that
/// count twice as much as parts of words are worth one point of accuracy.
fn kind_weight(hash: u64) -> f32 {
    match hash & 3 {
        CHARACTERS => 1.0,
        // Words, pairs and kinds of values.
        _ => 2.0,
    }
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
    ((folded ^ (folded >> 32)) & !3) | kind
}

/// The hasher of a table whose keys are hashes already.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of texts, far below 2^24")]
pub(super) fn as_f32(count: usize) -> f32 {
    count as f32
}
