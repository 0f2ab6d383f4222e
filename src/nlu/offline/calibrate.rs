//! From what speaks for an intent to a confidence between 0 and 1, and the confidence from which on it counts.
//!
//! The numbers are a logistic regression over thousands of small intent sets drawn from public data (1 to 6 intents
//! of 5 to 20 examples, with and without other intents beside them), asked with texts of theirs, texts of intents that
//! they do not have, and key mashing; then shifted, because people mostly do say what a state is ready to hear.

/// What speaks for an intent, and against it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    /// The classifier's margin for it; none if it has seen no text that is not of this intent.
    pub(super) margin: Option<f32>,
    /// The margin of its strongest rival; -1, the margin of a text that is nothing like it, when there is none.
    pub(super) rival: f32,
    /// The cosine with the nearest of its examples.
    pub(super) nearest: f32,
    /// How much of the text is known at all.
    pub(super) coverage: f32,
    /// Added to what speaks for it, because of what else was learnt.
    pub(super) lift: f32,
}

/// From this confidence on an intent is taken.
pub(super) const THRESHOLD: f64 = 0.5;

/// From this confidence on an intent is taken if the text fills its slots.
pub(super) const THRESHOLD_WITH_SLOTS: f64 = 0.25;

/// An intent whose margin is ahead of the next one's by less is one of two rather than the one. Of such texts in draws of small
/// sets six in ten mean the first intent and three in ten the second.
pub(super) const MARGIN: f32 = 0.1;

/// The chance that the intent is the right one.
pub(super) fn confidence(evidence: &Evidence) -> f64 {
    let Evidence { margin, rival, nearest, coverage, lift } = *evidence;
    let known = coverage.sqrt();
    let sum = match margin {
        Some(margin) => known * (2.54 * margin + 4.28 * (margin - rival) + 6.85 * nearest) - 2.8,
        None => known * 14.0 * nearest - 3.2,
    };
    f64::from(1.0 / (1.0 + (-sum - lift).exp()))
}
