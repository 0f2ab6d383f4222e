//! Where a transition goes.

use std::sync::Arc;

use super::super::Id;
use super::{Assign, Path};
use crate::script::Expression;

/// One arm of a branch.
#[derive(Debug)]
pub struct Arm {
    /// `None` is `"else"`.
    pub when: Option<Expression>,
    /// Where to.
    pub to: Target,
    /// Sees the context after the transition's own assigns.
    pub assign: Vec<Assign>,
    /// JSON pointer of the arm.
    pub at: String,
}

/// Where a transition goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A state of this flow; a key of `states`.
    State(Arc<str>),
    /// The start of another flow, context kept.
    Flow(Id),
    /// Out of the flow: back to the caller, or the session ends.
    Leave(Outcome),
    /// The state that the context names here, looked up after `assign`.
    Lookup(Path),
}

/// How a flow was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// `:end`
    End,
    /// `:cancel`
    Cancel,
    /// `:error`
    Error,
}

impl Outcome {
    /// As a target is written: `:end`.
    #[must_use]
    pub const fn target(self) -> &'static str {
        match self {
            Self::End => ":end",
            Self::Cancel => ":cancel",
            Self::Error => ":error",
        }
    }

    /// The same as a word: `end`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Cancel => "cancel",
            Self::Error => "error",
        }
    }
}
