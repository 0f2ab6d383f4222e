//! How often the likeliest intent is the right one, with all examples and with ten of each; how well texts that mean
//! none of the intents are told from the others; and what a text and the training cost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cicerone::nlu::{Lesson, Trained};

use crate::data::{self, Row, Split};

/// Examples of each intent in the small sets.
const SHOTS: usize = 10;

/// The seeds with which the small sets are drawn.
pub(crate) const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

/// What was measured of one data set.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) intents: usize,
    pub(crate) learnt: usize,
    pub(crate) asked: usize,
    pub(crate) accuracy: f64,
    /// Of each intent, on average.
    pub(crate) balanced: f64,
    pub(crate) few: f64,
    pub(crate) auroc: f64,
    /// The same of texts that mean none of all the intents, where there are such.
    pub(crate) aside: Option<f64>,
    /// For each text asked, sorted.
    pub(crate) times: Vec<Duration>,
    pub(crate) training: Duration,
}

/// Measures one data set.
pub(crate) fn measure(split: &Split, aside: &[String], language: &str) -> Figures {
    let begun = Instant::now();
    let learnt = Learnt::of(&split.train, language);
    let training = begun.elapsed();
    let (accuracy, balanced, mut times) = learnt.accuracy(&split.test);
    times.sort_unstable();
    let few = SEEDS.map(|seed| {
        let rows = data::few(&split.train, SHOTS, seed);
        Learnt::of(&rows, language).accuracy(&split.test).0
    });
    let aside = (!aside.is_empty()).then(|| {
        let inside = split.test.iter().map(|row| learnt.confidence(&row.text)).collect();
        auroc(inside, aside.iter().map(|text| learnt.confidence(text)).collect())
    });
    let outside = data::with_outside(split);
    let sure = Learnt::of(&outside.train, language);
    let scores = |rows: &[Row]| rows.iter().map(|row| sure.confidence(&row.text)).collect();
    Figures {
        balanced,
        intents: learnt.names.len(),
        learnt: split.train.len(),
        asked: split.test.len(),
        accuracy,
        few: few.iter().sum::<f64>() / as_f64(few.len()),
        auroc: auroc(scores(&outside.test), scores(&outside.outside)),
        aside,
        times,
        training,
    }
}

/// How long a processor takes to learn so many intents of so many examples, the best of a few times; none if there are
/// fewer.
pub(crate) fn learning(rows: &[Row], (intents, examples): (usize, usize)) -> Option<Duration> {
    let few = data::few(rows, examples, 1);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &few {
        *counts.entry(&row.intent).or_default() += 1;
    }
    let full = counts.into_iter().filter(|(_, count)| *count == examples);
    let names: Vec<&str> = full.map(|(name, _)| name).take(intents).collect();
    if names.len() < intents {
        return None;
    }
    let rows: Vec<Row> =
        few.iter().filter(|row| names.contains(&row.intent.as_str())).cloned().collect();
    let repeats = if intents * examples > 1_000 { 1 } else { 20 };
    let times = (0..repeats).map(|_| {
        let (begun, at_work) = (Instant::now(), at_work());
        std::hint::black_box(Learnt::of(&rows, "en"));
        let worked = at_work.zip(self::at_work()).map(|(before, after)| after - before);
        worked.unwrap_or_else(|| begun.elapsed())
    });
    times.min()
}

/// What this thread had of a processor so far, which other programs have no part in; only Linux tells.
fn at_work() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_ascii_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

struct Learnt {
    names: Vec<String>,
    trained: Trained,
}

impl Learnt {
    fn of(rows: &[Row], language: &str) -> Self {
        let mut names: Vec<String> = rows.iter().map(|row| row.intent.clone()).collect();
        names.sort();
        names.dedup();
        let place = |row: &Row| names.binary_search(&row.intent).ok();
        let lessons: Vec<Lesson<'_>> =
            rows.iter().map(|row| Lesson { text: &row.text, intent: place(row) }).collect();
        let words: Vec<&str> = names.iter().map(String::as_str).collect();
        let trained = Trained::learn(&words, &lessons, language);
        Self { names, trained }
    }

    /// Of all texts, of each intent on average, and the times.
    fn accuracy(&self, rows: &[Row]) -> (f64, f64, Vec<Duration>) {
        let mut times = Vec::with_capacity(rows.len());
        let mut right = 0;
        let mut intents: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for row in rows {
            let (best, time) = timed(|| self.trained.best(&row.text));
            times.push(time);
            let name = best.and_then(|best| self.names.get(best.intent));
            let is_right = usize::from(name == Some(&row.intent));
            right += is_right;
            let (hits, count) = intents.entry(&row.intent).or_default();
            *hits += is_right;
            *count += 1;
        }
        let recalls = intents.values().map(|(hits, count)| as_f64(*hits) / as_f64(*count));
        let balanced = recalls.sum::<f64>() / as_f64(intents.len().max(1));
        (as_f64(right) / as_f64(rows.len()), balanced, times)
    }

    fn confidence(&self, text: &str) -> f64 {
        self.trained.best(text).map_or(0.0, |best| best.confidence)
    }
}

/// The best of a few times: whatever else the machine does comes in between now and then.
pub(crate) fn timed<T>(work: impl Fn() -> T) -> (T, Duration) {
    let once = || {
        let begun = Instant::now();
        let done = work();
        (done, begun.elapsed())
    };
    let (done, first) = once();
    (done, (0..2).map(|_| once().1).fold(first, Duration::min))
}

/// The chance that a text of the first kind is given more confidence than one of the second; a tie counts half.
fn auroc(inside: Vec<f64>, outside: Vec<f64>) -> f64 {
    let pairs = as_f64(inside.len()) * as_f64(outside.len());
    let mut all: Vec<(f64, bool)> = inside.into_iter().map(|score| (score, true)).collect();
    all.extend(outside.into_iter().map(|score| (score, false)));
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let (mut below, mut sum) = (0.0, 0.0);
    for ties in all.chunk_by(|(one, _), (other, _)| one == other) {
        let outside = as_f64(ties.iter().filter(|(_, is_inside)| !is_inside).count());
        let inside = as_f64(ties.len()) - outside;
        sum += inside * (below + outside / 2.0);
        below += outside;
    }
    sum / pairs
}

#[expect(clippy::cast_precision_loss, reason = "counts of texts, far below 2^52")]
pub(crate) fn as_f64(count: usize) -> f64 {
    count as f64
}
