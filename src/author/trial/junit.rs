//! A verdict in the words that build servers read. Pure.

use std::fmt::Write as _;

use super::{Line, Mismatch, Tried, Verdict};

/// As the XML of `JUnit`.
#[must_use]
pub fn junit(verdict: &Verdict) -> String {
    let plugin = escaped(&verdict.plugin);
    let time: f64 = verdict.cases.iter().map(|case| case.took().as_secs_f64()).sum();
    let (tests, failures) = (verdict.cases.len(), verdict.failed());
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let suite =
        format!("name=\"{plugin}\" tests=\"{tests}\" failures=\"{failures}\" time=\"{time:.6}\"");
    let _infallible = write!(out, "<testsuites {suite}>\n  <testsuite {suite}>\n");
    for case in &verdict.cases {
        out.push_str(&testcase(&plugin, case));
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn testcase(plugin: &str, case: &Tried) -> String {
    let (name, tool, time) = (escaped(&case.name), escaped(&case.tool), case.took().as_secs_f64());
    let head =
        format!("    <testcase classname=\"{plugin}.{tool}\" name=\"{name}\" time=\"{time:.6}\"");
    if case.is_fine() {
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

/// Characters that XML cannot carry at all become `?`.
fn escaped(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn failures_are_told_with_what_came_and_nothing_breaks_out_of_the_xml() {
        let mismatch = Mismatch {
            what: "expect.result".to_owned(),
            lines: vec![Line::Missing("<\"1\">".to_owned()), Line::Extra("&\u{1b}".to_owned())],
        };
        let case = |name: &str, mismatches: &[Mismatch]| Tried {
            name: name.to_owned(),
            tool: "do".to_owned(),
            mismatches: mismatches.to_owned(),
            report: Default::default(),
        };
        let cases = vec![case("fine", &[]), case("a \"quoted\" name", &[mismatch])];
        let verdict = Verdict { plugin: "shop".to_owned(), cases, left_out: 0 };
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="shop" tests="2" failures="1" time="0.000000">
              <testsuite name="shop" tests="2" failures="1" time="0.000000">
                <testcase classname="shop.do" name="fine" time="0.000000"/>
                <testcase classname="shop.do" name="a &quot;quoted&quot; name" time="0.000000">
                  <failure message="not as expected: expect.result">expect.result
            - &lt;&quot;1&quot;&gt;
            + &amp;?
            </failure>
                </testcase>
              </testsuite>
            </testsuites>
        "#]]
        .assert_eq(&junit(&verdict));
    }
}
