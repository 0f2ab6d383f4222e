//! What sets a transition off, as the log names it. The name is made when a transition is taken, not when one is tried.

use std::borrow::Cow;

/// A word, or a word and a name with a colon between.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause<'a> {
    /// `pattern`, `default`, `auto`, …
    Word(&'static str),
    /// `intent:CONFIRM`, `tool.error:reserve`, …
    Named(&'static str, &'a str),
}

impl Cause<'_> {
    /// As it is in the log.
    pub(super) fn name(self) -> Cow<'static, str> {
        match self {
            Self::Word(word) => word.into(),
            Self::Named(word, name) => format!("{word}:{name}").into(),
        }
    }
}
