//! A flow as its author writes it: the one definition of the language's keys. From these types come the JSON
//! Schema, the first half of the validator and the page on the language. They hold what was written and
//! know nothing of what it means.

mod form;
mod piece;
mod state;
mod version;

pub(super) use form::{Correct, Form, FormSlot};
pub(super) use piece::{OneOrMany, Piece};
pub(super) use state::{
    Action, After, Arm, Fallback, Fields, FlowOutcome, Guard, State, Step, Transition,
};
pub(super) use version::{Migration, Policy, Sessions};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Names in the author's order, each with a part that may be malformed on its own.
pub(super) type Named<T> = IndexMap<String, Piece<T>>;

/// A conversation as a finite-state machine.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Flow {
    /// For editors; the host does not look at it.
    #[serde(rename = "$schema", default)]
    #[expect(dead_code, reason = "it is there for the schema and for editors")]
    pub(in crate::flow) schema: Option<Value>,
    /// What the flow says of itself.
    #[schemars(with = "Piece<Meta>")]
    pub(in crate::flow) meta: Option<Piece<Meta>>,
    /// The state in which sessions begin.
    #[schemars(with = "String")]
    pub(in crate::flow) start: Option<Piece<String>>,
    /// The context that every session begins with.
    #[serde(default)]
    pub(in crate::flow) context: Option<Piece<Fields>>,
    /// What a person can mean, by name.
    #[serde(default)]
    pub(in crate::flow) intents: Option<Piece<Named<Intent>>>,
    /// What the flow can have done, by the name it uses.
    #[serde(default)]
    pub(in crate::flow) tools: Option<Piece<Named<Tool>>>,
    /// Where a conversation can be, by name; at least one.
    #[schemars(with = "Named<State>")]
    pub(in crate::flow) states: Option<Piece<Named<State>>>,
    /// Ways out of every state that is not final, tried after the state's own: help, cancel, digressions.
    #[serde(default)]
    pub(in crate::flow) transitions: Option<Piece<Vec<Piece<Transition>>>>,
    /// What is done about an input that nothing takes.
    #[serde(default)]
    pub(in crate::flow) fallback: Option<Piece<Fallback>>,
    /// How running sessions of older versions come over to this one.
    #[serde(default)]
    pub(in crate::flow) migrations: Option<Piece<Vec<Piece<Migration>>>>,
}

/// What a flow says of itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Meta {
    /// Its name for people.
    pub(in crate::flow) name: String,
    /// What it is good for.
    #[serde(default)]
    pub(in crate::flow) description: Option<String>,
    /// BCP 47 language of its texts; `en-US` when left out.
    #[serde(default)]
    pub(in crate::flow) language: Option<String>,
    /// IANA time zone in which "tomorrow at seven" is meant, `Europe/Lisbon`; UTC when left out.
    #[serde(default)]
    pub(in crate::flow) time_zone: Option<String>,
    /// Name of a synthetic voice, for callers.
    #[serde(default)]
    pub(in crate::flow) voice: Option<String>,
    /// For finding the flow among others.
    #[serde(default)]
    pub(in crate::flow) categories: Option<Vec<String>>,
    /// What happens to a message that arrives while a tool call is pending.
    #[serde(default)]
    pub(in crate::flow) busy: Option<Busy>,
    /// What running sessions do when the flow changes.
    #[serde(default)]
    pub(in crate::flow) sessions: Option<Sessions>,
}

/// What happens to a message that arrives while a tool call is pending.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::flow) enum Busy {
    /// It is handled after the call, in order. The default.
    Queue,
    /// It is handled at once; a transition out of the state cancels the call.
    Interrupt,
    /// The person is told to wait.
    Reject,
    /// It is joined with the next one.
    Merge,
}

