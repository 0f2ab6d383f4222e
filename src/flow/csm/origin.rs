//! Where in the author's definition each part of the translated flow comes from, so that findings stand where the
//! author can see them.

use std::collections::BTreeMap;

use super::super::report::Place;

/// From JSON pointers of the translated flow to those of the definition.
#[derive(Debug, Default)]
pub(in crate::flow) struct Origins(BTreeMap<String, String>);

impl Origins {
    /// Notes that `ours` says what `theirs` says.
    pub(super) fn note(&mut self, ours: impl Into<String>, theirs: impl Into<String>) {
        self.0.insert(ours.into(), theirs.into());
    }

    /// The place in the definition of a place in the translated flow; of what is in no other way there, the part that
    /// it came from.
    pub(in crate::flow) fn place(&self, place: &Place) -> Place {
        let pointer = place.pointer();
        if let Some(theirs) = self.0.get(pointer) {
            return match place {
                Place::Key(_) => Place::Key(theirs.clone()),
                Place::Value(_) | Place::Inside(..) | Place::Bytes(..) => {
                    Place::Value(theirs.clone())
                }
            };
        }
        let mut around = std::iter::successors(Some(pointer), |inner| {
            inner.rfind('/').and_then(|slash| inner.get(..slash))
        });
        let theirs = around.find_map(|outer| self.0.get(outer)).cloned().unwrap_or_default();
        Place::Value(theirs)
    }
}
