//! A verdict in the words that build servers read. Pure.

use super::{Tried, Verdict};
use crate::rehearsal::junit;

/// As the XML of `JUnit`.
#[must_use]
pub fn junit(verdict: &Verdict) -> String {
    let case = |case: &Tried| junit::Verdicted {
        class: format!("{}.{}", verdict.plugin, case.tool),
        name: case.name.clone(),
        seconds: case.took().as_secs_f64(),
        mismatches: case.mismatches.clone(),
    };
    let (name, cases) = (verdict.plugin.clone(), verdict.cases.iter().map(case).collect());
    junit::junit(&name, &[junit::Verdict { name: name.clone(), cases }])
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::{Line, Mismatch};
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
