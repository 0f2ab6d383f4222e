//! Where in the author's definition each part of the translated flow comes from, so that findings stand where the
//! author can see them.

use std::collections::BTreeMap;

use super::super::report::Place;

/// From JSON pointers of the translated flow to those of the definition.
#[derive(Debug, Default)]
pub(in crate::flow) struct Origins {
    parts: BTreeMap<String, String>,
    /// Parts that are what they were, down to their leaves.
    copies: BTreeMap<String, String>,
}

impl Origins {
    /// Notes that `ours` says what `theirs` says.
    pub(super) fn note(&mut self, ours: impl Into<String>, theirs: impl Into<String>) {
        self.parts.insert(ours.into(), theirs.into());
    }

    /// Notes that `ours`, and everything in it, is a copy of `theirs`.
    pub(super) fn note_copy(&mut self, ours: impl Into<String>, theirs: impl Into<String>) {
        self.copies.insert(ours.into(), theirs.into());
    }

    /// The place in the definition of a place in the translated flow; of what is in no other way there, the part that
    /// it came from.
    pub(in crate::flow) fn place(&self, place: &Place) -> Place {
        let pointer = place.pointer();
        let around = || {
            std::iter::successors(Some(pointer), |inner| {
                inner.rfind('/').and_then(|slash| inner.get(..slash))
            })
        };
        let copied = around().find_map(|outer| {
            let inner = pointer.strip_prefix(outer)?;
            self.copies.get(outer).map(|theirs| format!("{theirs}{inner}"))
        });
        if let Some(theirs) = copied.or_else(|| self.parts.get(pointer).cloned()) {
            return match place {
                Place::Key(_) => Place::Key(theirs),
                Place::Value(_) | Place::Inside(..) | Place::Bytes(..) => Place::Value(theirs),
            };
        }
        let theirs = around().find_map(|outer| self.parts.get(outer)).cloned().unwrap_or_default();
        Place::Value(theirs)
    }
}
