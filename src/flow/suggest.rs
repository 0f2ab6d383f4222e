//! "Did you mean": the known name that an unknown one most looks like.

use std::cmp::Ordering;

use super::limit;

/// A question that names the closest of `known`, when one is close enough to be worth asking.
pub(super) fn did_you_mean<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<String> {
    closest(word, known).map(|near| format!("did you mean `{}`?", near.name))
}

/// A name that is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Near<'k> {
    pub(super) name: &'k str,
    /// No other is as near, so that it may be taken without asking.
    pub(super) is_alone: bool,
}

/// The closest name: what differs in case or separators only, else by edits and transpositions.
pub(super) fn closest<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<Near<'k>> {
    let wanted = plain(word);
    let score = |name: &'k str| {
        let other = plain(name);
        if wanted == other { 1.0 } else { strsim::normalized_damerau_levenshtein(&wanted, &other) }
    };
    let compared = known.into_iter().take(limit::NAMES_COMPARED_MAX);
    let (mut best, mut near) = (f64::NEG_INFINITY, None);
    for name in compared {
        let score = score(name);
        match (score.total_cmp(&best), &mut near) {
            (Ordering::Less, _) => {}
            (Ordering::Equal, Some(Near { name: other, is_alone })) => *is_alone &= *other == name,
            (Ordering::Equal | Ordering::Greater, _) => {
                (best, near) = (score, Some(Near { name, is_alone: true }));
            }
        }
    }
    near.filter(|_| best >= 0.6)
}

/// Letters and digits in lower case.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).take(32).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Near, closest, did_you_mean};

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let known = ["Goodbye", "CollectPartySize", "onIntent"];
        assert_eq!(did_you_mean("Godbye", known).unwrap(), "did you mean `Goodbye`?");
        assert_eq!(did_you_mean("on_intent", known).unwrap(), "did you mean `onIntent`?");
        assert_eq!(did_you_mean("Weather", known), None);
    }

    #[test]
    fn of_two_that_are_as_near_neither_is_alone() {
        let alone = |word, known: &[&'static str]| closest(word, known.iter().copied());
        let near = |name, is_alone| Some(Near { name, is_alone });
        assert_eq!(alone("BOCK", &["BOOK", "BACK", "STOP"]), near("BOOK", false));
        assert_eq!(alone("book", &["BOOK", "Book"]), near("BOOK", false));
        assert_eq!(alone("BOK", &["BACK", "BOOK", "BOOK"]), near("BOOK", true));
        assert_eq!(alone("BOOOK", &["BACK", "BOOK"]), near("BOOK", true));
    }
}
