//! What English words mean, beside how they are written: a vector for each word, near those of words that people use alike.
//! "Seats" and "table" share no letters, and a flow's few examples seldom have both.
//!
//! The vectors are those that a small sentence model (all-MiniLM-L6-v2, Apache-2.0) gives to single words, made smaller as by
//! `Model2Vec` (<https://github.com/MinishLab/model2vec>): a text's vector is the mean of its words'. `cargo xtask vectors`
//! makes the two files anew.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::features::Vector;

/// Numbers of a vector.
pub(super) const DIMENSIONS: usize = 96;

/// A word a line, the common ones first; what can only end a word begins with [`GOES_ON`].
static WORDS: &str = include_str!("vectors/english.txt");

/// For each of them its numbers, signed bytes.
static ROWS: &[u8] = include_bytes!("vectors/english.i8");

const GOES_ON: &str = "##";

/// The longest line of [`WORDS`], in bytes.
const PART_BYTES_MAX: usize = 18;

/// The longest word that is looked up, in bytes; a longer one has no vector.
const WORD_BYTES_MAX: usize = 64;

type Places = HashMap<&'static str, usize, foldhash::fast::FixedState>;

/// Where the words stand, those that begin a word and those that go on.
static PLACES: LazyLock<(Places, Places)> = LazyLock::new(|| {
    let (mut begin, mut goes_on) = (Places::default(), Places::default());
    for (place, word) in WORDS.lines().enumerate() {
        match word.strip_prefix(GOES_ON) {
            Some(word) => goes_on.insert(word, place),
            None => begin.insert(word, place),
        };
    }
    (begin, goes_on)
});

/// Whether there are vectors for a BCP 47 language.
pub(super) fn know(language: &str) -> bool {
    language.split('-').next().is_some_and(|language| language.eq_ignore_ascii_case("en"))
}

/// The vector of a text in its normal form, of length 1; empty where no word is known.
pub(super) fn of(normal: &str) -> Vector {
    let mut sum = [0.0; DIMENSIONS];
    normal.split_ascii_whitespace().for_each(|word| add(word, &mut sum));
    let length = length(&sum);
    if length > 0.0 {
        (0..).zip(sum.map(|number| number / length)).collect()
    } else {
        Vector::new()
    }
}

/// What each word adds to the vector of a text, by word.
pub(super) fn by_word(normal: &str) -> Vec<(&str, Vector)> {
    let words: Vec<_> = normal
        .split_ascii_whitespace()
        .map(|word| {
            let mut own = [0.0; DIMENSIONS];
            add(word, &mut own);
            (word, own)
        })
        .collect();
    let mut sum = [0.0; DIMENSIONS];
    for (_, own) in &words {
        sum.iter_mut().zip(own).for_each(|(sum, number)| *sum += number);
    }
    let length = length(&sum).max(f32::MIN_POSITIVE);
    let share = |(word, own): (_, [f32; DIMENSIONS])| {
        (word, (0..).zip(own.map(|number| number / length)).collect())
    };
    words.into_iter().map(share).collect()
}

fn length(vector: &[f32; DIMENSIONS]) -> f32 {
    vector.iter().map(|number| number * number).sum::<f32>().sqrt()
}

/// Adds the vectors of a word: its own, or those of the longest parts that it is made of. A word with a part that is not
/// known adds nothing.
fn add(word: &str, sum: &mut [f32; DIMENSIONS]) {
    let Some(parts) = parts(word) else { return };
    for place in parts {
        let row = ROWS.get(place * DIMENSIONS..).unwrap_or_default();
        for (sum, byte) in sum.iter_mut().zip(row) {
            *sum += f32::from(byte.cast_signed());
        }
    }
}

/// The places of a word's parts.
fn parts(word: &str) -> Option<Vec<usize>> {
    if word.len() > WORD_BYTES_MAX || !word.is_ascii() {
        return None;
    }
    let (begin, goes_on) = &*PLACES;
    let mut found = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let known = if found.is_empty() { begin } else { goes_on };
        let longest = (1..=rest.len().min(PART_BYTES_MAX)).rev().find_map(|end| {
            let place = known.get(rest.get(..end)?)?;
            Some((*place, end))
        });
        let (place, end) = longest?;
        found.push(place);
        rest = rest.get(end..)?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(one: &str, other: &str) -> f32 {
        of(one).iter().zip(of(other)).map(|((_, one), (_, other))| one * other).sum()
    }

    #[test]
    fn every_word_has_a_row() {
        assert_eq!(ROWS.len(), WORDS.lines().count() * DIMENSIONS);
        assert_eq!(PART_BYTES_MAX, WORDS.lines().map(str::len).max().unwrap_or_default());
    }

    #[test]
    fn what_means_alike_lies_near_though_it_shares_no_word() {
        let table = [
            ("seats for dinner", "a table in the restaurant", "reset my password"),
            ("rain tomorrow", "weather forecast", "cancel the order"),
            ("send money abroad", "international transfer", "play a song"),
        ];
        for (one, alike, other) in table {
            let (near, far) = (likeness(one, alike), likeness(one, other));
            assert!(near > far + 0.1, "{one}: {near} {alike}, {far} {other}");
        }
    }

    #[test]
    fn a_word_is_made_of_the_longest_parts_that_are_known() {
        let shown = |word| {
            let lines: Vec<&str> = WORDS.lines().collect();
            parts(word).map(|parts| parts.iter().map(|place| lines[*place]).collect::<Vec<_>>())
        };
        assert_eq!(shown("table"), Some(vec!["table"]));
        assert_eq!(shown("rebooking"), Some(vec!["re", "##book", "##ing"]));
        assert_eq!(shown("über"), None);
        assert_eq!(shown(&"a".repeat(WORD_BYTES_MAX + 1)), None);
    }

    #[test]
    fn a_text_is_as_long_as_any_other_and_one_of_no_known_word_is_nothing() {
        assert!((likeness("one word", "one word") - 1.0).abs() < 1e-5);
        assert_eq!(of("прив ет"), Vector::new());
        assert_eq!(of(""), Vector::new());
    }

    #[test]
    fn words_add_up_to_their_text() {
        let text = "two seats please";
        let mut sum = vec![0.0; DIMENSIONS];
        for (_, vector) in by_word(text) {
            vector.iter().zip(&mut sum).for_each(|((_, number), sum)| *sum += number);
        }
        for ((_, whole), sum) in of(text).iter().zip(sum) {
            assert!((whole - sum).abs() < 1e-5);
        }
    }

    #[test]
    fn only_english_has_vectors() {
        assert!(know("en") && know("en-GB") && know("EN"));
        assert!(!know("pt-BR") && !know("enm") && !know(""));
    }
}
