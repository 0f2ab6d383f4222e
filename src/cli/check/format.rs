//! Findings for programs: our own JSON, SARIF for code scanning, and the lines that GitHub shows beside a change.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Checked;
use crate::flow::{Finding, Severity};

/// Where every code has its section.
const PAGE: &str = include_str!("../../../docs/findings.md");

/// One object with every file.
pub(super) fn as_json(checked: &[Checked], failed: bool) -> Value {
    let files: Vec<Value> =
        checked.iter().map(|one| json!({ "file": one.file, "findings": one.findings })).collect();
    json!({ "ok": !failed, "files": files })
}

/// SARIF 2.1.0.
pub(super) fn as_sarif(checked: &[Checked]) -> Value {
    let found = || checked.iter().flat_map(|one| one.findings.iter().map(move |each| (one, each)));
    let codes: std::collections::BTreeSet<&str> = found().map(|(_, each)| each.code).collect();
    let rules: Vec<Value> = codes.into_iter().map(sarif_rule).collect();
    let results: Vec<Value> = found().map(|(one, each)| sarif_result(one, each)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "cicerone", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn sarif_rule(code: &str) -> Value {
    match section(code) {
        Some(help) => json!({ "id": code, "help": { "text": help, "markdown": help } }),
        None => json!({ "id": code }),
    }
}

/// What the page says of a code.
fn section(code: &str) -> Option<&'static str> {
    let (_, rest) = PAGE.split_once(&format!("\n### `{code}`\n"))?;
    let end = rest.find("\n#").unwrap_or(rest.len());
    rest.get(..end).map(str::trim)
}

fn sarif_result(one: &Checked, each: &Finding) -> Value {
    let region = json!({
        "startLine": each.line,
        "startColumn": each.column,
        "endColumn": each.column + each.length,
    });
    json!({
        "ruleId": each.code,
        "level": level(each),
        "message": { "text": whole(each) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": encoded(&uri(one)) }, "region": region },
            "logicalLocations": [{ "fullyQualifiedName": each.path }],
        }],
    })
}

/// One workflow command of GitHub a line.
pub(super) fn as_github(checked: &[Checked]) -> Vec<String> {
    let each = |one: &Checked, each: &Finding| {
        format!(
            "::{} file={},line={},col={},endColumn={},title={}::{}",
            level(each),
            escaped(&uri(one)).replace(':', "%3A").replace(',', "%2C"),
            each.line,
            each.column,
            each.column + each.length,
            each.code,
            escaped(&whole(each)),
        )
    };
    checked.iter().flat_map(|one| one.findings.iter().map(move |found| each(one, found))).collect()
}

const fn level(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn whole(finding: &Finding) -> String {
    match &finding.suggestion {
        Some(suggestion) => format!("{}; {suggestion}", finding.message),
        None => finding.message.clone(),
    }
}

fn uri(one: &Checked) -> String {
    one.file.to_string_lossy().replace('\\', "/")
}

/// A path as the part of an address: what has a meaning there, or none anywhere, by its bytes.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
