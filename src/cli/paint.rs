//! How things look in a terminal: colours where there is one, a caret under every mistake.

use std::fmt::Write as _;
use std::path::Path;

use owo_colors::OwoColorize;
use serde::{Deserialize, Serialize};

use crate::flow::{Finding, Severity};

/// Characters of a line that are shown; a flow may be one line of millions.
const SHOWN_MAX: usize = 160;

/// Of those, how many stand before the place.
const BEFORE_MAX: usize = 60;

/// A line on standard output.
pub(super) fn line(text: impl std::fmt::Display) {
    anstream::println!("{text}");
}

/// A line beside what a program reads, on standard error.
pub(super) fn aside(text: impl std::fmt::Display) {
    anstream::eprintln!("{text}");
}

/// An error with the chain of its causes, on standard error.
pub(super) fn failure(error: &anyhow::Error) {
    anstream::eprintln!("{} could not {error}", "error:".red().bold());
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        anstream::eprintln!("  {} {}", "because".dimmed(), cause.trim_end());
    }
}

/// A finding, found here or by a host.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Told {
    code: String,
    severity: String,
    path: String,
    line: usize,
    column: usize,
    length: usize,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<String>,
}

impl From<&Finding> for Told {
    fn from(finding: &Finding) -> Self {
        let severity = match finding.severity {
            Severity::Error => ERROR,
            Severity::Warning => "warning",
        };
        Self {
            code: finding.code.to_owned(),
            severity: severity.to_owned(),
            path: finding.path.clone(),
            line: finding.line,
            column: finding.column,
            length: finding.length,
            message: finding.message.clone(),
            suggestion: finding.suggestion.clone(),
        }
    }
}

/// How a finding says that it is an error.
const ERROR: &str = "error";

/// A finding with its line of the text and a caret under the place.
pub(super) fn finding(file: &Path, text: &str, finding: &Finding) -> String {
    told(file, text, &Told::from(finding))
}

/// The same of one that a host may have found.
pub(super) fn told(file: &Path, text: &str, finding: &Told) -> String {
    let (label, code) = if finding.severity == ERROR {
        (ERROR.red().bold().to_string(), finding.code.red().to_string())
    } else {
        (finding.severity.yellow().bold().to_string(), finding.code.yellow().to_string())
    };
    let mut out = format!("{label}[{code}]: {}\n", finding.message);
    let place = format!("{}:{}:{}", file.display(), finding.line, finding.column);
    let gutter = finding.line.to_string().len();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.lines().nth(finding.line.saturating_sub(1)).unwrap_or_default();
    let Excerpt { source, lead, caret } = excerpt(line, finding.column, finding.length);
    let bar = "|".blue().bold().to_string();
    let number = finding.line.to_string().blue().bold().to_string();
    let arrow = "-->".blue().bold().to_string();
    let lines = [
        format!("{:gutter$}{arrow} {place}  {}", "", finding.path.dimmed()),
        format!("{:gutter$} {bar}", ""),
        format!("{number} {bar} {source}"),
        format!("{:gutter$} {bar} {lead}{}", "", caret.red().bold()),
    ];
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
    if let Some(suggestion) = &finding.suggestion
        && writeln!(out, "{:gutter$} {} {suggestion}", "", "= help:".cyan()).is_err()
    {
        out.push('\n');
    }
    out
}

/// What is shown of a line.
struct Excerpt {
    source: String,
    /// What stands under it before the carets.
    lead: String,
    caret: String,
}

/// The part of a line around a place, and carets under that.
fn excerpt(line: &str, column: usize, length: usize) -> Excerpt {
    let at = column.saturating_sub(1);
    let is_long = line.chars().nth(SHOWN_MAX).is_some();
    let first = if is_long { at.saturating_sub(BEFORE_MAX) } else { 0 };
    // What moves the cursor would part the carets from their place.
    let plain = |c: char| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
    let mut rest = line.chars().skip(first).map(plain);
    let shown: String = rest.by_ref().take(SHOWN_MAX).collect();
    let (before, after) = (if first > 0 { "…" } else { "" }, rest.next().map_or("", |_| "…"));
    let blank = |c| if c == '\t' { '\t' } else { ' ' };
    let lead = before.chars().chain(shown.chars().take(at - first)).map(blank).collect();
    let under = shown.chars().count().saturating_sub(at - first).max(1);
    let caret = "^".repeat(length.clamp(1, under));
    Excerpt { source: format!("{before}{shown}{after}"), lead, caret }
}

#[cfg(test)]
mod tests {
    use super::{SHOWN_MAX, excerpt};

    #[test]
    fn of_a_long_line_only_what_is_around_the_place_is_shown_with_the_carets_under_it() {
        let short = excerpt("\t{\"to\": \"É\"}", 9, 3);
        assert_eq!(
            (short.source.as_str(), short.lead.as_str()),
            ("\t{\"to\": \"É\"}", "\t       ")
        );
        assert_eq!(short.caret, "^^^");
        let line = format!("{}\"Nowhere\"{}", "é".repeat(1_000), "x".repeat(5_000_000));
        let long = excerpt(&line, 1_001, 9);
        assert!(long.source.chars().count() <= SHOWN_MAX + 2, "{}", long.source);
        let lead = long.lead.chars().count();
        let under: String = long.source.chars().skip(lead).take(long.caret.len()).collect();
        assert_eq!(under, "\"Nowhere\"");
        assert!(long.source.starts_with('…') && long.source.ends_with('…'));
        // At the very end, and beyond what is there.
        let end = excerpt(&line, 1_010 + 5_000_000, 50);
        assert_eq!((end.caret.as_str(), end.lead.chars().count()), ("^", 61));
        assert_eq!(excerpt("", 7, 3).caret, "^");
        assert_eq!(excerpt("a\u{0}\u{1b}[2Jb", 1, 1).source, "a\u{fffd}\u{fffd}[2Jb");
    }
}
