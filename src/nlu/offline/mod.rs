//! The classifier that needs no network: the flow's own examples word for word, then a linear classifier over words
//! and parts of words, then the values in the text. It asks nobody, and the same text in the same flow is always
//! understood the same way.

mod calibrate;
mod evaluate;
mod explain;
mod features;
mod grams;
mod kept;
mod meant;
mod model;
mod near;
mod noise;
mod refusal;
mod svm;
mod trained;
mod values;
mod vectors;

pub use evaluate::{Evaluation, Mistake, cross_validate, evaluate};
pub use explain::{Candidate, Explained};
pub use trained::{Guess, Lesson, Reason, Trained};

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::engine::{Classify, Understood};
use crate::event::Alternative;
use crate::flow::{Flow, Intent, State, Trigger};
use crate::nlu::{Command, Filled, Reply};
use crate::slots::{self, Moment};
use calibrate::{MARGIN, THRESHOLD, THRESHOLD_WITH_SLOTS};
use features::ENTITY_MARK;
use kept::{Kept, Slot};
use model::{Example, Model, Text};
use near::Near;
use values::Values;

/// The classifier; it keeps what it has learnt for each set of intents.
#[derive(Debug, Default)]
pub struct Offline {
    models: Mutex<Kept>,
}

impl Offline {
    /// Understands one text.
    pub fn classify(&self, flow: &Flow, query: &Classify) -> Understood {
        let begun = Instant::now();
        let mut understood = self.reply(flow, query).understood(cancelling(query));
        understood.ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        understood
    }

    /// Trains every set of intents that a state of the flow can take.
    pub fn warm(&self, flow: &Flow) {
        let sets: BTreeSet<Vec<usize>> =
            flow.states.values().map(|state| places(flow, visible(flow, state))).collect();
        for set in sets.into_iter().filter(|set| !set.is_empty()) {
            let slot = self.slot(flow, &set);
            slot.get_or_init(|| train(flow, &set));
        }
    }

    /// The commands of one text. One that means nothing as it is may be a choice among what the person was shown: then the
    /// words of the choice are what was said.
    #[must_use]
    pub fn reply(&self, flow: &Flow, query: &Classify) -> Reply {
        self.reply_near(flow, query, None)
    }

    /// The same, where how near the text lies to each of the flow's intents is known beside its words: 1 is as near as
    /// an intent's own examples lie to each other, 0 as those of others.
    pub(in crate::nlu) fn reply_near(
        &self,
        flow: &Flow,
        query: &Classify,
        near: Option<&[f32]>,
    ) -> Reply {
        let reply = self.understand(flow, query, near);
        if reply.has_intent() {
            return reply;
        }
        let chosen = slots::choose(&query.text, &query.choices, &query.language)
            .and_then(|choice| query.choices.get(choice));
        let Some(chosen) = chosen else {
            let gives_up = slots::gives_up(&query.text, &query.language);
            if gives_up {
                return Reply { commands: vec![Command::Cancel], ..Reply::noise(0.0, "offline") };
            }
            return reply;
        };
        let chosen = Classify { text: chosen.clone(), ..query.clone() };
        let meant = self.understand(flow, &chosen, None);
        // Its values stand in the words of the choice, not in the text.
        let unplaced = |command| match command {
            Command::SetSlot(filled) => Command::SetSlot(Filled { span: None, ..filled }),
            other => other,
        };
        if meant.has_intent() {
            let commands = meant.commands.into_iter().map(unplaced).collect();
            Reply { commands, ..Reply::noise(0.0, "choice") }
        } else {
            reply
        }
    }

    fn understand(&self, flow: &Flow, query: &Classify, near: Option<&[f32]>) -> Reply {
        let set = places(flow, query.among.iter().map(String::as_str));
        let slot = self.slot(flow, &set);
        let model = slot.get_or_init(|| train(flow, &set));
        let near: Option<Vec<f32>> = near.map(|near| {
            set.iter().map(|place| near.get(*place).copied().unwrap_or_default()).collect()
        });
        let near = near.as_deref().map(Near);
        Reading::of(flow, query, &set).decide(model, near)
    }

    fn slot(&self, flow: &Flow, set: &[usize]) -> Slot {
        self.models.lock().unwrap_or_else(PoisonError::into_inner).slot(flow, set)
    }
}

/// One text, read against the intents that can be taken.
struct Reading<'a> {
    flow: &'a Flow,
    query: &'a Classify,
    /// Places of the visible intents in the flow.
    set: &'a [usize],
    words: slots::Text<'a>,
    text: Text,
    moment: Moment,
    /// Whether it says what is not wanted.
    refuses: bool,
}

