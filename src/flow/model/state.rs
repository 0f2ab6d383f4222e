//! The part of the language that says what happens: states, actions, transitions. As in its parent, only what
//! was written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Busy, Form, OneOrMany, Piece};

/// Any JSON object, in the author's order.
pub(in crate::flow) type Fields = Map<String, Value>;

/// Where a conversation can be.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub(in crate::flow) struct State {
    /// What is done on entering, in order.
    #[serde(default)]
    pub(in crate::flow) on_enter: Option<Vec<Piece<Action>>>,
    /// What is done on leaving, in order.
    #[serde(default)]
    pub(in crate::flow) on_exit: Option<Vec<Piece<Action>>>,
    /// Ways out; the first that fits is taken.
    #[serde(default)]
    pub(in crate::flow) transitions: Option<Vec<Piece<Transition>>>,
    /// Values that are asked for here, once the actions of entering are done.
    #[serde(default)]
    pub(in crate::flow) form: Option<Piece<Form>>,
    /// What is done here about an input that nothing takes.
    #[serde(default)]
    pub(in crate::flow) fallback: Option<Piece<Fallback>>,
    /// What happens here to a message that arrives while a tool call is pending.
    #[serde(default)]
    pub(in crate::flow) busy: Option<Busy>,
    /// Ways out that are taken after a time; they survive a restart.
    #[serde(default)]
    pub(in crate::flow) after: Option<Vec<Piece<After>>>,
    /// Whether the session ends here.
    #[serde(default, rename = "final")]
    pub(in crate::flow) is_final: Option<bool>,
    /// Quick replies of every question here that brings none of its own.
    #[serde(default)]
    pub(in crate::flow) suggestions: Option<Vec<String>>,
    /// Free for the author and for editors; `messageId` is kept on what is said here.
    #[serde(default)]
    pub(in crate::flow) meta: Option<Fields>,
}

/// One thing to do: exactly one verb.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Action {
    /// Verb: tells the person this text.
    #[serde(default)]
    pub(in crate::flow) say: Option<String>,
    /// Verb: asks the person; with `suggestions`.
    #[serde(default)]
    pub(in crate::flow) ask: Option<String>,
    /// With `ask`: quick replies.
    #[serde(default)]
    pub(in crate::flow) suggestions: Option<Vec<String>>,
    /// Verb: writes these dotted paths of the context.
    #[serde(default)]
    pub(in crate::flow) set: Option<Fields>,
    /// Verb: calls this tool of `tools`; with `args`. The rest of the list waits for its result.
    #[serde(default)]
    pub(in crate::flow) tool: Option<String>,
    /// With `tool`: the arguments by name.
    #[serde(default)]
    pub(in crate::flow) args: Option<Fields>,
    /// Verb: says what a language model writes for this prompt, with `fallback` and perhaps `tools`. The rest of the list
    /// waits for it.
    #[serde(default)]
    pub(in crate::flow) llm: Option<String>,
    /// With `llm`: said where there is no reply.
    #[serde(default)]
    pub(in crate::flow) fallback: Option<String>,
    /// With `llm`: which of `tools` the model may call.
    #[serde(default)]
    pub(in crate::flow) tools: Option<Vec<String>>,
    /// With `llm`: how long the reply may take, milliseconds; 30000 when left out.
    #[serde(default)]
    pub(in crate::flow) timeout_ms: Option<u64>,
    /// Verb: goes through this other flow, which sees `params`; the rest of the list waits until it comes back.
    #[serde(default)]
    pub(in crate::flow) call: Option<String>,
    /// With `call`: what the other flow's context begins with, beside its own.
    #[serde(default)]
    pub(in crate::flow) params: Option<Fields>,
    /// Verb: hands the person over to this destination.
    #[serde(default)]
    pub(in crate::flow) transfer: Option<String>,
    /// Verb: ends the conversation; always `true`.
    #[serde(default)]
    pub(in crate::flow) hangup: Option<bool>,
    /// Verb: an event of this name for whoever listens; with `data`.
    #[serde(default)]
    pub(in crate::flow) emit: Option<String>,
    /// With `emit`: what the event carries.
    #[serde(default)]
    pub(in crate::flow) data: Option<Value>,
}

