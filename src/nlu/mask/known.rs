//! Finds personal values that the session knows already, by how they are written: a name in a question, in the middle of
//! a sentence, in a prompt. What reads values out of texts does not see those.

use std::ops::Range;

/// Shorter texts are parts of everything.
const CHARS_MIN: usize = 3;

/// Of a number, which is more often by chance in a text.
const DIGITS_MIN: usize = 4;

/// A text of so many words at most is looked at word by word too: a name of which the first is said alone.
const WORDS_MAX: usize = 5;

/// A text to look for.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) slot: String,
    text: String,
    /// Whether it is the same in other cases: a word of a name is an everyday word then.
    any_case: bool,
}

/// What to look for, when these values are known: the longest first.
pub(super) fn of(values: &[(String, String)]) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    let mut add = |slot: &str, text: &str, any_case| {
        let text = text.trim();
        let chars = text.chars().count();
        let least = if text.bytes().all(|b| b.is_ascii_digit()) { DIGITS_MIN } else { CHARS_MIN };
        if chars >= least && text.chars().any(char::is_alphanumeric) {
            known.push(Known { slot: slot.to_owned(), text: text.to_owned(), any_case });
        }
    };
    for (slot, text) in values {
        add(slot, text, true);
        let words: Vec<&str> = text.split_whitespace().collect();
        if (2..=WORDS_MAX).contains(&words.len()) && words.iter().all(|word| is_name(word)) {
            words.iter().for_each(|word| add(slot, word, false));
        }
    }
    known.sort_by_key(|one| std::cmp::Reverse(one.text.len()));
    known
}

/// Letters, perhaps with a mark between; the small words of a name too.
fn is_name(word: &str) -> bool {
    word.chars().all(|c| c.is_alphabetic() || "-'’.".contains(c))
}

impl Known {
    /// Where it stands in a text as words of its own, from a byte on.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        if !self.any_case && !self.text.chars().next().is_some_and(char::is_uppercase) {
            return None;
        }
        let rest = text.get(from..)?;
        let starts = rest.char_indices().map(|(at, _)| from + at);
        starts.filter_map(|start| self.at(text, start)).next()
    }

    fn at(&self, text: &str, start: usize) -> Option<Range<usize>> {
        let mut here = text.get(start..)?.char_indices();
        for wanted in self.text.chars() {
            let (_, c) = here.next()?;
            let is_same =
                c == wanted || (self.any_case && c.to_lowercase().eq(wanted.to_lowercase()));
            if !is_same {
                return None;
            }
        }
        let end = here.next().map_or(text.len(), |(at, _)| start + at);
        let before = text.get(..start)?.chars().next_back();
        let after = text.get(end..)?.chars().next();
        let is_open = |outside: Option<char>, edge: Option<char>| {
            let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !(is_word(outside) && is_word(edge))
        };
        let edges = (self.text.chars().next(), self.text.chars().next_back());
        (is_open(before, edges.0) && is_open(after, edges.1)).then_some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(value: &str, text: &'t str) -> Vec<&'t str> {
        let mut found = Vec::new();
        for known in of(&[("who".to_owned(), value.to_owned())]) {
            let mut from = 0;
            while let Some(span) = known.find(text, from) {
                found.extend(text.get(span.clone()));
                from = span.end;
            }
        }
        found
    }

    #[test]
    fn a_value_is_found_as_words_of_its_own_in_any_case() {
        assert_eq!(found("Ann Lee", "so ann lee, is ANN LEE there"), ["ann lee", "ANN LEE"]);
        assert_eq!(found("Ann Lee", "Joann Leeds"), Vec::<&str>::new());
        assert_eq!(found("ÉVA", "chère Éva!"), ["Éva"]);
        assert_eq!(found("+351 912", "(+351 912)"), ["+351 912"]);
    }

    #[test]
    fn a_word_of_a_name_is_found_alone_as_it_is_written() {
        assert_eq!(found("Will van Smith", "Will, will you tell Smith?"), ["Smith", "Will"]);
        assert_eq!(found("12 Long Road", "a long Road"), Vec::<&str>::new());
    }

    #[test]
    fn what_is_too_short_to_tell_is_left() {
        for (value, text) in [("4", "4"), ("Al", "Al"), ("123", "123"), ("--- ", "---")] {
            assert_eq!(found(value, text), Vec::<&str>::new());
        }
        assert_eq!(found("1985", "in 1985"), ["1985"]);
    }
}
