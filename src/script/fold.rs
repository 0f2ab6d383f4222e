//! Texts as patterns and exact answers compare them.

use unicode_normalization::UnicodeNormalization as _;

/// A text as patterns and exact answers compare it: trimmed, NFC, case folded.
#[must_use]
pub fn fold(text: &str) -> String {
    // Most texts, for which the rest comes to this.
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    // Up, then down: `ß` meets `SS` and the two small sigmas meet each other.
    let upper = text.trim().nfc().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn texts_that_people_take_as_the_same_fold_to_the_same() {
        assert_eq!(fold("  STRASSE "), fold("straße"));
        assert_eq!(fold("Ο ΔΡΟΜΟΣ"), fold("ο δρομος"));
        assert_eq!(fold("Cafe\u{301}"), fold("CAFÉ"));
        assert_ne!(fold("cafe"), fold("café"));
    }
}
