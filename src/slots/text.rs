//! Free text: where it is asked for and nothing else is wanted, the whole of what was said. It never cuts a part out.

use super::reading::{Candidate, Reading};

/// The text without the white space around it.
pub(super) fn whole(text: &str) -> Option<Candidate> {
    let trimmed = text.trim();
    let start = text.len() - text.trim_start().len();
    (!trimmed.is_empty()).then(|| Candidate {
        reading: Reading::Text(trimmed.to_owned()),
        span: start..start + trimmed.len(),
        confidence: 0.9,
        weak: true,
    })
}