/// Something a person can mean.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Intent {
    /// Ways to say it; the more of them differ, the better it is understood.
    #[serde(default)]
    pub(in crate::flow) examples: Vec<String>,
    /// What it carries: name and type.
    #[serde(default)]
    pub(in crate::flow) slots: Option<IndexMap<String, Slot>>,
    /// For people and language models.
    #[serde(default)]
    pub(in crate::flow) description: Option<String>,
    /// What it is called where a person chooses between two; the first example when left out.
    #[serde(default)]
    pub(in crate::flow) label: Option<String>,
}

/// A slot's type alone, or with more about it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::flow) enum Slot {
    /// `"date"`
    Short(SlotType),
    /// `{"type": "date", "required": true}`
    Long(LongSlot),
}

/// What a slot holds, whether it must be there, and whether it may be shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct LongSlot {
    /// What it holds.
    #[serde(rename = "type")]
    pub(in crate::flow) kind: SlotType,
    /// Without it the intent does not match.
    #[serde(default)]
    pub(in crate::flow) required: Option<bool>,
    /// Personal data: never leaves the host unmasked.
    #[serde(default)]
    pub(in crate::flow) pii: Option<bool>,
    /// For `enum`: the values it can have.
    #[serde(default)]
    pub(in crate::flow) values: Option<Vec<String>>,
    /// For `enum`: other words for a value.
    #[serde(default)]
    pub(in crate::flow) synonyms: Option<IndexMap<String, Vec<String>>>,
}

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::flow) enum SlotType {
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// Free text.
    String,
    /// A place in a row, "the second".
    Ordinal,
    /// So many of a hundred.
    Percent,
    /// Yes or no.
    Boolean,
    /// A day, `2026-11-22`.
    Date,
    /// A time of day, `19:30`.
    Time,
    /// A day and a time, `2026-11-22T19:30`.
    Datetime,
    /// A length of time, `PT90M`.
    Duration,
    /// A person's name.
    Name,
    /// The first word of a person's name.
    FirstName,
    /// A person's name without the first word of it.
    LastName,
    /// A phone number; always text.
    Phone,
    /// An address for mail.
    Email,
    /// An address in the web.
    Url,
    /// An amount with its currency.
    Money,
    /// One of `values`.
    Enum,
}

/// Something the flow can have done.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Tool {
    /// The arguments: names with types (`{"date": "string"}`), or a JSON Schema.
    #[serde(default)]
    pub(in crate::flow) args: Option<Value>,
    /// The result: names with types, or a JSON Schema.
    #[serde(default)]
    pub(in crate::flow) result: Option<Value>,
    /// How long one attempt may take; 30000 when left out.
    #[serde(default)]
    pub(in crate::flow) timeout_ms: Option<u64>,
    /// When and how often a failed attempt is repeated; never when left out.
    #[serde(default)]
    pub(in crate::flow) retry: Option<Retry>,
    /// Whether the same call may be sent twice without harm; no when left out.
    #[serde(default)]
    pub(in crate::flow) idempotent: Option<bool>,
    /// Whose tool is meant, `reservations/check-availability`; looked up by the flow's name when left out.
    #[serde(default)]
    pub(in crate::flow) uses: Option<String>,
    /// For people and language models.
    #[serde(default)]
    #[expect(dead_code, reason = "people read it in the file; the registry has its own words")]
    pub(in crate::flow) description: Option<String>,
}

/// When and how often a failed attempt is repeated.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Retry {
    /// All attempts, the first one counted.
    #[serde(default)]
    pub(in crate::flow) max_attempts: Option<u64>,
    /// Wait before the second attempt; doubles from there. 200 when left out.
    #[serde(default)]
    pub(in crate::flow) backoff_ms: Option<u64>,
    /// The longest wait; 10000 when left out.
    #[serde(default)]
    pub(in crate::flow) max_backoff_ms: Option<u64>,
    /// Whether each wait is drawn between half of it and all of it; yes when left out.
    #[serde(default)]
    pub(in crate::flow) jitter: Option<bool>,
}
