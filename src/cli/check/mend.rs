//! `cicerone check --fix`: puts the name that was probably meant in the place of each that is unknown. It touches nothing
//! but the keys and strings that the findings name.

use crate::flow::{Finding, Fix};

/// The text with every fix made that its findings offer; `None` when they offer none.
pub(super) fn mended(text: &str, findings: &[Finding]) -> Option<(String, usize)> {
    let mut mended = text.to_owned();
    let mut count = 0;
    // From the end on, so that what comes before stays where it was found.
    for finding in findings.iter().rev() {
        let Some(fix) = &finding.fix else { continue };
        if replace(&mut mended, finding, fix) {
            count += 1;
        }
    }
    (count > 0).then_some((mended, count))
}

/// Replaces the word inside the literal that the finding names; false if it does not stand there as it is written.
fn replace(text: &mut String, finding: &Finding, fix: &Fix) -> bool {
    let Some(start) = offset(text, finding.line, finding.column) else { return false };
    let literal: usize = text
        .get(start..)
        .into_iter()
        .flat_map(str::chars)
        .take(finding.length)
        .map(char::len_utf8)
        .sum();
    let Some(part) = text.get(start..start + literal) else { return false };
    let Some(at) = part.rfind(&fix.from) else { return false };
    let Ok(to) = serde_json::to_string(&fix.to) else { return false };
    let to = to.trim_matches('"').to_owned();
    let from = start + at;
    text.replace_range(from..from + fix.from.len(), &to);
    true
}

/// The byte of a place as people count: from 1, in characters.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    // A byte order mark is no part of what is counted.
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lines = text.get(mark..)?.split_inclusive('\n');
    let above: usize = lines.by_ref().take(line.checked_sub(1)?).map(str::len).sum();
    let before = lines.next()?.chars().take(column.checked_sub(1)?).map(char::len_utf8);
    Some(mark + above + before.sum::<usize>())
}
