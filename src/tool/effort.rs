//! How much work it is to check a value against a schema, known before it is done: parts that refer to parts double it
//! with every line, and a check cannot be stopped once it has begun. Pure; it never checks anything itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::parts::{Parts, Place, applied, references};

/// Parts of a schema, each counted as often as it is referred to.
const PARTS_MAX: u64 = 10_000;

/// Parts that lie in one another, references followed.
const DEPTH_MAX: usize = 256;

/// The same while a value is checked, with its own depth.
const NESTING_MAX: usize = 512;

/// Looks at a part of a value by a part of a schema, in one check: a moment.
const LOOKS_MAX: u64 = 1_000_000;

/// And so many more for each value in a value, as a large one takes its time with every schema.
const LOOKS_EACH: u64 = 16;

/// A schema of `https://json-schema.org` has about so many parts.
const FOREIGN: u64 = 500;

/// What checking against one schema costs.
#[derive(Debug)]
pub(super) struct Effort {
    schema: Value,
    parts: u64,
    /// It refers to itself: what it costs depends on how deep a value is.
    recursive: bool,
}

impl Effort {
    /// Of a schema, or why nothing should be checked against it.
    pub(super) fn of(schema: &Value) -> Result<Self, String> {
        let mut walk = Walk::new(schema);
        let parts = walk.weigh(schema, 0)?;
        let recursive = walk.recursive;
        // A schema without references costs what its text does.
        let schema = if recursive || parts > 100 { schema.clone() } else { Value::Null };
        Ok(Self { schema, parts, recursive })
    }

    /// Refuses a value that would take too long.
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        let nodes = nodes(value);
        let max = LOOKS_MAX.saturating_add(nodes.saturating_mul(LOOKS_EACH));
        if !self.recursive && self.parts.saturating_mul(nodes) <= max {
            return Ok(());
        }
        let map = Parts::of(&self.schema);
        let mut looks = Looks { map, known: BTreeMap::new(), max, left: max };
        looks.count(&self.schema, value, 0).map(drop)
    }
}

/// Values in a value.
fn nodes(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
        Value::Array(items) => items.iter().map(nodes).sum::<u64>() + 1,
        Value::Object(fields) => fields.values().map(nodes).sum::<u64>() + 1,
    }
}

/// What the part itself costs: lists in it are gone through.
fn own(fields: &Map<String, Value>) -> u64 {
    let lists = ["enum", "required"].iter().filter_map(|key| fields.get(*key)?.as_array());
    lists.map(Vec::len).sum::<usize>().try_into().unwrap_or(u64::MAX).saturating_add(1)
}

/// How often all that is for the same value is gone through: whoever wants to know what nobody looked at looks again.
fn rounds(fields: &Map<String, Value>) -> u64 {
    let again = ["unevaluatedProperties", "unevaluatedItems"];
    again.iter().filter(|key| fields.contains_key(**key)).fold(1, |rounds, _| rounds + 1)
}

/// A part of something that stays where it is meanwhile.
fn place(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// A schema's parts, with all that they refer to.
struct Walk<'a> {
    map: Parts<'a>,
    known: BTreeMap<usize, u64>,
    open: BTreeSet<usize>,
    recursive: bool,
}

impl<'a> Walk<'a> {
    fn new(schema: &'a Value) -> Self {
        let (known, open) = Default::default();
        Self { map: Parts::of(schema), known, open, recursive: false }
    }

