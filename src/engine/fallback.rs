//! What happens to an input that nothing took: it is told, answered by the ladder of `fallback.noMatch`, and the
//! question is asked again inside the same turn.

use super::cause::Cause;
use super::turn::{Failure, Turn};
use crate::event::Kind;
use crate::flow::{FallbackStep, State};

impl Turn<'_> {
    /// Tells that `text` was not handled and takes the step of the ladder that its count says.
    pub(super) fn unhandled(
        &mut self,
        text: &str,
        intent: Option<String>,
        confidence: f64,
    ) -> Result<(), Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        self.session.unhandled = self.session.unhandled.saturating_add(1);
        self.push(Kind::IntentUnhandled {
            intent,
            confidence,
            current_state: state.id.to_string(),
            text: text.to_owned(),
        });
        if let Some(form) = &state.form
            && self.ask_differently(state, form)?
        {
            return Ok(());
        }
        let ladder = state.no_match.as_deref().unwrap_or(&flow.no_match);
        let rung = usize::try_from(self.session.unhandled - 1).unwrap_or(usize::MAX);
        let Some(step) = ladder.get(rung).or_else(|| ladder.last()) else { return Ok(()) };
        self.take_step(state, step, Cause::Word("fallback"))
    }

    /// Says, asks again, goes: what the step has of these.
    pub(super) fn take_step(
        &mut self,
        state: &State,
        step: &FallbackStep,
        cause: Cause<'_>,
    ) -> Result<(), Failure> {
        self.mark(|| step.at.clone());
        if let Some(say) = &step.say {
            let text = self.text(say, &step.at);
            let message_ref = state.message_ref.clone();
            self.push(Kind::Say { text, suggestions: Vec::new(), message_ref });
        }
        if step.reask {
            self.ask_again(state);
        }
        if let Some(to) = &step.to {
            self.go(to, cause)?;
            self.settle()?;
        }
        Ok(())
    }
}
