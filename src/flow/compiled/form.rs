//! Forms as the engine runs them.

use super::Path;
use crate::script::{Expression, Template};
use crate::slots::Slot;

/// Values that are asked for until all are there.
#[derive(Debug)]
pub struct Form {
    /// In the order they are asked for; never empty.
    pub slots: Vec<FormSlot>,
    /// Asked when all are there.
    pub confirm: Option<Template>,
    /// Asked after a no; `None` when what was said stays.
    pub correct: Option<Template>,
    /// JSON pointer of the form.
    pub at: String,
}

/// A value that is asked for.
#[derive(Debug)]
pub struct FormSlot {
    /// What it holds; its name is its path.
    pub slot: Slot,
    /// Where in the context it goes.
    pub path: Path,
    /// The question.
    pub ask: Template,
    /// Quick replies of the question.
    pub suggestions: Vec<Template>,
    /// What a value must make true.
    pub validate: Option<Expression>,
    /// For the 2nd, 3rd, … time; the last repeats, and none is the question again.
    pub reprompt: Vec<Template>,
    /// How often it is asked; at least once.
    pub max: u32,
    /// JSON pointer of the slot.
    pub at: String,
}
