//! What people also say: texts about anything, which nothing learns from but that they are none of the intents. A set of
//! few examples knows no other use of "what is the" than its own; beside these, the words that all texts have stop speaking
//! for an intent.

use std::collections::BTreeSet;

use super::features::{Vector, as_f32, normalise};
use super::vectors;

/// A text a line, in small letters. None of them is what a business usually talks about.
static ENGLISH: &str = include_str!("noise/english.txt");
static PORTUGUESE: &str = include_str!("noise/portuguese.txt");
static SPANISH: &str = include_str!("noise/spanish.txt");
static FRENCH: &str = include_str!("noise/french.txt");
static GERMAN: &str = include_str!("noise/german.txt");

/// Texts that lie so near to an example, by what their words mean, are left out: they may well be of an intent.
const NEAR: f32 = 0.75;

/// How much the confidence loses by noise alone, as a sum of evidence. It is given back by the share that noise has in what is
/// learnt. Measured on draws of small sets from public data.
const COST: f32 = 0.75;

/// So many examples know themselves how else words are used: with them the texts change nothing that could be measured.
const EXAMPLES_MAX: usize = 2_000;

/// Few examples need most of the texts beside them. With more there are so many in all, which keeps learning short,
const TOGETHER: usize = 220;

/// but never fewer texts than this.
const FEW: usize = 120;

/// The texts for a BCP 47 language that none of these examples, in their normal form, is near to.
pub(super) fn beside<'e>(
    language: &str,
    examples: impl ExactSizeIterator<Item = &'e str>,
) -> Vec<&'static str> {
    if examples.len() > EXAMPLES_MAX {
        return Vec::new();
    }
    let count = TOGETHER.saturating_sub(examples.len()).max(FEW);
    let texts = texts(language).lines().take(count);
    if vectors::know(language) {
        far(texts, examples.map(vectors::of).collect(), vectors::of, nearness)
    } else {
        far(texts, examples.map(words).collect(), words, shared)
    }
}

fn texts(language: &str) -> &'static str {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let is = |name: &str| primary.eq_ignore_ascii_case(name);
    match () {
        () if is("en") => ENGLISH,
        () if is("pt") => PORTUGUESE,
        () if is("es") => SPANISH,
        () if is("fr") => FRENCH,
        () if is("de") => GERMAN,
        () => "",
    }
}

/// The texts that are not as near as [`NEAR`] to any of the examples.
fn far<'t, Seen>(
    texts: impl Iterator<Item = &'t str>,
    examples: Vec<Seen>,
    see: impl Fn(&str) -> Seen,
    near: impl Fn(&Seen, &Seen) -> f32,
) -> Vec<&'t str> {
    let is_far = |text: &&'t str| {
        let seen = see(&normalise(text));
        examples.iter().all(|example| near(example, &seen) < NEAR)
    };
    texts.filter(is_far).collect()
}

/// The cosine of two texts by what their words mean.
fn nearness(one: &Vector, other: &Vector) -> f32 {
    one.iter().zip(other).map(|((_, one), (_, other))| one * other).sum()
}

/// The words of a text that may tell what it is about.
fn words(normal: &str) -> BTreeSet<String> {
    let telling = normal.split_whitespace().filter(|word| word.chars().count() > 3);
    telling.map(str::to_owned).collect()
}

/// How much of the shorter of two texts the other one has.
fn shared(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f32 {
    as_f32(one.intersection(other).count()) / as_f32(one.len().min(other.len()).max(1))
}

/// What is given back where so many texts of noise stand beside so many examples.
pub(super) fn lift(noise: usize, examples: usize) -> f32 {
    let [noise, examples] = [noise, examples].map(as_f32);
    let share = noise / (noise + examples).max(1.0);
    COST * share * share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nlu::{Lesson, Trained};

    const SHOP: [(&str, &[&str]); 3] = [
        ("CART", &["what is in my cart", "show me the basket", "what have I put in so far"]),
        ("PAY", &["I want to pay", "how do I check out", "take me to the till"]),
        ("HELP", &["can I talk to somebody", "who can help me", "is there a person"]),
    ];

    fn confidence(language: &str, text: &str) -> f64 {
        let lesson = |(number, (_, texts)): (usize, &(&str, &'static [&'static str]))| {
            texts.iter().map(move |text| Lesson { text, intent: Some(number) }).collect::<Vec<_>>()
        };
        let lessons: Vec<Lesson<'_>> = SHOP.iter().enumerate().flat_map(lesson).collect();
        let trained = Trained::learn(&SHOP.map(|(name, _)| name), &lessons, language);
        trained.best(text).map_or(0.0, |guess| guess.confidence)
    }

    #[test]
    fn what_anybody_asks_is_no_intent_of_three_examples() {
        let aside = [
            "what is the capital of france",
            "who is the president of the united states",
            "what is the tallest mountain in africa",
            "how do I get rid of mice in the attic",
            "what have the romans ever done for us",
        ];
        let taken =
            |language| aside.iter().filter(|text| confidence(language, text) >= 0.5).count();
        // There are no such texts of a language that is nobody's.
        assert_eq!((taken("en"), taken("und") > 2), (0, true));
        for text in
            ["what is in the basket now", "I would like to pay please", "let me talk to a person"]
        {
            assert!(confidence("en-GB", text) >= 0.5, "{text}: {}", confidence("en-GB", text));
        }
    }

    #[test]
    fn what_lies_near_an_example_is_left_out() {
        let all = beside("en", std::iter::empty());
        let rest = beside("en", ["who invented the zipper first"].into_iter());
        let left: Vec<_> = all.iter().filter(|text| !rest.contains(text)).collect();
        assert_eq!(left, [&"who invented the zipper"]);
        assert_eq!(beside("und", std::iter::empty()), Vec::<&str>::new());
        let many = vec!["anything"; EXAMPLES_MAX + 1];
        assert_eq!(beside("en", many.into_iter()), Vec::<&str>::new());
    }

    #[test]
    fn what_shares_its_words_with_an_example_is_left_out_where_meanings_are_not_known() {
        let all = beside("pt-BR", std::iter::empty());
        let first = all.first().copied().unwrap_or_default();
        let longer = normalise(&format!("{first} por favor"));
        let rest = beside("pt-BR", [longer.as_str()].into_iter());
        assert!(all.len() > FEW && !rest.contains(&first) && rest.len() + 5 > all.len());
    }

    #[test]
    fn every_text_is_one_of_its_own() {
        for texts in [ENGLISH, PORTUGUESE, SPANISH, FRENCH, GERMAN] {
            let mut texts: Vec<&str> = texts.lines().map(str::trim).collect();
            assert!(texts.iter().all(|text| !text.is_empty() && *text == text.to_lowercase()));
            let count = texts.len();
            texts.sort_unstable();
            texts.dedup();
            assert_eq!(texts.len(), count);
        }
    }

    #[test]
    fn what_noise_takes_is_given_back_where_examples_are_few() {
        assert!(lift(200, 10) > lift(200, 200) && lift(200, 200) > lift(200, 20_000));
        assert_eq!(lift(0, 10).to_bits(), 0.0_f32.to_bits());
    }
}
