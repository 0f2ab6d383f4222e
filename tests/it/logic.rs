//! JSON Logic as the public suite has it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cicerone::script::{Expression, Incoming, Scope, SessionNames};
use serde_json::{Map, Value, json};

/// Where `cargo xtask test` puts the suite.
fn suite() -> Vec<Value> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(target).join("suites/jsonlogic.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!("no suite at {}: {error}; `cargo xtask test` fetches it", file.display())
    });
    serde_json::from_str(&text).unwrap()
}

/// What a rule comes to with any data, as the one element of a list.
fn eval(rule: &Value, data: &Value) -> Result<Value, String> {
    let around = json!({ "map": [{ "var": "all" }, rule] });
    let expression = Expression::logic(&around).map_err(|(at, error)| format!("{at}: {error}"))?;
    let context = json!({ "all": [data] });
    let ctx = Arc::new(context.as_object().cloned().unwrap_or_default());
    let (map, value) = (Arc::new(Map::new()), Arc::new(Value::Null));
    let scope = Scope {
        ctx: &ctx,
        slot: &map,
        tool: &value,
        result: &value,
        error: &value,
        input: &Incoming::default(),
        params: &map,
        session: SessionNames { id: "s", flow: "f", state: "A" },
    };
    let all = expression.eval(&scope).map_err(|error| error.message)?;
    all.get(0).cloned().ok_or_else(|| "nothing came of it".to_owned())
}

/// Equal, whichever way a number is written.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| is_same(l, r))
        }
        _ => left == right,
    }
}

#[test]
fn every_case_of_the_public_suite_comes_to_what_it_says() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for case in suite() {
        let Value::Array(parts) = case else { continue };
        let [rule, data, expected] = parts.as_slice() else { panic!("no case: {parts:?}") };
        count += 1;
        let came = eval(rule, data);
        if !came.as_ref().is_ok_and(|came| is_same(came, expected)) {
            wrong.push(format!("{rule} of {data} is {expected} and came to {came:?}"));
        }
    }
    assert!(count > 250, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
