//! `[breaker]`: when a tool that keeps failing is left alone, and for how long. It counts nothing.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::quantity::Span;

/// `[breaker]` of a plugin; it holds for each of its tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Breaker {
    /// So many failed attempts are too many,
    #[serde(deserialize_with = "at_least_one")]
    pub failures: u32,
    /// when no more time than this lies between the first and the last of them.
    pub within: Span,
    /// How long the tool is left alone then.
    pub open_for: OpenFor,
}

/// `1s..60s`: the first time, and the longest one when it goes on failing. `5s` is always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFor {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            failures: 5,
            within: Span(Duration::from_secs(30)),
            open_for: OpenFor { first: Duration::from_secs(1), longest: Duration::from_secs(60) },
        }
    }
}

fn at_least_one<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        0 => Err(de::Error::custom("`failures` is at least 1")),
        count => Ok(count),
    }
}

impl<'de> Deserialize<'de> for OpenFor {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let (first, longest) = text.split_once("..").unwrap_or((&text, &text));
        let times = Span::parse(first.trim()).zip(Span::parse(longest.trim()));
        times
            .map(|(first, longest)| Self { first: first.0, longest: longest.0 })
            .filter(|open| open.first <= open.longest)
            .ok_or_else(|| {
                de::Error::custom(format!("`{text}` is no range of times; write `1s..60s`"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Breaker, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        assert_eq!(read(""), Ok(Breaker::default()));
        let written = "failures = 5\nwithin = \"30s\"\nopen_for = \"1s..60s\"";
        assert_eq!(read(written), Ok(Breaker::default()));
        let always = read("open_for = \"5s\"").unwrap().open_for;
        assert_eq!(
            (always.first, always.longest),
            (Duration::from_secs(5), Duration::from_secs(5))
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_an_example() {
        assert_eq!(read("failures = 0"), Err("`failures` is at least 1".to_owned()));
        for text in ["60s..1s", "1..60", "..", "0s..1s"] {
            let why = read(&format!("open_for = \"{text}\"")).unwrap_err();
            assert!(why.contains("write `1s..60s`"), "{why}");
        }
        assert!(read("opens = 1").is_err());
    }
}
