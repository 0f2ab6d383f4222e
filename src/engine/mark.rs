//! Which parts of its flow a step went through, for coverage and for comparing two versions of a flow. Nothing is noted
//! unless somebody asks: a step of a host that runs pays one comparison for each part.

use super::turn::Turn;
use crate::flow;

/// A part of a flow that a conversation went through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The flow.
    pub flow: flow::Id,
    /// JSON pointer of a state, a transition, an arm of a branch (or of the `to` beside one), a delayed transition or a
    /// step of a fallback.
    pub at: String,
}

impl Turn<'_> {
    /// Notes the parts that it goes through.
    pub(super) fn marking(mut self) -> Self {
        self.marks = Some(Vec::new());
        self
    }

    /// Notes a part of the innermost frame's flow; what has no place in it, such as a default of the host, is left out.
    pub(super) fn mark(&mut self, at: impl FnOnce() -> String) {
        let Some(marks) = &mut self.marks else { return };
        let at = at();
        if !at.is_empty() {
            marks.push(Mark { flow: self.flow.id.clone(), at });
        }
    }
}

/// The pointer of a state.
pub(super) fn of_state(id: &str) -> String {
    format!("/states/{}", id.replace('~', "~0").replace('/', "~1"))
}
