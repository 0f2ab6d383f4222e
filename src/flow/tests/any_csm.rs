//! Whatever a text is, the importer takes it over or says where it is wrong; what it takes over is a flow.

use proptest::prelude::*;

use super::*;

const COFFEE: &str = include_str!("../../../flows/coffee.json");

/// Words that definitions are made of.
const WORDS: &str = r##"A|B|One|:end|:default|@x|machine:One|message:m|#{x}|#{|a*|re:|context.x > 1 && !context.y|context.(|x.y|a b||😀|{{ctx.x}}|state|flow|terminal|jsonlogic|code|set|append|success"##;

/// Keys that definitions are made of.
const KEYS: &str = "id|initial|states|initialFlow|flows|machine|meta|messages|A|B|One|transitions|pattern|target|context|condition|\
    priority|operations|flowInvocation|flowId|parameters|onResult|end|cancel|error|type|stateId|reason|message|variable|value|set|\
    append|merge|into|to|rule|expression|var|and|>|==|map|messageId|transient|text|suggestions|x/~y|a.b";

fn one_of(list: &'static str) -> impl Strategy<Value = String> {
    let all: Vec<&str> = list.split('|').map(str::trim).collect();
    prop::sample::select(all).prop_map(str::to_owned)
}

/// JSON of the words and keys of definitions.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        one_of(WORDS).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 96, 6, |inner| {
        let fields = prop::collection::vec((one_of(KEYS), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A transition that may be one.
fn way() -> impl Strategy<Value = Value> {
    let keys = "pattern|target|context|condition|priority|operations|flowInvocation|meta";
    let fields = prop::collection::vec(
        (one_of(keys), prop_oneof![json(), one_of(WORDS).prop_map(Value::from)]),
        0..4,
    );
    fields.prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

/// A machine of two flows with such transitions.
fn machine() -> impl Strategy<Value = Value> {
    (prop::collection::vec(way(), 0..4), prop::collection::vec(way(), 0..3)).prop_map(|(one, two)| {
        json!({"initialFlow": "One", "flows": {
            "One": {"initial": "A", "states": {"A": {"transitions": one}, "B": {"transitions": [{"target": ":end"}]}}},
            "Two": {"initial": "A", "states": {"A": {"transitions": two}, "B": {"meta": {"messageId": "m"}}}},
        }})
    })
}

fn hold(text: &str) -> Result<(), TestCaseError> {
    let known = Known { flows: &BTreeSet::from([Id::from("test")]), offers: &Offers::default() };
    let findings = match import(&Id::from("test"), text, known) {
        Ok((flow, findings)) => {
            prop_assert!(findings.iter().all(|one| one.severity == Severity::Warning));
            let again = load_with(&flow.to_string(), &Offers::default());
            prop_assert!(again.is_ok(), "{flow:#} {again:#?}");
            findings
        }
        Err(findings) => {
            prop_assert!(
                findings.iter().any(|one| one.severity == Severity::Error),
                "{findings:?}"
            );
            findings
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.split('\n').collect();
    for finding in findings {
        let width = lines.get(finding.line - 1).map(|line| line.chars().count());
        prop_assert!(width.is_some_and(|width| finding.column <= width + 1), "{finding:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(random::cases()))]

    #[test]
    fn any_bytes_are_taken_over_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        hold(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_program_is_taken_over_or_refused(text in r#"(const a = \{|id: '[A-B]'|initial: [a"'`]A?|states|: ?\{|\}|\[|\]|,|//|/\*|\n|é| as const|\$\{|[a-z]){0,40}"#) {
        hold(&text)?;
    }

    #[test]
    fn any_json_is_taken_over_or_refused(value in json()) {
        hold(&value.to_string())?;
        hold(&format!("const x = {value:#};"))?;
    }

    #[test]
    fn any_machine_is_taken_over_or_refused(value in machine()) {
        hold(&value.to_string())?;
    }

    #[test]
    fn a_definition_with_a_bite_out_of_it_is_taken_over_or_refused(from in 0..COFFEE.len(), length in 0..40_usize, with in "[\"{}a:,#@]{0,3}") {
        let end = (from + length).min(COFFEE.len());
        if let (Some(before), Some(after)) = (COFFEE.get(..from), COFFEE.get(end..)) {
            hold(&format!("{before}{with}{after}"))?;
        }
    }

    #[test]
    fn any_condition_becomes_an_expression_or_a_mistake_inside_it(source in r#"(context(\.[ab])?|[0-9]{1,2}(\.[0-9])?|'[a{"]*'|"[b\\']*"|true|null| ?(&&|\|\||===?|!==?|<=?|\+|-|\*|/|%|\?\?|\?|:|!|,) ?|[()\[\].]|[a-zé$`=;]){0,14}"#) {
        let text = way_with(&source);
        hold(&text)?;
    }
}

fn way_with(condition: &str) -> String {
    let ways = json!([{"target": "B", "condition": condition}]);
    json!({"id": "one", "initial": "A", "states": {"A": {"transitions": ways}, "B": {}}})
        .to_string()
}
