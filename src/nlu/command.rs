//! What a text asks of the conversation, as a list of commands: the one form in which everything that understands texts
//! answers, whatever it is made of. The engine decides what becomes of them.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::Understood;
use crate::event::Alternative;

/// One thing that a text asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// It means this intent.
    Intent {
        /// One of those that can be taken now.
        name: String,
        /// 0 to 1.
        confidence: f64,
    },
    /// It gives a value.
    SetSlot(Filled),
    /// It takes back a value that was given before and gives another.
    CorrectSlot(Filled),
    /// It gives up what is being done.
    Cancel,
    /// It means nothing that can be taken now.
    None {
        /// How near the nearest intent was, 0 to 1.
        confidence: f64,
    },
}

/// A value for a slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The slot's name.
    pub name: String,
    /// Normalised.
    pub value: Value,
    /// Bytes of the text that say it, where they are known.
    pub span: Option<Range<usize>>,
    /// 0 to 1.
    pub confidence: f64,
}

/// All that was understood of one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// In the order in which they hold: one intent at most, and it comes first.
    pub commands: Vec<Command>,
    /// Who understood it: `exact`, `offline`, `choice`, …
    pub classifier: String,
    /// The two intents that the text is between, the likelier one first; empty when it is not.
    pub alternatives: Vec<Alternative>,
}

impl Reply {
    /// A text that means nothing that can be taken now.
    #[must_use]
    pub fn noise(confidence: f64, classifier: &str) -> Self {
        let classifier = classifier.to_owned();
        Self { commands: vec![Command::None { confidence }], classifier, alternatives: Vec::new() }
    }

    /// Whether some intent is meant.
    #[must_use]
    pub fn has_intent(&self) -> bool {
        self.commands.iter().any(|command| matches!(command, Command::Intent { .. }))
    }

    /// What the engine takes: the intent, its values, and `cancel` as the intent for which a flow has that word.
    #[must_use]
    pub fn understood(self, cancel: Option<&str>) -> Understood {
        let Self { commands, classifier, alternatives } = self;
        let mut understood = Understood { classifier, alternatives, ..Understood::default() };
        for command in commands {
            match command {
                Command::Intent { name, confidence } => {
                    understood.intent = Some(name);
                    understood.confidence = confidence;
                }
                Command::SetSlot(filled) | Command::CorrectSlot(filled) => {
                    Arc::make_mut(&mut understood.slots).insert(filled.name, filled.value);
                }
                Command::Cancel => {
                    understood.intent = cancel.map(str::to_owned);
                    understood.confidence = if cancel.is_some() { 1.0 } else { 0.0 };
                }
                Command::None { confidence } => understood.confidence = confidence,
            }
        }
        understood
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn commands_become_what_the_engine_takes() {
        let filled = |name: &str, value: Value| Filled {
            name: name.to_owned(),
            value,
            span: None,
            confidence: 0.9,
        };
        let commands = vec![
            Command::Intent { name: "BOOK".to_owned(), confidence: 0.8 },
            Command::SetSlot(filled("size", json!(4))),
            Command::CorrectSlot(filled("day", json!("2026-11-22"))),
        ];
        let reply = Reply { commands, ..Reply::noise(0.0, "offline") };
        assert!(reply.has_intent());
        let understood = reply.understood(None);
        assert_eq!(understood.intent.as_deref(), Some("BOOK"));
        assert_eq!(understood.slots.get("size"), Some(&json!(4)));
        assert_eq!(understood.slots.get("day"), Some(&json!("2026-11-22")));
        let noise = Reply::noise(0.3, "offline").understood(Some("CANCEL"));
        assert_eq!((noise.intent, noise.confidence), (None, 0.3));
        let cancel = Reply { commands: vec![Command::Cancel], ..Reply::noise(0.0, "exact") };
        assert_eq!(cancel.clone().understood(Some("CANCEL")).intent.as_deref(), Some("CANCEL"));
        assert_eq!(cancel.understood(None).intent, None);
    }
}
