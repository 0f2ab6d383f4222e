//! What this host's conversations came to, counted where turns are made. It reads no session.

use std::time::Duration;

use super::Runtime;
use super::turn::Turn;
use crate::figures::{Count, Times, TimesRead};

/// Figures of all turns of this host.
#[derive(Debug, Default)]
pub(super) struct Figures {
    begun: Count,
    events: Count,
    turns: Times,
    commits: Times,
}

/// A moment's reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Sessions that began here.
    pub begun: u64,
    /// Sessions in memory, whose next turn need not read the store.
    pub warm: usize,
    /// Events that were committed here.
    pub events: u64,
    /// From the turn's beginning to its commit; understanding a text included.
    pub turns: TimesRead,
    /// The store's part of that.
    pub commits: TimesRead,
    /// Tool calls under way for sessions.
    pub calls: usize,
    /// Turns that came too fast to be counted for the statistics of their flows.
    pub uncounted: u64,
}

impl Figures {
    /// Counts a turn that was committed.
    pub(super) fn took(&self, turn: &Turn, time: Duration) {
        let committed = u64::try_from(turn.events.len()).unwrap_or(u64::MAX);
        self.begun.add(u64::from(turn.held.session.seq == committed));
        self.events.add(committed);
        self.turns.record(time);
        self.commits.record(turn.stored);
    }
}

impl Runtime {
    /// What the conversations of this host came to, since it started.
    #[must_use]
    pub fn figures(&self) -> Reading {
        let figures = &self.inner.figures;
        Reading {
            begun: figures.begun.read(),
            warm: self.inner.mailboxes.warm_count(),
            events: figures.events.read(),
            turns: figures.turns.read(),
            commits: figures.commits.read(),
            calls: self.inner.calls.count(),
            uncounted: self.inner.tally.missed(),
        }
    }
}
