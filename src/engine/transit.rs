//! Moving: trying a transition, leaving a state, entering the next, and on through automatic transitions until the
//! conversation rests.

use std::sync::Arc;

use serde_json::Value;

use super::cause::Cause;
use super::limits::HOPS_MAX;
use super::turn::{Failure, Turn};
use super::{Came, Effect, Filling, Timer, context, mark};
use crate::event::{Kind, Map, TimerId};
use crate::flow::{self, Arm, Flow, Outcome, State, Target, Transition};

/// Where a matching transition leads: nowhere is an internal reaction.
struct Choice<'f> {
    to: Option<&'f Target>,
    /// None where no arm of a branch was true, or there is no branch.
    arm: Option<&'f Arm>,
    /// The context as it is to be, and what in it is another; none where nothing is.
    wrote: Option<(Arc<Map>, Map)>,
}

impl Turn<'_> {
    /// Takes `transition` for an input if its guards allow it. False: it did not match, and nothing but
    /// `guard.error` events came of it.
    pub(super) fn try_take(
        &mut self,
        transition: &Transition,
        cause: Cause<'_>,
    ) -> Result<bool, Failure> {
        let taken = self.try_once(transition, cause)?;
        if taken {
            self.session.unhandled = 0;
        }
        Ok(taken)
    }

    fn try_once(&mut self, transition: &Transition, cause: Cause<'_>) -> Result<bool, Failure> {
        let choice = self.choose(transition);
        // Guards that fail leave events, of which there may be too many although nothing is taken.
        self.check_events()?;
        let Some(choice) = choice else { return Ok(false) };
        self.mark(|| transition.at.clone());
        if !transition.branch.is_empty() {
            let beside = || format!("{}/to", transition.at);
            self.mark(|| choice.arm.map_or_else(beside, |arm| arm.at.clone()));
        }
        if let Some((ctx, changed)) = choice.wrote {
            self.set_context(ctx, changed)?;
        }
        if let Some(say) = &transition.say {
            let text = self.text(say, &transition.at);
            let message_ref = transition.message_ref.clone();
            self.push(Kind::Say { text, suggestions: Vec::new(), message_ref });
        }
        if let Some(to) = choice.to {
            self.go(to, cause)?;
        }
        Ok(true)
    }

    /// The way that the guards leave open, with the context it would give.
    fn choose<'f>(&mut self, transition: &'f Transition) -> Option<Choice<'f>> {
        if transition.is_plain() {
            return Some(Choice { to: transition.to.as_ref(), arm: None, wrote: None });
        }
        let old = Arc::clone(&self.session.frame().context);
        if !self.holds(transition.when.as_ref(), &old, &transition.at) {
            return None;
        }
        let mut changed = Map::new();
        let ctx = self.assigned(old, &transition.assign, &mut changed);
        for arm in &transition.branch {
            if self.holds(arm.when.as_ref(), &ctx, &arm.at) {
                let ctx = self.assigned(ctx, &arm.assign, &mut changed);
                let wrote = Some((ctx, changed));
                return Some(Choice { to: Some(&arm.to), arm: Some(arm), wrote });
            }
        }
        let falls_through = !transition.branch.is_empty() && transition.to.is_none();
        let to = transition.to.as_ref();
        (!falls_through).then_some(Choice { to, arm: None, wrote: Some((ctx, changed)) })
    }

    /// Leaves the current state for `to`.
    pub(super) fn go(&mut self, to: &Target, cause: Cause<'_>) -> Result<(), Failure> {
        match to {
            Target::State(state) => self.change_state(state, cause),
            Target::Flow(id) => self.change_flow(id, cause),
            Target::Leave(outcome) => self.leave_flow(*outcome, cause),
            Target::Lookup(path) => {
                let state = self.look_up(path)?;
                self.change_state(&state, cause)
            }
        }
    }

    fn change_state(&mut self, to: &Arc<str>, cause: Cause<'_>) -> Result<(), Failure> {
        let flow = self.flow;
        self.leave(flow)?;
        if !self.session.is_active() {
            return Ok(());
        }
        self.moved(to, cause, None);
        self.enter(flow)
    }

    fn change_flow(&mut self, id: &flow::Id, cause: Cause<'_>) -> Result<(), Failure> {
        let unknown = || Failure::new("target.unknown", format!("no flow `{id}` is loaded"));
        let next = self.flows.current(id).ok_or_else(unknown)?;
        self.leave(self.flow)?;
        if !self.session.is_active() {
            return Ok(());
        }
        if let Some(frame) = self.session.frames.last_mut() {
            frame.flow = next.id.clone();
            frame.version = next.version.clone();
            let mut context = Map::clone(&next.context);
            context.extend(frame.context.iter().map(|(key, value)| (key.clone(), value.clone())));
            frame.context = Arc::new(context);
        }
        self.flow = next;
        self.moved(&next.start, cause, Some(next));
        self.enter(next)
    }

    /// Out of a called flow is back to its caller; out of the outermost is out of the conversation.
    fn leave_flow(&mut self, outcome: Outcome, cause: Cause<'_>) -> Result<(), Failure> {
        self.leave(self.flow)?;
        if !self.session.is_active() {
            return Ok(());
        }
        let from = Arc::clone(&self.session.frame().state);
        self.tell_transition(from, outcome.target().into(), cause, None);
        if self.session.frames.len() > 1 {
            return self.come_back(outcome);
        }
        self.end(outcome.as_str());
        Ok(())
    }

    fn look_up(&self, path: &flow::Path) -> Result<Arc<str>, Failure> {
        let ctx = &self.session.frame().context;
        let named = context::read(ctx, &path.keys).and_then(Value::as_str).unwrap_or_default();
        let state = named.strip_prefix("state:").unwrap_or(named);
        // In a flow of several parts a name is first looked for in the part.
        let here = self.session.frame().state.rsplit_once('.');
        if let Some((part, _)) = here {
            let near = format!("{part}.{state}");
            if let Some(state) = self.flow.states.get(&near) {
                return Ok(Arc::clone(&state.id));
            }
        }
        if let Some(state) = self.flow.states.get(state) {
            return Ok(Arc::clone(&state.id));
        }
        let text = &path.text;
        let message = format!("`@{text}` names `{named}`, which is no state of this flow");
        Err(Failure::new("target.unknown", message))
    }

    /// Cancels what waits in the current state and runs its `onExit`.
    pub(super) fn leave(&mut self, flow: &Flow) -> Result<(), Failure> {
        self.drop_calls();
        self.session.form = None;
        let frame = self.session.depth();
        self.session.timers.retain(|timer| timer.frame != frame);
        let state = self.state(flow)?;
        self.run(state, &state.on_exit, 0, Vec::new())?;
        Ok(())
    }

    fn moved(&mut self, to: &Arc<str>, cause: Cause<'_>, into: Option<&Flow>) {
        self.change_ladder(to);
        let Some(frame) = self.session.frames.last_mut() else { return };
        let from = std::mem::replace(&mut frame.state, Arc::clone(to));
        self.tell_transition(from, Arc::clone(to), cause, into);
        self.session.unhandled = 0;
        self.session.asked = None;
        self.session.clarifying.clear();
    }

    /// `into` is the flow that this is the way into: which version of it is current is for the log to say.
    pub(super) fn tell_transition(
        &mut self,
        from: Arc<str>,
        to: Arc<str>,
        cause: Cause<'_>,
        into: Option<&Flow>,
    ) {
        self.push(Kind::FsmTransition {
            from,
            to,
            flow: self.session.frame().flow.clone().into(),
            trigger: cause.name(),
            version: into.map(|flow| flow.version.clone().into()),
        });
    }

    /// Enters the state that the innermost frame names: timers, then `onEnter`.
    pub(super) fn enter(&mut self, flow: &Flow) -> Result<(), Failure> {
        let state = self.state(flow)?;
        self.entries += 1;
        self.mark(|| mark::of_state(&state.id));
        self.session.form = Filling::begin(state);
        for (after, delayed) in state.after.iter().enumerate() {
            let id = TimerId(self.seq.saturating_mul(1_000).saturating_add(after as u64));
            let at = self.now.plus_millis(delayed.ms);
            let frame = self.session.depth();
            self.session.timers.push(Timer { id, at, after: Some(after), frame });
            self.effects.push(Effect::Wake { timer: id, at });
        }
        self.run_entry(state, 0, Vec::new())?;
        Ok(())
    }

    /// Runs `onEnter` from `next` on and gives what came of its calls once it is done; a final state ends the session
    /// then.
    pub(super) fn run_entry(
        &mut self,
        state: &State,
        next: usize,
        came: Vec<Came>,
    ) -> Result<Option<Vec<Came>>, Failure> {
        let done = self.run(state, &state.on_enter, next, came)?;
        if done.is_some() && state.is_final && self.session.is_active() {
            self.end("final");
        }
        Ok(done)
    }

    /// Takes automatic transitions until none matches, a call is pending, or the session is over.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        while self.session.is_active() && self.session.pending.is_empty() {
            self.check_events()?;
            if self.state(self.flow)?.is_final {
                // A call in `onEnter` failed: what is left of the list was dropped.
                self.end("final");
                return Ok(());
            }
            if !self.form_hop()? && !self.hop()? {
                return Ok(());
            }
            self.hops += 1;
            if self.hops > HOPS_MAX {
                let state = &self.session.frame().state;
                let message = format!(
                    "more than {HOPS_MAX} automatic transitions in one turn, the last into `{state}`"
                );
                return Err(Failure::new("transition.loop", message));
            }
        }
        Ok(())
    }

    fn hop(&mut self) -> Result<bool, Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        let global = flow.transitions.automatic().filter(|one| one.applies_in(state));
        for transition in state.transitions.automatic().chain(global) {
            if self.try_once(transition, Cause::Word("auto"))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ends the conversation; what still waits is given up.
    pub(super) fn end(&mut self, reason: &str) {
        self.drop_calls();
        self.session.timers.clear();
        self.session.queue.clear();
        self.session.ended = Some(reason.to_owned());
        self.push(Kind::SessionEnded { reason: reason.to_owned() });
    }
}
