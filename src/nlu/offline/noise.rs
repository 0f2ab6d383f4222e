//! What people also say: texts about anything, which nothing learns from but that they are none of the intents. A set of
//! few examples knows no other use of "what is the" than its own; beside these, the words that all texts have stop speaking
//! for an intent.

use super::vectors;

/// A text a line, in the normal form of [`super::features::normalise`] but for its marks. None of them is what a business
/// usually talks about.
static ENGLISH: &str = include_str!("noise/english.txt");

/// Texts that lie so near to an example, by what their words mean, are left out: they may well be of an intent.
const NEAR: f32 = 0.75;

/// How much the confidence loses by noise alone, as a sum of evidence. It is given back by the share that noise has in what is
/// learnt. Measured on draws of small sets from public data.
const COST: f32 = 0.75;

/// The texts for a BCP 47 language that none of these examples, in their normal form, is near to.
pub(super) fn beside<'e>(
    language: &str,
    examples: impl Iterator<Item = &'e str>,
) -> Vec<&'static str> {
    if !vectors::know(language) {
        return Vec::new();
    }
    let examples: Vec<_> = examples.map(vectors::of).collect();
    let product = |one: &[(u32, f32)], other: &[(u32, f32)]| -> f32 {
        one.iter().zip(other).map(|((_, one), (_, other))| one * other).sum()
    };
    let is_far = |text: &&str| {
        let vector = vectors::of(text);
        examples.iter().all(|example| product(example, &vector) < NEAR)
    };
    ENGLISH.lines().filter(is_far).collect()
}

/// What is given back where so many texts of noise stand beside so many examples.
pub(super) fn lift(noise: usize, examples: usize) -> f32 {
    let [noise, examples] = [noise, examples].map(super::features::as_f32);
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
        assert_eq!(beside("pt", std::iter::empty()), Vec::<&str>::new());
    }

    #[test]
    fn every_text_is_one_of_its_own() {
        let mut texts: Vec<&str> = ENGLISH.lines().map(str::trim).collect();
        assert!(texts.iter().all(|text| !text.is_empty() && *text == text.to_lowercase()));
        let count = texts.len();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), count);
    }

    #[test]
    fn what_noise_takes_is_given_back_where_examples_are_few() {
        assert!(lift(200, 10) > lift(200, 200) && lift(200, 200) > lift(200, 20_000));
        assert_eq!(lift(0, 10).to_bits(), 0.0_f32.to_bits());
    }
}
