//! CSM definitions as they are written: agents, machines, flows. From these types come the checks of shape; as in the
//! room's own model, they know nothing of what it means.

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

/// What a part says of itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Meta {
    /// Its name for people.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// What it is good for.
    #[serde(default)]
    pub(super) description: Option<String>,
    /// The author's number of it.
    #[serde(default)]
    #[expect(dead_code, reason = "a flow's version is the hash of what it says")]
    pub(super) version: Option<Value>,
    /// For finding it.
    #[serde(default)]
    pub(super) tags: Option<Vec<String>>,
    /// Free for the author.
    #[serde(default)]
    #[expect(dead_code, reason = "it stays in the definition, where its author finds it")]
    pub(super) custom: Option<Value>,
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

/// A way out of a state.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transition {
    /// Its name for programs.
    #[serde(default)]
    #[expect(dead_code, reason = "it stays in the definition")]
    pub(super) id: Option<String>,
    /// What the person's text must be.
    #[serde(default)]
    pub(super) pattern: Option<String>,
    /// What must be true.
    #[serde(default)]
    pub(super) condition: Option<Condition>,
    /// Higher is tried first.
    #[serde(default)]
    pub(super) priority: Option<i64>,
    /// Values that are written into the context.
    #[serde(default)]
    pub(super) context: Option<Fields>,
    /// Changes of the context.
    #[serde(default)]
    pub(super) operations: Option<Vec<Operation>>,
    /// Where to.
    #[serde(default)]
    pub(super) target: Option<Target>,
    /// A flow to go through.
    #[serde(default)]
    pub(super) flow_invocation: Option<Invocation>,
    /// What it says of itself.
    #[serde(default)]
    pub(super) meta: Option<Fields>,
}

/// What must be true.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Condition {
    /// JavaScript.
    Script(String),
    /// With the language it is written in.
    Typed(TypedCondition),
}

/// A condition with its language.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct TypedCondition {
    /// The language.
    #[serde(rename = "type")]
    pub(super) kind: Language,
    /// Of `code` and `legacy`: JavaScript.
    #[serde(default)]
    pub(super) expression: Option<String>,
    /// Of `jsonlogic`: the rule.
    #[serde(default)]
    pub(super) rule: Option<Value>,
}

/// What a condition is written in.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    /// JavaScript.
    Code,
    /// JavaScript.
    Legacy,
    /// JSON Logic.
    Jsonlogic,
}

/// Where to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Target {
    /// `"ChooseSize"`, `"machine:Support"`, `":end"`
    Text(String),
    /// `{"type": "state", "stateId": "ChooseSize"}`
    Typed(TypedTarget),
}

/// A target with its kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub(super) struct TypedTarget {
    /// What it is.
    #[serde(rename = "type")]
    pub(super) kind: TargetKind,
    /// Of `state`: its name.
    #[serde(default)]
    pub(super) state_id: Option<String>,
    /// Of `flow`: its name.
    #[serde(default)]
    pub(super) flow_id: Option<String>,
    /// Of `terminal`: why.
    #[serde(default)]
    pub(super) reason: Option<Reason>,
    /// Of `terminal`: what is said.
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// What a target is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum TargetKind {
    /// A state of the same flow.
    State,
    /// The beginning of another flow.
    Flow,
    /// Out.
    Terminal,
}

/// Why a flow is left.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reason {
    /// It is done.
    Success,
    /// It failed.
    Error,
    /// It was given up.
    Cancel,
    /// It took too long.
    Timeout,
}

/// One change of the context, in the spelling with `type` or in the older one.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Operation {
    /// `set`, `append`, `merge`.
    #[serde(rename = "type", default)]
    pub(super) kind: Option<OperationKind>,
    /// Of `set`: what is written.
    #[serde(default)]
    pub(super) variable: Option<String>,
    /// Of `append` and `merge`: what is written.
    #[serde(default)]
    pub(super) target: Option<String>,
    /// The value.
    #[serde(default)]
    pub(super) value: Option<Value>,
    /// Older: `{"variable": …, "value": …}`.
    #[serde(default)]
    pub(super) set: Option<Fields>,
    /// Older: `{"to": …, "value": …}`.
    #[serde(default)]
    pub(super) append: Option<Fields>,
    /// Older: `{"into": …, "value": …}`.
    #[serde(default)]
    pub(super) merge: Option<Fields>,
}

/// How the context changes.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum OperationKind {
    /// The value takes the place of what is there.
    Set,
    /// The value becomes the last of a list.
    Append,
    /// The value's keys come into an object.
    Merge,
}

/// A flow to go through, and what happens when it comes back.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    /// The flow.
    pub(super) flow_id: String,
    /// Values for its context.
    #[serde(default)]
    pub(super) parameters: Option<Fields>,
    /// What happens, by the way it came back.
    #[serde(default)]
    pub(super) on_result: Option<OnResult>,
}

/// What happens when a flow comes back.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct OnResult {
    /// By `:end`.
    #[serde(default)]
    pub(super) end: Option<Handler>,
    /// By `:cancel`.
    #[serde(default)]
    pub(super) cancel: Option<Handler>,
    /// By `:error`.
    #[serde(default)]
    pub(super) error: Option<Handler>,
}

/// What happens when a flow came back one way.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Handler {
    /// Changes of the context; `{"var": "result"}` is the flow's.
    #[serde(default)]
    pub(super) operations: Option<Vec<Operation>>,
    /// Where to; back to the state that the flow was called from when left out.
    #[serde(default)]
    pub(super) target: Option<Target>,
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
