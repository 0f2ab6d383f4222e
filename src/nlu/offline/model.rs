//! What is learnt for one set of intents: their examples word for word, and a linear classifier with a calibrated
//! confidence. It knows nothing of flows and slots; intents are numbers here.

use std::collections::BTreeMap;

use super::calibrate::{self, Evidence};
use super::features::{ENTITY_MARK, Seen, Vector, Vocabulary, normalise};
use super::grams::Grams;
use super::mask;
use super::meant::Meant;
use super::near::Near;
use super::noise;
use super::svm::{self, Weights};

/// Measured on public data sets: half and twice as much are both worse.
const TRAINING: svm::Options =
    svm::Options { cost: 1.0, rounds_max: 60, tolerance: 0.1, balance: 0.25 };

/// So many examples of an intent are compared one by one with a text; the others count through the classifier.
const COMPARED_MAX: usize = 32;

/// A text to learn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Example<'a> {
    /// As its author wrote it.
    pub(super) text: &'a str,
    /// Its intent's number, or none for a text that means something outside the set.
    pub(super) intent: Option<usize>,
}

/// A text in the two forms that are looked at.
#[derive(Debug)]
pub(super) struct Text {
    normal: String,
    masked: String,
}

impl Text {
    /// Both forms of a text.
    pub(super) fn read(text: &str, masked: &str) -> Self {
        Self { normal: normalise(text), masked: normalise(masked) }
    }

    /// The normal form with the kinds of values in their places.
    pub(super) fn masked(&self) -> &str {
        &self.masked
    }

    fn has_values(&self) -> bool {
        self.masked.contains(ENTITY_MARK)
    }
}

/// An intent that a text may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guess {
    /// Its number.
    pub intent: usize,
    /// The chance that it is the right one, from 0 to 1.
    pub confidence: f64,
    /// How far its margin is ahead of the next intent's; 2, the whole way from against to for, where there is no next one.
    pub lead: f32,
}

impl Guess {
    /// The intent that has the very text among its examples.
    pub(super) const fn exact(intent: usize) -> Self {
        Self { intent, confidence: 1.0, lead: ALONE }
    }
}

/// A part of a text that speaks for an intent or against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// A word, two words, a part of a word, or the kind of a value.
    pub part: String,
    /// How much it adds to the margin of the intent; below 0 it speaks against it.
    pub weight: f32,
}

/// The confidence in a text that differs from an example in its values only.
const SAME_FORM: f64 = 0.97;

/// The lead of an intent that has no rival.
const ALONE: f32 = 2.0;

/// A trained set of intents.
#[derive(Debug)]
pub(super) struct Model {
    exact: BTreeMap<String, usize>,
    /// Masked examples; none for a form that more than one intent has.
    forms: BTreeMap<String, Option<usize>>,
    vocabulary: Vocabulary,
    weights: Weights,
    /// What the words mean, for languages where that is known.
    meant: Option<Meant>,
    compared: Vec<Vec<Vector>>,
    /// Whether a margin means anything: with texts of one intent only, everything is that intent.
    has_contrast: bool,
    /// What noise takes from every confidence, given back.
    lift: f32,
}

