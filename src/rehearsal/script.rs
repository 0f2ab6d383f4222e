//! Cases as they are played: times read, names known, inputs made.

use std::collections::BTreeMap;

use super::file::Expectation;
use super::reply::Replies;
use crate::engine::{Input, Understood};
use crate::event::{Map, Timestamp};
use crate::flow;

/// The cases of a flow.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The flow.
    pub flow: flow::Id,
    /// In the order of the file.
    pub scripts: Vec<Script>,
}

/// One case, ready to be played.
#[derive(Debug, Clone)]
pub struct Script {
    /// The sentence that it proves.
    pub name: String,
    /// JSON pointer of the case.
    pub at: String,
    /// Whether it calls plugins.
    pub is_real: bool,
    pub(super) begins: Timestamp,
    pub(super) time_zone: Option<String>,
    pub(super) context: Map,
    pub(super) tools: BTreeMap<String, Replies>,
    /// The beginning first.
    pub(super) acts: Vec<Act>,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub(super) struct Act {
    /// JSON pointer of the step; none for a beginning that nobody looks at.
    pub(super) at: Option<String>,
    pub(super) after_ms: u64,
    pub(super) what: What,
    pub(super) expect: Expectation,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// Time passes.
    Nothing,
    Input(Input),
    /// A text that is not left to the classifier.
    Understood(Input, Box<Understood>),
}
