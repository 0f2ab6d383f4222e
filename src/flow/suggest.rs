//! "Did you mean": the known name that an unknown one most looks like.

use super::limit;

/// A question that names the closest of `known`, when one is close enough to be worth asking.
pub(super) fn did_you_mean<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<String> {
    closest(word, known).map(|name| format!("did you mean `{name}`?"))
}

/// The closest name: what differs in case or separators only, else by edits and transpositions.
pub fn closest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = plain(word);
    let score = |name: &'k str| {
        let other = plain(name);
        if wanted == other { 1.0 } else { strsim::normalized_damerau_levenshtein(&wanted, &other) }
    };
    let compared = known.into_iter().take(limit::NAMES_COMPARED_MAX);
    let scored: Vec<(f64, &str)> = compared.map(|name| (score(name), name)).collect();
    let best = scored.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    if best.0 >= 0.6 {
        return Some(best.1);
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
    let only = near.next().filter(|_| near.next().is_none())?;
    plain(only).starts_with(wanted.chars().next()?).then_some(only)
}

/// Letters and digits in lower case.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).take(32).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{closest, did_you_mean};

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let known = ["Goodbye", "CollectPartySize", "onIntent"];
        assert_eq!(did_you_mean("Godbye", known).unwrap(), "did you mean `Goodbye`?");
        assert_eq!(did_you_mean("on_intent", known).unwrap(), "did you mean `onIntent`?");
        assert_eq!(did_you_mean("Weather", known), None);
    }

    #[test]
    fn a_slip_in_a_short_name_is_recognised_where_only_one_is_near() {
        assert_eq!(closest("Tt", ["T", "End"]), Some("T"));
        assert_eq!(closest("S1", ["S", "A"]), Some("S"));
        assert_eq!(closest("S", ["S1", "A"]), Some("S1"));
        assert_eq!(closest("S1", ["S", "S2", "S3"]), None);
        assert_eq!(closest("S1", ["A1"]), None);
        assert_eq!(closest("C", ["A", "B"]), None);
        assert_eq!(closest("A", ["", "!"]), None);
        assert_eq!(closest("", ["A"]), None);
    }
}
