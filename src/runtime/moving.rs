//! Moving sessions to the versions that their flows have by now, as these say: at the beginning of a turn, in the same
//! commit, so that a turn is wholly on one version.

use std::collections::VecDeque;

use super::{Error, Parts};
use crate::catalog::{Newer, Way};
use crate::engine::{Accepted, Input, Outlook, Session, Stays, Step, carry_out, outlook};
use crate::event::{Event, Timestamp};

impl Parts {
    /// Moves `session` where its flows say so; `None` if it stays where it is. Where another host may have published
    /// something that this one has not heard of yet, it is asked whether this is what is current, so that two hosts do not
    /// move a session to and fro.
    pub(super) async fn moved(
        &self,
        way: &mut Way,
        session: &Session,
        now: Timestamp,
    ) -> Result<Option<Step>, Error> {
        if way.newer.is_empty() {
            return Ok(None);
        }
        let step = moved(way, session, now)?;
        if step.is_none() || !self.store.is_shared() {
            return Ok(step);
        }
        let mut confirmed = Vec::with_capacity(way.newer.len());
        for newer in &way.newer {
            let active = self.store.active_of(&newer.flow.id).await?;
            if active.as_ref() == Some(&newer.flow.version) {
                confirmed.push(newer.clone());
            }
        }
        if confirmed.len() == way.newer.len() {
            return Ok(step);
        }
        way.newer = confirmed;
        Ok(moved(way, session, now)?)
    }
}

/// Has what a repeated input is answered with begin with the move that came with it.
pub(super) fn remember_with(accepted: &mut VecDeque<Accepted>, moved: &[Event], root: u64) {
    let (Some(first), Some(last)) = (moved.first(), moved.last()) else { return };
    let is_it = |one: &&mut Accepted| one.turns.first() == Some(&root) && one.first == last.seq + 1;
    if let Some(accepted) = accepted.iter_mut().find(is_it) {
        accepted.first = first.seq;
        let mut turns: Vec<u64> = moved.iter().map(|event| event.turn).collect();
        turns.dedup();
        accepted.turns.extend(turns);
    }
}

/// Moves `session` where its flows say so; `None` if it stays where it is.
fn moved(
    way: &Way,
    session: &Session,
    now: Timestamp,
) -> Result<Option<Step>, crate::engine::Error> {
    let mut done: Option<Step> = None;
    for newer in &way.newer {
        let session = done.as_ref().map_or(session, |step| &step.session);
        if !session.is_active() {
            break;
        }
        let Some(next) = step(way, session, newer, now)? else { continue };
        done = Some(match done.take() {
            None => next,
            Some(mut all) => {
                all.events.extend(next.events);
                all.effects.extend(next.effects);
                Step { session: next.session, ..all }
            }
        });
    }
    Ok(done)
}

fn step(
    way: &Way,
    session: &Session,
    newer: &Newer,
    now: Timestamp,
) -> Result<Option<Step>, crate::engine::Error> {
    // An earlier move may have left this flow.
    let is_in = |frame: &crate::engine::Frame| {
        frame.flow == newer.flow.id && frame.version != newer.flow.version
    };
    if !session.frames.iter().any(is_in) {
        return Ok(None);
    }
    let outlook = outlook(&way.linked, session, &newer.flow, newer.is_late(now));
    match carry_out(&way.linked, session, &newer.flow, (&outlook, now)) {
        Ok(step) => Ok(step),
        Err(Stays::Turn(error)) => Err(error),
        // It stays where it is.
        Err(_) => Ok(None),
    }
}

/// Whether something must become of `session` even if nothing comes in: it has been on an older version for as long as it
/// may, and the newer one has no place for what it waits for.
pub(super) fn is_overdue(way: &Way, session: &Session, now: Timestamp) -> bool {
    let late = way.newer.iter().filter(|newer| newer.is_late(now));
    late.map(|newer| outlook(&way.linked, session, &newer.flow, true))
        .any(|outlook| matches!(outlook, Outlook::Reenters(_) | Outlook::Ends(_)))
}

/// Whether a session may be moved before this input is taken.
pub(super) fn may_move_before(session: &Session, input: &Input) -> bool {
    match input {
        Input::Text { .. }
        | Input::Dtmf { .. }
        | Input::Understood(_)
        | Input::External { .. }
        | Input::ToolDone { .. }
        | Input::Due(_)
        | Input::Drain
        | Input::Cancel => session.seq > 0 && session.is_active(),
        Input::Start | Input::Told { .. } | Input::Delete => false,
    }
}

/// Whether there is nothing left for an input to do in the session that was moved before it.
pub(super) fn is_moot(session: &Session, input: &Input) -> bool {
    let timer_is_gone = |timer| !session.timers.iter().any(|set| set.id == timer);
    match input {
        _ if !session.is_active() => true,
        Input::Due(timer) => timer_is_gone(*timer),
        _ => false,
    }
}
