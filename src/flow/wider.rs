//! Whether one JSON Schema takes everything that another takes, as far as that can be told from the two side by side. It may
//! say no where yes would be right, never the other way round.

use serde_json::{Map, Value};

use super::shape::type_of;

/// What says nothing about values.
const ANNOTATIONS: &[&str] = &[
    "$comment",
    "$id",
    "$schema",
    "default",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

/// Bounds from below, and from above.
const LEAST: &[&str] = &["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const MOST: &[&str] = &["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];

/// What means the same whatever stands beside it; only the same is known to be as wide.
const ALONE: &[&str] = &[
    "allOf",
    "anyOf",
    "dependentRequired",
    "dependentSchemas",
    "format",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "uniqueItems",
];

/// Whether every value that fits `narrow` fits `wide` too.
#[must_use]
pub fn is_wider(wide: &Value, narrow: &Value) -> bool {
    match (wide, narrow) {
        _ if wide == narrow => true,
        (Value::Bool(true), _) | (_, Value::Bool(false)) => true,
        (Value::Object(wide), Value::Object(narrow)) => takes_all(wide, narrow),
        (Value::Object(wide), Value::Bool(true)) => takes_all(wide, &Map::new()),
        _ => false,
    }
}

type Schema = Map<String, Value>;

fn takes_all(wide: &Schema, narrow: &Schema) -> bool {
    // What a reference names may be another thing in each.
    let refers = wide.contains_key("$ref") || wide.contains_key("$dynamicRef");
    !refers && wide.iter().all(|(word, wanted)| holds(word, wanted, (wide, narrow)))
}

/// Whether what fits `narrow` meets this demand of `wide`.
fn holds(word: &str, wanted: &Value, (wide, narrow): (&Schema, &Schema)) -> bool {
    let given = narrow.get(word);
    match word {
        _ if ANNOTATIONS.contains(&word) => true,
        "type" => is_of_type(wanted, narrow),
        "enum" | "const" => {
            let allowed = listed(wide);
            let values = listed(narrow);
            !values.is_empty() && values.iter().all(|value| allowed.contains(value))
        }
        "required" => {
            let given = given.and_then(Value::as_array);
            let has = |name| given.is_some_and(|given| given.contains(name));
            wanted.as_array().is_some_and(|wanted| wanted.iter().all(has))
        }
        "properties" => wanted.as_object().is_some_and(|wanted| {
            wanted.iter().all(|(name, wanted)| is_wider(wanted, property(narrow, name)))
        }),
        "additionalProperties" => takes_others(wanted, wide, narrow),
        "items" if wide.contains_key("prefixItems") || narrow.contains_key("prefixItems") => {
            given == Some(wanted) && wide.get("prefixItems") == narrow.get("prefixItems")
        }
        "items" => is_wider(wanted, given.unwrap_or(&Value::Bool(true))),
        _ if LEAST.contains(&word) => compares(given, wanted, |given, wanted| given >= wanted),
        _ if MOST.contains(&word) => compares(given, wanted, |given, wanted| given <= wanted),
        _ if ALONE.contains(&word) => given == Some(wanted) && !mentions_reference(wanted),
        _ => false,
    }
}

/// What `narrow` says of a property.
fn property<'a>(narrow: &'a Schema, name: &str) -> &'a Value {
    let own = narrow.get("properties").and_then(|own| own.get(name));
    // Whether a pattern speaks of it is not looked at: what it says only makes it narrower.
    let has_patterns = narrow.contains_key("patternProperties");
    let others = narrow.get("additionalProperties").filter(|_| !has_patterns);
    own.or(others).unwrap_or(&Value::Bool(true))
}

/// Whether what `wide` wants of the properties that it does not name is so in `narrow`.
fn takes_others(wanted: &Value, wide: &Schema, narrow: &Schema) -> bool {
    if wide.contains_key("patternProperties") || narrow.contains_key("patternProperties") {
        return false;
    }
    let named = |name: &String| wide.get("properties").is_some_and(|own| own.get(name).is_some());
    let own = narrow.get("properties").and_then(Value::as_object);
    let mut own = own.into_iter().flatten().filter(|(name, _)| !named(name));
    let others = narrow.get("additionalProperties").unwrap_or(&Value::Bool(true));
    own.all(|(_, given)| is_wider(wanted, given)) && is_wider(wanted, others)
}

