//! `cicerone nlu explain FLOW "text"`: the way of one text, for a person or, with `--json`, for a program.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::super::{Places, paint};
use crate::engine::Classify;
use crate::event::Timestamp;
use crate::flow::{Flow, State};
use crate::nlu::{Candidate, Explained, Offline, visible};
use crate::slots::{Found, Slot};

/// Show the way of one text.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A flow file, or the id of one in the folder of flows
    flow: String,
    /// What a person writes
    text: String,
    /// Among the intents that this state can take, rather than all of the flow
    #[arg(long)]
    state: Option<String>,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

/// So much of what speaks for an intent is shown.
const REASONS_MAX: usize = 8;

impl Explain {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let (flow, clock) = super::load(&self.flow, self.places)?;
        let query = query(&flow, self.state.as_deref(), &self.text, clock.now())?;
        let explained = Offline::default().explain(&flow, &query);
        if self.json {
            paint::line(as_json(&explained));
        } else {
            show(&query, &explained);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The text as a session in the state would ask it; without a state, among all intents.
pub(in crate::cli) fn query(
    flow: &Flow,
    state: Option<&str>,
    text: &str,
    now: Timestamp,
) -> anyhow::Result<Classify> {
    let (among, expecting): (Vec<String>, Vec<Slot>) = match state {
        None => (flow.intents.keys().cloned().collect(), Vec::new()),
        Some(name) => {
            let Some(state) = flow.states.get(name) else {
                let known: Vec<&str> = flow.states.keys().map(String::as_str).collect();
                bail!("find the state `{name}`; the flow has {}", known.join(", "));
            };
            (names(flow, state), slots(flow, state))
        }
    };
    if among.is_empty() {
        bail!("understand anything there: no intent can be taken");
    }
    Ok(Classify {
        text: text.to_owned(),
        flow: (flow.id.clone(), flow.version.clone()),
        among,
        expecting,
        choices: Vec::new(),
        asked: None,
        context: Default::default(),
        personal: Vec::new(),
        language: flow.meta.language.clone(),
        time_zone: flow.meta.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        now,
    })
}

fn names(flow: &Flow, state: &State) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in visible(flow, state) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn slots(flow: &Flow, state: &State) -> Vec<Slot> {
    let intents = visible(flow, state).filter_map(|name| flow.intents.get(name));
    intents.flat_map(|intent| intent.slots.clone()).collect()
}

fn show(query: &Classify, explained: &Explained) {
    let Explained { seen, known, exact, candidates, understood, thresholds, margin } = explained;
    paint::line(format_args!("{}  {:?}", "text    ".dimmed(), query.text));
    paint::line(format_args!("{}  {seen} ({:.0} % known)", "seen as ".dimmed(), known * 100.0));
    paint::line(format_args!("{}  {}", "among   ".dimmed(), query.among.join(", ")));
    let exact = match exact {
        Some(name) => format!("an example of {} says exactly this", name.bold()),
        None => "no example says exactly this".to_owned(),
    };
    paint::line(format_args!("{}  {exact}", "example ".dimmed()));
    for (place, candidate) in candidates.iter().enumerate() {
        // A confidence is the chance of an intent if none before it is meant.
        let label = if place == 0 { "intent  " } else { "or else " };
        show_candidate(label, candidate, &query.text);
    }
    let taken = match &understood.intent {
        Some(name) => format!(
            "{} at {:.2}, {}",
            name.green().bold(),
            understood.confidence,
            understood.classifier
        ),
        None => format!("{} at {:.2}", "no intent".red().bold(), understood.confidence),
    };
    paint::line(format_args!("{}  {taken}", "taken   ".dimmed()));
    paint::line(format_args!("{}  {}", "because ".dimmed(), because(explained)));
    if let [one, other] = understood.alternatives.as_slice() {
        paint::line(format_args!(
            "{}  {} and {}: less than {margin:.2} apart, or below {:.2}; where `clarify` is true the person is \
             asked",
            "between ".dimmed(),
            one.intent.bold(),
            other.intent.bold(),
            thresholds.0
        ));
    }
}

/// What decided, in a sentence.
fn because(explained: &Explained) -> String {
    let Explained { candidates, understood, thresholds: (threshold, with_slots), .. } = explained;
    let Some(name) = &understood.intent else {
        let likely = candidates.iter().take_while(|one| one.confidence >= *with_slots);
        let reasons: Vec<String> = likely.map(|one| against(one, *threshold)).collect();
        if !reasons.is_empty() {
            return reasons.join("; ");
        }
        return format!(
            "no intent reaches {threshold:.2}, or {with_slots:.2} with values for its slots"
        );
    };
    let taken = candidates.iter().find(|one| one.intent == *name);
    match (understood.classifier.as_str(), taken) {
        ("exact", _) => "an example says exactly this".to_owned(),
        ("choice", _) => "it is one of the quick replies".to_owned(),
        (_, Some(one)) if one.confidence >= *threshold => {
            format!("{:.2} is {threshold:.2} or more", one.confidence)
        }
        (_, Some(one)) if one.confidence >= *with_slots => {
            format!(
                "{:.2} is {with_slots:.2} or more, and the text fills its slots",
                one.confidence
            )
        }
        (_, Some(_) | None) => format!("the text is hardly more than values for {name}"),
    }
}

/// Why an intent that is likely was not taken.
fn against(candidate: &Candidate, threshold: f64) -> String {
    let Candidate { intent, confidence, missing, refused, .. } = candidate;
    if *refused {
        format!("{intent} is what the text does not want")
    } else if missing.is_empty() {
        format!("{intent} at {confidence:.2} is below {threshold:.2}")
    } else {
        format!("{intent} at {confidence:.2} needs {}", missing.join(", "))
    }
}

fn show_candidate(label: &str, candidate: &Candidate, text: &str) {
    let Candidate { intent, confidence, lead, reasons, values, missing, refused } = candidate;
    let name = intent.bold();
    paint::line(format_args!("{}  {confidence:.2} {name} (+{lead:.2})", label.dimmed()));
    let reasons: Vec<String> = reasons
        .iter()
        .take(REASONS_MAX)
        .map(|reason| format!("{:+.2} {:?}", reason.weight, reason.part))
        .collect();
    if !reasons.is_empty() {
        paint::line(format_args!("            {}", reasons.join("  ")));
    }
    for value in values {
        let words = text.get(value.span.clone()).unwrap_or_default();
        paint::line(format_args!(
            "            {} = {} from {words:?} at {:.2}",
            value.slot.cyan(),
            value.value,
            value.confidence
        ));
    }
    if *refused {
        paint::line(format_args!("            {}", "the text does not want it".red()));
    }
    for slot in missing {
        paint::line(format_args!("            {} is required and missing", slot.red()));
    }
}

fn as_json(explained: &Explained) -> Value {
    let value = |found: &Found| {
        json!({
            "slot": found.slot,
            "value": found.value,
            "start": found.span.start,
            "end": found.span.end,
            "confidence": found.confidence,
        })
    };
    let candidate = |one: &Candidate| {
        let reasons = one.reasons.iter().take(REASONS_MAX);
        json!({
            "intent": one.intent,
            "confidence": one.confidence,
            "lead": one.lead,
            "reasons": reasons
                .map(|reason| json!({"part": reason.part, "weight": reason.weight}))
                .collect::<Vec<_>>(),
            "values": one.values.iter().map(value).collect::<Vec<_>>(),
            "missing": one.missing,
            "refused": one.refused,
        })
    };
    json!({
        "seen": explained.seen,
        "known": explained.known,
        "exact": explained.exact,
        "candidates": explained.candidates.iter().map(candidate).collect::<Vec<_>>(),
        "intent": explained.understood.intent,
        "confidence": explained.understood.confidence,
        "slots": explained.understood.slots,
        "classifier": explained.understood.classifier,
        "threshold": explained.thresholds.0,
        "thresholdWithSlots": explained.thresholds.1,
        "margin": explained.margin,
        "alternatives": explained.understood.alternatives,
    })
}
