//! What was expected beside what came, and where they part.

use serde_json::{Map, Value};

/// Something that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where the expectation stands: `expect.result`.
    pub what: String,
    /// Both, line by line.
    pub lines: Vec<Line>,
}

/// One line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// In both.
    Same(String),
    /// Expected, and did not come.
    Missing(String),
    /// Came, and was not expected.
    Extra(String),
}

/// None if they are the same.
#[must_use]
pub fn whole(what: &str, expected: &Value, came: &Value) -> Option<Mismatch> {
    (!same(expected, came)).then(|| mismatch(what, expected, came))
}

/// None if everything that is expected came; what else came is not looked at.
#[must_use]
pub fn parts(what: &str, expected: &Value, came: &Value) -> Option<Mismatch> {
    whole(what, expected, &reduced(came, expected))
}

/// Something that has no lines of its own to compare.
#[must_use]
pub fn instead(what: &str, expected: &str, came: &str) -> Mismatch {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let missing = lines(expected).into_iter().map(Line::Missing);
    let extra = lines(came).into_iter().map(Line::Extra);
    Mismatch { what: what.to_owned(), lines: missing.chain(extra).collect() }
}

fn mismatch(what: &str, expected: &Value, came: &Value) -> Mismatch {
    let text = |value: &Value| format!("{value:#}");
    let (expected, came) = (text(expected), text(came));
    let (expected, came): (Vec<&str>, Vec<&str>) =
        (expected.lines().collect(), came.lines().collect());
    Mismatch { what: what.to_owned(), lines: lines(&expected, &came) }
}

/// Objects in any order, and 1 is 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Without the keys that nobody named, in the order of those who did.
fn reduced(came: &Value, expected: &Value) -> Value {
    match (came, expected) {
        (Value::Object(came), Value::Object(expected)) => {
            let named = expected
                .iter()
                .filter_map(|(key, wanted)| Some((key.clone(), reduced(came.get(key)?, wanted))));
            Value::Object(named.collect::<Map<_, _>>())
        }
        (Value::Array(came), Value::Array(expected)) => {
            let wanted = expected.iter().map(Some).chain(std::iter::repeat(None));
            let items = came.iter().zip(wanted);
            let items = items
                .map(|(came, wanted)| wanted.map_or_else(|| came.clone(), |w| reduced(came, w)));
            Value::Array(items.collect())
        }
        _ => came.clone(),
    }
}

/// The longest run of lines that both have stays; quadratic, and the texts are short.
fn lines(expected: &[&str], came: &[&str]) -> Vec<Line> {
    const LINES_MAX: usize = 500;
    let (expected, came) = (first(expected, LINES_MAX), first(came, LINES_MAX));
    let width = came.len() + 1;
    let mut common = vec![0_u32; (expected.len() + 1) * width];
    let at = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, wanted) in expected.iter().enumerate().rev() {
        for (j, had) in came.iter().enumerate().rev() {
            let best = if wanted == had {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(place) = common.get_mut(i * width + j) {
                *place = best;
            }
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    loop {
        match (expected.get(i), came.get(j)) {
            (Some(wanted), Some(had)) if wanted == had => {
                lines.push(Line::Same((*wanted).to_owned()));
                (i, j) = (i + 1, j + 1);
            }
            (Some(wanted), had)
                if had.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) =>
            {
                lines.push(Line::Missing((*wanted).to_owned()));
                i += 1;
            }
            (_, Some(had)) => {
                lines.push(Line::Extra((*had).to_owned()));
                j += 1;
            }
            (_, None) => return lines,
        }
    }
}

fn first<'a, 'b>(lines: &'a [&'b str], max: usize) -> &'a [&'b str] {
    lines.get(..max).unwrap_or(lines)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(found: Option<Mismatch>, expected: Expect) {
        let lines = found.iter().flat_map(|mismatch| &mismatch.lines).map(|line| match line {
            Line::Same(text) => format!("  {text}\n"),
            Line::Missing(text) => format!("- {text}\n"),
            Line::Extra(text) => format!("+ {text}\n"),
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn order_of_keys_and_the_spelling_of_a_number_are_no_difference() {
        check(whole("", &json!({"a": 1, "b": [2.0]}), &json!({"b": [2], "a": 1.0})), expect![""]);
    }

    #[test]
    fn a_difference_is_shown_within_what_is_the_same() {
        check(
            whole("", &json!({"a": 1, "b": 2, "c": 3}), &json!({"a": 1, "b": 5, "c": 3})),
            expect![[r#"
                  {
                    "a": 1,
                -   "b": 2,
                +   "b": 5,
                    "c": 3
                  }
            "#]],
        );
    }

    #[test]
    fn parts_may_have_more_around_them_and_lists_may_not() {
        let came = json!({"id": 7, "items": [{"n": 1, "x": 1}, {"n": 2, "x": 1}]});
        check(parts("", &json!({"items": [{"n": 1}, {"n": 2}]}), &came), expect![""]);
        check(
            parts("", &json!({"items": [{"n": 1}]}), &came),
            expect![[r#"
                  {
                    "items": [
                      {
                        "n": 1
                +     },
                +     {
                +       "n": 2,
                +       "x": 1
                      }
                    ]
                  }
            "#]],
        );
    }
}
