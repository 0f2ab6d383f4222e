//! Taking a session over to another version of its flow, if everything that it waits for has its place there. Which
//! sessions are taken over, and when, is the runtime's affair.

use std::sync::Arc;

use super::turn::{Failure, Turn};
use super::{Error, Frame, Session, Stage, Step, Waits};
use crate::event::{Kind, Map, Timestamp};
use crate::flow::{Action, Flow, Linked, State, Transition, Trigger, Verb};

/// What becomes of a session whose state is not in the new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmapped {
    /// It stays on its version.
    Stays,
    /// It begins again at the start, its context kept.
    Restarts,
}

/// Why a session stays on its version.
#[derive(Debug, thiserror::Error)]
pub enum Stays {
    /// A state is gone.
    #[error("move the session: the new version has no state `{state}`")]
    State {
        /// Its name in the older version, or what `migrations` makes of it.
        state: String,
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
    /// The turn itself cannot be had.
    #[error(transparent)]
    Turn(#[from] Error),
}

/// Moves every frame of `session` that is on another version of `to` to that one, as its `migrations` say, in a turn of
/// its own with one `session.migrated` a frame.
///
/// # Errors
/// [`Stays`]; the caller still has the session it stored.
pub fn migrate(
    flows: &Linked,
    session: Session,
    to: &Arc<Flow>,
    unmapped: Unmapped,
    now: Timestamp,
) -> Result<Step, Stays> {
    let mut turn = Turn::begin(flows, session, now)?;
    turn.arrive();
    for depth in 0..turn.session.frames.len() {
        // A frame that began again has left those above it.
        let Some(frame) = turn.session.frames.get(depth) else { break };
        if frame.flow != to.id || frame.version == to.version {
            continue;
        }
        let old = turn.flow_at(depth).ok_or_else(|| Error::UnknownFlow {
            flow: frame.flow.clone(),
            version: frame.version.clone(),
        })?;
        let place = Place { old: &old, new: to, frame, depth };
        match place.state(&turn.session) {
            Ok(state) => turn.move_frame(depth, &old, to, state),
            Err(Stays::State { .. }) if unmapped == Unmapped::Restarts => {
                turn.restart_frame(depth, &old, to);
            }
            Err(stays) => return Err(stays),
        }
    }
    Ok(turn.finish())
}

/// A frame between two versions of its flow.
struct Place<'a> {
    old: &'a Flow,
    new: &'a Flow,
    frame: &'a Frame,
    depth: usize,
}

impl Place<'_> {
    /// The state that the frame would be in, if it finds there what it waits for.
    fn state(&self, session: &Session) -> Result<String, Stays> {
        let from = &self.frame.state;
        let migration = self.new.migration_from(&self.frame.version);
        let mapped = migration.and_then(|migration| migration.states.get(from));
        let name = mapped.unwrap_or(from);
        let gone = |state: &str| Stays::State { state: state.to_owned() };
        let new = self.new.states.get(name).ok_or_else(|| gone(name))?;
        let old = self.old.states.get(from).ok_or_else(|| gone(from))?;
        if old.is_final != new.is_final || old.form.is_some() != new.form.is_some() {
            return Err(Stays::Kind { state: name.clone() });
        }
        if let Some(waits) = &self.frame.waits {
            self.check_flow_call(new, waits)?;
        }
        if self.depth == session.depth() {
            self.check_calls(old, new, session)?;
            check_slot(new, session)?;
        }
        self.check_timers(old, new, session)?;
        Ok(name.clone())
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
                return Err(Stays::Call { state: new.id.clone(), call: name.clone() });
            }
        }
        Ok(())
    }

    fn check_flow_call(&self, new: &State, waits: &Waits) -> Result<(), Stays> {
        let old = self.old.states.get(&self.frame.state);
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
        Err(Stays::Call { state: new.id.clone(), call: flow.as_str().to_owned() })
    }

    fn check_timers(&self, old: &State, new: &State, session: &Session) -> Result<(), Stays> {
        let own = session.timers.iter().filter(|timer| timer.frame == self.depth);
        for after in own.filter_map(|timer| timer.after) {
            let ms = |state: &State| state.after.get(after).map(|after| after.ms);
            if ms(new).is_none() || ms(new) != ms(old) {
                return Err(Stays::Timer { state: new.id.clone() });
            }
        }
        Ok(())
    }
}

