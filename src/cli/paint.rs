//! How things look in a terminal: colours where there is one, a caret under every mistake.

use std::fmt::Write as _;
use std::path::Path;

use owo_colors::OwoColorize;

use crate::flow::{Finding, Severity};

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

/// A finding with its line of the text and a caret under the place.
pub(super) fn finding(file: &Path, text: &str, finding: &Finding) -> String {
    let (label, code) = match finding.severity {
        Severity::Error => ("error".red().bold().to_string(), finding.code.red().to_string()),
        Severity::Warning => {
            ("warning".yellow().bold().to_string(), finding.code.yellow().to_string())
        }
    };
    let mut out = format!("{label}[{code}]: {}\n", finding.message);
    let place = format!("{}:{}:{}", file.display(), finding.line, finding.column);
    let gutter = finding.line.to_string().len();
    let source = text.lines().nth(finding.line.saturating_sub(1)).unwrap_or_default();
    let lead: String = source
        .chars()
        .take(finding.column.saturating_sub(1))
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    let rest = source.chars().count().saturating_sub(finding.column.saturating_sub(1)).max(1);
    let caret = "^".repeat(finding.length.clamp(1, rest));
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