    fn weigh(&mut self, part: &'a Value, depth: usize) -> Result<u64, String> {
        let Value::Object(fields) = part else { return Ok(1) };
        if let Some(known) = self.known.get(&place(part)) {
            return Ok(*known);
        }
        if depth > DEPTH_MAX {
            return Err(format!("it has more than {DEPTH_MAX} parts that lie in one another"));
        }
        if !self.open.insert(place(part)) {
            self.recursive = true;
            return Ok(1);
        }
        let mut sum = own(fields);
        for (_, deeper) in applied(fields) {
            sum = sum.saturating_add(self.weigh(deeper, depth + 1)?);
        }
        for reference in references(fields) {
            let mut most = FOREIGN;
            let meant = self.map.meant(reference)?;
            for (n, meant) in meant.into_iter().enumerate() {
                let weight = self.weigh(meant, depth + 1)?;
                most = if n == 0 { weight } else { most.max(weight) };
            }
            sum = sum.saturating_add(most);
        }
        sum = sum.saturating_mul(rounds(fields));
        if sum > PARTS_MAX {
            return Err(format!(
                "it has more than {PARTS_MAX} parts, each counted as often as it is referred to"
            ));
        }
        self.open.remove(&place(part));
        self.known.insert(place(part), sum);
        Ok(sum)
    }
}

/// The looks that one check takes, at most.
struct Looks<'a> {
    map: Parts<'a>,
    /// By part of the schema and part of the value; none while it is being counted.
    known: BTreeMap<(usize, usize), Option<u64>>,
    max: u64,
    left: u64,
}

impl<'a> Looks<'a> {
    fn count(&mut self, part: &'a Value, value: &Value, depth: usize) -> Result<u64, String> {
        self.left = self.left.checked_sub(1).ok_or_else(|| too_much(self.max))?;
        let Value::Object(fields) = part else { return Ok(1) };
        let key = (place(part), place(value));
        match self.known.get(&key) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err("the schema refers to itself without an end".to_owned()),
            None => {}
        }
        if depth > NESTING_MAX {
            return Err("it is nested too deep for a schema that refers to itself".to_owned());
        }
        self.known.insert(key, None);
        let mut sum = own(fields);
        for reference in references(fields) {
            let mut most = FOREIGN;
            for (n, meant) in self.map.meant(reference)?.into_iter().enumerate() {
                let looks = self.count(meant, value, depth + 1)?;
                most = if n == 0 { looks } else { most.max(looks) };
            }
            sum = sum.saturating_add(most);
        }
        for (to, deeper) in applied(fields) {
            let looks = match (to, value) {
                (Place::Here, _) => self.count(deeper, value, depth + 1)?,
                (Place::Key(key), Value::Object(fields)) => match fields.get(key) {
                    Some(field) => self.count(deeper, field, depth + 1)?,
                    None => 1,
                },
                (Place::AnyKey, Value::Object(fields)) => {
                    self.each(deeper, fields.values(), depth)?
                }
                (Place::At(at), Value::Array(items)) => match items.get(at) {
                    Some(item) => self.count(deeper, item, depth + 1)?,
                    None => 1,
                },
                (Place::AnyItem, Value::Array(items)) => self.each(deeper, items.iter(), depth)?,
                _ => 1,
            };
            sum = sum.saturating_add(looks);
        }
        sum = sum.saturating_mul(rounds(fields));
        if sum > self.max {
            return Err(too_much(self.max));
        }
        self.known.insert(key, Some(sum));
        Ok(sum)
    }

    fn each<'v>(
        &mut self,
        part: &'a Value,
        values: impl Iterator<Item = &'v Value>,
        depth: usize,
    ) -> Result<u64, String> {
        let mut sum: u64 = 1;
        for value in values {
            sum = sum.saturating_add(self.count(part, value, depth + 1)?);
        }
        Ok(sum)
    }
}