fn is_of_type(wanted: &Value, narrow: &Schema) -> bool {
    let wanted = one_or_many(wanted);
    let takes = |name: &str| {
        wanted.iter().any(|wanted| *wanted == name || *wanted == "number" && name == "integer")
    };
    if let Some(given) = narrow.get("type") {
        let given = one_or_many(given);
        return !given.is_empty() && given.into_iter().all(takes);
    }
    let values = listed(narrow);
    !values.is_empty() && values.into_iter().all(|value| takes(type_of(value)))
}

fn one_or_many(names: &Value) -> Vec<&str> {
    match names {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// The values that a schema lists; none if it lists none.
fn listed(schema: &Schema) -> Vec<&Value> {
    let of_enum = schema.get("enum").and_then(Value::as_array);
    let of_const = schema.get("const");
    match (of_const, of_enum) {
        (Some(only), Some(all)) if all.contains(only) => vec![only],
        (Some(_), Some(_)) | (None, None) => Vec::new(),
        (Some(only), None) => vec![only],
        (None, Some(all)) => all.iter().collect(),
    }
}

fn compares(given: Option<&Value>, wanted: &Value, fits: impl Fn(f64, f64) -> bool) -> bool {
    let both = given.and_then(Value::as_f64).zip(wanted.as_f64());
    both.is_some_and(|(given, wanted)| fits(given, wanted))
}

fn mentions_reference(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, field)| {
            matches!(name.as_str(), "$ref" | "$dynamicRef") || mentions_reference(field)
        }),
        Value::Array(items) => items.iter().any(mentions_reference),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn wider(wide: Value, narrow: Value) {
        assert!(is_wider(&wide, &narrow), "{wide} takes all that {narrow} takes");
        assert!(!is_wider(&narrow, &wide), "{narrow} does not take all that {wide} takes");
    }

    #[test]
    fn what_asks_for_less_is_wider() {
        wider(json!({}), json!({ "type": "object" }));
        wider(json!({ "type": "number" }), json!({ "type": "integer" }));
        wider(json!({ "type": ["string", "null"] }), json!({ "type": "string" }));
        wider(json!({ "enum": ["a", "b"] }), json!({ "const": "a" }));
        wider(json!({ "minimum": 0 }), json!({ "minimum": 1 }));
        wider(json!({ "maxLength": 9 }), json!({ "maxLength": 4, "description": "short" }));
        wider(json!({ "items": { "type": "number" } }), json!({ "items": { "type": "integer" } }));
        wider(json!({ "required": ["a"] }), json!({ "required": ["b", "a"] }));
        wider(
            json!({ "properties": { "a": {} } }),
            json!({ "properties": { "a": { "type": "string" } } }),
        );
        let closed = json!({ "properties": { "a": {} }, "additionalProperties": false });
        wider(json!({ "properties": { "a": {}, "b": {} }, "additionalProperties": false }), closed);
    }

    #[test]
    fn what_cannot_be_told_is_not_wider() {
        for (one, other) in [
            (json!({ "properties": { "a": { "type": "string" } } }), json!({ "type": "object" })),
            (json!({ "pattern": "^a" }), json!({ "pattern": "^ab" })),
            (json!({ "enum": ["a"], "const": "b" }), json!({ "enum": ["a"] })),
            (json!({ "contains": {} }), json!({ "contains": {}, "minContains": 0 })),
            (
                json!({ "properties": { "a": {} }, "unevaluatedProperties": false }),
                json!({ "properties": { "a": {}, "b": {} }, "unevaluatedProperties": false }),
            ),
            (json!({ "$ref": "#/$defs/a" }), json!({ "$ref": "#/$defs/b" })),
            (
                json!({ "items": { "$ref": "#/$defs/a" }, "$defs": { "a": {} } }),
                json!({ "items": { "$ref": "#/$defs/a" }, "$defs": { "a": { "type": "null" } } }),
            ),
        ] {
            assert!(!is_wider(&one, &other), "{one} {other}");
        }
    }
}
