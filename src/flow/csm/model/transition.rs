//! A way out of a state as CSM writes it: what sets it off, what it changes, where it leads.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::super::model::Fields;

/// A way out of a state.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub(in crate::flow::csm) struct Transition {
    /// Its name for programs.
    #[serde(default)]
    #[expect(dead_code, reason = "it stays in the definition")]
    pub(in crate::flow::csm) id: Option<String>,
    /// What the person's text must be.
    #[serde(default)]
    pub(in crate::flow::csm) pattern: Option<String>,
    /// What must be true.
    #[serde(default)]
    pub(in crate::flow::csm) condition: Option<Condition>,
    /// Higher is tried first.
    #[serde(default)]
    pub(in crate::flow::csm) priority: Option<i64>,
    /// Values that are written into the context.
    #[serde(default)]
    pub(in crate::flow::csm) context: Option<Fields>,
    /// Changes of the context.
    #[serde(default)]
    pub(in crate::flow::csm) operations: Option<Vec<Operation>>,
    /// Where to.
    #[serde(default)]
    pub(in crate::flow::csm) target: Option<Target>,
    /// A flow to go through.
    #[serde(default)]
    pub(in crate::flow::csm) flow_invocation: Option<Invocation>,
    /// What it says of itself.
    #[serde(default)]
    pub(in crate::flow::csm) meta: Option<Fields>,
}

/// What must be true.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::flow::csm) enum Condition {
    /// JavaScript.
    Script(String),
    /// With the language it is written in.
    Typed(TypedCondition),
}

/// A condition with its language.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow::csm) struct TypedCondition {
    /// The language.
    #[serde(rename = "type")]
    pub(in crate::flow::csm) kind: Language,
    /// Of `code` and `legacy`: JavaScript.
    #[serde(default)]
    pub(in crate::flow::csm) expression: Option<String>,
    /// Of `jsonlogic`: the rule.
    #[serde(default)]
    pub(in crate::flow::csm) rule: Option<Value>,
}

/// What a condition is written in.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::flow::csm) enum Language {
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
pub(in crate::flow::csm) enum Target {
    /// `"ChooseSize"`, `"machine:Support"`, `":end"`
    Text(String),
    /// `{"type": "state", "stateId": "ChooseSize"}`
    Typed(TypedTarget),
}

/// A target with its kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub(in crate::flow::csm) struct TypedTarget {
    /// What it is.
    #[serde(rename = "type")]
    pub(in crate::flow::csm) kind: TargetKind,
    /// Of `state`: its name.
    #[serde(default)]
    pub(in crate::flow::csm) state_id: Option<String>,
    /// Of `flow`: its name.
    #[serde(default)]
    pub(in crate::flow::csm) flow_id: Option<String>,
    /// Of `terminal`: why.
    #[serde(default)]
    pub(in crate::flow::csm) reason: Option<Reason>,
    /// Of `terminal`: what is said.
    #[serde(default)]
    pub(in crate::flow::csm) message: Option<String>,
}

/// What a target is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::flow::csm) enum TargetKind {
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
pub(in crate::flow::csm) enum Reason {
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
pub(in crate::flow::csm) struct Operation {
    /// `set`, `append`, `merge`.
    #[serde(rename = "type", default)]
    pub(in crate::flow::csm) kind: Option<OperationKind>,
    /// Of `set`: what is written.
    #[serde(default)]
    pub(in crate::flow::csm) variable: Option<String>,
    /// Of `append` and `merge`: what is written.
    #[serde(default)]
    pub(in crate::flow::csm) target: Option<String>,
    /// The value.
    #[serde(default)]
    pub(in crate::flow::csm) value: Option<Value>,
    /// Older: `{"variable": …, "value": …}`.
    #[serde(default)]
    pub(in crate::flow::csm) set: Option<Fields>,
    /// Older: `{"to": …, "value": …}`.
    #[serde(default)]
    pub(in crate::flow::csm) append: Option<Fields>,
    /// Older: `{"into": …, "value": …}`.
    #[serde(default)]
    pub(in crate::flow::csm) merge: Option<Fields>,
}

/// How the context changes.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::flow::csm) enum OperationKind {
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
pub(in crate::flow::csm) struct Invocation {
    /// The flow.
    pub(in crate::flow::csm) flow_id: String,
    /// Values for its context.
    #[serde(default)]
    pub(in crate::flow::csm) parameters: Option<Fields>,
    /// What happens, by the way it came back.
    #[serde(default)]
    pub(in crate::flow::csm) on_result: Option<OnResult>,
}

/// What happens when a flow comes back.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow::csm) struct OnResult {
    /// By `:end`.
    #[serde(default)]
    pub(in crate::flow::csm) end: Option<Handler>,
    /// By `:cancel`.
    #[serde(default)]
    pub(in crate::flow::csm) cancel: Option<Handler>,
    /// By `:error`.
    #[serde(default)]
    pub(in crate::flow::csm) error: Option<Handler>,
}

/// What happens when a flow came back one way.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow::csm) struct Handler {
    /// Changes of the context; `{"var": "result"}` is the flow's.
    #[serde(default)]
    pub(in crate::flow::csm) operations: Option<Vec<Operation>>,
    /// Where to; back to the state that the flow was called from when left out.
    #[serde(default)]
    pub(in crate::flow::csm) target: Option<Target>,
}
