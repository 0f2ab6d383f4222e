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
    let scored = compared.map(|name| (score(name), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.6).then_some(best.1)
}

/// Letters and digits in lower case.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).take(32).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let known = ["Goodbye", "CollectPartySize", "onIntent"];
        assert_eq!(did_you_mean("Godbye", known).unwrap(), "did you mean `Goodbye`?");
        assert_eq!(did_you_mean("on_intent", known).unwrap(), "did you mean `onIntent`?");
        assert_eq!(did_you_mean("Weather", known), None);
    }
}
