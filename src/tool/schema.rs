//! JSON Schemas of arguments and results, compiled once. It never fetches what a schema refers to, its regular
//! expressions take linear time, and what would take too long is refused before, because a schema may come from a guest.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::{Draft, PatternOptions, Validator};
use lru::LruCache;
use serde_json::{Number, Value};

use super::effort::Effort;
use crate::engine::Call;
use crate::flow;

/// The largest whole number that every guest language keeps exactly.
const WHOLE_MAX: u64 = 1 << 53;

/// Size of one compiled regular expression, bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Longest explanation of a mismatch, characters.
const MESSAGE_MAX: usize = 500;

/// Result schemas of flows that are kept compiled.
const KEPT: NonZeroUsize = NonZeroUsize::new(512).expect("512 is not 0");

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Schema {
    validator: Validator,
    effort: Effort,
}

impl Schema {
    /// Compiles, or says why not.
    pub(super) fn new(schema: &Value) -> Result<Self, String> {
        let effort = Effort::of(schema).map_err(|why| short(&why))?;
        let validator = jsonschema::options()
            .offline()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
            .build(schema)
            .map_err(|error| short(&error.to_string()))?;
        Ok(Self { validator, effort })
    }

    /// Says where and why `value` does not fit. Values are not quoted: they may be a person's.
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        self.effort.check(value)?;
        self.validator.validate(value).map_err(|error| {
            let at = error.instance_path().as_str();
            short(&format!("at `{at}`: {}", error.masked()))
        })
    }
}

/// Refuses whole numbers that some guest languages would change in silence.
pub(super) fn check_numbers(value: &Value) -> Result<(), String> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) if is_exact(number) => Ok(()),
        Value::Number(_) => Err("a whole number beyond 2^53; send it as a string".to_owned()),
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(fields) => fields.values().try_for_each(check_numbers),
    }
}

fn is_exact(number: &Number) -> bool {
    if let Some(whole) = number.as_u64() {
        return whole <= WHOLE_MAX;
    }
    if let Some(whole) = number.as_i64() {
        return whole.unsigned_abs() <= WHOLE_MAX;
    }
    // What is too large for 64 bits was rounded by the parser already.
    number
        .as_f64()
        .is_none_or(|float| float.fract() != 0.0 || float.abs() <= 9_007_199_254_740_992.0)
}

fn short(text: &str) -> String {
    text.chars().take(MESSAGE_MAX).collect()
}

/// The result schemas that flows declare, compiled when first used.
#[derive(Debug)]
pub(super) struct FlowSchemas(Mutex<LruCache<(flow::Id, flow::Version, String), Compiled>>);

type Compiled = Arc<Result<Schema, String>>;

impl FlowSchemas {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }

    /// Checks a result against what the flow declares, if it declares something.
    pub(super) fn check(&self, call: &Call, result: &Value) -> Result<(), String> {
        let Some(schema) = &call.result_schema else { return Ok(()) };
        match self.compiled(call, schema).as_ref() {
            Ok(schema) => schema.check(result),
            Err(why) => Err(format!("the flow's schema is not valid: {why}")),
        }
    }

    fn compiled(&self, call: &Call, schema: &Value) -> Compiled {
        let key = (call.flow.clone(), call.version.clone(), call.name.clone());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.get_or_insert(key, || Arc::new(Schema::new(schema))))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_number_beyond_two_to_the_53_is_refused_wherever_it_is() {
        for value in [
            json!(9_007_199_254_740_993_u64),
            json!([{"n": -9_007_199_254_740_993_i64}]),
            serde_json::from_str("99999999999999999999").unwrap(),
        ] {
            assert!(check_numbers(&value).is_err(), "{value}");
        }
        for value in [json!(9_007_199_254_740_992_u64), json!(0.1), json!({"a": [null, "9"]})] {
            assert_eq!(check_numbers(&value), Ok(()), "{value}");
        }
    }

    #[test]
    fn a_mismatch_says_where_and_never_quotes_the_value() {
        let schema = Schema::new(&json!({"properties": {"name": {"maxLength": 3}}})).unwrap();
        let why = schema.check(&json!({"name": "Leopold"})).unwrap_err();
        assert!(why.starts_with("at `/name`:"), "{why}");
        assert!(!why.contains("Leopold"), "{why}");
    }

    #[test]
    fn a_schema_that_refers_elsewhere_is_refused_and_not_fetched() {
        assert!(Schema::new(&json!({"$ref": "http://127.0.0.1:9/x.json"})).is_err());
    }

    #[test]
    fn a_pattern_that_could_take_exponential_time_is_refused() {
        assert!(Schema::new(&json!({"pattern": "(a+)+(?=b)"})).is_err());
    }
}
