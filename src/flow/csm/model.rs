//! CSM definitions as they are written: agents, machines, flows. From these types come the checks of shape; as in the
//! room's own model, they know nothing of what it means.

mod meta;
mod transition;

pub(super) use meta::Meta;
pub(super) use transition::{
    Condition, Handler, Invocation, Language, OnResult, Operation, OperationKind, Reason, Target,
    TargetKind, Transition, TypedTarget,
};

use std::sync::OnceLock;

use indexmap::IndexMap;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::Value;

use super::super::model::Fields;

/// An agent: a machine with a name.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Agent {
    /// Its name for programs.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// What it does.
    pub(super) machine: Machine,
    /// What it says of itself.
    #[serde(default)]
    pub(super) meta: Option<Meta>,
    /// What is said, by message or state.
    #[serde(default)]
    pub(super) messages: Option<Messages>,
    /// How running sessions of older versions come over.
    #[serde(default)]
    #[schemars(with = "Option<Vec<crate::flow::model::Migration>>")]
    pub(super) migrations: Option<Vec<Value>>,
    /// For editors.
    #[serde(rename = "$schema", default)]
    #[expect(dead_code, reason = "it is there for editors")]
    pub(super) schema: Option<Value>,
}

/// Flows that share one context.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub(super) struct Machine {
    /// Its name for programs.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// The flow in which sessions begin.
    pub(super) initial_flow: String,
    /// The flows by name.
    pub(super) flows: IndexMap<String, Flow>,
    /// What it says of itself.
    #[serde(default)]
    pub(super) meta: Option<Meta>,
    /// What is said, by message or state.
    #[serde(default)]
    pub(super) messages: Option<Messages>,
    /// How running sessions of older versions come over.
    #[serde(default)]
    #[schemars(with = "Option<Vec<crate::flow::model::Migration>>")]
    pub(super) migrations: Option<Vec<Value>>,
    /// For editors.
    #[serde(rename = "$schema", default)]
    #[expect(dead_code, reason = "it is there for editors")]
    pub(super) schema: Option<Value>,
}

/// States and the ways between them.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Flow {
    /// Its name for programs.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// The state in which it begins.
    pub(super) initial: String,
    /// The states by name.
    pub(super) states: IndexMap<String, State>,
    /// What it says of itself.
    #[serde(default)]
    pub(super) meta: Option<Meta>,
    /// What is said, by message or state.
    #[serde(default)]
    pub(super) messages: Option<Messages>,
    /// How running sessions of older versions come over.
    #[serde(default)]
    #[schemars(with = "Option<Vec<crate::flow::model::Migration>>")]
    pub(super) migrations: Option<Vec<Value>>,
    /// For editors.
    #[serde(rename = "$schema", default)]
    #[expect(dead_code, reason = "it is there for editors")]
    pub(super) schema: Option<Value>,
}

/// What is said, by the id of the message or the name of the state.
pub(super) type Messages = IndexMap<String, Message>;

/// A text, or a text with quick replies.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Message {
    /// `"What size?"`
    Text(String),
    /// `{"text": "What size?", "suggestions": ["Small", "Large"]}`
    Rich(RichMessage),
}

/// A text with quick replies.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct RichMessage {
    /// What is said.
    pub(super) text: String,
    /// Quick replies.
    #[serde(default)]
    pub(super) suggestions: Option<Vec<String>>,
}

/// Where a conversation can be.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct State {
    /// Ways out.
    #[serde(default)]
    pub(super) transitions: Vec<Transition>,
    /// What it says of itself.
    #[serde(default)]
    pub(super) meta: Option<Fields>,
}

/// The shapes that a definition can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `{machine}`
    Agent,
    /// `{initialFlow, flows}`
    Machine,
    /// `{initial, states}`
    Flow,
}

impl Shape {
    /// The shape of a definition, told by its keys; `None` if it is no CSM.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let has = |key: &str| value.get(key).is_some();
        if has("machine") && !has("states") {
            return Some(Self::Agent);
        }
        if has("initialFlow") && has("flows") {
            return Some(Self::Machine);
        }
        (has("initial") && has("states") && !has("start")).then_some(Self::Flow)
    }

    /// The JSON Schema, and what the thing is called.
    pub(super) fn schema(self) -> (&'static Value, &'static str) {
        static AGENT: OnceLock<Value> = OnceLock::new();
        static MACHINE: OnceLock<Value> = OnceLock::new();
        static FLOW: OnceLock<Value> = OnceLock::new();
        match self {
            Self::Agent => (AGENT.get_or_init(schema::<Agent>), "Agent"),
            Self::Machine => (MACHINE.get_or_init(schema::<Machine>), "Machine"),
            Self::Flow => (FLOW.get_or_init(schema::<Flow>), "Flow"),
        }
    }
}

fn schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}
