//! Inputs that come twice: a ring of the last ids that senders gave, so that sending again runs nothing.

use sha2::{Digest, Sha256};

use super::limits::{ACCEPTED_MAX, CAUSED_MAX};
use super::turn::Turn;
use super::{Accepted, Input, Session};

/// What the ring of accepted inputs knows about one that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// Never seen, or without an id.
    New,
    /// The same input again.
    Same(Accepted),
    /// Another input under an id that is taken.
    Mismatch,
}

impl Session {
    /// Whether an input with its sender's id was here before.
    #[must_use]
    pub fn repeat(&self, input: &Input) -> Repeat {
        let Some((key, body)) = hashes(input) else { return Repeat::New };
        match self.accepted.iter().find(|accepted| accepted.key == key) {
            None => Repeat::New,
            Some(accepted) if accepted.body == body => Repeat::Same(accepted.clone()),
            Some(_) => Repeat::Mismatch,
        }
    }
}

impl Turn<'_> {
    /// Remembers the arrival if its sender gave it an id.
    pub(super) fn accept(&mut self, input: &Input) {
        let Some((key, body)) = hashes(input) else { return };
        let first = self.seq + 1;
        self.accepted = Some(Accepted { key, body, first, last: first, turns: vec![self.number] });
    }

    /// Puts the arrival in the ring, and widens the remembered range of the one that this step goes back to.
    pub(super) fn note_accepted(&mut self) {
        let (root, number, last) = (self.root, self.number, self.seq);
        let ring = &mut self.session.accepted;
        if let Some(accepted) = self.accepted.take() {
            if ring.len() >= ACCEPTED_MAX {
                ring.pop_front();
            }
            ring.push_back(accepted);
        }
        let caused = |accepted: &&mut Accepted| accepted.turns.first() == Some(&root);
        if let Some(accepted) = ring.iter_mut().rev().find(caused) {
            if !accepted.turns.contains(&number) {
                if accepted.turns.len() >= CAUSED_MAX {
                    return;
                }
                accepted.turns.push(number);
            }
            accepted.last = last;
        }
    }
}

/// Hash of the sender's id and of all the rest.
fn hashes(input: &Input) -> Option<(u64, u64)> {
    let (id, body) = match input {
        Input::Text { text, message_id } => (message_id.as_ref()?, format!("text\n{text}")),
        Input::Dtmf { digits, message_id } => (message_id.as_ref()?, format!("dtmf\n{digits}")),
        Input::External { name, payload, message_id } => {
            (message_id.as_ref()?, format!("event\n{name}\n{payload}"))
        }
        Input::Understood(understood) => {
            let slots = serde_json::to_string(&understood.slots).unwrap_or_default();
            let intent = understood.intent.as_deref().unwrap_or_default();
            (understood.message_id.as_ref()?, format!("intent\n{intent}\n{slots}"))
        }
        Input::Start
        | Input::ToolDone { .. }
        | Input::Told { .. }
        | Input::Due(_)
        | Input::Drain
        | Input::Cancel
        | Input::Delete => return None,
    };
    Some((hash(id), hash(&body)))
}

fn hash(text: &str) -> u64 {
    Sha256::digest(text).iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}
