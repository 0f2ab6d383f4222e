//! What a person can mean: intents, their examples and slots.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::super::locate::escape;
use super::super::model::{self, Slot as WrittenSlot, SlotType};
use super::super::report::{Place, Problem};
use super::super::{ByName, Intent, fold, limit};
use super::{Compiler, map_for};
use crate::slots::{Slot, Type};

/// Other words for the values of an `enum`.
type Synonyms = IndexMap<String, Vec<String>>;

impl Compiler<'_> {
    pub(super) fn all_intents(&mut self, model: &model::Flow) -> ByName<Intent> {
        let members = self.members(model.intents.as_ref(), "/intents", limit::INTENTS_MAX);
        self.limit("limit.intents", "/intents", (self.intents.names.len(), limit::INTENTS_MAX));
        let mut intents = map_for(members.len());
        let mut owners = BTreeMap::new();
        for (name, written, at) in members {
            self.check_name(name, &at);
            self.check_examples(&written.examples, &at);
            self.note_examples(name, &written.examples, &at, &mut owners);
            let intent = Intent {
                examples: written.examples.clone(),
                slots: self.slots(written, &at),
                description: written.description.clone(),
                label: label(name, written),
            };
            intents.insert(name.clone(), intent);
        }
        intents
    }

    fn check_examples(&mut self, examples: &[String], at: &str) {
        self.limit(
            "limit.examples",
            &format!("{at}/examples"),
            (examples.len(), limit::EXAMPLES_MAX),
        );
        for (index, example) in examples.iter().enumerate() {
            let at = format!("{at}/examples/{index}");
            let length = example.chars().count();
            if length > limit::EXAMPLE_CHARS_MAX {
                let max = limit::EXAMPLE_CHARS_MAX;
                self.error(
                    "limit.example",
                    &at,
                    format!("an example has at most {max} characters"),
                );
            } else if example.trim().is_empty() {
                self.error("example.empty", &at, "an example cannot be empty");
            }
        }
    }

    /// Warns of a text that is an example of two intents; the classifier could only guess.
    fn note_examples<'m>(
        &mut self,
        name: &'m str,
        examples: &[String],
        at: &str,
        owners: &mut BTreeMap<String, &'m str>,
    ) {
        for (index, example) in examples.iter().enumerate() {
            let owner = *owners.entry(fold(example)).or_insert(name);
            if owner != name {
                let place = Place::Value(format!("{at}/examples/{index}"));
                let message = format!("`{example}` is an example of `{owner}` too");
                let problem = Problem::warning("example.duplicate", place, message);
                self.report.add(problem.suggest("keep it where it belongs more"));
            }
        }
    }

    fn slots(&mut self, written: &model::Intent, at: &str) -> Vec<Slot> {
        let Some(written) = &written.slots else { return Vec::new() };
        let at = format!("{at}/slots");
        self.limit("limit.slots", &at, (written.len(), limit::SLOTS_MAX));
        let mut slots = Vec::with_capacity(written.len());
        for (name, slot) in written {
            let at = format!("{at}/{}", escape(name));
            self.check_name(name, &at);
            slots.extend(self.slot(name, slot, &at));
        }
        slots
    }

    fn slot(&mut self, name: &str, written: &WrittenSlot, at: &str) -> Option<Slot> {
        let name = name.to_owned();
        match written {
            WrittenSlot::Short(kind) => {
                let kind = self.slot_type(*kind, (None, None), at)?;
                Some(Slot { name, kind, required: false, pii: false })
            }
            WrittenSlot::Long(long) => Some(Slot {
                name,
                kind: self.slot_type(
                    long.kind,
                    (long.values.as_ref(), long.synonyms.as_ref()),
                    at,
                )?,
                required: long.required.unwrap_or_default(),
                pii: long.pii.unwrap_or_default(),
            }),
        }
    }

    pub(super) fn slot_type(
        &mut self,
        kind: SlotType,
        (values, synonyms): (Option<&Vec<String>>, Option<&Synonyms>),
        at: &str,
    ) -> Option<Type> {
        if kind == SlotType::Enum {
            return self.enumeration(values, synonyms, at);
        }
        if values.is_some() || synonyms.is_some() {
            self.error("slot.type", at, "only an `enum` slot has `values` and `synonyms`");
        }
        Some(plain_type(kind))
    }

    fn enumeration(
        &mut self,
        values: Option<&Vec<String>>,
        synonyms: Option<&Synonyms>,
        at: &str,
    ) -> Option<Type> {
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            let place = Place::Value(at.to_owned());
            let problem = Problem::error("slot.type", place, "an `enum` slot has no `values`");
            let hint = r#"write `{"type": "enum", "values": ["small", "large"]}`"#;
            self.report.add(problem.suggest(hint));
            return None;
        };
        self.limit("limit.values", at, (values.len(), limit::VALUES_MAX));
        for (value, words) in synonyms.into_iter().flatten() {
            self.limit("limit.values", at, (words.len(), limit::VALUES_MAX));
            if !values.contains(value) {
                let at = format!("{at}/synonyms/{}", escape(value));
                self.error("slot.type", &at, format!("`{value}` is none of the slot's `values`"));
            }
        }
        let synonyms = synonyms.cloned().unwrap_or_default();
        Some(Type::Enum { values: values.clone(), synonyms })
    }
}

/// What a person reads of an intent: its label, else a way to say it, else the words of its name.
fn label(name: &str, written: &model::Intent) -> String {
    let given = written.label.as_ref().filter(|label| !label.trim().is_empty());
    let words = || name.replace(['_', '-'], " ").to_lowercase();
    given.or_else(|| written.examples.first()).cloned().unwrap_or_else(words)
}

/// The type of every word but `enum`, which needs its values.
fn plain_type(kind: SlotType) -> Type {
    match kind {
        SlotType::Number => Type::Number,
        SlotType::Integer => Type::Integer,
        SlotType::String => Type::String,
        SlotType::Ordinal => Type::Ordinal,
        SlotType::Percent => Type::Percent,
        SlotType::Boolean => Type::Boolean,
        SlotType::Date => Type::Date,
        SlotType::Time => Type::Time,
        SlotType::Datetime => Type::Datetime,
        SlotType::Duration => Type::Duration,
        SlotType::Name => Type::Name,
        SlotType::FirstName => Type::FirstName,
        SlotType::LastName => Type::LastName,
        SlotType::Phone => Type::Phone,
        SlotType::Email => Type::Email,
        SlotType::Url => Type::Url,
        SlotType::Money => Type::Money,
        SlotType::Enum => Type::Enum { values: Vec::new(), synonyms: IndexMap::new() },
    }
}
