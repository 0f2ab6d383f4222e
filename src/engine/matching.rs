//! Which transition an input takes: the state's own before the flow's, each group in its compiled order.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::Regex;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::cause::Cause;
use super::turn::{Failure, Turn};
use super::{Classify, Effect};
use crate::event::Map;
use crate::flow::{self, Flow, Pattern, Transition, Trigger};
use crate::slots::Slot;

impl Turn<'_> {
    /// Global transitions that apply in the current state.
    pub(super) fn globals<'f>(
        &self,
        flow: &'f Flow,
    ) -> impl Iterator<Item = &'f Transition> + use<'f> {
        let state = self.state(flow).ok();
        let applies = move |one: &&Transition| state.is_none_or(|state| one.applies_in(state));
        flow.transitions.iter().filter(applies)
    }

    /// Takes the first transition, own then global, whose trigger `matches` and whose guards hold, and then every
    /// automatic one.
    pub(super) fn take_first(
        &mut self,
        cause: Cause<'_>,
        matches: impl Fn(&Trigger) -> bool,
    ) -> Result<bool, Failure> {
        let taken = self.take_one(cause, matches)?;
        if taken {
            self.settle()?;
        }
        Ok(taken)
    }

    /// As [`Self::take_first`], without the automatic ones.
    pub(super) fn take_one(
        &mut self,
        cause: Cause<'_>,
        matches: impl Fn(&Trigger) -> bool,
    ) -> Result<bool, Failure> {
        let flow = self.flow;
        let own = self.state(flow)?.transitions.iter();
        for transition in own.chain(self.globals(flow)) {
            if matches(&transition.trigger) && self.try_take(transition, cause)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes the first pattern that fits the text; its named captures are the slots.
    pub(super) fn take_pattern(&mut self, text: &str) -> Result<bool, Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        if !state.transitions.hear_texts() && !flow.transitions.hear_texts() {
            self.vars.slot = None;
            return Ok(false);
        }
        let (folded, mut normal) = (flow::fold(text), Normal { text, made: None });
        let global = flow.transitions.for_text(&folded);
        let global = global.filter(|one| one.applies_in(state));
        for transition in state.transitions.for_text(&folded).chain(global) {
            self.vars.slot = match &transition.trigger {
                Trigger::Pattern(Pattern::Regex(regex)) => match normal.captures(regex) {
                    Some(slots) => Some(Arc::new(slots)),
                    None => continue,
                },
                _ => None,
            };
            if self.try_take(transition, Cause::Word("pattern"))? {
                self.settle()?;
                return Ok(true);
            }
        }
        self.vars.slot = None;
        Ok(false)
    }

    /// The wish to have `text` understood among the intents that can be taken now; none when there are none.
    pub(super) fn classify(&mut self, text: &str) -> Result<Option<Effect>, Failure> {
        let flow = self.flow;
        let own = intents_of(self.state(flow)?.transitions.iter());
        let global = intents_of(self.globals(flow));
        let mut seen = BTreeSet::new();
        let among: Vec<String> = own
            .iter()
            .chain(&global)
            .filter(|name| seen.insert(name.as_str()))
            .map(|name| String::clone(name))
            .collect();
        if among.is_empty() {
            return Ok(None);
        }
        let frame = self.session.frame();
        let asked = self.session.asked.as_deref();
        Ok(Some(Effect::Classify(Box::new(Classify {
            text: text.to_owned(),
            flow: (frame.flow.clone(), frame.version.clone()),
            among,
            expecting: expected(flow, &own),
            choices: asked.map(|(_, shown)| shown.clone()).unwrap_or_default(),
            asked: asked.filter(|_| flow.nlu.shows_question).map(|(question, _)| question.clone()),
            context: shown(flow, &frame.context),
            personal: flow.personal_values(&frame.context),
            language: flow.meta.language.clone(),
            time_zone: self.time_zone(),
            now: self.now,
        }))))
    }

    pub(super) fn time_zone(&self) -> String {
        let own = self.session.time_zone.as_ref();
        own.or(self.flow.meta.time_zone.as_ref()).cloned().unwrap_or_else(|| "UTC".to_owned())
    }
}

fn intents_of<'f>(transitions: impl Iterator<Item = &'f Transition>) -> Vec<&'f String> {
    let named = |transition: &'f Transition| match &transition.trigger {
        Trigger::Intent(names) => names.as_slice(),
        Trigger::Pattern(_)
        | Trigger::Default
        | Trigger::Dtmf(_)
        | Trigger::Event(_)
        | Trigger::ToolResult(_)
        | Trigger::ToolError(_)
        | Trigger::FlowResult(_)
        | Trigger::Done
        | Trigger::Fail
        | Trigger::Auto => &[],
    };
    transitions.flat_map(named).collect()
}

/// The parts of the context that the flow shows to a language model.
fn shown(flow: &Flow, context: &Map) -> Map {
    let at = |path: &flow::Path| {
        let mut keys = path.keys.iter();
        let first = context.get(keys.next()?)?;
        let value = keys.try_fold(first, |value, key| value.get(key))?;
        Some((path.text.clone(), value.clone()))
    };
    flow.nlu.context.iter().filter_map(at).collect()
}

fn expected(flow: &Flow, intents: &[&String]) -> Vec<Slot> {
    let mut seen = BTreeSet::new();
    let slots = intents.iter().filter_map(|name| flow.intents.get(*name)).flat_map(|i| &i.slots);
    slots.filter(|slot| seen.insert(slot.name.as_str())).cloned().collect()
}

/// A text as expressions read it, made when the first one asks for it.
struct Normal<'t> {
    text: &'t str,
    made: Option<String>,
}

impl Normal<'_> {
    /// The named captures of an expression that fits it.
    fn captures(&mut self, regex: &Regex) -> Option<Map> {
        let normal = self.made.get_or_insert_with(|| self.text.trim().nfc().collect());
        let found = regex.captures(normal)?;
        let names = regex.capture_names().flatten();
        let slot = |name: &str| {
            let text = found.name(name)?.as_str();
            Some((name.to_owned(), Value::from(text)))
        };
        Some(names.filter_map(slot).collect())
    }
}
