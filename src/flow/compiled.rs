//! A flow as the engine runs it: names resolved, expressions compiled, transitions in the order they
//! are tried. Every part that can fail at run time carries `at`, its JSON pointer in the author's file.

mod form;
mod nlu;
mod target;
mod transitions;
mod version;

pub use form::{Form, FormSlot};
pub use nlu::{Embeddings, Llm, Mode, Nlu, ResponseFormat};
pub use target::{Arm, Outcome, Target};
pub use transitions::Transitions;
pub use version::{Migration, Policy, Sessions};

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{Id, Personal, Version};
use crate::script::{Data, Expression, Template};
use crate::slots::Slot;

/// Parts by name, in the order of the file. A turn looks its state up more than once, which the hash of the standard library
/// would take longer for than for the rest; names come from whoever may change flows, and never from a chat.
pub type ByName<T> = IndexMap<String, T, foldhash::fast::RandomState>;

/// A valid flow.
#[derive(Debug)]
pub struct Flow {
    /// Its name.
    pub id: Id,
    /// The hash of its canonical JSON.
    pub version: Version,
    /// The definition as written, for people and for the store.
    pub definition: Arc<Value>,
    /// What it says of itself.
    pub meta: Meta,
    /// Where sessions begin; a key of `states`.
    pub start: Arc<str>,
    /// The context every session begins with.
    pub context: Arc<Map<String, Value>>,
    /// What a person can mean.
    pub intents: ByName<Intent>,
    /// What the flow can have done, by the name it uses.
    pub tools: ByName<Tool>,
    /// Non-empty.
    pub states: ByName<State>,
    /// Who understands what people write.
    pub nlu: Nlu,
    /// Global transitions, in the order they are tried.
    pub transitions: Transitions,
    /// For the 1st, 2nd, … unhandled input in a row; the last repeats. Never empty.
    pub no_match: Vec<FallbackStep>,
    /// Whether a text between two intents is answered with a question, where a state does not say it.
    pub clarify: bool,
    /// What is done about silence, where a state does not say it.
    pub silence: Option<Silence>,
    /// Whether silence means anything anywhere in the flow.
    pub minds_silence: bool,
    /// How sessions of older versions come over, in the order of the file.
    pub migrations: Vec<Migration>,
    /// Where personal values lie in the context.
    pub personal: Vec<Personal>,
}

/// What a flow says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// For people.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// BCP 47, `en-US`.
    pub language: String,
    /// IANA name, checked.
    pub time_zone: Option<String>,
    /// Name of a synthetic voice.
    pub voice: Option<String>,
    /// For finding it.
    pub categories: Vec<String>,
    /// What happens to a message while a call is pending.
    pub busy: Busy,
    /// What running sessions do when the flow changes.
    pub sessions: Sessions,
}

/// What happens to a message that arrives while a tool call is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Busy {
    /// In order, after it.
    #[default]
    Queue,
    /// Handled at once; a transition out cancels the call.
    Interrupt,
    /// Told so.
    Reject,
    /// Joined with the next.
    Merge,
}

/// Something a person can mean.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Ways to say it.
    pub examples: Vec<String>,
    /// What it carries.
    pub slots: Vec<Slot>,
    /// For people and language models.
    pub description: Option<String>,
    /// What it is called where a person chooses between two.
    pub label: String,
}

/// A tool as the flow sees it.
#[derive(Debug, Clone)]
pub struct Tool {
    /// The flow's name for it.
    pub name: String,
    /// JSON Schema of the arguments.
    pub args: Option<Arc<Value>>,
    /// JSON Schema of the result.
    pub result: Option<Arc<Value>>,
    /// Per attempt, milliseconds.
    pub timeout_ms: u64,
    /// The schedule of attempts.
    pub retry: Retry,
    /// Whether the same call may be sent twice.
    pub idempotent: bool,
    /// Backend and tool, `reservations/check-availability`; else the name is looked up.
    pub uses: Option<String>,
}

/// The schedule of a call's attempts.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Retry {
    /// At least 1.
    pub max_attempts: u32,
    /// Before the second attempt; doubles from there.
    pub backoff_ms: u64,
    /// The longest wait.
    pub max_backoff_ms: u64,
    /// Whether each wait is drawn between half of it and all of it.
    pub jitter: bool,
}

/// A state.
#[derive(Debug)]
pub struct State {
    /// Its name; sessions and events share it.
    pub id: Arc<str>,
    /// On entering.
    pub on_enter: Vec<Action>,
    /// On leaving.
    pub on_exit: Vec<Action>,
    /// In the order they are tried: by priority, then as written.
    pub transitions: Transitions,
    /// Overrides the flow's.
    pub no_match: Option<Vec<FallbackStep>>,
    /// Overrides the flow's.
    pub clarify: Option<bool>,
    /// Overrides the flow's.
    pub silence: Option<Silence>,
    /// Asks for values once the actions of entering are done.
    pub form: Option<Form>,
    /// Overrides the flow's.
    pub busy: Option<Busy>,
    /// Delayed transitions.
    pub after: Vec<After>,
    /// Ends the session.
    pub is_final: bool,
    /// Quick replies of every `ask` here that brings none of its own.
    pub suggestions: Vec<Template>,
    /// CSM's `messageId`, kept on every event said here.
    pub message_ref: Option<String>,
}

