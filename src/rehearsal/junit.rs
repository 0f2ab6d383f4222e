//! Verdicts in the words that build servers read: the XML of `JUnit`.

use std::fmt::Write as _;

use super::compare::{Line, Mismatch};

/// Cases of one thing.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Its name.
    pub name: String,
    /// In order.
    pub cases: Vec<Verdicted>,
}

/// One case.
#[derive(Debug, Clone)]
pub struct Verdicted {
    /// What it is a case of.
    pub class: String,
    /// The sentence that it proves.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// Everything that is not as expected.
    pub mismatches: Vec<Mismatch>,
}

/// The whole of it as XML.
#[must_use]
pub fn junit(name: &str, verdicts: &[Verdict]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all: Vec<&Verdicted> = verdicts.iter().flat_map(|verdict| &verdict.cases).collect();
    let _infallible = writeln!(out, "<testsuites {}>", attributes(name, &all));
    for verdict in verdicts {
        let cases: Vec<&Verdicted> = verdict.cases.iter().collect();
        let _infallible = writeln!(out, "  <testsuite {}>", attributes(&verdict.name, &cases));
        cases.iter().for_each(|case| out.push_str(&testcase(case)));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn attributes(name: &str, cases: &[&Verdicted]) -> String {
    let time: f64 = cases.iter().map(|case| case.seconds).sum();
    let failures = cases.iter().filter(|case| !case.mismatches.is_empty()).count();
    let (name, tests) = (escaped(name), cases.len());
    format!("name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" time=\"{time:.6}\"")
}

fn testcase(case: &Verdicted) -> String {
    let (class, name) = (escaped(&case.class), escaped(&case.name));
    let time = case.seconds;
    let head = format!("    <testcase classname=\"{class}\" name=\"{name}\" time=\"{time:.6}\"");
    if case.mismatches.is_empty() {
        return format!("{head}/>\n");
    }
    let what: Vec<&str> = case.mismatches.iter().map(|mismatch| mismatch.what.as_str()).collect();
    let what = escaped(&format!("not as expected: {}", what.join(", ")));
    let text: String = case.mismatches.iter().map(told).collect();
    let text = escaped(&text);
    format!("{head}>\n      <failure message=\"{what}\">{text}</failure>\n    </testcase>\n")
}

fn told(mismatch: &Mismatch) -> String {
    let lines = mismatch.lines.iter().map(|line| match line {
        Line::Same(text) => format!("  {text}\n"),
        Line::Missing(text) => format!("- {text}\n"),
        Line::Extra(text) => format!("+ {text}\n"),
    });
    format!("{}\n{}", mismatch.what, lines.collect::<String>())
}

/// Characters that XML cannot carry at all become `?`; it does for HTML too.
#[must_use]
pub fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\n' | '\t' => c.to_string(),
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => "?".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(one).collect()
}
