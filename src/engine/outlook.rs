//! What becomes of a session when one of its flows has a newer version: as the newer version says, and as what the session
//! waits for allows.

use std::sync::Arc;

use super::fit::{Stays, fits};
use super::migrate::{Unmapped, migrate, outdated};
use super::{Session, Step};
use crate::event::Timestamp;
use crate::flow::{Flow, Linked, Policy};

/// What becomes of a session.
#[derive(Debug)]
pub enum Outlook {
    /// It goes on in the newer version as if nothing had happened.
    Moves,
    /// It goes on in its own version because the flow says so.
    Pinned,
    /// It goes on in its own version because the newer one has no place for what it waits for.
    Stays(Stays),
    /// Its state is entered anew in the newer version, as that has no place for what it waits for.
    Reenters(Stays),
    /// It begins again in the newer version, which does not have its state, or one that it has yet to go back to.
    Restarts(Stays),
    /// It ends, as the newer version does not have its state, or one that it has yet to go back to.
    Ends(Stays),
}

/// What becomes of `session` now that `to` is the version of one of its flows; `late` when it has been on an older one for
/// as long as `to` allows.
#[must_use]
pub fn outlook(flows: &Linked, session: &Session, to: &Flow, late: bool) -> Outlook {
    let policy = to.meta.sessions.policy;
    if policy == Policy::Pin || policy == Policy::Drain && !late {
        return Outlook::Pinned;
    }
    let Err(stays) = fits(flows, session, to) else { return Outlook::Moves };
    // What a call comes to has its place in its own version; there will be another turn.
    if matches!(stays, Stays::Turn(_)) || !session.pending.is_empty() {
        return Outlook::Stays(stays);
    }
    let is_gone = stays.is_gone();
    match policy {
        Policy::Migrate if is_gone => Outlook::Restarts(stays),
        Policy::Auto | Policy::Drain if late && is_gone => Outlook::Ends(stays),
        Policy::Auto | Policy::Drain if !late => Outlook::Stays(stays),
        Policy::Migrate | Policy::Auto | Policy::Drain | Policy::Pin => Outlook::Reenters(stays),
    }
}

/// Does with `session` what is to become of it; `None` when that is nothing.
///
/// # Errors
/// [`Stays`].
pub fn carry_out(
    flows: &Linked,
    session: &Session,
    to: &Arc<Flow>,
    (outlook, now): (&Outlook, Timestamp),
) -> Result<Option<Step>, Stays> {
    let unmapped = match outlook {
        Outlook::Moves => Unmapped::Stays,
        Outlook::Reenters(_) => Unmapped::Reenters,
        Outlook::Restarts(_) => Unmapped::Restarts,
        Outlook::Pinned | Outlook::Stays(_) => return Ok(None),
        Outlook::Ends(_) => {
            return outdated(flows, session, now).map(Some).map_err(Stays::Turn);
        }
    };
    migrate(flows, session, to, unmapped, now).map(Some)
}
