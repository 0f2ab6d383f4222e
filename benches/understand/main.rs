//! How well and how fast texts are understood, on data sets that a folder holds. Started by `cargo xtask bench-nlu`. It
//! asserts nothing, and keeps nothing of the data but copies for the baseline below `target`.
#![expect(clippy::print_stdout, reason = "figures are for people")]

mod baseline;
mod data;
mod draws;
mod intents;
mod spans;

use std::path::PathBuf;
use std::time::Duration;

/// What the command line says.
#[derive(Debug, Default)]
struct Line {
    data: PathBuf,
    /// Only the data sets whose names contain this.
    only: Option<String>,
    language: String,
    /// A Python with scikit-learn, and a folder for what it reads.
    baseline: Option<PathBuf>,
    scratch: PathBuf,
    /// Every value that is missed or found wrongly.
    wrong: bool,
    /// Small sets only.
    small: bool,
}

fn main() -> std::io::Result<()> {
    let line = read()?;
    let wanted = |name: &String| line.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    if line.small {
        return small(&line, wanted);
    }
    println!("{HEAD}");
    let mut largest: Vec<data::Row> = Vec::new();
    for name in data::names(&line.data, ".train.tsv")?.into_iter().filter(wanted) {
        let split = data::intents(&line.data, &name)?;
        let aside = data::aside(&line.data, &name)?;
        let figures = intents::measure(&split, &aside, &line.language);
        let beside = match &line.baseline {
            Some(python) => {
                Some(baseline::measure(python, &line.scratch.join(&name), (&split, &aside))?)
            }
            None => None,
        };
        show(&name, &figures, beside);
        let all: Vec<data::Row> = split.train.into_iter().chain(split.test).collect();
        if all.len() > largest.len() {
            largest = all;
        }
    }
    for shape in [(10, 10), (150, 100)] {
        let time = intents::learning(&largest, shape);
        let (intents, examples) = shape;
        match time {
            Some(time) => {
                println!(
                    "learning {intents} intents of {examples} examples: {time:.1?} of a processor"
                );
            }
            None => println!("learning {intents} intents of {examples} examples: no such data"),
        }
    }
    for name in data::names(&line.data, ".train.jsonl")?.into_iter().filter(wanted) {
        let rows = data::marked(&line.data, &name)?;
        let figures = spans::measure(&rows, &line.language, |told| {
            if line.wrong {
                println!("{told}");
            }
        });
        show_spans(&name, &figures);
    }
    Ok(())
}

/// What sets as small as a flow's make of texts.
fn small(line: &Line, wanted: impl Fn(&String) -> bool) -> std::io::Result<()> {
    let anything = data::anything()?;
    println!(
        "small sets: understood, taken for another, texts of other intents taken, texts about anything taken"
    );
    for name in data::names(&line.data, ".train.tsv")?.into_iter().filter(wanted) {
        let split = data::intents(&line.data, &name)?;
        let rows: Vec<data::Row> = split.train.into_iter().chain(split.test).collect();
        for (shape, figures) in draws::measure(&rows, &anything, &line.language) {
            println!(
                "{name}: {} of {}, {} more: {:.3} {:.3} {:.3} {:.3}",
                shape.taken,
                shape.examples,
                shape.beside,
                figures.understood,
                figures.mistaken,
                figures.others,
                figures.anything
            );
        }
    }
    Ok(())
}

const HEAD: &str = "accuracy with all examples, with 10 of each intent, and AUROC of texts without an \
intent; in brackets the baseline";

fn read() -> std::io::Result<Line> {
    let mut line = Line { language: "en".to_owned(), ..Line::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| wrong(&format!("`{word}` needs a value")));
        match word.as_str() {
            "--data" => line.data = value()?.into(),
            "--only" => line.only = Some(value()?),
            "--language" => line.language = value()?,
            "--baseline" => line.baseline = Some(value()?.into()),
            "--scratch" => line.scratch = value()?.into(),
            "--wrong" => line.wrong = true,
            "--small" => line.small = true,
            // Given by `cargo bench`.
            "--bench" => {}
            other => return Err(wrong(&format!("no option `{other}`"))),
        }
    }
    if line.data.as_os_str().is_empty() {
        return Err(wrong("say where the data sets are: --data DIR"));
    }
    Ok(line)
}

fn wrong(what: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidInput, what)
}

fn show(name: &str, figures: &intents::Figures, beside: Option<baseline::Figures>) {
    let both = |ours: f64, theirs: Option<f64>| match theirs {
        Some(theirs) => format!("{ours:.4} ({theirs:.4})"),
        None => format!("{ours:.4}"),
    };
    println!(
        "{name}: {} intents, {} learnt, {} asked: accuracy {} (by intent {:.4}), 10-shot {}, outside AUROC {}{}, \
         {} a text, trained in {:.1?}",
        figures.intents,
        figures.learnt,
        figures.asked,
        both(figures.accuracy, beside.map(|one| one.accuracy)),
        figures.balanced,
        both(figures.few, beside.map(|one| one.few)),
        both(figures.auroc, beside.map(|one| one.auroc)),
        match figures.aside {
            Some(aside) => {
                let theirs = beside.and_then(|one| one.aside);
                format!(", of texts about something else {}", both(aside, theirs))
            }
            None => String::new(),
        },
        times(&figures.times),
        figures.training,
    );
}

fn show_spans(name: &str, figures: &spans::Figures) {
    println!("{name}: {} texts, {} a text", figures.texts, times(&figures.times));
    for (slot, count) in &figures.slots {
        println!(
            "  {slot:12} {:5} marked, {:5} found: span F1 {:.4}, {:.4} whatever stands at the ends",
            count.marked,
            count.found,
            count.f1(count.right),
            count.f1(count.alike),
        );
    }
}

/// Median and 99th percentile.
fn times(sorted: &[Duration]) -> String {
    let at = |percent: usize| sorted.get(sorted.len().saturating_sub(1) * percent / 100);
    match (at(50), at(99)) {
        (Some(median), Some(high)) => format!("{median:.1?} (p99 {high:.1?})"),
        _ => "nothing".to_owned(),
    }
}
