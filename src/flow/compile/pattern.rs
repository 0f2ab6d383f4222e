//! Text patterns: exact texts, wildcards and regular expressions.

use regex::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization as _;

use super::super::report::{Place, Problem};
use super::super::{Pattern, Trigger, fold, limit};
use super::Compiler;

impl Compiler<'_> {
    pub(super) fn pattern(&mut self, written: &str, at: &str) -> Option<Trigger> {
        if written.trim() == ":default" {
            return Some(Trigger::Default);
        }
        let needs_regex = written.contains('*') || written.trim_start().starts_with("re:");
        self.regexes += usize::from(needs_regex);
        if needs_regex && self.regexes > limit::REGEXES_MAX {
            let max = limit::REGEXES_MAX;
            self.error("limit.patterns", at, format!("a flow has at most {max} such patterns"));
            return None;
        }
        match pattern(written) {
            Ok(pattern) => Some(Trigger::Pattern(pattern)),
            Err((message, hint)) => {
                let place = Place::Value(at.to_owned());
                self.report.add(Problem::error("pattern.invalid", place, message).suggest_if(hint));
                None
            }
        }
    }
}

type Mistake = (String, Option<String>);

fn pattern(written: &str) -> Result<Pattern, Mistake> {
    if written.chars().count() > limit::PATTERN_CHARS_MAX {
        let message = format!("a pattern has at most {} characters", limit::PATTERN_CHARS_MAX);
        return Err((message, Some("examples of an intent suit long lists better".to_owned())));
    }
    if let Some(source) = written.trim_start().strip_prefix("re:") {
        if source.trim().is_empty() {
            let hint = "it would fit every text; `:default` takes what nothing else takes";
            return Err(("the expression is empty".to_owned(), Some(hint.to_owned())));
        }
        return regex(&source.trim().nfc().collect::<String>()).map(Pattern::Regex);
    }
    let texts: Vec<&str> = written.split('|').map(str::trim).collect();
    if texts.iter().any(|text| text.is_empty()) {
        return Err(("an alternative of the pattern is empty".to_owned(), None));
    }
    if written.contains('*') {
        let each: Vec<String> = texts.iter().map(|text| wildcards(text)).collect();
        return regex(&format!("^(?:{})$", each.join("|"))).map(Pattern::Regex);
    }
    Ok(Pattern::Exact(texts.into_iter().map(fold).collect()))
}

/// A text in which `*` stands for anything, as a regular expression.
fn wildcards(text: &str) -> String {
    let normal: String = text.nfc().collect();
    let literals: Vec<String> = normal.split('*').map(regex::escape).collect();
    literals.join("(?s:.*)")
}

fn regex(source: &str) -> Result<Regex, Mistake> {
    let mut builder = RegexBuilder::new(source);
    builder.case_insensitive(true).size_limit(limit::REGEX_BYTES_MAX);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => ("the expression is too large".to_owned(), None),
        other => {
            let text = other.to_string();
            let reason = text.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            (format!("no valid regular expression: {reason}"), look_around(reason))
        }
    })
}

fn look_around(reason: &str) -> Option<String> {
    let is_it = reason.contains("look-around") || reason.contains("backreferences");
    is_it
        .then(|| "say it with `when`: matching takes linear time and never looks around".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(written: &str, text: &str) -> bool {
        match pattern(written).unwrap() {
            Pattern::Exact(texts) => texts.contains(&fold(text)),
            Pattern::Regex(regex) => regex.is_match(text.trim()),
        }
    }

    #[test]
    fn an_exact_pattern_takes_the_whole_text_whatever_its_case() {
        assert!(matches("yes | Sure thing", " SURE THING "));
        assert!(!matches("yes", "yes please"));
    }

    #[test]
    fn a_star_stands_for_anything_and_the_rest_for_itself() {
        assert!(matches("book *|reserve*", "Book a table\nfor two"));
        assert!(matches("what? *", "What? Now"));
        assert!(!matches("what? *", "wha now"));
        assert!(!matches("book *", "please book it"));
    }

    #[test]
    fn a_regular_expression_has_named_captures() {
        let Ok(Pattern::Regex(regex)) = pattern("re:^order (?<number>[0-9]+)$") else { panic!() };
        assert_eq!(&regex.captures("Order 66").unwrap()["number"], "66");
    }

    #[test]
    fn a_pattern_that_is_none_says_why() {
        assert!(pattern("re:(").unwrap_err().0.contains("unclosed group"));
        assert!(pattern("re:(?=x)").unwrap_err().1.unwrap().contains("linear"));
        assert!(pattern("re:(a{1000}){1000}").unwrap_err().0.contains("too large"));
        assert!(pattern(" re: ").unwrap_err().0.contains("empty"));
        assert!(pattern("").unwrap_err().0.contains("empty"));
        assert!(pattern("a||b").unwrap_err().0.contains("empty"));
        assert!(pattern(&"x".repeat(5_000)).unwrap_err().0.contains("at most"));
    }
}
