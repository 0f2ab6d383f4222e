//! What a transition of CSM writes, one change after the other, against a plain interpreter of the same changes.

use expect_test::expect;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::csm::written;

/// The value at a path; nothing where there is none.
fn look(context: &Value, path: &str) -> Value {
    let step = |value: &Value, key: &str| match value {
        Value::Array(items) => key.parse().ok().and_then(|at: usize| items.get(at)).cloned(),
        other => other.get(key).cloned(),
    };
    let found = path.split('.').try_fold(context.clone(), |value, key| step(&value, key));
    found.unwrap_or_default()
}

fn resolved(context: &Value, value: &Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("var") => {
            look(context, fields["var"].as_str().unwrap())
        }
        Value::Object(fields) => {
            fields.iter().map(|(key, one)| (key.clone(), resolved(context, one))).collect()
        }
        Value::Array(items) => items.iter().map(|one| resolved(context, one)).collect(),
        plain => plain.clone(),
    }
}

fn put(context: &mut Value, path: &str, value: Value) {
    let mut at = context;
    for key in path.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = at.as_object_mut().unwrap().entry(key).or_insert(Value::Null);
    }
    *at = value;
}

/// What the changes mean, one after the other.
fn interpreted(context: &Value, operations: &[Value]) -> Value {
    let mut context = context.clone();
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    for one in operations {
        let (kind, path) = (one["type"].as_str().unwrap(), one["target"].as_str().unwrap());
        let (old, new) = (look(&context, path), resolved(&context, &one["value"]));
        let value = match (kind, old) {
            ("set", _) => new,
            ("append", Value::Null) => json!([new]),
            ("append", Value::Array(mut items)) => {
                items.push(new);
                Value::Array(items)
            }
            ("append", other) => json!([other, new]),
            (_, old) => {
                let mut both: Map<String, Value> = object(old);
                both.extend(object(new));
                Value::Object(both)
            }
        };
        put(&mut context, path, value);
    }
    context
}

fn before() -> Value {
    json!({ "o": { "a": 1, "d": { "e": [2] } }, "t": "text", "l": [{ "x": 3 }, 4] })
}

#[track_caller]
fn check(operations: &[Value]) {
    let expected = interpreted(&before(), operations);
    assert_eq!(written(&before(), operations), expected, "{operations:#?}");
}

#[test]
fn a_change_sees_all_that_was_written_before_it() {
    let set = |path: &str, value: Value| json!({ "type": "set", "target": path, "value": value });
    let append =
        |path: &str, value: Value| json!({ "type": "append", "target": path, "value": value });
    let var = |path: &str| json!({ "var": path });
    check(&[set("o", json!({ "a": 2 })), set("k", var("o.a"))]);
    check(&[set("o.a", json!(3)), set("all", var("o"))]);
    check(&[set("o.n.m", json!(3)), set("all", var("o")), set("one", var("o.n.m"))]);
    check(&[append("l", json!({ "x": 5 })), set("k", var("l.2.x")), set("j", var("l.0.x"))]);
    check(&[set("m", json!([])), append("m", json!({ "x": 5 })), set("k", var("m.0.x"))]);
    check(&[set("o.d", json!(1)), set("o", json!({ "b": 1 })), set("k", var("o.d"))]);
    check(&[set("k", var("o")), set("o.a", json!(9)), set("j", var("k.a"))]);
    check(&[set("t.u", json!(1)), set("k", var("t"))]);
    check(&[
        json!({ "type": "merge", "target": "o", "value": { "z": var("l.0.x") } }),
        append("o.d.e", var("o.z")),
        set("k", var("o")),
    ]);
}

#[test]
fn what_would_double_with_each_change_has_an_end() {
    let double =
        json!({ "type": "append", "target": "l", "value": [{ "var": "l" }, { "var": "l" }] });
    let definition = json!({ "initial": "A", "states": { "A": { "transitions": [
        { "pattern": "x", "target": ":end", "operations": vec![double; 40] },
    ] } } });
    let findings = super::csm::refused(&definition);
    expect![[r#"
        template.syntax /states/A/transitions/0/operations/5: it has more than 512 words and signs; split it
        csm.operation /states/A/transitions/0/operations/6: more than 16384 bytes are made of what was written before
    "#]].assert_eq(&findings);
}

fn any_operation() -> impl Strategy<Value = Value> {
    let path =
        prop::sample::select(vec!["o", "o.a", "o.d", "o.d.e", "l", "t", "n", "n.m", "n.m.o"]);
    let read = prop::sample::select(vec![
        "o", "o.a", "o.d.e", "o.d.e.0", "o.d.e.1", "l", "l.0", "l.0.x", "l.2.x", "t", "n", "n.m",
        "n.m.a",
    ]);
    let leaf = prop_oneof![
        Just(json!(7)),
        Just(json!("{{ctx.t}}")),
        Just(json!([])),
        Just(json!({})),
        Just(Value::Null),
        read.prop_map(|path| json!({ "var": path })),
    ];
    let value = leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| json!([one])),
            inner.clone().prop_map(|one| json!({ "a": one })),
            (inner.clone(), inner).prop_map(|(one, two)| json!({ "x": one, "m": two })),
        ]
    });
    let kind = prop::sample::select(vec!["set", "append", "merge"]);
    (kind, path, value)
        .prop_map(|(kind, path, value)| json!({ "type": kind, "target": path, "value": value }))
}

proptest! {
    #[test]
    fn any_changes_are_made_one_after_the_other(
        operations in proptest::collection::vec(any_operation(), 1..6)
    ) {
        prop_assert_eq!(written(&before(), &operations), interpreted(&before(), &operations));
    }
}
