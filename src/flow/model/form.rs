//! The part of the language that asks for several values: forms. As in its parent, only what was written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Piece, SlotType};

/// Values that are asked for, one after the other, until all are there.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Form {
    /// What is asked for, in order; what the context has already is not.
    pub(in crate::flow) slots: Vec<Piece<FormSlot>>,
    /// Asked when all values are there; the person says yes, or what is wrong.
    #[serde(default)]
    pub(in crate::flow) confirm: Option<String>,
    /// Asked when the person says no to `confirm`; `false` when values cannot be corrected.
    #[serde(default)]
    pub(in crate::flow) correct: Option<Correct>,
}

/// Whether and how values are corrected.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::flow) enum Correct {
    /// `false`: what was said stays.
    Allowed(bool),
    /// The question after a no.
    Question(String),
}

/// One value that is asked for; it is written into the context under its name.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct FormSlot {
    /// Where the value goes in the context: a dotted path.
    pub(in crate::flow) name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub(in crate::flow) kind: SlotType,
    /// The question.
    pub(in crate::flow) ask: String,
    /// Quick replies of the question.
    #[serde(default)]
    pub(in crate::flow) suggestions: Option<Vec<String>>,
    /// An expression that a value must make true; it sees the value in `ctx` and in `slot`.
    #[serde(default)]
    pub(in crate::flow) validate: Option<String>,
    /// Asked instead the second, third, … time; the last repeats.
    #[serde(default)]
    pub(in crate::flow) reprompt: Option<Vec<String>>,
    /// How often it is asked before the form fails; 3 when left out.
    #[serde(default)]
    pub(in crate::flow) max: Option<u64>,
    /// For `enum`: the values it can have.
    #[serde(default)]
    pub(in crate::flow) values: Option<Vec<String>>,
    /// For `enum`: other words for a value.
    #[serde(default)]
    pub(in crate::flow) synonyms: Option<IndexMap<String, Vec<String>>>,
    /// Personal data: never leaves the host unmasked.
    #[serde(default)]
    pub(in crate::flow) pii: Option<bool>,
}
