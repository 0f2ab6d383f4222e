//! What is made of a text and of keys, in the order in which it is tried: an answer to the last question, patterns, the
//! form, what the text was understood as, `:default`, a question which of two intents is meant, the fallback.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cause::Cause;
use super::turn::{Failure, Turn};
use super::{Error, IntentSeen, Understood, arrival};
use crate::event::{Alternative, Kind, Map};
use crate::flow::Trigger;
use crate::script::Incoming;

/// A text whose understanding is outstanding inside a turn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Understanding {
    text: String,
    number: u64,
    /// Whether it is the answer to a question which of two intents is meant.
    is_answer: bool,
}

/// One of two intents first, if that was asked; then patterns; then the wish to have the text understood; without intents, `:default` and the fallback.
pub(super) fn text_first<'a>(turn: &mut Turn<'a>, text: &'a str) -> Result<(), Failure> {
    turn.vars.input = Incoming::text(text);
    if turn.take_choice(text)? {
        return Ok(());
    }
    if turn.take_pattern(text)? {
        return Ok(());
    }
    if turn.session.form.is_some() && turn.fill_surely(text)? {
        return turn.settle();
    }
    if let Some(effect) = turn.classify(text)? {
        turn.effects.push(effect);
        let (text, number, is_answer) = (text.to_owned(), turn.number, turn.is_answer);
        turn.understanding = Some(Understanding { text, number, is_answer });
        return Ok(());
    }
    default_or_unhandled(turn, text, (None, 0.0), &[])
}

/// The second half of a text's turn.
pub(super) fn understood_text<'a>(
    turn: &mut Turn<'a>,
    asked: &'a Understanding,
    understood: &Understood,
) -> Result<(), Error> {
    arrival::check_slots(understood)?;
    turn.number = asked.number;
    turn.root = asked.number;
    turn.heard = true;
    turn.is_answer = asked.is_answer;
    turn.push(Kind::NluIntent(understood.clone().into()));
    turn.attempt_whole(|turn| intent(turn, &asked.text, understood));
    Ok(())
}

pub(super) fn intent<'a>(
    turn: &mut Turn<'a>,
    text: &'a str,
    understood: &Understood,
) -> Result<(), Failure> {
    let Understood { intent, slots, alternatives, .. } = understood;
    let confidence = understood.confidence;
    turn.vars.input = Incoming::understood(text, intent.clone(), confidence);
    let seen = IntentSeen { intent: intent.clone(), confidence, slots: Arc::clone(slots) };
    turn.session.last_intent = Some(Arc::new(seen));
    if intent.is_some() && turn.clarify(alternatives)? {
        return Ok(());
    }
    let complete = intent.as_ref().filter(|name| is_complete(turn, name, slots));
    turn.vars.slot = Some(Arc::clone(slots));
    if let Some(name) = complete {
        let cause = Cause::Named("intent", name);
        if turn
            .take_first(cause, |t| matches!(t, Trigger::Intent(names) if names.contains(name)))?
        {
            return Ok(());
        }
    }
    default_or_unhandled(turn, text, (intent.as_ref(), confidence), alternatives)
}

/// Whether the slots are there without which the intent does not match.
pub(super) fn is_complete(turn: &Turn<'_>, intent: &str, slots: &Map) -> bool {
    let wanted = turn.flow.intents.get(intent).map_or(&[][..], |intent| &intent.slots);
    let is_filled = |name| slots.get(name).is_some_and(|value: &Value| !value.is_null());
    wanted.iter().all(|slot| !slot.required || is_filled(&slot.name))
}

fn default_or_unhandled(
    turn: &mut Turn<'_>,
    text: &str,
    (intent, confidence): (Option<&String>, f64),
    alternatives: &[Alternative],
) -> Result<(), Failure> {
    if turn.session.form.is_some() && turn.fill(text)? {
        return turn.settle();
    }
    if turn.take_first(Cause::Word("default"), |trigger| matches!(trigger, Trigger::Default))? {
        return Ok(());
    }
    if turn.clarify(alternatives)? {
        return Ok(());
    }
    turn.unhandled(text, intent.cloned(), confidence)
}

pub(super) fn dtmf<'a>(turn: &mut Turn<'a>, digits: &'a str) -> Result<(), Failure> {
    turn.vars.input = json!({ "digits": digits }).into();
    if turn.take_choice(digits)? {
        return Ok(());
    }
    let cause = Cause::Named("dtmf", digits);
    if turn.take_first(cause, |t| matches!(t, Trigger::Dtmf(keys) if keys == digits))? {
        return Ok(());
    }
    if turn.session.form.is_some() && turn.fill(digits)? {
        return turn.settle();
    }
    turn.unhandled(digits, None, 0.0)
}
