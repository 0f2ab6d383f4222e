//! The cases of a flow before it goes live: as many as there is time for, without anything outside.

use super::play::{Play, Played, Stage};
use super::script::Suite;

/// What came of the cases that were played.
#[derive(Debug, Clone, Default)]
pub struct Guarded {
    /// In the order of the file.
    pub played: Vec<Played>,
    /// Those that would call plugins; they are for `cicerone test`.
    pub left_out: usize,
    /// Those that there was no time for.
    pub out_of_time: usize,
}

impl Guarded {
    /// Those that are not as expected.
    pub fn failed(&self) -> impl Iterator<Item = &Played> {
        self.played.iter().filter(|played| !played.is_fine())
    }
}

/// Plays the cases that call no plugin, one after the other, for as long as `has_time`; it is asked before each.
#[must_use]
pub fn guard(stage: Stage<'_>, suite: &Suite, has_time: &dyn Fn() -> bool) -> Guarded {
    let mut guarded = Guarded::default();
    for script in &suite.scripts {
        if script.is_real {
            guarded.left_out += 1;
        } else if !has_time() {
            guarded.out_of_time += 1;
        } else if let Some(mut play) = Play::new(stage, suite, script) {
            // No script without plugins asks for a call.
            while play.go_on().is_some() {}
            guarded.played.push(play.end());
        }
    }
    guarded
}
