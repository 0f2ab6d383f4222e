//! Whether what a session waits for has its place in another version of its flow. It moves nothing.

use serde_json::Value;

use super::{Came, Error, Frame, Session, Stage, Waits};
use crate::flow::{
    Action, Flow, Form, FormSlot, Linked, Outcome, State, Tool, Trigger, Verb, is_wider,
};

/// Why a session stays on its version.
#[derive(Debug, thiserror::Error)]
pub enum Stays {
    /// A state is gone.
    #[error("move the session: the new version has no state `{state}`")]
    State {
        /// Its name in the older version, or what `migrations` makes of it.
        state: String,
    },
    /// A state is gone that the conversation has yet to go back to, by what its context remembers.
    #[error(
        "move the session: `@{path}` may lead to state `{named}`, which the new version does not have"
    )]
    Named {
        /// The path of the context that may come to name it when it is looked up.
        path: String,
        /// Its name in the older version.
        named: String,
    },
    /// A state is there and is another kind of state: final, or with a form, and was not; or the other way round.
    #[error("move the session: state `{state}` is of another kind in the new version")]
    Kind {
        /// Its name in the new version.
        state: String,
    },
    /// A call of a tool or of a flow has no place to come back to.
    #[error("move the session: state `{state}` of the new version does not wait for `{call}`")]
    Call {
        /// Its name in the new version.
        state: String,
        /// The tool or the flow.
        call: String,
    },
    /// What came of an earlier call of the same list, and waits for the list's end, is heard no more.
    #[error(
        "move the session: state `{state}` of the new version does not hear what came of an earlier call"
    )]
    Came {
        /// Its name in the new version.
        state: String,
    },
    /// A delayed transition is gone, or is another one.
    #[error("move the session: state `{state}` of the new version has another delayed transition")]
    Timer {
        /// Its name in the new version.
        state: String,
    },
    /// The slot that was asked for is not in the form.
    #[error("move the session: the form of state `{state}` does not ask for `{slot}`")]
    Slot {
        /// Its name in the new version.
        state: String,
        /// The slot.
        slot: String,
    },
    /// The question about the form as a whole is gone.
    #[error("move the session: the form of state `{state}` no longer asks whether all is right")]
    Question {
        /// Its name in the new version.
        state: String,
    },
    /// A tool that is at work now is another one, or promises another result.
    #[error("move the session: tool `{tool}`, which is at work, is another one in the new version")]
    Tool {
        /// The flow's name for it.
        tool: String,
    },
    /// The turn itself cannot be had.
    #[error(transparent)]
    Turn(#[from] Error),
}

/// Whether every frame of `session` that is on another version of `to` finds there what it waits for.
///
/// # Errors
/// [`Stays`] for the first that does not.
pub fn fits(flows: &Linked, session: &Session, to: &Flow) -> Result<(), Stays> {
    for (depth, frame) in session.frames.iter().enumerate() {
        if frame.flow != to.id || frame.version == to.version {
            continue;
        }
        let old = flows.get(&frame.flow, &frame.version);
        let old = old.ok_or_else(|| unknown(frame))?;
        Place { flows, old, new: to, frame, depth }.state(session)?;
    }
    Ok(())
}

/// A version that was not passed in.
pub(super) fn unknown(frame: &Frame) -> Error {
    Error::UnknownFlow { flow: frame.flow.clone(), version: frame.version.clone() }
}

/// A frame between two versions of its flow.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) flows: &'a Linked,
    pub(super) old: &'a Flow,
    pub(super) new: &'a Flow,
    pub(super) frame: &'a Frame,
    pub(super) depth: usize,
}

impl Stays {
    /// Whether a state is missed, without which the session cannot go on in the new version at all.
    pub(super) const fn is_gone(&self) -> bool {
        matches!(self, Self::State { .. } | Self::Named { .. })
    }
}