/// One thing to do.
#[derive(Debug)]
pub struct Action {
    /// What.
    pub verb: Verb,
    /// JSON pointer of the action.
    pub at: String,
}

/// What an action does.
#[derive(Debug)]
pub enum Verb {
    /// Tells the person.
    Say(Template),
    /// Asks the person, with quick replies.
    Ask {
        /// The question.
        text: Template,
        /// Quick replies of this question.
        suggestions: Vec<Template>,
    },
    /// Writes the context.
    Set(Vec<Assign>),
    /// Calls a tool; the rest of the list waits for its outcome.
    Tool {
        /// A key of the flow's `tools`.
        name: String,
        /// An object.
        args: Data,
    },
    /// Says what a language model writes; the rest of the list waits for it.
    Llm(Box<Llm>),
    /// Goes through another flow; the rest of the list waits until it comes back.
    Call {
        /// Its name.
        flow: Id,
        /// A state of this very flow in which it begins, with the context of the caller; else the other flow's start,
        /// with a context of its own.
        begin: Option<String>,
        /// An object.
        params: Data,
    },
    /// Hands the person over.
    Transfer(Template),
    /// Ends the conversation.
    Hangup,
    /// A custom event for subscribers.
    Emit {
        /// Its `type`.
        name: String,
        /// Its `data`.
        data: Option<Data>,
    },
}

/// `path = value`.
#[derive(Debug)]
pub struct Assign {
    /// Where in the context.
    pub path: Path,
    /// What.
    pub value: Data,
    /// JSON pointer of the value.
    pub at: String,
}

/// A dotted path, `contact.name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// As written.
    pub text: String,
    /// Never empty.
    pub keys: Vec<String>,
}

/// A way out of a state, or an internal reaction in it.
#[derive(Debug)]
pub struct Transition {
    /// What sets it off.
    pub trigger: Trigger,
    /// The pattern as its author wrote it.
    pub pattern: Option<String>,
    /// Must be true.
    pub when: Option<Expression>,
    /// Before leaving; all right sides see the old context.
    pub assign: Vec<Assign>,
    /// Said before leaving, or instead of it.
    pub say: Option<Template>,
    /// CSM's `messageId`, kept on what is said.
    pub message_ref: Option<String>,
    /// First true arm wins.
    pub branch: Vec<Arm>,
    /// Where to when no arm was true.
    pub to: Option<Target>,
    /// Higher is tried first.
    pub priority: i64,
    /// For a global transition: states it does not apply in.
    pub except: Vec<String>,
    /// JSON pointer of the transition.
    pub at: String,
}

/// What sets a transition off.
#[derive(Debug)]
pub enum Trigger {
    /// One of these intents was understood.
    Intent(Vec<String>),
    /// The text matches.
    Pattern(Pattern),
    /// Any text that nothing else took.
    Default,
    /// These keys were pressed.
    Dtmf(String),
    /// This external event came.
    Event(String),
    /// This tool gave a result.
    ToolResult(String),
    /// This tool failed.
    ToolError(String),
    /// The form of the state has all its values.
    Done,
    /// The form of the state was given up.
    Fail,
    /// A called flow came back this way.
    FlowResult(Outcome),
    /// Nothing: taken as soon as the entry actions are done.
    Auto,
}

/// A text pattern: trimmed, NFC, case folded on both sides.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// One of these texts, folded by [`super::fold`].
    Exact(Vec<String>),
    /// A linear-time expression over the trimmed NFC text, case-insensitive; named captures are slots. Wildcards become one too.
    Regex(regex::Regex),
}

/// A delayed transition.
#[derive(Debug)]
pub struct After {
    /// From entering the state.
    pub ms: u64,
    /// Looked at when the time has come.
    pub when: Option<Expression>,
    /// Where to.
    pub to: Target,
    /// JSON pointer.
    pub at: String,
}

/// What is done when the person says nothing.
#[derive(Debug)]
pub struct Silence {
    /// How long each time.
    pub after_ms: u64,
    /// For the 1st, 2nd, … silence in a row; then nothing more. Never empty.
    pub steps: Vec<FallbackStep>,
}

/// What is done about an unhandled input or a silence; in this order.
#[derive(Debug)]
pub struct FallbackStep {
    /// Something to say.
    pub say: Option<Template>,
    /// Whether the last question is asked again.
    pub reask: bool,
    /// Where to go.
    pub to: Option<Target>,
    /// JSON pointer; empty for the default of the host.
    pub at: String,
}