impl Model {
    /// Learns the intents of these names from their examples in a BCP 47 language.
    pub(super) fn train(names: &[&str], examples: &[Example<'_>], language: &str) -> Self {
        let (intents, mask) = (names.len(), mask(language));
        let texts: Vec<Text> =
            examples.iter().map(|one| Text::read(one.text, &mask(one.text))).collect();
        let mut exact = BTreeMap::new();
        let mut forms = BTreeMap::new();
        for (example, text) in examples.iter().zip(&texts) {
            if let Some(intent) = example.intent.filter(|_| !text.normal.is_empty()) {
                // The same text under two intents belongs to the first, as written.
                exact.entry(text.normal.clone()).or_insert(intent);
            }
            if text.has_values() {
                let form = forms.entry(text.masked.clone()).or_insert(example.intent);
                // A form of two intents tells nothing.
                *form = form.filter(|intent| example.intent == Some(*intent));
            }
        }
        // A text of an intent in the set says nothing against the set.
        let mut learnt: Vec<(&Text, usize)> = examples
            .iter()
            .zip(&texts)
            .filter(|(example, text)| example.intent.is_some() || !exact.contains_key(&text.normal))
            .map(|(example, text)| (text, example.intent.unwrap_or(intents)))
            .collect();
        let normal = learnt.iter().map(|(text, _)| &*text.normal);
        let others = if intents == 0 { Vec::new() } else { noise::beside(language, normal) };
        let lift = noise::lift(others.len(), learnt.len());
        let others: Vec<Text> = others.iter().map(|text| Text::read(text, &mask(text))).collect();
        learnt.extend(others.iter().map(|text| (text, intents)));
        // Its author has said in the name what the intent means: worth a point and more where examples are few.
        let names: Vec<Text> =
            names.iter().map(|name| spoken(name)).map(|name| Text::read(&name, &name)).collect();
        learnt.extend(names.iter().zip(0..));
        let grams: Vec<Grams> =
            learnt.iter().map(|(text, _)| Grams::of(&text.normal, &text.masked)).collect();
        let labels: Vec<usize> = learnt.iter().map(|(_, label)| *label).collect();
        let vocabulary = Vocabulary::learn(&grams);
        let rows: Vec<Vector> = grams.iter().map(|grams| vocabulary.see(grams).vector).collect();
        let weights = svm::train(&rows, &labels, (vocabulary.len(), intents), TRAINING);
        let words = learnt.iter().map(|(text, label)| (text.normal.as_str(), *label));
        let meant = Meant::train(words, intents, language, TRAINING);
        let has_contrast = labels.iter().any(|label| Some(label) != labels.first());
        let mut compared = vec![Vec::new(); intents];
        let named = rows.len() - names.len();
        for (row, label) in rows.into_iter().zip(labels).take(named) {
            if let Some(rows) = compared.get_mut(label).filter(|rows| rows.len() < COMPARED_MAX) {
                rows.push(vocabulary.near(&row));
            }
        }
        Self { exact, forms, vocabulary, weights, meant, compared, has_contrast, lift }
    }

    /// The intent that has this very text, up to case, accents and punctuation, among its examples.
    pub(super) fn exact(&self, text: &Text) -> Option<usize> {
        self.exact.get(&text.normal).copied()
    }

    /// How much of a text the examples know, from 0 to 1.
    pub(super) fn known(&self, text: &Text) -> f32 {
        self.vocabulary.see(&Grams::of(&text.normal, &text.masked)).coverage
    }

    /// How alike two texts are, from 0 to 1.
    pub(super) fn likeness(&self, one: &Text, other: &Text) -> f32 {
        let see = |text: &Text| {
            let seen = self.vocabulary.see(&Grams::of(&text.normal, &text.masked));
            self.vocabulary.near(&seen.vector)
        };
        Scattered::new(&see(one)).product(&see(other))
    }

    /// What in a text speaks for an intent or against it, the strongest first.
    pub(super) fn reasons(&self, text: &Text, intent: usize) -> Vec<Reason> {
        let seen = self.vocabulary.see(&Grams::of(&text.normal, &text.masked));
        let names = Grams::named(&text.normal, &text.masked);
        let name = |feature: u32| {
            let named =
                names.iter().find(|(gram, _)| self.vocabulary.place(*gram) == Some(feature));
            named.map(|(_, part)| part.clone()).unwrap_or_default()
        };
        let share = self.meant.as_ref().map_or(1.0, Meant::rest);
        let weight = |(feature, value): &(u32, f32)| Reason {
            part: name(*feature),
            weight: share * value * self.weights.of(*feature, intent),
        };
        let mut reasons: Vec<Reason> = seen.vector.iter().map(weight).collect();
        let meant = self.meant.iter().flat_map(|meant| meant.reasons(&text.normal, intent));
        reasons.extend(meant.map(|(word, weight)| Reason { part: format!("~{word}"), weight }));
        reasons.sort_by(|one, other| other.weight.abs().total_cmp(&one.weight.abs()));
        reasons
    }

    /// All intents, the likeliest for `text` first; nothing when nothing in the text is known.
    pub(super) fn rank<'t>(&'t self, text: &'t Text) -> Ranking<'t> {
        self.rank_near(text, None)
    }

    /// The same, where how near the text lies to each intent is known beside its words.
    pub(super) fn rank_near<'t>(&'t self, text: &'t Text, near: Option<Near<'t>>) -> Ranking<'t> {
        let form = self.forms.get(&text.masked).copied().flatten();
        Ranking { model: self, text, near, form, passed: form, compared: None }
    }

    /// What is known of a text, and the intents other than `but` with their margins, the likeliest last.
    fn compare(
        &self,
        text: &Text,
        near: Option<Near<'_>>,
        but: Option<usize>,
    ) -> (Seen, Vec<(usize, f32)>) {
        let seen = self.vocabulary.see(&Grams::of(&text.normal, &text.masked));
        if seen.vector.is_empty() && near.is_none() {
            return (seen, Vec::new());
        }
        let mut margins = self.weights.margins(&seen.vector);
        if let Some(meant) = &self.meant {
            margins = meant.joined(margins, &text.normal);
        }
        if let Some(near) = near {
            margins = near.joined(margins);
        }
        let mut rest: Vec<(usize, f32)> =
            margins.into_iter().enumerate().filter(|(intent, _)| Some(*intent) != but).collect();
        // Equal margins keep the order of the intents; the next one is taken from the end.
        rest.sort_by(|(first, a), (second, b)| a.total_cmp(b).then(second.cmp(first)));
        (seen, rest)
    }
}