impl<'a> Reading<'a> {
    /// Reads the text against the flow's intents in these places.
    fn of(flow: &'a Flow, query: &'a Classify, set: &'a [usize]) -> Self {
        let words = slots::Text::read(&query.text, &query.language);
        let text = Text::read(&query.text, &marked(&words, &any_moment(&query.language)));
        let refuses = refusal::refuses(&query.text, &query.language);
        Reading { flow, query, set, words, text, moment: moment(query), refuses }
    }

    /// What the text means, if it means one of them; with what vectors say of it, where they were asked for.
    fn decide(&self, model: &Model, near: Option<Near<'_>>) -> Reply {
        self.exact(model).unwrap_or_else(|| self.classified(model, near))
    }

    /// The intent that has the text among its examples.
    fn exact(&self, model: &Model) -> Option<Reply> {
        let (name, intent) = self.intent(model.exact(&self.text)?)?;
        let values = self.values(intent);
        values.is_complete.then(|| understood(name, 1.0, values, "exact"))
    }

    /// The likeliest intent, if it is likely enough; what the text fills weighs in.
    fn classified(&self, model: &Model, near: Option<Near<'_>>) -> Reply {
        let mut unsure = None;
        let mut highest: f64 = 0.0;
        for Guess { intent: number, confidence, .. } in model.rank_near(&self.text, near) {
            if self.is_refused(number) {
                continue;
            }
            highest = highest.max(confidence);
            if confidence < THRESHOLD_WITH_SLOTS {
                break;
            }
            let Some((name, intent)) = self.intent(number) else { continue };
            let values = self.values(intent);
            if !values.is_complete {
                continue;
            }
            if values.is_telling {
                return understood(name, confidence.max(THRESHOLD), values, "offline");
            }
            if confidence >= THRESHOLD {
                let reply = understood(name, confidence, values, "offline");
                if intent.slots.is_empty() {
                    return Reply { alternatives: self.between(model, near), ..reply };
                }
                unsure = Some(reply);
            }
            break;
        }
        if let Some(reply) = self.mostly_values() {
            return reply;
        }
        let reply = unsure.unwrap_or_else(|| noise(highest.min(THRESHOLD)));
        Reply { alternatives: self.between(model, near), ..reply }
    }

    /// The two likeliest intents, if both are likely and the first is not enough so, or not far enough ahead.
    fn between(&self, model: &Model, near: Option<Near<'_>>) -> Vec<Alternative> {
        let mut ranking = model.rank_near(&self.text, near);
        let mut two = Vec::with_capacity(2);
        while two.len() < 2 {
            let Some(guess) = ranking.next() else { return Vec::new() };
            if self.is_refused(guess.intent) {
                return Vec::new();
            }
            let is_sure = guess.confidence >= THRESHOLD && guess.lead >= MARGIN;
            if guess.confidence < THRESHOLD_WITH_SLOTS || (is_sure && two.is_empty()) {
                return Vec::new();
            }
            let Some((name, intent)) = self.intent(guess.intent) else { continue };
            let values = self.values(intent);
            if values.is_complete {
                let slots = values.into_found().into_iter().map(|found| (found.slot, found.value));
                two.push(Alternative {
                    intent: name.to_owned(),
                    confidence: guess.confidence,
                    slots: slots.collect(),
                });
            }
        }
        two
    }

    /// The one intent that the text hardly is more than values for; the asked-for ones before the others.
    fn mostly_values(&self) -> Option<Reply> {
        let mut best: Option<(bool, f64, &str, Values)> = None;
        let mut is_tie = false;
        let wanted = (0..self.set.len()).filter(|number| !self.is_refused(*number));
        for (name, intent) in wanted.filter_map(|number| self.intent(number)) {
            let values = self.values(intent);
            let Some(share) = values.share(&self.query.text, &intent.examples) else { continue };
            let rank = (self.is_asked_for(intent), share);
            match &best {
                Some((asked, most, ..)) if (*asked, *most) > rank => {}
                Some((asked, most, ..)) if (*asked, *most) == rank => is_tie = true,
                Some(_) | None => {
                    best = Some((rank.0, rank.1, name, values));
                    is_tie = false;
                }
            }
        }
        let (_, share, name, values) = best.filter(|_| !is_tie)?;
        Some(understood(name, THRESHOLD + share * (1.0 - THRESHOLD) * 0.9, values, "offline"))
    }