impl Place<'_> {
    /// The name that its state has in the new version, whether it is there or not.
    pub(super) fn name(&self) -> &str {
        let from = &*self.frame.state;
        let migration = self.new.migration_from(&self.frame.version);
        migration.and_then(|migration| migration.states.get(from)).map_or(from, String::as_str)
    }

    /// The state that the frame would be in, if it finds there what it waits for.
    pub(super) fn state(&self, session: &Session) -> Result<String, Stays> {
        let (from, name) = (&*self.frame.state, self.name());
        let gone = |state: &str| Stays::State { state: state.to_owned() };
        let new = self.new.states.get(name).ok_or_else(|| gone(name))?;
        let old = self.old.states.get(from).ok_or_else(|| gone(from))?;
        self.check_named(name, session)?;
        if old.is_final != new.is_final || old.form.is_some() != new.form.is_some() {
            return Err(Stays::Kind { state: name.to_owned() });
        }
        if let Some(waits) = &self.frame.waits {
            self.check_flow_call(new, waits)?;
            self.check_came(old, new, &waits.earlier)?;
        }
        if self.depth == session.depth() {
            self.check_calls(old, new, session)?;
            check_form(old, new, session)?;
        }
        self.check_timers(old, new, session)?;
        Ok(name.to_owned())
    }

    fn check_calls(&self, old: &State, new: &State, session: &Session) -> Result<(), Stays> {
        for pending in &session.pending {
            let name = &pending.name;
            let is_it = |verb: &Verb| matches!(verb, Verb::Tool { name: tool, .. } if tool == name);
            let result = |t: &Trigger| matches!(t, Trigger::ToolResult(tool) if tool == name);
            let error = |t: &Trigger| matches!(t, Trigger::ToolError(tool) if tool == name);
            let hears = |heard: &dyn Fn(&Trigger) -> bool| {
                !handles(self.old, old, heard) || handles(self.new, new, heard)
            };
            let is_there = self.new.tools.contains_key(name)
                && is_at(&new.on_enter, pending.next, is_it)
                && hears(&result)
                && hears(&error);
            if !is_there {
                return Err(Stays::Call { state: new.id.to_string(), call: name.clone() });
            }
            if !self.is_same_tool(name) {
                return Err(Stays::Tool { tool: name.clone() });
            }
            self.check_came(old, new, &pending.earlier)?;
        }
        Ok(())
    }

    fn check_came(&self, old: &State, new: &State, earlier: &[Came]) -> Result<(), Stays> {
        let hears = |flow: &Flow, state: &State, came: &Came| match came {
            Came::Tool(seen) => handles(
                flow,
                state,
                &|trigger| matches!(trigger, Trigger::ToolResult(tool) if *tool == seen.name),
            ),
            Came::Flow(_) => handles(flow, state, &|trigger| {
                matches!(trigger, Trigger::FlowResult(Outcome::End))
            }),
        };
        let is_lost = |came: &&Came| hears(self.old, old, came) && !hears(self.new, new, came);
        match earlier.iter().find(is_lost) {
            Some(_) => Err(Stays::Came { state: new.id.to_string() }),
            None => Ok(()),
        }
    }

    /// Whether what the call of a tool comes to is what the new version expects of it.
    fn is_same_tool(&self, name: &str) -> bool {
        let (old, new) = (self.old.tools.get(name), self.new.tools.get(name));
        let same = |old: &Tool, new: &Tool| {
            let anything = Value::Bool(true);
            let [to, from] = [new, old].map(|tool| tool.result.as_deref().unwrap_or(&anything));
            old.uses == new.uses && is_wider(to, from)
        };
        old.zip(new).is_some_and(|(old, new)| same(old, new))
    }

    fn check_flow_call(&self, new: &State, waits: &Waits) -> Result<(), Stays> {
        let old = self.old.states.get(&*self.frame.state);
        let before = waits.next.checked_sub(1);
        let called = before.zip(old).and_then(|(at, old)| old.on_enter.get(at));
        let Some(Action { verb: Verb::Call { flow, begin, .. }, .. }) = called else {
            return Ok(());
        };
        let shares = begin.is_some();
        let is_it = |verb: &Verb| matches!(verb, Verb::Call { flow: other, begin, .. } if other == flow && begin.is_some() == shares);
        let hears = |flow: &Flow, state: &State| {
            handles(flow, state, &|trigger| matches!(trigger, Trigger::FlowResult(_)))
        };
        let heard = old.is_some_and(|old| hears(self.old, old));
        if is_at(&new.on_enter, waits.next, is_it) && (!heard || hears(self.new, new)) {
            return Ok(());
        }
        Err(Stays::Call { state: new.id.to_string(), call: flow.as_str().to_owned() })
    }

    fn check_timers(&self, old: &State, new: &State, session: &Session) -> Result<(), Stays> {
        let own = session.timers.iter().filter(|timer| timer.frame == self.depth);
        for after in own.filter_map(|timer| timer.after) {
            let ms = |state: &State| state.after.get(after).map(|after| after.ms);
            if ms(new).is_none() || ms(new) != ms(old) {
                return Err(Stays::Timer { state: new.id.to_string() });
            }
        }
        Ok(())
    }
}

/// What the form asked for is asked for in the new version, and holds the same.
fn check_form(old: &State, new: &State, session: &Session) -> Result<(), Stays> {
    let (Some(filling), Some(form)) = (&session.form, &new.form) else { return Ok(()) };
    let before = old.form.as_ref();
    let gone = || Stays::Question { state: new.id.to_string() };
    match &filling.stage {
        Stage::Slot(name) => {
            let is_it = |slot: &&FormSlot| slot.slot.name == *name;
            let kind =
                |form: &Form| form.slots.iter().find(is_it).map(|slot| slot.slot.kind.clone());
            let same = kind(form).is_some_and(|new| before.and_then(kind) == Some(new));
            same.then_some(())
                .ok_or_else(|| Stays::Slot { state: new.id.to_string(), slot: name.clone() })
        }
        Stage::Confirm => form.confirm.as_ref().map(|_| ()).ok_or_else(gone),
        Stage::Correct => form.correct.as_ref().map(|_| ()).ok_or_else(gone),
        Stage::Begin | Stage::Done | Stage::Failed => Ok(()),
    }
}

/// Whether the action before `next` is the one that is waited for.
fn is_at(actions: &[Action], next: usize, is_it: impl Fn(&Verb) -> bool) -> bool {
    let before = next.checked_sub(1).and_then(|before| actions.get(before));
    before.is_some_and(|action| is_it(&action.verb))
}

/// Whether something in the state, or for every state, is set off by this.
fn handles(flow: &Flow, state: &State, heard: &dyn Fn(&Trigger) -> bool) -> bool {
    flow.ways_of(state).any(|one| heard(&one.trigger))
}
