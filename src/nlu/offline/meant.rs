//! A second linear classifier, over what the words of a text mean, and how much it has to say beside the one over how they
//! are written.

use super::features::{Vector, as_f32};
use super::svm::{self, Weights};
use super::vectors::{self, DIMENSIONS};

/// Its share of a margin where there are hardly any examples. Measured on public data sets, as [`ENOUGH`] is.
const SHARE: f32 = 0.35;

/// With so many examples of an intent the share is half of that: what they do not say by then is seldom meant.
const ENOUGH: f32 = 200.0;

/// A classifier over vectors of texts.
#[derive(Debug)]
pub(super) struct Meant {
    weights: Weights,
    share: f32,
}

impl Meant {
    /// Learns classes from texts in their normal form, each with the number of its class, or one that is no class. None for
    /// a BCP 47 language without vectors, or where no text has one.
    pub(super) fn train<'t>(
        texts: impl Iterator<Item = (&'t str, usize)>,
        classes: usize,
        language: &str,
        options: svm::Options,
    ) -> Option<Self> {
        if !vectors::know(language) {
            return None;
        }
        let seen = texts.map(|(text, label)| (vectors::of(text), label));
        let (rows, labels): (Vec<Vector>, Vec<usize>) =
            seen.filter(|(row, _)| !row.is_empty()).unzip();
        // Vectors lie nearer to each other than words do, so that a text on the wrong side has to cost more.
        let options = svm::Options { cost: 2.25 * options.cost, ..options };
        let shape = (DIMENSIONS, classes);
        let of_each = as_f32(rows.len()) / as_f32(classes.max(1));
        let share = SHARE * ENOUGH / (ENOUGH + of_each);
        (!rows.is_empty())
            .then(|| Self { weights: svm::train(&rows, &labels, shape, options), share })
    }

    /// Margins of the words of a text joined with those of what they mean.
    pub(super) fn joined(&self, mut margins: Vec<f32>, normal: &str) -> Vec<f32> {
        let vector = vectors::of(normal);
        if !vector.is_empty() {
            for (margin, meant) in margins.iter_mut().zip(self.weights.margins(&vector)) {
                *margin = (1.0 - self.share) * *margin + self.share * meant;
            }
        }
        margins
    }

    /// What the meaning of each word adds to the margin of a class.
    pub(super) fn reasons<'t>(
        &self,
        normal: &'t str,
        class: usize,
    ) -> impl Iterator<Item = (&'t str, f32)> {
        vectors::by_word(normal).into_iter().map(move |(word, vector)| {
            let adds = |(feature, value): &(u32, f32)| value * self.weights.of(*feature, class);
            (word, self.share * vector.iter().map(adds).sum::<f32>())
        })
    }

    /// The share of the words as they are written.
    pub(super) const fn rest(&self) -> f32 {
        1.0 - self.share
    }
}
