//! Understanding texts: what the host asks of a plugin that a flow names for it, and the commands in which it answers. A
//! plugin only chooses: the host refuses what cannot be taken at the moment, and checks every value.

use std::ops::Range;

use serde_json::Value;

/// One text, and what it can mean now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Request {
    /// As the person wrote it, with marks such as `[phone-a]` in place of what the flow calls personal.
    pub text: String,
    /// The intents that the conversation can take now.
    pub intents: Vec<Intent>,
    /// What the person was asked last, where the flow shows it.
    pub question: Option<String>,
    /// What of the context the flow shows, an object.
    pub context: Value,
    /// BCP 47.
    pub locale: String,
    /// In the conversation's time zone: `2026-11-22`.
    pub today: String,
    /// IANA name.
    pub time_zone: String,
    /// When the host goes on without an answer; milliseconds since the Unix epoch.
    pub deadline_ms: u64,
}

/// An intent that can be taken.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Intent {
    /// As the flow calls it.
    pub name: String,
    /// In the flow's words.
    pub description: Option<String>,
    /// What people say who mean it.
    pub examples: Vec<String>,
    /// Its values; not those that are personal.
    pub slots: Vec<Slot>,
}

/// A value that an intent has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Slot {
    /// Unique in the intent.
    pub name: String,
    /// As flows write it: `integer`, `date`, `enum`, `string`, ….
    pub kind: String,
    /// Of an enum.
    pub values: Vec<String>,
    /// Without it the intent does not hold.
    pub required: bool,
    /// Whether the person was asked for it.
    pub asked: bool,
}

/// One thing that a text asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// It means this intent. One at most.
    Intent {
        /// One of the request's.
        name: String,
        /// 0 to 1.
        confidence: f64,
    },
    /// It gives a value.
    SetSlot(Filled),
    /// It takes back a value and gives another.
    CorrectSlot(Filled),
    /// It gives up what is being done. Alone.
    Cancel,
    /// It means none of the intents. Alone.
    None {
        /// How near the nearest was, 0 to 1.
        confidence: f64,
    },
}

/// A value for a slot of the intent.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The slot.
    pub name: String,
    /// Text will do: the host reads what the slot holds, as in `"next Friday"` for a date.
    pub value: Value,
    /// Bytes of the text, where it stands there.
    pub span: Option<Range<usize>>,
    /// 0 to 1; that of the intent where none is given.
    pub confidence: Option<f64>,
}

impl Command {
    /// The text means this intent.
    ///
    /// ```
    /// # use cicerone_sdk::classify::Command;
    /// let commands = [Command::intent("BOOK", 0.9), Command::set("size", 4)];
    /// assert!(matches!(&commands[1], Command::SetSlot(filled) if filled.value == 4));
    /// ```
    #[must_use]
    pub fn intent(name: &str, confidence: f64) -> Self {
        Self::Intent { name: name.to_owned(), confidence }
    }

    /// It gives this value for a slot.
    #[must_use]
    pub fn set(name: &str, value: impl Into<Value>) -> Self {
        let (name, value) = (name.to_owned(), value.into());
        Self::SetSlot(Filled { name, value, span: None, confidence: None })
    }
}
