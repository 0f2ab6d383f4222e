//! Why a text is understood as it is: every step of the way with what it saw. It decides nothing; it looks at what
//! [`super::Offline`] does.

use super::calibrate::{MARGIN, THRESHOLD, THRESHOLD_WITH_SLOTS};
use super::features::ENTITY_MARK;
use super::model::{Reason, Text};
use super::{Offline, Reading, places, train};
use crate::engine::{Classify, Understood};
use crate::flow::Flow;
use crate::slots::{self, Found};

/// The way of one text.
#[derive(Debug)]
pub struct Explained {
    /// Lower case, without accents and marks, the kinds of values in their places.
    pub seen: String,
    /// How much of the text the examples know, from 0 to 1.
    pub known: f32,
    /// The intent that has this very text among its examples.
    pub exact: Option<String>,
    /// The likeliest intents, the likeliest first.
    pub candidates: Vec<Candidate>,
    /// What came of it.
    pub understood: Understood,
    /// Confidence from which on an intent without slots is taken, and one whose slots the text fills.
    pub thresholds: (f64, f64),
    /// The lead below which the first intent is one of two.
    pub margin: f32,
}

/// An intent that the text may mean.
#[derive(Debug)]
pub struct Candidate {
    /// Its name.
    pub intent: String,
    /// The chance that it is meant, if none before it is.
    pub confidence: f64,
    /// How far it is ahead of the next one.
    pub lead: f32,
    /// What speaks for it and against it, the strongest first.
    pub reasons: Vec<Reason>,
    /// The values that the text gives for its slots.
    pub values: Vec<Found>,
    /// Required slots that the text does not fill.
    pub missing: Vec<String>,
    /// Whether the text says that it is not wanted.
    pub refused: bool,
}

/// So many intents are looked at.
const CANDIDATES_MAX: usize = 5;

impl Offline {
    /// The way that a text goes.
    #[must_use]
    pub fn explain(&self, flow: &Flow, query: &Classify) -> Explained {
        let set = places(flow, query.among.iter().map(String::as_str));
        let slot = self.slot(flow, &set);
        let model = slot.get_or_init(|| train(flow, &set));
        let reading = Reading::of(flow, query, &set);
        let exact = model.exact(&reading.text).and_then(|number| reading.intent(number));
        let candidates = model.rank(&reading.text).take(CANDIDATES_MAX).filter_map(|guess| {
            let (name, intent) = reading.intent(guess.intent)?;
            let values = reading.values(intent).into_found();
            let is_missing = |slot: &&slots::Slot| {
                slot.required && values.iter().all(|found| found.slot != slot.name)
            };
            let missing = intent.slots.iter().filter(is_missing).map(|slot| slot.name.clone());
            Some(Candidate {
                intent: name.to_owned(),
                confidence: guess.confidence,
                lead: guess.lead,
                reasons: model.reasons(&reading.text, guess.intent),
                missing: missing.collect(),
                refused: reading.is_refused(guess.intent),
                values,
            })
        });
        Explained {
            seen: shown(&reading.text),
            known: model.known(&reading.text),
            exact: exact.map(|(name, _)| name.to_owned()),
            candidates: candidates.collect(),
            understood: self.classify(flow, query),
            thresholds: (THRESHOLD, THRESHOLD_WITH_SLOTS),
            margin: MARGIN,
        }
    }
}

/// The normal form with the kinds of values as a person reads them.
fn shown(text: &Text) -> String {
    let mut shown = String::new();
    let mut is_open = false;
    for c in text.masked().chars() {
        if c == ENTITY_MARK {
            is_open = !is_open;
            shown.push(if is_open { '<' } else { '>' });
        } else {
            shown.push(c);
        }
    }
    shown
}
