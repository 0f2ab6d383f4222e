//! A schema that is called wider takes everything that the narrower one takes, by the word of the validator that checks
//! results of tools. `PROPTEST_CASES` widens it.

use cicerone::flow::is_wider;
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..4).prop_map(Value::from),
        Just(json!(1.5)),
        proptest::sample::select(vec!["", "a", "ab", "abc"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 3, |inner| {
        let names = proptest::sample::select(vec!["a", "b", "c"]);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map(names.prop_map(str::to_owned), inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// One demand, with the word that makes it.
fn demands(
    inner: impl Strategy<Value = Value> + Clone + 'static,
) -> BoxedStrategy<(String, Value)> {
    let types = vec!["null", "boolean", "integer", "number", "string", "array", "object"];
    let types = proptest::sample::subsequence(types, 1..4).prop_map(|types| json!(types));
    let names = proptest::sample::subsequence(vec!["a", "b", "c"], 0..3).prop_map(|all| json!(all));
    let bounds = vec![
        "minimum",
        "maximum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxProperties",
    ];
    let listed = proptest::collection::vec(values(), 1..3).prop_map(Value::from);
    let property = proptest::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned);
    let properties = proptest::collection::btree_map(property, inner.clone(), 0..3);
    let is = |word: &'static str| move |wanted: Value| (word.to_owned(), wanted);
    prop_oneof![
        3 => types.prop_map(is("type")),
        1 => names.prop_map(is("required")),
        1 => (proptest::sample::select(bounds), 0_u64..4).prop_map(|(word, wanted)| (word.to_owned(), json!(wanted))),
        1 => listed.prop_map(is("enum")),
        1 => values().prop_map(is("const")),
        3 => properties.prop_map(|all| ("properties".to_owned(), Value::Object(all.into_iter().collect()))),
        1 => inner.clone().prop_map(is("additionalProperties")),
        1 => inner.clone().prop_map(is("items")),
        1 => inner.clone().prop_map(|one| ("prefixItems".to_owned(), json!([one]))),
        1 => inner.clone().prop_map(is("not")),
        1 => inner.clone().prop_map(is("contains")),
        1 => inner.prop_map(|one| ("patternProperties".to_owned(), json!({ "^a": one }))),
        1 => Just(("minContains".to_owned(), json!(0))),
        1 => Just(("unevaluatedProperties".to_owned(), json!(false))),
    ]
    .boxed()
}

fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![4 => Just(json!({})), 4 => any::<bool>().prop_map(Value::from), 1 => Just(json!({ "type": "integer" }))];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let words = proptest::collection::vec(demands(inner), 0..4);
        words.prop_map(|words| Value::Object(words.into_iter().collect()))
    })
}

/// What one hand makes of a schema: a demand less, or one in the place of another, anywhere.
fn edited(schema: &Value, (at, demand): (usize, &(String, Value))) -> Value {
    let Value::Object(words) = schema else { return json!({}) };
    let mut words = words.clone();
    let names: Vec<String> = words.keys().cloned().collect();
    match names.get(at % (names.len() + 1)) {
        Some(name) if at % 3 == 0 => drop(words.remove(name)),
        Some(name) if matches!(name.as_str(), "items" | "additionalProperties") => {
            words[name] = edited(&words[name], (at / 3, demand));
        }
        _ => drop(words.insert(demand.0.clone(), demand.1.clone())),
    }
    Value::Object(words)
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().build(schema).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_fits_the_narrower_schema_fits_the_wider_one(
        narrow in schemas(),
        at in 0_usize..30,
        demand in demands(Just(json!({ "type": "integer" }))),
        values in proptest::collection::vec(values(), 40),
    ) {
        prop_assert!(is_wider(&narrow, &narrow));
        let wide = edited(&narrow, (at, &demand));
        for (wide, narrow) in [(&wide, &narrow), (&narrow, &wide)] {
            if is_wider(wide, narrow) {
                let (wider, narrower) = (validator(wide), validator(narrow));
                for value in &values {
                    prop_assert!(!narrower.is_valid(value) || wider.is_valid(value), "{wide} {narrow} {value}");
                }
            }
        }
    }
}