/// A way out of a state: at most one trigger (a key that begins with `on`, or `pattern`), then what follows from it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub(in crate::flow) struct Transition {
    /// Trigger: one of these intents was understood.
    #[serde(default)]
    pub(in crate::flow) on_intent: Option<OneOrMany>,
    /// Trigger: this tool gave its result.
    #[serde(default)]
    pub(in crate::flow) on_tool_result: Option<String>,
    /// Trigger: this tool failed.
    #[serde(default)]
    pub(in crate::flow) on_tool_error: Option<String>,
    /// Trigger: a called flow came back this way; its context is `result`.
    #[serde(default)]
    pub(in crate::flow) on_flow_result: Option<FlowOutcome>,
    /// Trigger: the form of the state has all its values; always `true`.
    #[serde(default)]
    pub(in crate::flow) on_done: Option<bool>,
    /// Trigger: the form of the state was given up; always `true`.
    #[serde(default)]
    pub(in crate::flow) on_fail: Option<bool>,
    /// Trigger: these keys were pressed.
    #[serde(default)]
    pub(in crate::flow) on_dtmf: Option<String>,
    /// Trigger: another system sent the event of this name; what it carries is `input.payload`.
    #[serde(default)]
    pub(in crate::flow) on_event: Option<String>,
    /// Trigger: the text is this, with `*` for anything and `|` between alternatives; `re:` for a regular
    /// expression; `:default` for any text that nothing else takes.
    #[serde(default)]
    pub(in crate::flow) pattern: Option<String>,
    /// What must be true: an expression, a rule of JSON Logic, or a list of these.
    #[serde(default)]
    pub(in crate::flow) when: Option<Guard>,
    /// Dotted paths of the context and their new values; all values see the old context.
    #[serde(default)]
    pub(in crate::flow) assign: Option<Fields>,
    /// Something to say before leaving, or instead of it.
    #[serde(default)]
    pub(in crate::flow) say: Option<String>,
    /// Where to, by conditions; the first true one counts.
    #[serde(default)]
    pub(in crate::flow) branch: Option<Vec<Piece<Arm>>>,
    /// Where to: a state, `flow:other`, `:end`, `:cancel`, `:error`, or `@path` for the state that the context names.
    #[serde(default)]
    pub(in crate::flow) to: Option<String>,
    /// Higher is tried first; 0 when left out.
    #[serde(default)]
    pub(in crate::flow) priority: Option<i64>,
    /// Of a global transition: states that it leaves alone.
    #[serde(default)]
    pub(in crate::flow) except: Option<Vec<String>>,
    /// Free for the author and for editors; `messageId` is kept on what is said here.
    #[serde(default)]
    pub(in crate::flow) meta: Option<Fields>,
}

/// What must be true.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::flow) enum Guard {
    /// An expression: `"ctx.partySize > 8"`
    Expression(String),
    /// A rule of JSON Logic, which sees the context: `{">": [{"var": "partySize"}, 8]}`
    Rule(Fields),
    /// All of these.
    All(Vec<Self>),
}

/// How a called flow came back.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::flow) enum FlowOutcome {
    /// It left by `:end`.
    End,
    /// It left by `:cancel`.
    Cancel,
    /// It left by `:error`.
    Error,
}

/// One condition of a branch.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Arm {
    /// What must be true, as in a transition, or `else`.
    pub(in crate::flow) when: Guard,
    /// Where to.
    pub(in crate::flow) to: String,
    /// As a transition's; sees what the transition itself assigned.
    #[serde(default)]
    pub(in crate::flow) assign: Option<Fields>,
}

/// A way out that is taken after a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct After {
    /// Milliseconds from entering the state.
    pub(in crate::flow) ms: u64,
    /// Where to.
    pub(in crate::flow) to: String,
    /// What must be true when the time has come, as in a transition.
    #[serde(default)]
    pub(in crate::flow) when: Option<Guard>,
}

/// What is done about an input that nothing takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub(in crate::flow) struct Fallback {
    /// For the first, second, … such input in a row; the last step repeats.
    #[serde(default)]
    pub(in crate::flow) no_match: Option<Vec<Piece<Step>>>,
    /// What is done when the person says nothing.
    #[serde(default)]
    pub(in crate::flow) no_input: Option<Piece<Silence>>,
    /// Whether a text between two intents is answered with a question which of them is meant.
    #[serde(default)]
    pub(in crate::flow) clarify: Option<bool>,
}

/// What is done when the person says nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Silence {
    /// Milliseconds of silence before each step; they survive a restart.
    pub(in crate::flow) after_ms: u64,
    /// For the first, second, … silence in a row; after the last one nothing more is done.
    pub(in crate::flow) steps: Vec<Piece<Step>>,
}

/// What is done about one such input: say, then ask again, then go.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Step {
    /// Something to say.
    #[serde(default)]
    pub(in crate::flow) say: Option<String>,
    /// Whether the last question is asked again.
    #[serde(default)]
    pub(in crate::flow) reask: Option<bool>,
    /// Where to.
    #[serde(default)]
    pub(in crate::flow) to: Option<String>,
}
