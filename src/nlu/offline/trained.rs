//! A set of intents learnt apart from any flow: for measuring how well it is told apart, and for showing why. It answers
//! with every intent and never says that none is meant; that is [`super::Offline`]'s.

use super::model::{Example, Model, Text};
use super::{any_moment, marked};
use crate::slots;

pub use super::model::{Guess, Reason};

/// A text to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// As a person would write it.
    pub text: &'a str,
    /// The number of what it means, or none for something that no intent of the set means.
    pub intent: Option<usize>,
}

/// A set of intents that has been learnt.
#[derive(Debug)]
pub struct Trained {
    model: Model,
    language: String,
    moment: slots::Moment,
}

impl Trained {
    /// Learns the intents of these names from texts in a BCP 47 language.
    #[must_use]
    pub fn learn(names: &[&str], lessons: &[Lesson<'_>], language: &str) -> Self {
        let examples: Vec<Example<'_>> =
            lessons.iter().map(|one| Example { text: one.text, intent: one.intent }).collect();
        Self {
            model: Model::train(names, &examples, language),
            language: language.to_owned(),
            moment: any_moment(language),
        }
    }

    /// Every intent, the likeliest first; each confidence is against those after it. Nothing when nothing in the text is
    /// known.
    #[must_use]
    pub fn guess(&self, text: &str) -> Vec<Guess> {
        let text = self.read(text);
        let exact = self.model.exact(&text);
        let mut guesses: Vec<Guess> = self.model.rank(&text).collect();
        if let Some(intent) = exact {
            guesses.retain(|guess| guess.intent != intent);
            guesses.insert(0, Guess::exact(intent));
        }
        guesses
    }

    /// The likeliest intent.
    #[must_use]
    pub fn best(&self, text: &str) -> Option<Guess> {
        let text = self.read(text);
        let exact = self.model.exact(&text).map(Guess::exact);
        exact.or_else(|| self.model.rank(&text).next())
    }

    /// What in a text speaks most for an intent, and what most against it.
    #[must_use]
    pub fn reasons(&self, text: &str, intent: usize) -> Vec<Reason> {
        self.model.reasons(&self.read(text), intent)
    }

    /// How alike two texts are, from 0 to 1.
    #[must_use]
    pub fn likeness(&self, one: &str, other: &str) -> f32 {
        self.model.likeness(&self.read(one), &self.read(other))
    }

    /// As it was learnt.
    pub(super) const fn model(&self) -> &Model {
        &self.model
    }

    fn read(&self, text: &str) -> Text {
        let words = slots::Text::read(text, &self.language);
        Text::read(text, &marked(&words, &self.moment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No word is in the texts of one intent only, and no neighbours of what is asked are in any text. What words mean does
    /// not help here; the language is one of which that is not known.
    #[test]
    fn two_words_that_tell_an_intent_together_are_found_apart_and_in_any_order() {
        let lesson = |text, intent| Lesson { text, intent: Some(intent) };
        let lessons = [
            lesson("card before lunch stolen", 0),
            lesson("phone on friday broken", 0),
            lesson("card on friday broken", 1),
            lesson("phone before lunch stolen", 1),
        ];
        let trained = Trained::learn(&["A", "B"], &lessons, "und");
        let table = [
            ("stolen is the card", 0),
            ("broken is the phone", 0),
            ("broken is the card", 1),
            ("stolen is the phone", 1),
        ];
        for (text, intent) in table {
            assert_eq!(trained.best(text).map(|guess| guess.intent), Some(intent), "{text}");
        }
    }

    /// No word of what is asked is in any example; in a language whose words are not known nothing tells it.
    #[test]
    fn english_words_that_no_example_has_are_understood_by_what_they_mean() {
        let lesson = |text, intent| Lesson { text, intent: Some(intent) };
        let lessons = [
            lesson("book a table", 0),
            lesson("reserve dinner for tonight", 0),
            lesson("cancel my subscription", 1),
            lesson("stop the membership", 1),
            lesson("where is my parcel", 2),
            lesson("track the delivery", 2),
        ];
        let english = Trained::learn(&["A", "B", "C"], &lessons, "en");
        let other = Trained::learn(&["A", "B", "C"], &lessons, "pt");
        let table =
            [("restaurant seats this evening", 0), ("quit", 1), ("has this package shipped", 2)];
        for (text, intent) in table {
            let best = english.best(text);
            assert_eq!(best.map(|guess| guess.intent), Some(intent), "{text}");
            let lead = |trained: &Trained| trained.best(text).map_or(0.0, |guess| guess.lead);
            assert!(
                lead(&english) > lead(&other) + 0.05,
                "{text}: {best:?} {:?}",
                other.best(text)
            );
        }
    }
}
