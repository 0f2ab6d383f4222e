//! Moving: trying a transition, leaving a state, entering the next, and on through automatic transitions until the
//! conversation rests.

use std::sync::Arc;

use serde_json::Value;

use super::limits::HOPS_MAX;
use super::turn::{Failure, Turn};
use super::{Came, Effect, Filling, Timer, context, mark};
use crate::event::{Kind, Map, TimerId};
use crate::flow::{self, Arm, Flow, Outcome, State, Target, Transition, Trigger};

/// Where a matching transition leads: nowhere is an internal reaction.
struct Choice<'f> {
    to: Option<&'f Target>,
    /// None where no arm of a branch was true, or there is no branch.
    arm: Option<&'f Arm>,
    ctx: Arc<Map>,
    changed: Map,
}

impl Turn<'_> {
    /// Takes `transition` for an input if its guards allow it. False: it did not match, and nothing but
    /// `guard.error` events came of it.
    pub(super) fn try_take(
        &mut self,
        transition: &Transition,
        trigger: &str,
    ) -> Result<bool, Failure> {
        let taken = self.try_once(transition, trigger)?;
        if taken {
            self.session.unhandled = 0;
        }
        Ok(taken)
    }

    fn try_once(&mut self, transition: &Transition, trigger: &str) -> Result<bool, Failure> {
        let choice = self.choose(transition);
        // Guards that fail leave events, of which there may be too many although nothing is taken.
        self.check_events()?;
        let Some(choice) = choice else { return Ok(false) };
        self.mark(|| transition.at.clone());
        if !transition.branch.is_empty() {
            let beside = || format!("{}/to", transition.at);
            self.mark(|| choice.arm.map_or_else(beside, |arm| arm.at.clone()));
        }
        self.set_context(choice.ctx, choice.changed)?;
        if let Some(say) = &transition.say {
            let text = self.text(say, &transition.at);
            let message_ref = transition.message_ref.clone();
            self.push(Kind::Say { text, suggestions: Vec::new(), message_ref });
        }
        if let Some(to) = choice.to {
            self.go(to, trigger)?;
        }
        Ok(true)
    }

    /// The way that the guards leave open, with the context it would give.
    fn choose<'f>(&mut self, transition: &'f Transition) -> Option<Choice<'f>> {
        let old = Arc::clone(&self.session.frame().context);
        if !self.holds(transition.when.as_ref(), &old, &transition.at) {
            return None;
        }
        let mut changed = Map::new();
        let ctx = self.assigned(old, &transition.assign, &mut changed);
        for arm in &transition.branch {
            if self.holds(arm.when.as_ref(), &ctx, &arm.at) {
                let ctx = self.assigned(ctx, &arm.assign, &mut changed);
                return Some(Choice { to: Some(&arm.to), arm: Some(arm), ctx, changed });
            }
        }
        let falls_through = !transition.branch.is_empty() && transition.to.is_none();
        let to = transition.to.as_ref();
        (!falls_through).then_some(Choice { to, arm: None, ctx, changed })
    }

    /// Leaves the current state for `to`.
    pub(super) fn go(&mut self, to: &Target, trigger: &str) -> Result<(), Failure> {
        match to {
            Target::State(state) => self.change_state(state, trigger),
            Target::Flow(id) => self.change_flow(id, trigger),
            Target::Leave(outcome) => self.leave_flow(*outcome, trigger),
            Target::Lookup(path) => {
                let state = self.look_up(path)?;
                self.change_state(&state, trigger)
            }
        }
    }

    fn change_state(&mut self, to: &str, trigger: &str) -> Result<(), Failure> {
        let flow = self.flow;
        self.leave(flow)?;
        if !self.session.is_active() {
            return Ok(());
        }
        self.moved(to, trigger, None);
        self.enter(flow)
    }

    fn change_flow(&mut self, id: &flow::Id, trigger: &str) -> Result<(), Failure> {
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
        self.moved(&next.start, trigger, Some(next));
        self.enter(next)
    }

    /// Out of a called flow is back to its caller; out of the outermost is out of the conversation.
    fn leave_flow(&mut self, outcome: Outcome, trigger: &str) -> Result<(), Failure> {
        self.leave(self.flow)?;
        if !self.session.is_active() {
            return Ok(());
        }
        let from = self.session.frame().state.clone();
        self.tell_transition(from, outcome.target(), trigger, None);
        if self.session.frames.len() > 1 {
            return self.come_back(outcome);
        }
        self.end(outcome.as_str());
        Ok(())
    }

    fn look_up(&self, path: &flow::Path) -> Result<String, Failure> {
        let ctx = &self.session.frame().context;
        let named = context::read(ctx, &path.keys).and_then(Value::as_str).unwrap_or_default();
        let state = named.strip_prefix("state:").unwrap_or(named);
        // In a flow of several parts a name is first looked for in the part.
        let here = self.session.frame().state.rsplit_once('.');
        if let Some((part, _)) = here {
            let near = format!("{part}.{state}");
            if self.flow.states.contains_key(&near) {
                return Ok(near);
            }
        }
        if self.flow.states.contains_key(state) {
            return Ok(state.to_owned());
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

    fn moved(&mut self, to: &str, trigger: &str, into: Option<&Flow>) {
        self.change_ladder(to);
        let from = match self.session.frames.last_mut() {
            Some(frame) => std::mem::replace(&mut frame.state, to.to_owned()),
            None => String::new(),
        };
        self.tell_transition(from, to, trigger, into);
        self.session.unhandled = 0;
        self.session.asked = None;
        self.session.clarifying.clear();
    }

    /// `into` is the flow that this is the way into: which version of it is current is for the log to say.
    pub(super) fn tell_transition(
        &mut self,
        from: String,
        to: &str,
        trigger: &str,
        into: Option<&Flow>,
    ) {
        self.push(Kind::FsmTransition {
            from,
            to: to.to_owned(),
            flow: self.session.frame().flow.as_str().to_owned(),
            trigger: trigger.to_owned(),
            version: into.map(|flow| flow.version.as_str().to_owned()),
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
        let own = self.state(flow)?.transitions.iter();
        let automatic = |transition: &&Transition| matches!(transition.trigger, Trigger::Auto);
        let global = self.globals(flow);
        for transition in own.chain(global).filter(automatic) {
            if self.try_once(transition, "auto")? {
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
