//! What is wrong with a flow, or odd about it, and where.

use serde::Serialize;

/// One mistake or oddity, located in the author's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable, lower.dotted: `target.unknown`.
    pub code: &'static str,
    /// Whether it keeps the flow from loading.
    pub severity: Severity,
    /// The file beside the flow's own that it is in, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// JSON pointer, RFC 6901.
    pub path: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// How many characters from there are meant, for the caret; at least 1.
    pub length: usize,
    /// A sentence's fragment that names the thing: ``no state `Godbye` ``.
    pub message: String,
    /// What to do: ``did you mean `Goodbye`?``
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// What may be done without thinking.
    #[serde(skip)]
    pub fix: Option<Fix>,
}

/// One word in the place of another, at the place of the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What stands there, inside the key or the string.
    pub from: String,
    /// What is to stand there.
    pub to: String,
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The flow loads all the same.
    Warning,
    /// The flow does not load.
    Error,
}
