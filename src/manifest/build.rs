//! `[build]`: how a component is made from the sources beside its `plugin.toml`. For `cicerone plugin build` only; a host
//! that runs the component has no use for it.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// `[build]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// What the sources are written in.
    pub lang: Language,
    /// Whether the component understands texts.
    #[serde(default)]
    pub classify: bool,
}

/// A language that a component can be written in with an SDK of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Rust,
    Typescript,
    Python,
    Go,
    C,
}

/// A word that is no language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no language `{word}`{}; there are {}", .meant.map(|one| format!(", did you mean `{one}`?")).unwrap_or_default(), words())]
pub struct NoLanguage {
    word: String,
    meant: Option<Language>,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rust, Self::Typescript, Self::Python, Self::Go, Self::C];

    /// As it is written in `plugin.toml` and as a folder of `sdk/` is called.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Typescript => "typescript",
            Self::Python => "python",
            Self::Go => "go",
            Self::C => "c",
        }
    }

    /// What somebody meant by another word.
    fn meant_by(word: &str) -> Option<Self> {
        match word {
            "rs" | "cargo" => Some(Self::Rust),
            "ts" | "js" | "javascript" | "node" | "tsx" => Some(Self::Typescript),
            "py" | "python3" => Some(Self::Python),
            "golang" => Some(Self::Go),
            "c++" | "cpp" | "clang" | "zig" => Some(Self::C),
            _ => Self::ALL
                .into_iter()
                .map(|one| (strsim::jaro_winkler(word, one.word()), one))
                .filter(|(likeness, _)| *likeness > 0.8)
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(_, one)| one),
        }
    }
}

fn words() -> String {
    Language::ALL.map(|language| format!("`{language}`")).join(", ")
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Language {
    type Err = NoLanguage;

    fn from_str(text: &str) -> Result<Self, NoLanguage> {
        let word = text.to_lowercase();
        match Self::ALL.into_iter().find(|one| one.word() == word) {
            Some(language) => Ok(language),
            None => Err(NoLanguage { meant: Self::meant_by(&word), word: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_read_in_any_case() {
        assert_eq!("TypeScript".parse(), Ok(Language::Typescript));
        for language in Language::ALL {
            assert_eq!(language.word().parse(), Ok(language));
        }
    }

    #[test]
    fn a_word_that_is_no_language_is_told_with_what_was_meant() {
        let said = |word: &str| word.parse::<Language>().unwrap_err().to_string();
        let all = "there are `rust`, `typescript`, `python`, `go`, `c`";
        assert_eq!(said("js"), format!("no language `js`, did you mean `typescript`?; {all}"));
        assert_eq!(said("pyton"), format!("no language `pyton`, did you mean `python`?; {all}"));
        assert_eq!(said("cobol"), format!("no language `cobol`; {all}"));
    }
}
