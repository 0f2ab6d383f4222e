//! One line that says what goes on and since when, where standard error is a terminal; else what begins is told once.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use owo_colors::OwoColorize;

use crate::author::Progress;

/// How often the line is written anew.
const TICK: Duration = Duration::from_millis(100);

/// What is shorter than this is not worth a line.
const SHORT: Duration = Duration::from_millis(300);

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Writes the line until it is dropped.
pub(super) struct Ticker {
    work: Arc<Mutex<Work>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Work {
    /// What goes on, the outermost first.
    begun: Vec<(String, Instant)>,
    /// Whether the line is there.
    shown: bool,
    over: bool,
}

impl Ticker {
    pub(super) fn start() -> Self {
        let work = Arc::new(Mutex::new(Work::default()));
        let thread = std::io::stderr().is_terminal().then(|| {
            let work = Arc::clone(&work);
            std::thread::spawn(move || {
                for frame in FRAMES.iter().cycle() {
                    std::thread::park_timeout(TICK);
                    let mut work = lock(&work);
                    if work.over {
                        return;
                    }
                    work.show(frame);
                }
            })
        });
        Self { work, thread }
    }

    pub(super) fn tell(&self, progress: Progress<'_>) {
        let mut work = lock(&self.work);
        match progress {
            Progress::Begin(what) => work.begun.push((what.to_owned(), Instant::now())),
            Progress::End => {
                work.begun.pop();
                work.clear();
            }
            Progress::Note(text) => {
                work.clear();
                anstream::eprintln!("{} {text}", "·".dimmed());
            }
        }
    }
}

fn lock(work: &Mutex<Work>) -> MutexGuard<'_, Work> {
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Work {
    fn show(&mut self, frame: &str) {
        let Some((what, since)) = self.begun.last() else { return };
        let time = since.elapsed();
        if time < SHORT {
            return;
        }
        anstream::eprint!(
            "\r\x1b[2K{} {what} {}",
            frame.cyan(),
            format!("{} s", time.as_secs()).dimmed()
        );
        self.flush();
        self.shown = true;
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            anstream::eprint!("\r\x1b[2K");
            self.flush();
        }
    }

    fn flush(&self) {
        // A line that is not seen is no reason to stop.
        std::io::stderr().flush().unwrap_or_default();
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        let mut work = lock(&self.work);
        work.clear();
        work.over = true;
        drop(work);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            thread.join().unwrap_or_default();
        }
    }
}
