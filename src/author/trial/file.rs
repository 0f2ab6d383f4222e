//! `plugin.test.json` as it is written. Its types are its definition: the schema in `schemas/` follows from them.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::event::Map;
use crate::flow;
use crate::manifest::Span;
use crate::plugin::wire;

/// Cases in which a plugin's tools are called, or texts are understood by it, each in a sandbox of its own with what it
/// says and nothing else.
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

/// One call, or one text, and what should come of it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["tool"] }, { "required": ["text", "intents"] }]))]
pub struct Case {
    /// The sentence that it proves.
    pub name: String,
    /// The tool's name, such as `check-availability`.
    #[serde(default, deserialize_with = "there")]
    #[schemars(with = "String")]
    pub tool: Option<String>,
    /// The arguments.
    #[serde(default)]
    pub args: Map,
    /// In place of a tool: what a person writes, for a plugin that understands texts.
    #[serde(default, deserialize_with = "there")]
    #[schemars(with = "String")]
    pub text: Option<String>,
    /// With a text: the intents that it can mean, as flows write them.
    #[serde(default)]
    pub intents: Map,
    /// With a text: names of the slots that the person was asked for.
    #[serde(default)]
    pub asked: Vec<String>,
    /// With a text: the question that the person was asked.
    #[serde(default, deserialize_with = "there")]
    #[schemars(with = "String")]
    pub question: Option<String>,
    /// With a text: the conversation's time zone, by its IANA name; without it `UTC`.
    #[serde(default, deserialize_with = "there")]
    #[schemars(with = "String")]
    pub time_zone: Option<String>,
    /// The conversation's context, of which a tool sees what plugin.toml asks for; with a text, what the flow shows of it.
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
    /// What servers say, in the order in which the tool asks each of them. A request that nothing is left for is not as
    /// expected.
    #[serde(default)]
    pub http: Vec<Served>,
    /// Values of the secrets that plugin.toml asks for, by name; without one a secret is not set.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
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

/// What a server says to one request. Without a status, the status is 200.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct Served {
    /// To which method; without it, to any.
    #[serde(default)]
    pub method: Option<String>,
    /// To which URL.
    #[serde(deserialize_with = "url")]
    pub url: String,
    /// The status of the answer.
    #[serde(default)]
    #[schemars(range(min = 200, max = 599))]
    pub status: Option<u16>,
    /// Headers of the answer.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The answer's body: a text is its bytes, anything else is its JSON.
    #[serde(default, deserialize_with = "even_null")]
    pub body: Option<Value>,
    /// Why there is no answer.
    #[serde(default)]
    pub error: Option<NoAnswer>,
    /// When it comes, such as `500ms` or `2s`; without it, at once.
    #[serde(default, deserialize_with = "span")]
    #[schemars(with = "String")]
    pub delay: Option<Duration>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoAnswer {
    /// The server's name has no address.
    Dns,
    /// Nobody takes the connection.
    Connect,
    /// The server does not prove who it is.
    Tls,
    /// Nothing comes in time.
    Timeout,
    /// The connection is lost, or what comes is no HTTP.
    Protocol,
}

/// What should come of a call or a text. What is left out is not looked at.
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
    /// Of a text: everything that the host takes of the answer, in order. A value is as the slot's type has it.
    pub commands: Option<Vec<Command>>,
    /// That it fails, and how.
    pub error: Option<Failed>,
    /// Everything that is said to the person, in order.
    pub say: Option<Vec<String>>,
    /// Every change to the context, by JSON pointer: `{"/booking/id": "B-1"}`.
    pub patch: Option<Map>,
    /// All requests that reached servers, in order.
    pub requests: Option<Vec<Requested>>,
    /// Values in the plugin's kv after the call: objects may have more keys than are named here, and `null` is that there
    /// is no value.
    pub kv: Option<Data>,
}

/// One thing that a text asks for: one of `intent`, `setSlot`, `correctSlot`, `cancel` and `none`, and what goes with it. What
/// is left out is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Command {
    /// It means this intent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// It gives a value for this slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_slot: Option<String>,
    /// It takes back what this slot has and gives another value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correct_slot: Option<String>,
    /// It gives up what is being done.
    #[serde(skip_serializing_if = "is_false")]
    pub cancel: bool,
    /// It means none of the intents.
    #[serde(skip_serializing_if = "is_false")]
    pub none: bool,
    /// Of a slot.
    #[serde(deserialize_with = "even_null", skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Of a slot: from which byte of the text to which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<[usize; 2]>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub confidence: Option<f64>,
}

/// A request as its server sees it. What is left out is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(deny_unknown_fields)]
pub struct Requested {
    /// In capitals, such as `GET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// With everything after the `?`.
    #[serde(deserialize_with = "maybe_url", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub url: Option<String>,
    /// Headers, secrets in their places; there may be others, and `null` is that there is none.
    #[serde(deserialize_with = "small", skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Option<String>>,
    /// A text is the whole body, anything else its JSON: objects may have more keys than are named here.
    #[serde(deserialize_with = "even_null", skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// What is there is no `null`.
fn there<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    String::deserialize(from).map(Some)
}

/// `null` is a result like any other.
fn even_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

fn url<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = || D::Error::custom(format!("`{text}` is no URL; write `https://…` and all of it"));
    wire::url(&text).ok_or_else(wrong)
}

fn maybe_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    url(from).map(Some)
}

fn span<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    Span::deserialize(from).map(|span| Some(span.0))
}

/// Names of headers are the same in capitals.
fn small<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Option<String>>, D::Error> {
    let named = BTreeMap::<String, Option<String>>::deserialize(from)?;
    Ok(named.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
}

/// The JSON Schema of the file; what intents are it has from that of flows.
#[must_use]
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let generator = SchemaSettings::draft2020_12().into_generator();
        let mut schema = generator.into_root_schema_for::<Trials>().to_value();
        let of_flows = flow::schema().get("$defs");
        for name in ["Intent", "Slot", "LongSlot", "SlotType"] {
            let definition = of_flows.and_then(|defs| defs.get(name)).cloned().unwrap_or_default();
            if let Some(place) = schema.pointer_mut("/$defs").and_then(Value::as_object_mut) {
                place.insert(name.to_owned(), definition);
            }
        }
        let intents = "/$defs/Case/properties/intents/additionalProperties";
        if let Some(place) = schema.pointer_mut(intents) {
            *place = json!({ "$ref": "#/$defs/Intent" });
        }
        schema
    })
}
