//! What vectors say of a text, joined to what its words say: a share of the same evidence, from which the same confidence
//! follows.

use super::calibrate::Evidence;

/// The share of the vectors, chosen with a small model (384 numbers) on draws from public data sets (docs/understanding.md): more
/// of them understands more, and takes more texts that mean nothing of it for something.
const SHARE: f32 = 0.4;

/// How near a text lies to each intent, by the intent's number: at 1 as near as the intent's own examples lie to each other,
/// at 0 as near as those of other intents do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near<'a>(pub(super) &'a [f32]);

impl Near<'_> {
    /// Margins of the words joined with those of the vectors: both go from -1, nothing like it, to 1.
    pub(super) fn joined(self, mut margins: Vec<f32>) -> Vec<f32> {
        for (number, margin) in margins.iter_mut().enumerate() {
            *margin = mixed(*margin, 2.0 * self.of(number) - 1.0);
        }
        margins
    }

    /// The evidence for an intent, whose margins are joined already.
    pub(super) fn weighed(self, evidence: Evidence, intent: usize) -> Evidence {
        let known = self.0.iter().copied().fold(0.0, f32::max).min(1.0);
        Evidence {
            nearest: mixed(evidence.nearest, self.of(intent).clamp(0.0, 1.0)),
            coverage: mixed(evidence.coverage, known),
            ..evidence
        }
    }

    fn of(self, intent: usize) -> f32 {
        self.0.get(intent).copied().unwrap_or_default()
    }
}

fn mixed(words: f32, vectors: f32) -> f32 {
    (1.0 - SHARE) * words + SHARE * vectors
}
