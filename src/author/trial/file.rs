//! `plugin.test.json` as it is written. Its types are its definition: the schema in `schemas/` follows from them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::Value;

use crate::event::Map;

/// Cases in which a plugin's tools are called, each in a sandbox of its own with what it says and nothing else.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct Trials {
    /// Where editors find the schema of this file.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// One after the other; none sees what another has left.
    pub cases: Vec<Case>,
}

/// One call and what should come of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Case {
    /// The sentence that it proves.
    pub name: String,
    /// The tool's name, such as `check-availability`.
    pub tool: String,
    /// The arguments.
    #[serde(default)]
    pub args: Map,
    /// The conversation's context, of which the tool sees what plugin.toml asks for.
    #[serde(default)]
    pub context: Map,
    /// The conversation's language.
    #[serde(default)]
    pub locale: Option<String>,
    /// The time of the call, RFC 3339; without it `2026-03-02T12:00:00Z`.
    #[serde(default)]
    pub now: Option<String>,
    /// What lies in the plugin's kv before the call.
    #[serde(default)]
    pub kv: Data,
    /// Settings in place of those of `[config]`.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// Limits in place of those of `[limits]`, written as there: `{"fuel": 100000, "memory": "2MiB"}`.
    #[serde(default)]
    pub limits: Map,
    /// What should come of it; without it, any result.
    #[serde(default)]
    pub expect: Expect,
}

/// Values of a plugin by scope and key: a text is its bytes, anything else is its JSON.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(deny_unknown_fields)]
pub struct Data {
    /// Of the plugin as a whole.
    pub plugin: BTreeMap<String, Value>,
    /// Of the conversation.
    pub session: BTreeMap<String, Value>,
}

/// What should come of a call. What is left out is not looked at.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Expect {
    /// The whole result.
    #[serde(deserialize_with = "even_null")]
    pub result: Option<Value>,
    /// Parts of the result: objects may have more keys than are named here.
    #[serde(deserialize_with = "even_null")]
    pub result_has: Option<Value>,
    /// That the call fails, and how.
    pub error: Option<Failed>,
    /// Everything that is said to the person, in order.
    pub say: Option<Vec<String>>,
    /// Every change to the context, by JSON pointer: `{"/booking/id": "B-1"}`.
    pub patch: Option<Map>,
    /// Values in the plugin's kv after the call: objects may have more keys than are named here, and `null` is that there
    /// is no value.
    pub kv: Option<Data>,
}

/// How a call fails.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(deny_unknown_fields)]
pub struct Failed {
    /// `tool` if the tool itself says no, else `bad-args`, `timeout`, `fuel`, `memory`, `trap`, `denied` or the like.
    pub kind: Option<String>,
    /// The tool's own short code.
    pub code: Option<String>,
    /// A part of the message.
    pub message: Option<String>,
}

/// `null` is a result like any other.
fn even_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// The JSON Schema of the file.
#[must_use]
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let generator = SchemaSettings::draft2020_12().into_generator();
        generator.into_root_schema_for::<Trials>().to_value()
    })
}
