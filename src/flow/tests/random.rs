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

/// Words that flows are made of.
const WORDS: &str = r#"A|B|YES|Look|:end|@x|flow:billing|else|{{ctx.x}}|{{|ctx.x > 1|date|enum|re:(|a*|é😀||string"#;

/// Keys that flows are made of.
const KEYS: &str = "meta|name|start|states|A|B|transitions|to|onIntent|onEnter|say|ask|set|tool|args|branch|when|\
    assign|a.b|intents|examples|slots|type|tools|after|ms|fallback|noMatch|final|pattern|except|x/~y|context|\
    suggestions|emit|values|retry|call|$ref";

fn one_of(list: &'static str) -> impl Strategy<Value = String> {
    let all: Vec<&str> = list.split('|').collect();
    prop::sample::select(all).prop_map(str::to_owned)
}

/// JSON of the words and keys of flows.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        one_of(WORDS).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        let fields = prop::collection::vec((one_of(KEYS), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
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

/// As many as `PROPTEST_CASES` asks for; without it fewer than the default, each loads a whole flow.
pub(super) fn cases() -> u32 {
    match ProptestConfig::default().cases {
        256 => 64,
        asked => asked,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

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
