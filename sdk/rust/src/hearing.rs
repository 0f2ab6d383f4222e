//! The edge of the sandbox for texts: the records of `cicerone:understanding` to the SDK's types and back. It exists only
//! in components.

pub use crate::understanding::exports::cicerone::understanding::classify::{
    Command, Guest, Request,
};

use crate::understanding::exports::cicerone::understanding::classify as wire;
use crate::{Error, classify, log};

/// Asks the plugin's function.
///
/// # Errors
/// The function's own, in words.
pub fn classify(
    ask: Request,
    function: impl FnOnce(&classify::Request) -> Result<Vec<classify::Command>, Error>,
) -> Result<Vec<Command>, String> {
    std::panic::set_hook(Box::new(|_panic| log::error("The plugin panicked.", &[])));
    let commands = function(&ask.into()).map_err(|error| error.message)?;
    Ok(commands.into_iter().map(Into::into).collect())
}

impl From<Request> for classify::Request {
    fn from(ask: Request) -> Self {
        Self {
            text: ask.text,
            intents: ask.intents.into_iter().map(Into::into).collect(),
            question: ask.question,
            context: serde_json::from_str(&ask.context).unwrap_or_default(),
            locale: ask.locale,
            today: ask.today,
            time_zone: ask.time_zone,
            deadline_ms: ask.deadline_ms,
        }
    }
}

impl From<wire::Intent> for classify::Intent {
    fn from(intent: wire::Intent) -> Self {
        let slot = |slot: wire::Slot| classify::Slot {
            name: slot.name,
            kind: slot.kind,
            values: slot.values,
            required: slot.required,
            asked: slot.asked,
        };
        Self {
            name: intent.name,
            description: intent.description,
            examples: intent.examples,
            slots: intent.slots.into_iter().map(slot).collect(),
        }
    }
}

impl From<classify::Command> for Command {
    fn from(command: classify::Command) -> Self {
        match command {
            classify::Command::Intent { name, confidence } => {
                Self::Intent(wire::Chosen { name, confidence })
            }
            classify::Command::SetSlot(filled) => Self::SetSlot(filled.into()),
            classify::Command::CorrectSlot(filled) => Self::CorrectSlot(filled.into()),
            classify::Command::Cancel => Self::Cancel,
            classify::Command::None { confidence } => Self::None(confidence),
        }
    }
}

impl From<classify::Filled> for wire::Filled {
    fn from(filled: classify::Filled) -> Self {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            name: filled.name,
            value: filled.value.to_string(),
            span: filled
                .span
                .map(|span| wire::Span { start: place(span.start), end: place(span.end) }),
            confidence: filled.confidence,
        }
    }
}
