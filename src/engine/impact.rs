//! What a version would do to the sessions that are in a flow now, counted by state: for whoever is about to publish it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Outlook, Session, Stays, outlook};
use crate::flow::{Flow, Linked};

/// What would become of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It goes on in its state as if nothing had happened.
    Safe,
    /// It goes on in the state that takes the place of its own.
    Moves,
    /// It goes on in its version because the flow says so.
    Pinned,
    /// It goes on in its version because the new one has no place for what it waits for.
    Stays,
    /// Its state is entered anew.
    Reenters,
    /// It begins again at the start, its context kept.
    Restarts,
    /// It ends.
    Ends,
}

/// What would become of a session in this state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Prospect {
    /// Where it is in the flow.
    pub state: String,
    /// What would become of it at its next turn.
    pub verdict: Verdict,
    /// The state that it would be in, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Why it does not simply go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What would become of it when it has stayed for as long as it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Verdict>,
}

/// Sessions of which the same would become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What.
    #[serde(flatten)]
    pub prospect: Prospect,
    /// How many.
    pub sessions: u64,
}

/// What a version would do to the sessions of its flow.
#[derive(Debug, Clone, Default)]
pub struct Impact {
    groups: BTreeMap<Prospect, u64>,
}

impl Impact {
    /// Counts a session in, if it is in the flow; `late` when it has been on its version for as long as `to` allows.
    pub fn add(&mut self, flows: &Linked, session: &Session, to: &Flow, late: bool) {
        if let Some(prospect) = prospect(flows, session, to, late) {
            *self.groups.entry(prospect).or_default() += 1;
        }
    }

    /// Sessions in the flow.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.groups.values().sum()
    }

    /// Sessions that would come to an end because the version has no place for them, at once or when they have stayed for
    /// as long as they may.
    #[must_use]
    pub fn stranded(&self) -> u64 {
        let ends = |prospect: &Prospect| {
            prospect.verdict == Verdict::Ends || prospect.then == Some(Verdict::Ends)
        };
        self.groups.iter().filter(|(prospect, _)| ends(prospect)).map(|(_, count)| count).sum()
    }

    /// By state; in each, what becomes of most sessions first.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let group = |(prospect, sessions): (&Prospect, &u64)| Group {
            prospect: prospect.clone(),
            sessions: *sessions,
        };
        let mut groups: Vec<Group> = self.groups.iter().map(group).collect();
        groups.sort_by(|one, other| {
            let of = |group: &Group| (group.prospect.state.clone(), u64::MAX - group.sessions);
            of(one).cmp(&of(other))
        });
        groups
    }
}

/// What would become of a session; `None` if it is not in the flow.
fn prospect(flows: &Linked, session: &Session, to: &Flow, late: bool) -> Option<Prospect> {
    let frame = session.frames.iter().rev().find(|frame| frame.flow == to.id)?;
    let state = frame.state.to_string();
    let is_there = frame.version == to.version;
    let mapped = (!is_there).then(|| to.migration_from(&frame.version)).flatten();
    let mapped = mapped.and_then(|migration| migration.states.get(&state)).cloned();
    let (verdict, because) = match outlook(flows, session, to, late) {
        Outlook::Moves if mapped.is_some() => (Verdict::Moves, None),
        Outlook::Moves => (Verdict::Safe, None),
        Outlook::Pinned => (Verdict::Pinned, None),
        Outlook::Stays(why) => (Verdict::Stays, Some(why)),
        Outlook::Reenters(why) => (Verdict::Reenters, Some(why)),
        Outlook::Restarts(why) => (Verdict::Restarts, Some(why)),
        Outlook::Ends(why) => (Verdict::Ends, Some(why)),
    };
    let then = matches!(verdict, Verdict::Pinned | Verdict::Stays)
        .then(|| in_the_end(flows, session, to))
        .flatten();
    let to = match verdict {
        Verdict::Restarts => Some(to.start.to_string()),
        Verdict::Safe | Verdict::Ends => None,
        Verdict::Moves | Verdict::Pinned | Verdict::Stays | Verdict::Reenters => mapped,
    };
    Some(Prospect { state, verdict, to, because: because.map(|why| words(&why)), then })
}

/// What becomes of one that stays; `None` if it may stay to its end.
fn in_the_end(flows: &Linked, session: &Session, to: &Flow) -> Option<Verdict> {
    // The call that it waits for now is over by then.
    let rested = Session { pending: Vec::new(), ..session.clone() };
    match outlook(flows, &rested, to, true) {
        Outlook::Moves => Some(Verdict::Moves),
        Outlook::Reenters(_) => Some(Verdict::Reenters),
        Outlook::Restarts(_) => Some(Verdict::Restarts),
        Outlook::Ends(_) => Some(Verdict::Ends),
        Outlook::Pinned | Outlook::Stays(_) => None,
    }
}

fn words(why: &Stays) -> String {
    let text = why.to_string();
    text.strip_prefix("move the session: ").unwrap_or(&text).to_owned()
}
