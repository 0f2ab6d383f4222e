//! What happens when the person says nothing: a timer after everything that was said or heard, and a step of the ladder
//! of `fallback.noInput` each time it is due. The ladder ends: nobody is asked for ever.

use super::cause::Cause;
use super::limits::SILENCES_MAX;
use super::turn::{Failure, Turn};
use super::{Effect, Silence, Timer};
use crate::event::TimerId;

/// The last place among the timers of one event; those of `after` come before.
const PLACE: u64 = 999;

impl Turn<'_> {
    /// Begins, keeps or ends the silence that this step leaves.
    pub(super) fn mind_silence(&mut self) {
        let may_be = self.flow.minds_silence || !self.session.timers.is_empty();
        if !may_be || self.session.is_understanding() {
            return;
        }
        if self.heard {
            self.session.silence = Silence::default();
        }
        let begins = self.heard || self.entries > 0 || self.tells();
        let is_set = self.session.timers.iter().any(|timer| timer.after.is_none());
        match self.silence_ms() {
            Some(_) if is_set && !begins => {}
            Some(ms) => self.begin_silence(ms),
            None => self.session.timers.retain(|timer| timer.after.is_some()),
        }
    }

    /// How long a silence may be here; none when nothing follows from it.
    fn silence_ms(&self) -> Option<u64> {
        let session = &self.session;
        if !session.is_active() || !session.pending.is_empty() || !session.queue.is_empty() {
            return None;
        }
        let state = self.flow.states.get(&*session.frame().state)?;
        let ladder = state.silence.as_ref().or(self.flow.silence.as_ref())?;
        let Silence { rung, total } = session.silence;
        let goes_on = usize::try_from(rung).is_ok_and(|rung| rung < ladder.steps.len());
        (goes_on && total < SILENCES_MAX).then_some(ladder.after_ms)
    }

    fn begin_silence(&mut self, ms: u64) {
        self.session.timers.retain(|timer| timer.after.is_some());
        let id = TimerId(self.seq.saturating_mul(1_000).saturating_add(PLACE));
        let at = self.now.plus_millis(ms);
        let frame = self.session.depth();
        self.session.timers.push(Timer { id, at, after: None, frame });
        self.effects.push(Effect::Wake { timer: id, at });
    }

    /// Takes the step of the ladder that is due.
    pub(super) fn silent(&mut self) -> Result<(), Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        let ladder = state.silence.as_ref().or(flow.silence.as_ref());
        let rung = usize::try_from(self.session.silence.rung).unwrap_or(usize::MAX);
        let Some(step) = ladder.and_then(|ladder| ladder.steps.get(rung)) else { return Ok(()) };
        self.session.silence.rung = self.session.silence.rung.saturating_add(1);
        self.session.silence.total = self.session.silence.total.saturating_add(1);
        self.take_step(state, step, Cause::Word("silence"))
    }

    /// Begins at the first rung when the state that is left or the one that is entered has a ladder of its own.
    pub(super) fn change_ladder(&mut self, to: &str) {
        if self.session.silence.rung == 0 {
            return;
        }
        let has_own = |name: &str| self.flow.states.get(name).is_some_and(|s| s.silence.is_some());
        if has_own(to) || has_own(&self.session.frame().state) {
            self.session.silence.rung = 0;
        }
    }
}
