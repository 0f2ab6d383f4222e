//! Data sets as files: `<name>.train.tsv` and, where there is one, `<name>.test.tsv`, each line an intent, a tab and a
//! text; `<name>.outside.txt` for texts without an intent; `<name>.train.jsonl` and `<name>.test.jsonl` for slots. What has no test part is cut, always in the same places.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One text in so many is kept back where no test part is given.
const KEPT_BACK: usize = 10;

/// A text and what it means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) intent: String,
    pub(crate) text: String,
}

/// What is learnt, what is asked, and what none of the learnt intents means.
#[derive(Debug, Default)]
pub(crate) struct Split {
    pub(crate) train: Vec<Row>,
    pub(crate) test: Vec<Row>,
    pub(crate) outside: Vec<Row>,
}

/// A text with its marked spans, in characters.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Marked {
    pub(crate) text: String,
    /// The slots that were asked for.
    #[serde(default)]
    pub(crate) requested: Vec<String>,
    pub(crate) labels: Vec<Label>,
}

/// A marked span.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Label {
    pub(crate) slot: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The names of the data sets in a folder whose files end so.
pub(crate) fn names(folder: &Path, ending: &str) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        names.extend(file.strip_suffix(ending).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// The intents of a data set, cut into what is learnt and what is asked.
pub(crate) fn intents(folder: &Path, name: &str) -> std::io::Result<Split> {
    let train = rows(&folder.join(format!("{name}.train.tsv")))?;
    let test = folder.join(format!("{name}.test.tsv"));
    Ok(if test.is_file() { given(train, rows(&test)?) } else { cut(train) })
}

/// The same without every fifth intent, which is what the others are not; as given, if the test part has such texts.
pub(crate) fn with_outside(split: &Split) -> Split {
    if !split.outside.is_empty() {
        let Split { train, test, outside } = split;
        return Split { train: train.clone(), test: test.clone(), outside: outside.clone() };
    }
    let mut names: Vec<&str> = by_intent(&split.train).into_keys().collect();
    Order::new(5).shuffle(&mut names);
    names.truncate(names.len().div_ceil(5));
    let (outside, test) =
        split.test.iter().cloned().partition(|row| names.contains(&row.intent.as_str()));
    let train = split.train.iter().filter(|row| !names.contains(&row.intent.as_str()));
    Split { train: train.cloned().collect(), test, outside }
}

/// Texts that mean none of a data set's intents: `<name>.outside.txt`, a text a line, or else those that lie beside this
/// program.
pub(crate) fn aside(folder: &Path, name: &str) -> std::io::Result<Vec<String>> {
    for file in [folder.join(format!("{name}.outside.txt")), ours(name)] {
        if file.is_file() {
            return Ok(std::fs::read_to_string(file)?.lines().map(str::to_owned).collect());
        }
    }
    Ok(Vec::new())
}

/// So many texts of each intent, drawn with this seed.
pub(crate) fn few(rows: &[Row], shots: usize, seed: u64) -> Vec<Row> {
    let mut order = Order::new(seed);
    let mut few = Vec::new();
    for (_, mut rows) in by_intent(rows) {
        order.shuffle(&mut rows);
        few.extend(rows.into_iter().take(shots).cloned());
    }
    few
}

/// The intents of a data set with their texts, in an order of this seed's.
pub(crate) struct Drawn<'a>(pub(crate) Vec<(&'a str, Vec<&'a str>)>);

impl<'a> Drawn<'a> {
    pub(crate) fn of(rows: &'a [Row], seed: u64) -> Self {
        let mut order = Order::new(seed);
        let mut intents: Vec<(&str, Vec<&str>)> = by_intent(rows)
            .into_iter()
            .map(|(name, rows)| (name, rows.iter().map(|row| &*row.text).collect()))
            .collect();
        order.shuffle(&mut intents);
        for (_, texts) in &mut intents {
            order.shuffle(texts);
        }
        Self(intents)
    }
}

/// Texts about anything, which lie beside this program.
pub(crate) fn anything() -> std::io::Result<Vec<String>> {
    Ok(std::fs::read_to_string(ours("clinc150"))?.lines().map(str::to_owned).collect())
}

/// The marked texts of a data set: the test part, or every tenth text where there is none.
pub(crate) fn marked(folder: &Path, name: &str) -> std::io::Result<Vec<Marked>> {
    let test = folder.join(format!("{name}.test.jsonl"));
    let (file, every) = if test.is_file() {
        (test, 1)
    } else {
        (folder.join(format!("{name}.train.jsonl")), KEPT_BACK)
    };
    let mut marked = Vec::new();
    for (number, line) in std::fs::read_to_string(&file)?.lines().enumerate() {
        let row: Marked =
            serde_json::from_str(line).map_err(|error| wrong(&file, number, &error.to_string()))?;
        marked.push(row);
    }
    Order::new(1).shuffle(&mut marked);
    let count = marked.len() / every;
    marked.truncate(count);
    Ok(marked)
}

fn ours(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/understand/outside");
    folder.join(format!("{name}.txt"))
}

fn rows(file: &Path) -> std::io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (number, line) in std::fs::read_to_string(file)?.lines().enumerate() {
        let Some((intent, text)) = line.split_once('\t') else {
            return Err(wrong(file, number, "no tab between intent and text"));
        };
        rows.push(Row { intent: intent.to_owned(), text: text.to_owned() });
    }
    Ok(rows)
}

fn wrong(file: &Path, number: usize, what: &str) -> std::io::Error {
    let place: PathBuf = file.into();
    std::io::Error::other(format!("{}:{}: {what}", place.display(), number + 1))
}

/// A test part of its own; its intents that are not learnt are what none of the learnt means.
fn given(train: Vec<Row>, test: Vec<Row>) -> Split {
    let known: Vec<String> = by_intent(&train).into_keys().map(str::to_owned).collect();
    let (test, outside) =
        test.into_iter().partition(|row| known.binary_search(&row.intent).is_ok());
    Split { train, test, outside }
}

fn cut(rows: Vec<Row>) -> Split {
    let mut order = Order::new(1);
    let mut split = Split::default();
    for (_, mut rows) in by_intent(&rows) {
        order.shuffle(&mut rows);
        for (number, row) in rows.into_iter().enumerate() {
            let part = if number % KEPT_BACK == 0 { &mut split.test } else { &mut split.train };
            part.push(row.clone());
        }
    }
    split
}

/// The texts of each intent.
pub(crate) fn by_intent(rows: &[Row]) -> BTreeMap<&str, Vec<&Row>> {
    let mut intents: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        intents.entry(&row.intent).or_default().push(row);
    }
    intents
}

/// A fixed sequence of permutations (splitmix64, Fisher–Yates).
struct Order(u64);

impl Order {
    const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let below = u64::try_from(end).unwrap_or(u64::MAX) + 1;
            let pick = usize::try_from(self.next() % below).unwrap_or_default();
            items.swap(end, pick);
        }
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
