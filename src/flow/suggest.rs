//! "Did you mean": the known name that an unknown one most looks like.

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
    let scored: Vec<(f64, &str)> = compared.map(|name| (score(name), name)).collect();
    let best = scored.iter().map(|(score, _)| *score).max_by(f64::total_cmp)?;
    if best >= 0.6 {
        let mut near = scored.iter().filter(|(score, _)| score.total_cmp(&best).is_eq());
        let (_, name) = near.next()?;
        return Some(Near { name, is_alone: near.all(|(_, other)| other == name) });
    }
    // A short name is less than that from every slip: one letter too many or too few, where no other name is as near.
    let is_near = |name: &&str| {
        let other = plain(name);
        let is_slip = wanted.len().abs_diff(other.len()) == 1
            && (wanted.starts_with(&other) || other.starts_with(&wanted))
            && !wanted.is_empty()
            && !other.is_empty();
        is_slip || (wanted.len() == 2 && strsim::damerau_levenshtein(&wanted, &other) == 1)
    };
    let mut near = scored.iter().map(|(_, name)| *name).filter(is_near);
    let name = near.next().filter(|_| near.next().is_none())?;
    plain(name).starts_with(wanted.chars().next()?).then_some(Near { name, is_alone: true })
}

/// The closest name alone.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    closest(word, known).map(|near| near.name)
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
    fn a_slip_in_a_short_name_is_recognised_where_only_one_is_near() {
        let only =
            |word, known: &[&'static str]| closest(word, known.iter().copied()).map(|one| one.name);
        assert_eq!(only("Tt", &["T", "End"]), Some("T"));
        assert_eq!(only("S1", &["S", "A"]), Some("S"));
        assert_eq!(only("S", &["S1", "A"]), Some("S1"));
        assert_eq!(only("S1", &["S", "S2", "S3"]), None);
        assert_eq!(only("S1", &["A1"]), None);
        assert_eq!(only("C", &["A", "B"]), None);
        assert_eq!(only("A", &["", "!"]), None);
        assert_eq!(only("", &["A"]), None);
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
