//! Whatever a text is, it is accepted, or refused with findings that lie inside it.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const TEXT: &str = include_str!("../../../flows/reservation.json");

/// Loads a text and holds the invariants of what comes back.
fn hold(text: &str) -> Result<(), TestCaseError> {
    let findings = match load_with(text, &look()) {
        Ok((_, warnings)) => {
            prop_assert!(warnings.iter().all(|one| one.severity == Severity::Warning));
            warnings
        }
        Err(findings) => {
            prop_assert!(findings.iter().any(|one| one.severity == Severity::Error));
            findings
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.split('\n').collect();
    for finding in findings {
        let line = lines.get(finding.line - 1).copied();
        let width = line.map(|line| line.chars().count());
        prop_assert!(width.is_some_and(|width| finding.column <= width + 1), "{finding:?}");
        prop_assert!(finding.length >= 1);
    }
    Ok(())
}

/// JSON of the words that flows are made of.
fn json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "A",
        "B",
        "YES",
        "Look",
        ":end",
        "@x",
        "flow:billing",
        "else",
        "{{ctx.x}}",
        "{{",
        "ctx.x > 1",
        "date",
        "enum",
        "re:(",
        "a*|b",
        "é\u{1F600}\n",
        "",
        "string",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "meta",
        "name",
        "start",
        "states",
        "A",
        "B",
        "transitions",
        "to",
        "onIntent",
        "onEnter",
        "say",
        "ask",
        "set",
        "tool",
        "args",
        "branch",
        "when",
        "assign",
        "a.b",
        "intents",
        "examples",
        "slots",
        "type",
        "tools",
        "after",
        "ms",
        "fallback",
        "noMatch",
        "final",
        "pattern",
        "except",
        "x/~y",
        "context",
        "suggestions",
        "emit",
        "values",
        "retry",
        "call",
        "$ref",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|fields| {
                fields
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

/// Every pointer of a JSON, the outermost first.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                pointers(inner, &format!("{at}/{}", locate::escape(key)), all);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                pointers(inner, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_accepted_or_refused(text in "\\PC{0,60}") {
        hold(&text)?;
    }

    #[test]
    fn any_json_is_accepted_or_refused(value in json(), is_pretty: bool) {
        hold(&if is_pretty { format!("{value:#}") } else { value.to_string() })?;
        hold(&flow(&json!({"states": value})))?;
    }

    #[test]
    fn a_flow_with_a_part_replaced_is_accepted_or_refused(
        at in any::<prop::sample::Index>(),
        part in json(),
        is_pretty: bool,
    ) {
        let mut whole: Value = serde_json::from_str(TEXT).unwrap();
        let mut all = Vec::new();
        pointers(&whole, "", &mut all);
        if let Some(place) = whole.pointer_mut(at.get(&all[..]).as_str()) {
            *place = part;
        }
        hold(&if is_pretty { format!("{whole:#}") } else { whole.to_string() })?;
    }

    #[test]
    fn a_flow_with_bytes_cut_out_or_put_in_is_accepted_or_refused(
        from in any::<prop::sample::Index>(),
        cut in 0_usize..40,
        put in "[\\[\\]{}\",: \\\\0-9a-zé\n]{0,6}",
    ) {
        let mut text = TEXT.to_owned();
        let at = from.index(text.len());
        let start = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let end = (start + cut..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        text.replace_range(start..end, &put);
        hold(&text)?;
    }
}