/// The slot that was asked for is asked for in the new version, and holds the same.
fn check_slot(new: &State, session: &Session) -> Result<(), Stays> {
    let Some(Stage::Slot(name)) = session.form.as_ref().map(|form| &form.stage) else {
        return Ok(());
    };
    let is_it = |form: &crate::flow::Form| form.slots.iter().any(|slot| slot.slot.name == *name);
    if new.form.as_ref().is_some_and(is_it) {
        return Ok(());
    }
    Err(Stays::Slot { state: new.id.clone(), slot: name.clone() })
}

/// Whether the action before `next` is the one that is waited for.
fn is_at(actions: &[Action], next: usize, is_it: impl Fn(&Verb) -> bool) -> bool {
    let before = next.checked_sub(1).and_then(|before| actions.get(before));
    before.is_some_and(|action| is_it(&action.verb))
}

/// Whether something in the state, or for every state, is set off by this.
fn handles(flow: &Flow, state: &State, heard: &dyn Fn(&Trigger) -> bool) -> bool {
    let applies = |one: &&Transition| !one.except.contains(&state.id);
    let global = flow.transitions.iter().filter(applies);
    state.transitions.iter().chain(global).any(|one| heard(&one.trigger))
}

impl Turn<'_> {
    fn move_frame(&mut self, depth: usize, old: &Arc<Flow>, new: &Arc<Flow>, state: String) {
        self.migrate_context(depth, old, new);
        if depth == self.session.depth() {
            self.flow = Arc::clone(new);
            // The next state's ladder is another one; its silence begins here.
            self.session.silence.rung = 0;
        }
        if let Some(frame) = self.session.frames.get_mut(depth) {
            frame.version = new.version.clone();
            frame.state.clone_from(&state);
        }
        self.tell_migrated(old, new, state);
    }

    /// Leaves what cannot be taken over and enters the start of the new version.
    fn restart_frame(&mut self, depth: usize, old: &Arc<Flow>, new: &Arc<Flow>) {
        self.drop_calls();
        self.session.frames.truncate(depth + 1);
        self.session.timers.retain(|timer| timer.frame < depth);
        self.session.form = None;
        self.session.asked = None;
        self.session.clarifying.clear();
        self.session.unhandled = 0;
        if let Some(frame) = self.session.frames.last_mut() {
            frame.waits = None;
        }
        self.move_frame(depth, old, new, new.start.clone());
        self.attempt_whole(|turn| {
            turn.enter(new)?;
            turn.settle()
        });
    }

    /// Writes what the migration assigns. A context that would be too large stays as it was, and the event says so.
    fn migrate_context(&mut self, depth: usize, old: &Flow, new: &Flow) {
        let Some(migration) = new.migration_from(&old.version) else { return };
        // Expressions and changes are those of the frame that moves.
        let above = self.session.frames.split_off((depth + 1).min(self.session.frames.len()));
        let ctx = Arc::clone(&self.session.frame().context);
        let mut changed = Map::new();
        let next = self.assigned(&ctx, &migration.assign, &mut changed);
        if let Err(Failure { code, message }) = self.set_context(next, changed) {
            self.push(Kind::Error { code: code.to_owned(), message });
        }
        self.session.frames.extend(above);
    }

    fn tell_migrated(&mut self, old: &Flow, new: &Flow, state: String) {
        self.push(Kind::SessionMigrated {
            from: old.version.as_str().to_owned(),
            to: new.version.as_str().to_owned(),
            state,
        });
    }
}
