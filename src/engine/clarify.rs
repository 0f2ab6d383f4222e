//! A text between two intents: where the flow allows it, the person is asked which of them is meant, and an answer that
//! names one of the two is that intent. It asks once: an answer that names neither is a text like any other.

use serde::{Deserialize, Serialize};

use super::Understood;
use super::hearing::{intent, is_complete};
use super::turn::{Failure, Turn};
use crate::event::{Alternative, Kind};
use crate::flow::{Flow, Trigger};
use crate::slots;

/// One of two intents that the person was asked to choose between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// As it was shown.
    pub label: String,
    /// What it means.
    pub meant: Alternative,
}

impl<'a> Turn<'a> {
    /// Asks which of two intents is meant. False: the flow does not allow it, it was asked just now, or they are not two
    /// that can be taken here.
    pub(super) fn clarify(&mut self, alternatives: &[Alternative]) -> Result<bool, Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        let is_allowed = state.clarify.unwrap_or(flow.clarify);
        let [one, other] = alternatives else { return Ok(false) };
        if !is_allowed || self.is_answer || one.intent == other.intent {
            return Ok(false);
        }
        let (Some(one), Some(other)) = (self.choice(flow, one)?, self.choice(flow, other)?) else {
            return Ok(false);
        };
        if one.label == other.label {
            return Ok(false);
        }
        let text = question(&flow.meta.language, &one.label, &other.label);
        let suggestions = vec![one.label.clone(), other.label.clone()];
        let message_ref = state.message_ref.clone();
        self.push(Kind::Ask { text, suggestions, message_ref });
        self.session.clarifying = vec![one, other];
        Ok(true)
    }

    /// Takes the intent that the text chooses, if the person was asked to choose.
    pub(super) fn take_choice(&mut self, text: &'a str) -> Result<bool, Failure> {
        self.is_answer = !self.session.clarifying.is_empty();
        if !self.is_answer {
            return Ok(false);
        }
        let choices = std::mem::take(&mut self.session.clarifying);
        let labels: Vec<String> = choices.iter().map(|choice| choice.label.clone()).collect();
        // A number alone, or its key, can only be the place here.
        let place = text.trim().parse::<usize>().ok().and_then(|place| place.checked_sub(1));
        let named = || slots::choose(text, &labels, &self.flow.meta.language);
        let chosen = place.filter(|place| *place < labels.len()).or_else(named);
        let Some(choice) = chosen.and_then(|place| choices.into_iter().nth(place)) else {
            return Ok(false);
        };
        let understood = Understood {
            intent: Some(choice.meant.intent),
            confidence: 1.0,
            slots: choice.meant.slots.into(),
            classifier: "choice".to_owned(),
            ..Understood::default()
        };
        self.push(Kind::NluIntent(understood.clone().into()));
        intent(self, text, &understood)?;
        Ok(true)
    }

    /// What is shown of an intent, if it can be taken here with the slots that it has.
    fn choice(&self, flow: &Flow, meant: &Alternative) -> Result<Option<Choice>, Failure> {
        let takes = |trigger: &Trigger| matches!(trigger, Trigger::Intent(names) if names.contains(&meant.intent));
        let own = self.state(flow)?.transitions.iter();
        let is_visible = own.chain(self.globals(flow)).any(|way| takes(&way.trigger));
        let shown = flow.intents.get(&meant.intent);
        let shown = shown.filter(|_| is_visible && is_complete(self, &meant.intent, &meant.slots));
        Ok(shown.map(|shown| Choice { label: shown.label.clone(), meant: meant.clone() }))
    }
}

/// In the flow's language; English where the host does not speak it.
fn question(language: &str, one: &str, other: &str) -> String {
    match language.split('-').next().unwrap_or_default() {
        "de" => format!("Meinten Sie „{one}“ oder „{other}“?"),
        "es" => format!("¿Quiso decir «{one}» o «{other}»?"),
        "fr" => format!("Vouliez-vous dire « {one} » ou « {other} » ?"),
        "it" => format!("Intendeva «{one}» o «{other}»?"),
        "nl" => format!("Bedoelde u ‘{one}’ of ‘{other}’?"),
        "pt" => format!("Queria dizer “{one}” ou “{other}”?"),
        _ => format!("Did you mean “{one}” or “{other}”?"),
    }
}
