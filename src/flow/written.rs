//! Other files that authors write beside their flows, read with the same care: every mistake at once, each with its
//! place. It knows nothing of what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::report::{Place, Problem, Report};
use super::{Finding, Text, locate, parse, shape};

/// A text under way to what it means, with the mistakes found so far.
#[derive(Debug)]
pub(crate) struct Written<'t> {
    text: &'t Text<'t>,
    report: Report,
}

impl<'t> Written<'t> {
    /// Reads a text by the schema of a type and its name.
    pub(crate) fn read<T: DeserializeOwned>(
        text: &'t Text<'t>,
        shape: (&'static Value, &'static str),
    ) -> (Self, Option<T>) {
        let mut report = Report::default();
        let value = text.as_json(&mut report).and_then(|json| parse::json(json, &mut report));
        let read = value.and_then(|value| shaped(&value, shape, &mut report));
        (Self { text, report }, read)
    }

    /// A mistake at the value of a JSON pointer, and what to do about it.
    pub(crate) fn wrong(&mut self, code: &'static str, at: &str, message: String, hint: &str) {
        let problem = Problem::error(code, Place::Value(at.to_owned()), message);
        self.report.add(problem.suggest(hint));
    }

    /// A name that nobody knows; the nearest of those that are known is suggested, or else what `hint` says.
    pub(crate) fn unknown<'k>(
        &mut self,
        code: &'static str,
        at: &str,
        (message, word): (String, &str),
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let problem = Problem::error(code, Place::Value(at.to_owned()), message);
        let some = || {
            let names: Vec<String> =
                known.clone().take(8).map(|name| format!("`{name}`")).collect();
            if names.is_empty() { "there are none".to_owned() } else { names.join(", ") }
        };
        let problem = problem.suggest_name(word, known.clone());
        self.report.add(problem.or_suggest(|| format!("there are: {}", some())));
    }

    /// Whether anything is wrong.
    pub(crate) fn is_wrong(&self) -> bool {
        self.report.has_errors()
    }

    /// Everything that is wrong, in the order of the text.
    pub(crate) fn findings(self) -> Vec<Finding> {
        self.text.locate(self.report)
    }
}

fn shaped<T: DeserializeOwned>(
    value: &Value,
    (schema, of): (&'static Value, &'static str),
    report: &mut Report,
) -> Option<T> {
    shape::check_against(value, schema, of, report);
    match T::deserialize(value) {
        Ok(read) => Some(read),
        Err(error) => {
            if !report.has_errors() {
                let place = Place::Value(String::new());
                report.add(Problem::error("value.type", place, error.to_string()));
            }
            None
        }
    }
}

/// Where a value stands in a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Bytes of the value.
    pub bytes: Range<usize>,
    /// Of its first character, from 1.
    pub line: usize,
    /// The same, in characters.
    pub column: usize,
}

/// The pointer and the place of a key that an object of this JSON text has twice, inside what `pointer` names.
#[must_use]
pub fn twice(text: &str, pointer: &str) -> Option<(String, Spot)> {
    let is_inside = |one: &locate::Duplicate| {
        one.pointer.strip_prefix(pointer).is_some_and(|rest| rest.starts_with('/'))
    };
    let found = locate::survey(text).duplicates.into_iter().find(is_inside)?;
    let locate::Position { line, column } = locate::position(text, found.key.start);
    Some((found.pointer, Spot { bytes: found.key, line, column }))
}

/// Where the values of these JSON pointers stand; those that name nothing are left out. `text` is valid JSON.
#[must_use]
pub fn spots(text: &str, pointers: &BTreeSet<&str>) -> BTreeMap<String, Spot> {
    spots_in(text, text, pointers, |at| at)
}

/// The same where `json` was made of another text, `source`: the places are those there.
pub(super) fn spots_in(
    json: &str,
    source: &str,
    pointers: &BTreeSet<&str>,
    place: impl Fn(usize) -> usize,
) -> BTreeMap<String, Spot> {
    let spot = |bytes: Range<usize>| {
        let bytes = place(bytes.start)..place(bytes.end);
        let locate::Position { line, column } = locate::position(source, bytes.start);
        Spot { bytes, line, column }
    };
    let nodes = locate::find(json, pointers);
    nodes.into_iter().map(|(pointer, node)| (pointer, spot(node.value))).collect()
}