/// The intents from the likeliest to the least likely. The confidence of each is against those after it: asking
/// for the next one means that the ones before it are out of question.
#[derive(Debug)]
pub(super) struct Ranking<'m> {
    model: &'m Model,
    text: &'m Text,
    near: Option<Near<'m>>,
    /// The intent with an example that differs in its values only; it comes first.
    form: Option<usize>,
    /// The same, once it has come.
    passed: Option<usize>,
    /// The others, compared when one of them is asked for: mostly none is.
    compared: Option<(Seen, Vec<(usize, f32)>)>,
}

impl Iterator for Ranking<'_> {
    type Item = Guess;

    fn next(&mut self) -> Option<Guess> {
        if let Some(intent) = self.form.take() {
            return Some(Guess { intent, confidence: SAME_FORM, lead: ALONE });
        }
        let (model, text, near, passed) = (self.model, self.text, self.near, self.passed);
        let (seen, rest) = self.compared.get_or_insert_with(|| model.compare(text, near, passed));
        let (intent, margin) = rest.pop()?;
        let examples = model.compared.get(intent).into_iter().flatten();
        let text = Scattered::new(&model.vocabulary.near(&seen.vector));
        let likeness = examples.map(|example| text.product(example));
        let mut evidence = Evidence {
            margin: model.has_contrast.then_some(margin),
            rival: rest.last().map_or(-1.0, |(_, rival)| *rival),
            nearest: likeness.fold(0.0, f32::max),
            coverage: seen.coverage,
            lift: model.lift,
        };
        if let Some(near) = near {
            evidence = near.weighed(evidence, intent);
        }
        let lead = rest.last().map_or(ALONE, |(_, rival)| margin - rival);
        Some(Guess { intent, confidence: calibrate::confidence(&evidence), lead })
    }
}

/// The words of a name: `PROVIDE_PARTY_SIZE`, `providePartySize`.
fn spoken(name: &str) -> String {
    let mut spoken = String::with_capacity(name.len() + 4);
    let mut was_small = false;
    for c in name.chars() {
        if was_small && c.is_uppercase() {
            spoken.push(' ');
        }
        was_small = c.is_lowercase();
        spoken.push(if c.is_alphanumeric() { c } else { ' ' });
    }
    spoken
}

/// A vector laid out for being looked up by feature: comparing two sorted lists step by step costs five times as much.
#[derive(Debug)]
struct Scattered {
    /// A power of two of places, more than half of them empty.
    places: Vec<(u32, f32)>,
}

/// Stands where no feature is.
const EMPTY: u32 = u32::MAX;

impl Scattered {
    fn new(vector: &Vector) -> Self {
        let mut places = vec![(EMPTY, 0.0); (vector.len() * 4).next_power_of_two().max(16)];
        let last = places.len() - 1;
        for (feature, value) in vector {
            let mut at = *feature as usize & last;
            while places.get(at).is_some_and(|(taken, _)| *taken != EMPTY) {
                at = (at + 1) & last;
            }
            if let Some(place) = places.get_mut(at) {
                *place = (*feature, *value);
            }
        }
        Self { places }
    }

    /// The cosine with another vector, both of length 1.
    fn product(&self, other: &Vector) -> f32 {
        let last = self.places.len() - 1;
        let mut sum = 0.0;
        for (feature, value) in other {
            let mut at = *feature as usize & last;
            while let Some((taken, own)) = self.places.get(at).filter(|(taken, _)| *taken != EMPTY)
            {
                if taken == feature {
                    sum += value * own;
                    break;
                }
                at = (at + 1) & last;
            }
        }
        sum
    }
}
