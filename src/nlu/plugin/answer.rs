//! What a plugin answered with: a list of commands that is one of a few shapes, or of no use.

use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;

use crate::nlu::Filled;
use crate::nlu::check::{Chosen, Given};

/// Commands of one answer.
const COMMANDS_MAX: usize = 256;

/// As `wit/understanding/v1` names them.
#[derive(Debug, Deserialize)]
enum Said {
    Intent { name: String, confidence: Option<f64> },
    SetSlot(Told),
    CorrectSlot(Told),
    Cancel,
    None(Option<f64>),
}

/// A value as a plugin gives it.
#[derive(Debug, Deserialize)]
struct Told {
    name: String,
    value: String,
    span: Option<Span>,
    confidence: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: usize,
    end: usize,
}

/// What the commands choose. Spans are kept where the plugin saw the `text` as it is.
pub(super) fn chosen(answer: Value, text: Option<&str>) -> Result<Chosen, &'static str> {
    let said: Vec<Said> =
        serde_json::from_value(answer).map_err(|_error| "it is no list of commands")?;
    if said.len() > COMMANDS_MAX {
        return Err("it has too many commands");
    }
    let is_alone = said.len() == 1;
    let (mut intent, mut given) = (None, Vec::new());
    for said in said {
        match said {
            Said::Intent { .. } if intent.is_some() => return Err("it has more than one intent"),
            Said::Intent { name, confidence } => intent = Some((name, sure(confidence)?)),
            Said::SetSlot(value) => given.push((value, false)),
            Said::CorrectSlot(value) => given.push((value, true)),
            Said::Cancel if is_alone => return Ok(Chosen::Cancel),
            Said::None(confidence) if is_alone => {
                return Ok(Chosen::None { confidence: sure(confidence)? });
            }
            Said::Cancel | Said::None(_) => return Err("`cancel` and `none` stand alone"),
        }
    }
    match intent {
        Some((name, confidence)) => {
            let given = given.into_iter();
            let given = given.map(|(value, corrects)| value.given(corrects, confidence, text));
            Ok(Chosen::Intent { name, confidence, given: given.collect::<Result<_, _>>()? })
        }
        None if given.is_empty() => Ok(Chosen::None { confidence: 0.0 }),
        None => Err("it has values without an intent"),
    }
}

impl Told {
    fn given(
        self,
        corrects: bool,
        of_intent: f64,
        text: Option<&str>,
    ) -> Result<Given, &'static str> {
        let value = serde_json::from_str(&self.value).map_err(|_error| "a value is no JSON")?;
        let span = self.span.map(|Span { start, end }| start..end);
        // One that does not lie in the text says nothing about the value.
        let lies = |span: &Range<usize>| {
            text.and_then(|text| text.get(span.clone())).is_some_and(|part| !part.is_empty())
        };
        let confidence = self.confidence.map_or(of_intent, |sure| sure.clamp(0.0, 1.0));
        let filled = Filled { name: self.name, value, span: span.filter(lies), confidence };
        Ok(Given { filled, corrects })
    }
}

/// What is no number came as none.
fn sure(confidence: Option<f64>) -> Result<f64, &'static str> {
    confidence.map(|sure| sure.clamp(0.0, 1.0)).ok_or("a confidence is no number")
}
