//! What a person sees: steps with their time, notes, failures, all on standard error but what was asked for. Colour only
//! on a terminal. The only file that prints.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where the helper speaks")]

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use anyhow::Result;

/// An answer that was asked for.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Something worth knowing.
pub(crate) fn note(text: &str) {
    eprintln!("{} {text}", paint("  ·", DIM));
}

/// Something that a person must not overlook.
pub(crate) fn warning(text: &str) {
    eprintln!("{} {text}", paint("  ! NOTE:", YELLOW));
}

/// The end of a run that failed.
pub(crate) fn failure(error: &anyhow::Error) {
    eprintln!("{} could not {error:#}", paint("error:", RED));
}

/// Runs `work` under a title and says how long it took.
pub(crate) fn step(title: &str, work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    eprintln!("{} {}", paint("==>", BLUE), paint(title, BOLD));
    let begun = Instant::now();
    let result = work();
    let took = begun.elapsed();
    let mark = if result.is_ok() { paint("  ok", GREEN) } else { paint("  FAILED", RED) };
    eprintln!("{mark} {title} ({})", seconds(took));
    result.map(|()| took)
}

/// One line for each step, at the end of a run.
pub(crate) fn summary(steps: &[(String, Option<Duration>)]) {
    let width = steps.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
    eprintln!();
    for (title, took) in steps {
        let (mark, time) = match took {
            Some(took) => (paint("ok    ", GREEN), seconds(*took)),
            None => (paint("FAILED", RED), String::new()),
        };
        eprintln!("  {mark}  {title:width$}  {time:>8}");
    }
    let total: Duration = steps.iter().filter_map(|(_, took)| *took).sum();
    eprintln!("  {:6}  {:width$}  {:>8}", "", "together", seconds(total));
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        long => format!("{}:{:02} min", long / 60, long % 60),
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "1;31";
const GREEN: &str = "32";
const YELLOW: &str = "1;33";
const BLUE: &str = "34";

fn paint(text: &str, style: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some() || !std::io::stderr().is_terminal();
    if plain { text.to_owned() } else { format!("\x1b[{style}m{text}\x1b[0m") }
}
