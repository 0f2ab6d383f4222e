//! `NAME.test.json` as it is written. Its types are its definition: the schema in `schemas/` follows from them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::event::Map;

/// Conversations with a flow, each from its beginning, and what should come of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct Cases {
    /// Where editors find the schema of this file.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// The flow's id; without it, the part of the file's name before `.test.json`.
    #[serde(default)]
    pub flow: Option<String>,
    /// When the cases begin, RFC 3339; without it `2026-03-02T12:00:00Z`, a Monday.
    #[serde(default)]
    pub now: Option<String>,
    /// The persons' IANA time zone; without it the flow's.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Laid over the flow's own context.
    #[serde(default)]
    pub context: Map,
    /// What tools answer, by the flow's names for them; a case may say otherwise.
    #[serde(default)]
    pub tools: BTreeMap<String, Answers>,
    /// None sees what another has left.
    pub cases: Vec<Case>,
}

/// One conversation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct Case {
    /// The sentence that it proves.
    pub name: String,
    /// When it begins, if not as the file says.
    #[serde(default)]
    pub now: Option<String>,
    /// The person's IANA time zone, if not as the file says.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Laid over the file's.
    #[serde(default)]
    pub context: Map,
    /// What tools answer here, in place of what the file says of them.
    #[serde(default)]
    pub tools: BTreeMap<String, Answers>,
    /// One after the other; a first step without anything to do looks at what the beginning came to.
    pub steps: Vec<CaseStep>,
}

/// What happens, and what should come of it. At most one of `user`, `dtmf`, `event` and `cancel`, or an `intent` alone;
/// `after` goes with each of them, and comes first.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(deny_unknown_fields)]
pub struct CaseStep {
    /// So much time passes: `500ms`, `90s`, `1h30m`, `2d`. Answers of tools come in and timers fire on the way.
    pub after: Option<String>,
    /// The person writes this.
    pub user: Option<String>,
    /// With `user`: what the text is understood as, whatever the classifier says. Alone: a client that understood by itself.
    pub intent: Option<String>,
    /// What the intent carries.
    pub slots: Map,
    /// The person presses these keys.
    pub dtmf: Option<String>,
    /// Another system tells this event.
    pub event: Option<String>,
    /// What the event carries.
    pub payload: Value,
    /// The client gives up the pending calls.
    pub cancel: bool,
    /// What should come of it.
    pub expect: Option<Expectation>,
}

/// What should come of a step; what is left out is not looked at. A text that begins with `re:` is a regular expression
/// that must match somewhere; objects may have more keys than are named, and `null` is also a key that is not there.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(deny_unknown_fields)]
pub struct Expectation {
    /// The state that the conversation is in.
    pub state: Option<String>,
    /// The flow that it is in.
    pub flow: Option<String>,
    /// Everything that is said and asked, in order.
    pub says: Option<Vec<String>>,
    /// Parts of the context.
    pub context: Option<Map>,
    /// Events that come, in this order; others may come between them. Each has the fields that are named.
    pub events: Option<Vec<Map>>,
    /// Events that do not come.
    pub absent: Option<Vec<Map>>,
    /// Whether the conversation is over, or why: `final`, `hangup`, `end`, `cancel`, `error`.
    pub ended: Option<Ended>,
    /// That the input is refused, and a part of the reason.
    pub refused: Option<String>,
}

/// Whether a conversation is over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Ended {
    /// It is, or it is not.
    Whether(bool),
    /// It is, for this reason.
    Why(String),
}

/// What a tool answers: the same each time, or one answer for each call.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Answers {
    // First, because serde would also take a list for an answer whose fields stand in order.
    /// To the first call, to the second, and so on; one call more is a mistake.
    InTurn(Vec<Answer>),
    /// To every call.
    Each(Box<Answer>),
}

/// One answer: a `result`, an `error`, or that of the `real` tool.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(deny_unknown_fields)]
pub struct Answer {
    /// What it gives.
    #[serde(deserialize_with = "even_null")]
    pub result: Option<Value>,
    /// How it fails.
    pub error: Option<Failure>,
    /// Whether the plugin itself is called.
    pub real: bool,
    /// How long it takes: `2s`. Later than its timeout, it fails with `timeout`.
    pub after: Option<String>,
    /// What it wants said.
    pub say: Vec<String>,
    /// What it changes in the context, by dotted path.
    pub patch: Map,
}

/// How a tool fails.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct Failure {
    /// `tool` when the tool itself says no, else `timeout`, `unavailable`, `trap`, `denied` or the like.
    #[serde(default)]
    pub kind: Option<String>,
    /// The tool's own short code.
    #[serde(default)]
    pub code: Option<String>,
    /// For people.
    #[serde(default)]
    pub message: Option<String>,
    /// Whatever else it gives.
    #[serde(default)]
    pub details: Option<Value>,
}

/// `null` is a result like any other.
fn even_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// The JSON Schema of the file.
#[must_use]
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let generator = SchemaSettings::draft2020_12().into_generator();
        generator.into_root_schema_for::<Cases>().to_value()
    })
}
