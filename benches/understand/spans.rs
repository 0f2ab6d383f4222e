//! How many of the marked values are found, with the very span that is marked, and how many are found that are not
//! marked. A slot's type follows from its name: `people` is an integer, `date`, `time`, `first_name`, `last_name` and the
//! other types are themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use cicerone::slots::{Moment, Slot, Text, Type};

use crate::data::Marked;
use crate::intents::timed;

/// Marked, found and found as marked.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) marked: usize,
    pub(crate) found: usize,
    pub(crate) right: usize,
    /// The same, whatever stands at their ends: an article, a mark, `am` and `pm`, which sets mark as it comes.
    pub(crate) alike: usize,
}

/// What was measured of one data set.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) texts: usize,
    pub(crate) slots: BTreeMap<String, Count>,
    /// For each text, sorted.
    pub(crate) times: Vec<Duration>,
}

/// Measures one data set; `told` hears of every text that is read wrongly.
pub(crate) fn measure(rows: &[Marked], language: &str, mut told: impl FnMut(&str)) -> Figures {
    let moment = Moment {
        now: "2018-08-15T12:00[Europe/London]".parse().expect("the moment is fixed"),
        language: language.to_owned(),
    };
    let all = slots(rows);
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut times = Vec::with_capacity(rows.len());
    for row in rows {
        let (wanted, asked) = wanted(row, &all);
        let read = || Text::read(&row.text, language).extract_asked(&wanted, asked, &moment);
        let (found, time) = timed(read);
        times.push(time);
        let chars: Vec<char> = row.text.chars().collect();
        let characters = |byte: usize| row.text.get(..byte).map_or(0, |text| text.chars().count());
        let spans: Vec<(&str, usize, usize)> = found
            .iter()
            .map(|one| (&*one.slot, characters(one.span.start), characters(one.span.end)))
            .collect();
        for label in &row.labels {
            counts.entry(label.slot.clone()).or_default().marked += 1;
        }
        for (slot, start, end) in &spans {
            let count = counts.entry((*slot).to_owned()).or_default();
            let labels = || row.labels.iter().filter(|label| label.slot == *slot);
            let core = core(&chars, *start, *end);
            count.found += 1;
            count.right +=
                usize::from(labels().any(|label| (label.start, label.end) == (*start, *end)));
            count.alike += usize::from(
                labels().any(|label| self::core(&chars, label.start, label.end) == core),
            );
        }
        tell(row, &spans, &mut told);
    }
    times.sort_unstable();
    Figures { texts: rows.len(), slots: counts, times }
}

impl Count {
    /// The harmonic mean of precision and recall, when `right` of the values are.
    pub(crate) fn f1(&self, right: usize) -> f64 {
        2.0 * crate::intents::as_f64(right) / crate::intents::as_f64(self.marked + self.found)
    }
}

fn tell(row: &Marked, spans: &[(&str, usize, usize)], told: &mut impl FnMut(&str)) {
    let chars: Vec<char> = row.text.chars().collect();
    let text =
        |start: usize, end: usize| chars.get(start..end).unwrap_or_default().iter().collect();
    let marked: Vec<(&str, String)> =
        row.labels.iter().map(|one| (&*one.slot, text(one.start, one.end))).collect();
    let found: Vec<(&str, String)> =
        spans.iter().map(|(slot, start, end)| (*slot, text(*start, *end))).collect();
    for one in &marked {
        if !found.contains(one) {
            told(&format!("missed {one:?} in {:?}, asked {:?}", row.text, row.requested));
        }
    }
    for one in &found {
        if !marked.contains(one) {
            told(&format!("found  {one:?} in {:?}, asked {:?}", row.text, row.requested));
        }
    }
}

/// A span without the article and the marks at its ends, and without a half of the day.
fn core(chars: &[char], start: usize, end: usize) -> (usize, usize) {
    let text: String =
        chars.get(start..end).unwrap_or_default().iter().flat_map(|c| c.to_lowercase()).collect();
    let begun = text.trim_start_matches("the ").trim_start_matches("a ").trim_start();
    let mut rest = begun.trim_end_matches(['.', ',', '!', '?', ' ']);
    for half in ["am", "pm", "a.m", "p.m"] {
        rest = rest.strip_suffix(half).unwrap_or(rest);
    }
    let rest = rest.trim_end();
    let front = text.chars().count() - begun.chars().count();
    (start + front, start + front + rest.chars().count())
}

/// The slots of a data set, each once.
fn slots(rows: &[Marked]) -> Vec<Slot> {
    let mut names: Vec<&str> =
        rows.iter().flat_map(|row| &row.labels).map(|label| label.slot.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let slot = |name: &&str| {
        let kind = kind(name)?;
        Some(Slot { name: (*name).to_owned(), kind, required: false, pii: false })
    };
    names.iter().filter_map(slot).collect()
}

fn kind(name: &str) -> Option<Type> {
    Some(match name {
        "people" | "integer" => Type::Integer,
        "number" => Type::Number,
        "ordinal" => Type::Ordinal,
        "percent" => Type::Percent,
        "date" => Type::Date,
        "time" => Type::Time,
        "datetime" => Type::Datetime,
        "duration" => Type::Duration,
        "money" => Type::Money,
        "phone" => Type::Phone,
        "email" => Type::Email,
        "url" => Type::Url,
        "name" => Type::Name,
        "first_name" => Type::FirstName,
        "last_name" => Type::LastName,
        "boolean" => Type::Boolean,
        _ => return None,
    })
}

/// All slots, those that were asked for first, and how many these are.
fn wanted(row: &Marked, all: &[Slot]) -> (Vec<Slot>, usize) {
    let mut wanted: Vec<Slot> = Vec::with_capacity(all.len());
    let named = row.requested.iter().filter_map(|name| all.iter().find(|slot| slot.name == *name));
    for slot in named {
        if !wanted.contains(slot) {
            wanted.push(slot.clone());
        }
    }
    let asked = wanted.len();
    wanted.extend(all.iter().filter(|slot| !row.requested.contains(&slot.name)).cloned());
    (wanted, asked)
}
