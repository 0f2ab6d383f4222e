//! `cicerone check --fix`: puts the name that was probably meant in the place of each that is unknown. It touches nothing
//! but the keys and strings that the findings name.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::flow::{Finding, Fix};

/// The text with every fix made that its findings offer and that is no worse; `None` when they offer none.
pub(super) fn mended(text: &str, findings: &[Finding]) -> Option<(String, usize)> {
    let whole = serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).ok();
    let (mut mended, mut count) = (text.to_owned(), 0);
    let mut wanted: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (finding, fix) in findings.iter().filter_map(|one| Some((one, one.fix.as_ref()?))) {
        if let Some(object) = renamed(finding, fix) {
            *wanted.entry((object, &fix.to)).or_default() += 1;
        }
    }
    // From the end on, so that what comes before stays where it was found.
    for finding in findings.iter().rev() {
        let Some(fix) = &finding.fix else { continue };
        if let Some(object) = renamed(finding, fix) {
            let is_there = whole.as_ref().is_none_or(|whole: &Value| has(whole, object, &fix.to));
            let is_contested =
                wanted.get(&(object, fix.to.as_str())).is_some_and(|count| *count > 1);
            if is_there || is_contested {
                continue;
            }
        }
        if replace(&mut mended, finding, fix) {
            count += 1;
        }
    }
    (count > 0).then_some((mended, count))
}

/// Of a fix of a key: the pointer of its object.
fn renamed<'f>(finding: &'f Finding, fix: &Fix) -> Option<&'f str> {
    let (object, key) = finding.path.rsplit_once('/')?;
    (key.replace("~1", "/").replace("~0", "~") == fix.from).then_some(object)
}

fn has(whole: &Value, object: &str, key: &str) -> bool {
    whole.pointer(object).is_some_and(|object| object.get(key).is_some())
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
