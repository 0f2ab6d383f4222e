//! How well the intents of a flow are told apart: asked with texts that were kept back, or, without such, with each
//! example while it is left out of what is learnt.

use std::collections::BTreeMap;

use super::trained::{Lesson, Trained};
use super::{Model, Reading};
use crate::engine::Classify;
use crate::event::Timestamp;
use crate::flow::Flow;

/// The examples are left out in so many parts.
const PARTS: usize = 5;

/// What came of asking.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Texts of an intent that were asked.
    pub asked: usize,
    /// Those whose likeliest intent is theirs.
    pub right: usize,
    /// Those that a host takes for theirs: it is likely enough, and what it needs is in the text.
    pub understood: usize,
    /// Texts of no intent that were asked.
    pub asides: usize,
    /// Those that a host takes for an intent nevertheless: the number of the text, and the intent.
    pub strays: Vec<(usize, usize)>,
    /// By the intent that is meant, then by the one that was understood: how often.
    pub confusion: BTreeMap<usize, BTreeMap<usize, usize>>,
    /// Texts that were understood as another intent, the most confident first.
    pub mistakes: Vec<Mistake>,
}

/// A text that was understood as another intent than its own.
#[derive(Debug, Clone)]
pub struct Mistake {
    /// Its number among the texts asked.
    pub text: usize,
    /// What it means.
    pub meant: usize,
    /// What it was taken for.
    pub taken: usize,
    /// How surely.
    pub confidence: f64,
    /// The number, among what was learnt, of the example of the wrong intent that is most like it.
    pub misled_by: Option<usize>,
}

impl Evaluation {
    /// The share of right answers.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        ratio(self.right, self.asked)
    }

    /// The share of an intent's texts that were understood.
    #[must_use]
    pub fn recall(&self, intent: usize) -> f64 {
        let row = self.confusion.get(&intent);
        let all = row.map_or(0, |row| row.values().sum());
        ratio(row.and_then(|row| row.get(&intent)).copied().unwrap_or_default(), all)
    }

    /// Pairs of intents that are taken for one another, most often first.
    #[must_use]
    pub fn pairs(&self) -> Vec<((usize, usize), usize)> {
        let mut pairs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (meant, row) in &self.confusion {
            for (taken, count) in row.iter().filter(|(taken, _)| *taken != meant) {
                *pairs.entry((*meant.min(taken), *meant.max(taken))).or_default() += count;
            }
        }
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_by_key(|(pair, count)| (std::cmp::Reverse(*count), *pair));
        pairs
    }

    fn add(
        &mut self,
        (flow, trained): (&Flow, &Trained),
        learnt: &[(usize, Lesson<'_>)],
        (number, Lesson { text, intent }): (usize, Lesson<'_>),
    ) {
        let taken = taken(flow, trained.model(), text);
        let Some(meant) = intent else {
            self.asides += 1;
            self.strays.extend(taken.map(|taken| (number, taken)));
            return;
        };
        self.asked += 1;
        self.understood += usize::from(taken == Some(meant));
        let Some(best) = trained.best(text) else { return };
        *self.confusion.entry(meant).or_default().entry(best.intent).or_default() += 1;
        if best.intent == meant {
            self.right += 1;
            return;
        }
        let rivals = learnt.iter().filter(|(_, one)| one.intent == Some(best.intent));
        let liker = |text: &str, other: &str| trained.likeness(text, other);
        let misled_by = rivals
            .map(|(number, one)| (*number, liker(text, one.text)))
            .max_by(|(_, one), (_, other)| one.total_cmp(other))
            .map(|(number, _)| number);
        let (taken, confidence) = (best.intent, best.confidence);
        self.mistakes.push(Mistake { text: number, meant, taken, confidence, misled_by });
    }

    fn sorted(mut self) -> Self {
        self.mistakes.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
        self
    }
}

/// What a host takes a text for, where every intent of the flow can be taken.
fn taken(flow: &Flow, model: &Model, text: &str) -> Option<usize> {
    let query = Classify {
        text: text.to_owned(),
        flow: (flow.id.clone(), flow.version.clone()),
        among: flow.intents.keys().cloned().collect(),
        expecting: Vec::new(),
        choices: Vec::new(),
        asked: None,
        context: Default::default(),
        personal: Vec::new(),
        language: flow.meta.language.clone(),
        time_zone: "UTC".to_owned(),
        now: Timestamp::from_millis(0),
    };
    let all: Vec<usize> = (0..flow.intents.len()).collect();
    let understood = Reading::of(flow, &query, &all).decide(model, None).understood(None);
    understood.intent.and_then(|name| flow.intents.get_index_of(&name))
}

/// Asks with other texts than those learnt; a text's intent is its place in the flow.
#[must_use]
pub fn evaluate(flow: &Flow, lessons: &[Lesson<'_>], asked: &[Lesson<'_>]) -> Evaluation {
    let trained = learn(flow, lessons);
    let learnt: Vec<_> = lessons.iter().copied().enumerate().collect();
    let mut evaluation = Evaluation::default();
    for one in asked.iter().copied().enumerate() {
        evaluation.add((flow, &trained), &learnt, one);
    }
    evaluation.sorted()
}

fn learn(flow: &Flow, lessons: &[Lesson<'_>]) -> Trained {
    let names: Vec<&str> = flow.intents.keys().map(String::as_str).collect();
    Trained::learn(&names, lessons, &flow.meta.language)
}

/// Asks with every example, each by what is learnt from the others.
#[must_use]
pub fn cross_validate(flow: &Flow, lessons: &[Lesson<'_>]) -> Evaluation {
    let mut evaluation = Evaluation::default();
    // Every fifth example of each intent, so that each part has texts of all.
    let mut seen: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    let parts: Vec<usize> = lessons
        .iter()
        .map(|lesson| {
            let count = seen.entry(lesson.intent).or_default();
            *count += 1;
            *count % PARTS
        })
        .collect();
    for part in 0..PARTS {
        let numbered = || lessons.iter().copied().enumerate().zip(&parts);
        let learnt: Vec<_> =
            numbered().filter(|(_, own)| **own != part).map(|(one, _)| one).collect();
        let texts: Vec<Lesson<'_>> = learnt.iter().map(|(_, one)| *one).collect();
        let trained = learn(flow, &texts);
        for (one, _) in numbered().filter(|(_, own)| **own == part) {
            evaluation.add((flow, &trained), &learnt, one);
        }
    }
    evaluation.sorted()
}

#[expect(clippy::cast_precision_loss, reason = "counts of texts, far below 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
