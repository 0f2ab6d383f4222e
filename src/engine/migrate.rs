//! Taking a session over to another version of its flow: where everything that it waits for has its place there, it
//! goes on as if nothing had happened; else its state is entered anew, or the conversation ends. Which sessions, and when,
//! is said by the flow (`outlook`) and asked by the runtime.

use std::sync::Arc;

use super::fit::{Place, Stays, unknown};
use super::named::renamed;
use super::turn::{Failure, Turn, flow_of};
use super::{Error, Session, Step};
use crate::event::{Kind, Map, Timestamp};
use crate::flow::{Flow, Linked};

/// The reason with which a session ends that has no place in the version that its flow has by now.
pub const OUTDATED: &str = "outdated";

/// What becomes of a session for which the new version has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmapped {
    /// It stays on its version.
    Stays,
    /// Its state is entered anew, and what it waited for is dropped; where its state is gone, it stays.
    Reenters,
    /// The same; where its state is gone, it begins again at the start, its context kept.
    Restarts,
}

/// Moves every frame of `session` that is on another version of `to` to that one, as its `migrations` say, in a turn of
/// its own with one `session.migrated` a frame.
///
/// # Errors
/// [`Stays`].
pub fn migrate(
    flows: &Linked,
    session: &Session,
    to: &Arc<Flow>,
    unmapped: Unmapped,
    now: Timestamp,
) -> Result<Step, Stays> {
    let mut turn = Turn::begin(flows, flow_of(flows, session)?, session, now);
    turn.arrive();
    for depth in 0..turn.session.frames.len() {
        // A frame that was entered anew has left those above it.
        let Some(frame) = turn.session.frames.get(depth) else { break };
        if frame.flow != to.id || frame.version == to.version {
            continue;
        }
        let old = turn.flow_at(depth).ok_or_else(|| unknown(frame))?;
        let place = Place { flows, old, new: to, frame, depth };
        let name = place.name().to_owned();
        match (place.state(&turn.session), unmapped) {
            (Ok(state), _) => turn.move_frame(depth, old, to, state),
            (Err(stays), Unmapped::Restarts) if stays.is_gone() => {
                turn.enter_anew(depth, old, to, to.start.to_string());
            }
            (Err(stays @ Stays::Turn(_)), _) | (Err(stays), Unmapped::Stays) => return Err(stays),
            (Err(stays), Unmapped::Reenters) if stays.is_gone() => return Err(stays),
            (Err(_), Unmapped::Reenters | Unmapped::Restarts) => {
                turn.enter_anew(depth, old, to, name);
            }
        }
    }
    Ok(turn.finish())
}

/// Ends a session that has no place in the version that its flow has by now, with a word to the person.
///
/// # Errors
/// [`Error`].
pub fn outdated(flows: &Linked, session: &Session, now: Timestamp) -> Result<Step, Error> {
    let mut turn = Turn::begin(flows, flow_of(flows, session)?, session, now);
    turn.arrive();
    let text = turn.flow.farewell().to_owned();
    turn.push(Kind::Say { text, suggestions: Vec::new(), message_ref: None });
    turn.end(OUTDATED);
    Ok(turn.finish())
}

impl<'a> Turn<'a> {
    fn move_frame(&mut self, depth: usize, old: &Flow, new: &'a Flow, state: String) {
        self.tell_migrated(old, new, state.clone());
        self.migrate_context(depth, old, new);
        if depth == self.session.depth() {
            self.flow = new;
            // The next state's ladder is another one; its silence begins here.
            self.session.silence.rung = 0;
            for pending in &mut self.session.pending {
                pending.state.clone_from(&state);
            }
        }
        if let Some(frame) = self.session.frames.get_mut(depth) {
            frame.version = new.version.clone();
            frame.state = state.into();
        }
    }

    /// Leaves what cannot be taken over and enters a state of the new version.
    fn enter_anew(&mut self, depth: usize, old: &Flow, new: &'a Flow, state: String) {
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
        self.move_frame(depth, old, new, state);
        self.attempt_whole(|turn| {
            turn.enter(new)?;
            turn.settle()
        });
    }

    /// Gives the states that the context names their new names, then writes what the migration assigns. A context that would
    /// be too large stays as it was, and the event says so.
    pub(super) fn migrate_context(&mut self, depth: usize, old: &Flow, new: &Flow) {
        let Some(migration) = new.migration_from(&old.version) else { return };
        // Expressions and changes are those of the frame that moves.
        let above = self.session.take_above(depth);
        let mut changed = Map::new();
        let frame = self.session.frame();
        let place = (migration, &*frame.state);
        let ctx = renamed(&frame.context, (old, new), place, &mut changed);
        let next = self.assigned(ctx, &migration.assign, &mut changed);
        if let Err(Failure { code, message }) = self.set_context(next, changed) {
            self.push(Kind::Error { code: code.to_owned(), message });
        }
        self.session.frames.extend(above);
    }

    fn tell_migrated(&mut self, old: &Flow, new: &Flow, state: String) {
        self.push(Kind::SessionMigrated {
            flow: new.id.as_str().to_owned(),
            from: old.version.as_str().to_owned(),
            to: new.version.as_str().to_owned(),
            state,
        });
    }
}