    /// Name and definition of the intent with this number in the model.
    fn intent(&self, number: usize) -> Option<(&'a str, &'a Intent)> {
        let (name, intent) = self.flow.intents.get_index(*self.set.get(number)?)?;
        Some((name, intent))
    }

    fn values(&self, intent: &Intent) -> Values {
        Values::of(intent, &self.words, &self.query.expecting, &self.moment)
    }

    /// Whether the text says that this is not wanted: it refuses something, and no example of the intent does.
    fn is_refused(&self, number: usize) -> bool {
        let refuses = |example: &String| refusal::refuses(example, &self.flow.meta.language);
        let is_other = |intent: &Intent| !intent.examples.iter().any(refuses);
        self.refuses && self.intent(number).is_some_and(|(_, intent)| is_other(intent))
    }

    fn is_asked_for(&self, intent: &Intent) -> bool {
        intent.slots.iter().any(|slot| self.query.expecting.iter().any(|e| e.name == slot.name))
    }
}

fn understood(name: &str, confidence: f64, values: Values, classifier: &str) -> Reply {
    let corrects = values.corrects;
    let filled = |found: slots::Found| Filled {
        name: found.slot,
        value: found.value,
        span: Some(found.span),
        confidence: found.confidence,
    };
    let set =
        |filled| if corrects { Command::CorrectSlot(filled) } else { Command::SetSlot(filled) };
    let intent = Command::Intent { name: name.to_owned(), confidence };
    let values = values.into_found().into_iter().map(|found| set(filled(found)));
    let commands = std::iter::once(intent).chain(values).collect();
    Reply { commands, ..Reply::noise(0.0, classifier) }
}

fn noise(confidence: f64) -> Reply {
    Reply::noise(confidence, "offline")
}

/// The visible intent that a flow has for giving up, by its name.
pub(in crate::nlu) fn cancelling(query: &Classify) -> Option<&str> {
    let is_it = |name: &&str| name.to_lowercase().contains("cancel");
    query.among.iter().map(String::as_str).find(is_it)
}

/// Learns a set of intents; the flow's other intents are what the set is not.
fn train(flow: &Flow, set: &[usize]) -> Model {
    let names: Vec<&str> = set
        .iter()
        .filter_map(|place| flow.intents.get_index(*place))
        .map(|(name, _)| name.as_str())
        .collect();
    let examples: Vec<Example<'_>> = flow
        .intents
        .values()
        .enumerate()
        .flat_map(|(place, intent)| {
            let number = set.binary_search(&place).ok();
            intent.examples.iter().map(move |text| Example { text, intent: number })
        })
        .collect();
    Model::train(&names, &examples, &flow.meta.language)
}

/// Puts the kinds of values in their places.
fn mask(language: &str) -> impl Fn(&str) -> String {
    let moment = any_moment(language);
    move |text| marked(&slots::Text::read(text, &moment.language), &moment)
}

fn marked(words: &slots::Text<'_>, moment: &Moment) -> String {
    words.mask(moment).replace("__", &ENTITY_MARK.to_string())
}

/// What day it is has no say in what kind a value is, so that moment is a fixed one.
pub(in crate::nlu) fn any_moment(language: &str) -> Moment {
    Moment { now: jiff::Zoned::default(), language: language.to_owned() }
}

/// The intents that a state can take: its own and the flow's.
pub fn visible<'f>(flow: &'f Flow, state: &'f State) -> impl Iterator<Item = &'f str> {
    let names = flow.ways_of(state).filter_map(|way| match &way.trigger {
        Trigger::Intent(names) => Some(names),
        Trigger::Pattern(_)
        | Trigger::Default
        | Trigger::Dtmf(_)
        | Trigger::Event(_)
        | Trigger::ToolResult(_)
        | Trigger::ToolError(_)
        | Trigger::FlowResult(_)
        | Trigger::Done
        | Trigger::Fail
        | Trigger::Auto => None,
    });
    names.flatten().map(String::as_str)
}

/// The places of these intents in the flow, sorted, each once; names that the flow does not have are left out.
fn places<'n>(flow: &Flow, names: impl Iterator<Item = &'n str>) -> Vec<usize> {
    let places: BTreeSet<usize> =
        names.filter_map(|name| flow.intents.get_index_of(name)).collect();
    places.into_iter().collect()
}

/// The turn's clock on the session's wall; UTC if the zone is unknown.
pub(in crate::nlu) fn moment(query: &Classify) -> Moment {
    let zone = jiff::tz::TimeZone::get(&query.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let now = jiff::Timestamp::from_millisecond(query.now.as_millis()).unwrap_or_default();
    Moment { now: now.to_zoned(zone), language: query.language.clone() }
}
