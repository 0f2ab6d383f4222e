//! From a text to numbers: a normal form, the n-grams of its words and characters, and their TF-IDF weights.
//! It never looks at intents, and the same text always gives the same numbers on every machine.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::grams::{CHARACTERS, FAR, Grams, kind};

/// The longest text that is looked at, in characters of its normal form; a longer one is cut.
pub(super) const TEXT_CHARS_MAX: usize = 2_000;

/// Stands around the name of a value's kind in a masked text; a character that nobody writes.
pub(super) const ENTITY_MARK: char = '\u{e000}';

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

/// A text as weights by feature; of length 1, or empty when nothing is known.
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
    /// From this feature on they are pairs of words that stand apart.
    far_from: u32,
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
        kept.sort_unstable_by_key(|(gram, _)| (kind(*gram) == FAR, *gram));
        let near = kept.partition_point(|(gram, _)| kind(*gram) != FAR);
        // Rarity to the power of less than 1: with few examples a word is rare by chance.
        let rarity = |seen_in: f32| {
            (((1.0 + as_f32(texts.len())) / (1.0 + seen_in)).ln() + 1.0).powf(RARITY)
        };
        Self {
            index: kept.iter().zip(0..).map(|((gram, _), index)| (*gram, index)).collect(),
            idf: kept.iter().map(|(_, texts)| rarity(as_f32(*texts as usize))).collect(),
            idf_max: rarity(0.0),
            far_from: u32::try_from(near).unwrap_or(u32::MAX),
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

    /// What texts are compared by: pairs of words that stand apart tell intents from each other, but any two texts that
    /// are alike have few of them in common.
    pub(super) fn near(&self, vector: &Vector) -> Vector {
        let near = || vector.iter().filter(|(feature, _)| *feature < self.far_from);
        let length = near().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        near().map(|(feature, weight)| (*feature, weight / length)).collect()
    }

    /// The weights of a text's features.
    pub(super) fn see(&self, grams: &Grams) -> Seen {
        let mut vector = Vector::with_capacity(grams.counts.len());
        let (mut length, mut known, mut unknown) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (gram, count) in &grams.counts {
            let times = 1.0 + count.ln();
            let found = self.index.get(gram).copied();
            match found.and_then(|index| Some((index, self.idf.get(index as usize)?))) {
                Some((index, idf)) => {
                    let weight = times * idf * kind_weight(*gram);
                    length += weight * weight;
                    if kind(*gram) != FAR {
                        known += weight * weight;
                    }
                    vector.push((index, weight));
                }
                // Nearly every pair of far words is new, which says nothing about the text.
                None if kind(*gram) == FAR => {}
                None => {
                    let weight = times * self.idf_max * kind_weight(*gram);
                    unknown += weight * weight;
                }
            }
        }
        if length > 0.0 {
            let length = length.sqrt();
            vector.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        Seen { vector, coverage: if known > 0.0 { known / (known + unknown) } else { 0.0 } }
    }
}

/// How much an n-gram of a kind counts against the others; measured on public data sets, where single words that
/// count twice as much as parts of words are worth one point of accuracy.
fn kind_weight(hash: u64) -> f32 {
    match kind(hash) {
        CHARACTERS => 1.0,
        FAR => 1.4,
        // Words, pairs and kinds of values.
        _ => 2.0,
    }
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