fn too_much(max: u64) -> String {
    format!("it takes more than {max} steps to see whether it fits; make it or the schema smaller")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Lists of `wide` items, `deep` levels of them.
    fn lists(deep: usize, wide: usize) -> Value {
        (0..deep).fold(json!(1), |inner, _| Value::Array(vec![inner; wide]))
    }

    #[test]
    fn references_that_double_with_every_line_are_refused() {
        let mut parts = Map::new();
        for n in 0..40 {
            let next = json!({ "$ref": format!("#/$defs/a{}", n + 1) });
            parts.insert(format!("a{n}"), json!({ "allOf": [next, next] }));
        }
        parts.insert("a40".to_owned(), json!({ "type": "object" }));
        let schema = json!({ "$ref": "#/$defs/a0", "$defs": parts });
        assert!(Effort::of(&schema).unwrap_err().contains("more than 10000 parts"));
        let text = schema.to_string();
        let named = text.replace("#/$defs/a0", "https://x.example/s#/$defs/a0");
        let mut named: Value = serde_json::from_str(&named).unwrap();
        named["$id"] = json!("https://x.example/s");
        assert!(Effort::of(&named).is_err());
    }

    #[test]
    fn what_is_looked_at_again_for_what_was_left_over_counts_again() {
        let schema = (0..40).fold(
            json!(true),
            |inner, _| json!({ "allOf": [inner], "unevaluatedProperties": false }),
        );
        assert!(Effort::of(&schema).is_err());
    }

    #[test]
    fn a_long_chain_of_references_is_refused() {
        let next = |n: usize| json!({ "$ref": format!("#/$defs/a{}", n + 1) });
        let mut parts: Map<String, Value> = (0..300).map(|n| (format!("a{n}"), next(n))).collect();
        parts.insert("a300".to_owned(), json!(true));
        let schema = json!({ "$ref": "#/$defs/a0", "$defs": parts });
        assert!(Effort::of(&schema).unwrap_err().contains("lie in one another"));
    }

    #[test]
    fn a_schema_that_refers_to_itself_takes_values_as_deep_as_texts_are() {
        let any = json!({ "$ref": "#/$defs/any" });
        let schema = json!({ "type": "object", "properties": { "value": any }, "$defs": { "any": {
            "anyOf": [
                { "type": "array", "items": any },
                { "type": "object", "additionalProperties": any },
                { "type": "number" },
            ],
        } } });
        let effort = Effort::of(&schema).unwrap();
        assert!(effort.recursive);
        assert_eq!(effort.check(&json!({ "value": lists(120, 1) })), Ok(()));
        assert_eq!(effort.check(&json!({ "value": lists(4, 8) })), Ok(()));
    }

    #[test]
    fn a_value_that_doubles_the_work_with_every_level_is_refused() {
        let either = |kind: &str| json!({ "properties": { "kind": { "const": kind }, "of": { "$ref": "#" } } });
        let effort = Effort::of(&json!({ "anyOf": [either("and"), either("or")] })).unwrap();
        let nested = |deep| (0..deep).fold(json!({}), |inner, _| json!({ "of": inner }));
        assert_eq!(effort.check(&nested(10)), Ok(()));
        assert!(effort.check(&nested(60)).unwrap_err().contains("steps to see whether it fits"));
    }

    #[test]
    fn a_schema_that_is_nothing_but_itself_checks_nothing() {
        let effort = Effort::of(&json!({ "allOf": [{ "$ref": "#" }] })).unwrap();
        assert!(effort.check(&json!({})).unwrap_err().contains("without an end"));
    }

    #[test]
    fn many_items_times_many_parts_are_too_much() {
        let alike = vec![json!({ "type": "number" }); 2_000];
        let effort = Effort::of(&json!({ "items": { "anyOf": alike } })).unwrap();
        assert_eq!(effort.check(&lists(1, 100)), Ok(()));
        assert!(effort.check(&lists(1, 10_000)).is_err());
    }

    #[test]
    fn places_in_a_schema_are_found_however_they_are_written() {
        let schema = json!({
            "properties": {
                "a": { "$ref": "#/$defs/with%20space" }, "b": { "$ref": "#c" },
                "d": { "$ref": "https://json-schema.org/draft/2020-12/schema" },
            },
            "$defs": { "with space": true },
        });
        assert!(Effort::of(&schema).unwrap_err().contains("`#c`"));
        let schema = schema.to_string().replace(r##""#c""##, r##""#/$defs""##);
        assert!(Effort::of(&serde_json::from_str(&schema).unwrap()).is_ok());
    }
}
