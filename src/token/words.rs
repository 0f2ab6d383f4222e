//! The texts of a flow as a numbered list, so that a state names most of what it holds by a number.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::flow::Flow;

/// Names of what a stored session has beside its context.
const OWN: &[&str] = &[
    "after",
    "asked",
    "at",
    "at_ms",
    "begin",
    "confirm",
    "context",
    "correct",
    "done",
    "earlier",
    "failed",
    "flow",
    "form",
    "frame",
    "frames",
    "id",
    "next",
    "params",
    "result",
    "rung",
    "silence",
    "slot",
    "stage",
    "state",
    "time_zone",
    "timers",
    "total",
    "tries",
    "unhandled",
    "version",
    "waits",
];

/// Texts of one version of a flow. Two hosts with the same version have the same list.
#[derive(Debug, Clone)]
pub struct Words {
    by_number: Arc<[Box<str>]>,
    numbers: Arc<HashMap<Box<str>, u32>>,
}

impl Words {
    /// All keys and texts of its definition, each once; then the names of its states that are none of these, as those of an
    /// imported flow. Whatever is added comes last, so that tokens of before keep their numbers.
    #[must_use]
    pub fn of(flow: &Flow) -> Self {
        let mut texts: BTreeSet<&str> = BTreeSet::new();
        collect(&flow.definition, &mut texts);
        let own = OWN.iter().copied();
        let others = texts.iter().copied().filter(|text| !OWN.contains(text));
        let states = flow.states.keys().map(String::as_str);
        let states = states.filter(|name| !texts.contains(name) && !OWN.contains(name));
        let by_number: Arc<[Box<str>]> = own.chain(others).chain(states).map(Box::from).collect();
        let numbered = by_number.iter().zip(0..);
        let numbers = numbered.map(|(text, number)| (text.clone(), number)).collect();
        Self { by_number, numbers: Arc::new(numbers) }
    }

    pub(super) fn number(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    pub(super) fn text(&self, number: u64) -> Option<&str> {
        let number = usize::try_from(number).ok()?;
        self.by_number.get(number).map(|text| &**text)
    }
}

fn collect<'a>(value: &'a Value, texts: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) => {
            texts.insert(text);
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => {
            texts.extend(fields.keys().map(String::as_str));
            fields.values().for_each(|field| collect(field, texts));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
