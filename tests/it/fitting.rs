//! Whether a flow could go on with other tools: what it gives them and what it reads of their results.

use std::collections::BTreeSet;
use std::sync::Arc;

use cicerone::flow::{self, Flow, Id, Known, Offer, Offers};
use serde_json::{Value, json};

const FLOW: &str = r#"{
  "meta": { "name": "Test" },
  "start": "Ask",
  "context": { "day": "", "found": null, "first": "" },
  "tools": { "Look": { "uses": "shop/look" } },
  "states": {
    "Ask": { "onEnter": [{ "ask": "When?" }], "transitions": [{ "pattern": ":default", "to": "Working" }] },
    "Working": {
      "onEnter": [{ "tool": "Look", "args": { "day": "{{ctx.day}}" } }],
      "transitions": [
        { "onToolResult": "Look", "assign": { "found": "{{tool.count}}", "first": "{{tool.best.name}}" }, "to": "Ask" },
        { "onToolError": "Look", "to": "Ask" }
      ]
    }
  }
}"#;

fn args() -> Value {
    json!({ "type": "object", "properties": { "day": { "type": "string" } }, "additionalProperties": false })
}

fn result() -> Value {
    json!({
        "type": "object",
        "required": ["count", "best"],
        "properties": {
            "count": { "type": "integer" },
            "best": { "$ref": "#/$defs/item" }
        },
        "$defs": { "item": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } } }
    })
}

fn offers(name: &str, args: Value, result: Option<Value>) -> Offers {
    let result = result.map(Arc::new);
    Offers::new([Offer { name: name.into(), args: Arc::new(args), result, repeatable: true }])
}

fn before() -> Offers {
    offers("shop/look", args(), Some(result()))
}

fn loaded() -> Flow {
    let id = Id::from("test");
    let flows = BTreeSet::from([id.clone()]);
    flow::load(&id, FLOW, Known { flows: &flows, offers: &before() }).unwrap().0
}

/// What would not fit, and where.
fn unfit(after: &Offers) -> Vec<String> {
    let found = flow::unfit(&loaded(), &before(), after);
    found.into_iter().map(|unfit| format!("{} {}", unfit.path, unfit.message)).collect()
}

#[track_caller]
fn check(change: impl FnOnce(&mut Value, &mut Value), expected: &[&str]) {
    let (mut args, mut result) = (args(), result());
    change(&mut args, &mut result);
    let found = unfit(&offers("shop/look", args, Some(result)));
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
        assert!(found.contains("flow `test`, state `Working`"), "{found}");
    }
}

#[test]
fn what_only_got_wider_fits() {
    assert_eq!(unfit(&before()), [""; 0]);
    check(|args, _| args["properties"]["n"] = json!({ "type": "integer" }), &[]);
    check(|args, _| args["properties"]["day"] = json!({ "type": ["string", "null"] }), &[]);
    check(|_, result| result["properties"]["more"] = json!({ "type": "string" }), &[]);
    assert_eq!(unfit(&offers("shop/look", args(), None)), [""; 0]);
}

#[test]
fn a_tool_that_is_gone_is_missed_where_it_is_called() {
    let found = unfit(&Offers::default());
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("/states/Working/onEnter/0/tool "), "{found:?}");
    assert!(found[0].contains("no loaded plugin offers it"), "{found:?}");
    // What was not there before is no loss.
    assert!(flow::unfit(&loaded(), &Offers::default(), &Offers::default()).is_empty());
}

#[test]
fn an_argument_that_is_not_taken_any_more_or_has_another_type_or_is_new_and_needed_does_not_fit() {
    check(
        |args, _| args["properties"] = json!({ "date": { "type": "string" } }),
        &["`shop/look` has no argument `day` any more"],
    );
    check(
        |args, _| args["properties"]["day"] = json!({ "type": "integer" }),
        &["the argument `day` is string"],
    );
    check(
        |args, _| {
            args["properties"]["n"] = json!({});
            args["required"] = json!(["n"]);
        },
        &["`shop/look` needs the argument `n`, which is not given"],
    );
}

#[test]
fn a_result_that_lacks_what_is_read_or_has_it_as_something_else_does_not_fit() {
    check(
        |_, result| result["properties"] = json!({ "best": result["properties"]["best"] }),
        &["reads `tool.count`, which the result of `shop/look` has no more"],
    );
    check(
        |_, result| result["properties"]["count"] = json!({ "type": "string" }),
        &["reads `tool.count`: integer before, but string"],
    );
    check(
        |_, result| result["required"] = json!(["best"]),
        &["reads `tool.count`, which `shop/look` may leave out from now on"],
    );
    check(
        |_, result| result["$defs"]["item"]["properties"] = json!({ "title": {} }),
        &["reads `tool.best.name`, which the result of `shop/look` has no more"],
    );
}
