//! What the values in a text say about its intent: which intents it fills, and whether it is hardly more than
//! values. It never guesses from words; that is the classifier's.

use crate::flow::Intent;
use crate::slots::{self, Found, Moment, Slot, Type};

use super::features::normalise;

/// The values of one intent in one text.
#[derive(Debug)]
pub(super) struct Values {
    found: Vec<Found>,
    /// Every required slot is filled.
    pub(super) is_complete: bool,
    /// The text takes something back: "no, for 6".
    pub(super) corrects: bool,
    /// A slot is filled by something that not just any text would fill.
    pub(super) is_telling: bool,
}

impl Values {
    /// Looks for the slots of `intent` in a text, the asked-for ones first.
    pub(super) fn of(
        intent: &Intent,
        words: &slots::Text<'_>,
        asked: &[Slot],
        moment: &Moment,
    ) -> Self {
        let wanted = asked_for_first(&intent.slots, asked);
        let found = words.extract(&wanted, moment);
        let is_filled = |slot: &Slot| found.iter().any(|value| value.slot == slot.name);
        let is_complete = wanted.iter().all(|slot| !slot.required || is_filled(slot));
        let is_telling = wanted.iter().any(|slot| slot.kind != Type::String && is_filled(slot));
        Self { found, is_complete, is_telling, corrects: words.takes_back() }
    }

    /// How much of the text the values are, from 0 to 1, if the rest is nothing but small words and words of the
    /// intent's own examples. "Tomorrow at 7pm" is, "do you open at 7pm" is not.
    pub(super) fn share(&self, text: &str, examples: &[String]) -> Option<f64> {
        if !self.is_telling || !self.is_complete {
            return None;
        }
        let rest = without(text, &self.found);
        let rest = normalise(&rest);
        let words: Vec<&str> = rest.split_ascii_whitespace().collect();
        let is_familiar = |word: &&str| {
            word.chars().count() <= SMALL_WORD_CHARS
                || examples.iter().any(|example| normalise(example).split(' ').any(|w| w == *word))
        };
        if words.len() > REST_PER_VALUE * self.found.len() || !words.iter().all(is_familiar) {
            return None;
        }
        let rest: usize = words.iter().map(|word| word.chars().count()).sum();
        let whole = normalise(text).chars().filter(|c| *c != ' ').count();
        Some(1.0 - as_f64(rest.min(whole)) / as_f64(whole.max(1)))
    }

    /// The values in the order of the text.
    pub(super) fn into_found(self) -> Vec<Found> {
        self.found
    }
}

/// A word of so few characters ("at", "the", "às") says nothing against a text being values only.
const SMALL_WORD_CHARS: usize = 3;

/// So many other words may stand beside each value.
const REST_PER_VALUE: usize = 3;

fn asked_for_first(slots: &[Slot], expecting: &[Slot]) -> Vec<Slot> {
    let place = |slot: &Slot| {
        expecting.iter().position(|asked| asked.name == slot.name).unwrap_or(usize::MAX)
    };
    let mut slots = slots.to_vec();
    slots.sort_by_key(place);
    slots
}

/// The text with a space in the place of every value.
fn without(text: &str, found: &[Found]) -> String {
    let is_inside = |at: usize| found.iter().any(|value| value.span.contains(&at));
    text.char_indices().map(|(at, c)| if is_inside(at) { ' ' } else { c }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a count of characters, far below 2^52")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
