//! Parts of a flow that are read each on its own, so that one malformed part hides no mistake in another.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A part as written, or why it could not be read.
#[derive(Debug)]
pub(in crate::flow) enum Piece<T> {
    /// Read.
    Good(T),
    /// In the words of the JSON reader; the shape check has said it better, with the exact place.
    Bad(String),
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Piece<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(match T::deserialize(value) {
            Ok(part) => Self::Good(part),
            Err(error) => Self::Bad(error.to_string()),
        })
    }
}

impl<T: JsonSchema> JsonSchema for Piece<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// One name, or a list of names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::flow) enum OneOrMany {
    /// `"BOOK"`
    One(String),
    /// `["BOOK", "CHANGE"]`
    Many(Vec<String>),
}
