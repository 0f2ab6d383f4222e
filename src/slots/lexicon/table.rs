//! The files of `locale/`: which words of a language may mean what. Data; nothing is decided here.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Part, Piece, Sense, Unit, Word};

/// A file of `locale/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table<'t> {
    weekday: BTreeMap<i8, Vec<String>>,
    #[serde(default)]
    weekdays: BTreeMap<i8, Vec<String>>,
    month: BTreeMap<i8, Vec<String>>,
    day: BTreeMap<i32, Vec<String>>,
    /// By month and day, `12-24`.
    feast: BTreeMap<String, Vec<String>>,
    part: BTreeMap<Part, Vec<String>>,
    clock: BTreeMap<String, Vec<String>>,
    unit: BTreeMap<Unit, Vec<String>>,
    #[serde(borrow)]
    currency: BTreeMap<&'t str, Vec<String>>,
    #[serde(borrow)]
    cents: BTreeMap<&'t str, Vec<String>>,
    number: BTreeMap<String, Vec<String>>,
    /// Behind figures, by how many times they are.
    scale: BTreeMap<u32, Vec<String>>,
    piece: BTreeMap<Piece, Vec<String>>,
    /// By the place in a row.
    ordinal: BTreeMap<i16, Vec<String>>,
    /// By how many they are when no number is said.
    persons: BTreeMap<i16, Vec<String>>,
    grammar: BTreeMap<Word, Vec<String>>,
    /// Words that mean this only in this language's own flows.
    pub(super) alone: Vec<String>,
    /// Words that are no person's name.
    common: Vec<String>,
}

/// The table of a language; the English one where there is none.
pub(super) fn table(language: &str) -> Table<'static> {
    let text = match language {
        "pt" => include_str!("../locale/pt.json"),
        "es" => include_str!("../locale/es.json"),
        "fr" => include_str!("../locale/fr.json"),
        "de" => include_str!("../locale/de.json"),
        _ => include_str!("../locale/en.json"),
    };
    serde_json::from_str(text).expect("the tables in the binary are valid, which a test proves")
}

impl Table<'static> {
    /// Every phrase with what it may mean.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Sense)> {
        let weekdays = each(&self.weekday).map(|(word, day)| (word, Sense::Weekday(*day)));
        let several = each(&self.weekdays).map(|(word, day)| (word, Sense::Weekdays(*day)));
        let months = each(&self.month).map(|(word, month)| (word, Sense::Month(*month)));
        let days = each(&self.day).map(|(word, days)| (word, Sense::Day(*days)));
        let feasts = each(&self.feast).filter_map(|(word, feast)| {
            let (month, day) = feast.split_once('-')?;
            Some((word, Sense::Feast(month.parse().ok()?, day.parse().ok()?)))
        });
        let parts = each(&self.part).map(|(word, part)| (word, Sense::Part(*part)));
        let clock = each(&self.clock).filter_map(|(word, time)| {
            let (hour, minute) = time.split_once(':')?;
            Some((word, Sense::Clock(hour.parse().ok()?, minute.parse().ok()?)))
        });
        let units = each(&self.unit).map(|(word, unit)| (word, Sense::Unit(*unit)));
        let currencies = each(&self.currency).map(|(word, code)| (word, Sense::Currency(code)));
        let cents = each(&self.cents).map(|(word, code)| (word, Sense::Cents(code)));
        let scales = each(&self.scale).map(|(word, scale)| (word, Sense::Scale(*scale)));
        let pieces = each(&self.piece).map(|(word, piece)| (word, Sense::Piece(*piece)));
        let numbers = each(&self.number)
            .filter_map(|(word, value)| Some((word, Sense::Quantity(value.parse().ok()?))));
        let places = each(&self.ordinal).map(|(word, place)| (word, Sense::Place(*place)));
        let persons = each(&self.persons).map(|(word, count)| (word, Sense::Persons(*count)));
        let grammar = each(&self.grammar).map(|(word, role)| (word, Sense::Is(*role)));
        let common = self.common.iter().map(|word| (word.as_str(), Sense::Common));
        weekdays
            .chain(several)
            .chain(months)
            .chain(days)
            .chain(feasts)
            .chain(parts)
            .chain(clock)
            .chain(units)
            .chain(currencies)
            .chain(cents)
            .chain(scales)
            .chain(pieces)
            .chain(numbers)
            .chain(places)
            .chain(persons)
            .chain(grammar)
            .chain(common)
    }
}

fn each<K>(map: &BTreeMap<K, Vec<String>>) -> impl Iterator<Item = (&str, &K)> {
    map.iter().flat_map(|(key, words)| words.iter().map(move |word| (word.as_str(), key)))
}
