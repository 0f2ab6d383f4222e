//! The transitions of a state, or of a whole flow, in the order in which they are tried, and which of them a text can take: a
//! state with a hundred texts to choose among looks at the one that fits.

use std::collections::BTreeMap;
use std::ops::Deref;

use super::{Flow, Pattern, State, Transition, Trigger};

impl Flow {
    /// The ways that an input can take in a state, in the order in which they are tried: its own, then the flow's that
    /// apply there.
    pub fn ways_of<'f>(&'f self, state: &'f State) -> impl Iterator<Item = &'f Transition> {
        state.transitions.iter().chain(self.transitions.iter().filter(|one| one.applies_in(state)))
    }
}

impl Transition {
    /// Whether it asks for nothing and writes nothing.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.when.is_none() && self.assign.is_empty() && self.branch.is_empty()
    }

    /// Whether this one of the flow's is one of a state too; a state that ends the conversation has none but its own.
    #[must_use]
    pub fn applies_in(&self, state: &State) -> bool {
        !state.is_final && !self.except.iter().any(|name| **name == *state.id)
    }
}

/// Transitions in the order in which they are tried.
#[derive(Debug, Default)]
pub struct Transitions {
    each: Vec<Transition>,
    /// By folded text, those whose pattern is that text, in order.
    by_text: BTreeMap<String, Vec<usize>>,
    /// Those whose pattern is an expression, in order.
    by_expression: Vec<usize>,
    /// Those that wait for nothing, in order.
    automatic: Vec<usize>,
}

impl From<Vec<Transition>> for Transitions {
    fn from(each: Vec<Transition>) -> Self {
        let mut all = Self::default();
        for (index, transition) in each.iter().enumerate() {
            match &transition.trigger {
                Trigger::Pattern(Pattern::Exact(texts)) => {
                    for text in texts {
                        let same = all.by_text.entry(text.clone()).or_default();
                        if same.last() != Some(&index) {
                            same.push(index);
                        }
                    }
                }
                Trigger::Pattern(Pattern::Regex(_)) => all.by_expression.push(index),
                Trigger::Auto => all.automatic.push(index),
                _ => {}
            }
        }
        Self { each, ..all }
    }
}

impl Transitions {
    /// Those that have a pattern which is `folded`, or which is an expression and may fit it, in order.
    pub fn for_text(&self, folded: &str) -> impl Iterator<Item = &Transition> {
        let mut exact = self.by_text.get(folded).map_or(&[][..], Vec::as_slice).iter().peekable();
        let mut expressions = self.by_expression.iter().peekable();
        std::iter::from_fn(move || {
            let is_exact = match (exact.peek(), expressions.peek()) {
                (Some(exact), Some(expression)) => exact < expression,
                (exact, _) => exact.is_some(),
            };
            let index = if is_exact { exact.next() } else { expressions.next() }?;
            self.each.get(*index)
        })
    }

    /// Shows patterns as `written` has them for the JSON pointer of a transition.
    pub(in crate::flow) fn show_patterns(&mut self, written: impl Fn(&str) -> Option<String>) {
        for transition in self.each.iter_mut().filter(|one| one.pattern.is_some()) {
            if let Some(written) = written(&transition.at) {
                transition.pattern = Some(written);
            }
        }
    }

    /// Those that wait for nothing, in order.
    pub fn automatic(&self) -> impl Iterator<Item = &Transition> {
        self.automatic.iter().filter_map(|index| self.each.get(*index))
    }

    /// Whether any of them has a pattern.
    #[must_use]
    pub fn hear_texts(&self) -> bool {
        !self.by_text.is_empty() || !self.by_expression.is_empty()
    }
}

impl Deref for Transitions {
    type Target = [Transition];

    fn deref(&self) -> &[Transition] {
        &self.each
    }
}

impl<'a> IntoIterator for &'a Transitions {
    type Item = &'a Transition;
    type IntoIter = std::slice::Iter<'a, Transition>;

    fn into_iter(self) -> Self::IntoIter {
        self.each.iter()
    }
}
