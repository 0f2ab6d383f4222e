//! What a person or a program sees. The only file that prints.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark's result is its output"
)]

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use crate::client::Taken;
use crate::idle::Idle;

/// One run.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// A flow of the host, or the echo.
    pub(crate) server: &'static str,
    /// Where its data are.
    pub(crate) store: &'static str,
    #[serde(flatten)]
    pub(crate) taken: Taken,
    /// The echo under the same load, just before.
    #[serde(skip)]
    pub(crate) reference: Taken,
}

/// Everything measured so far; for a person each row is printed as it comes.
#[derive(Debug)]
pub(crate) struct Report {
    json: bool,
    rows: Vec<serde_json::Value>,
    idle: serde_json::Value,
}

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        if !json {
            println!(
                "{:8} {:8} {:>8} {:>9} {:>9} {:>9} {:>9} {:>11} {:>7} {:>13}",
                "",
                "store",
                "sessions",
                "turns/s",
                "p50",
                "p99",
                "max",
                "CPU/turn",
                "× echo",
                "RSS MB"
            );
        }
        Self { json, rows: Vec::new(), idle: serde_json::Value::Null }
    }

    pub(crate) fn add(&mut self, row: Row) {
        let taken = &row.taken;
        let ratio = taken.cpu_us_per_turn / row.reference.cpu_us_per_turn;
        if self.json {
            let mut value = json!(row);
            if let Some(object) = value.as_object_mut() {
                object.insert("cpu_times_echo".to_owned(), json!(ratio));
            }
            self.rows.push(value);
            return;
        }
        println!(
            "{:8} {:8} {:>8} {:>9.0} {:>9} {:>9} {:>9} {:>8.1} µs {:>7.1} {:>5.1} → {:>5.1}",
            row.server,
            row.store,
            taken.sessions,
            taken.turns_per_second,
            time(taken.p50_us),
            time(taken.p99_us),
            time(taken.max_us),
            taken.cpu_us_per_turn,
            ratio,
            megabytes(taken.resident_kb_before),
            megabytes(taken.resident_kb_after),
        );
    }

    pub(crate) fn idle(&mut self, count: usize, host: &Idle, echo: &Idle) {
        if self.json {
            self.idle = json!({ "count": count, "host": host, "echo": echo });
            return;
        }
        println!(
            "\n{count} idle: {:.1} KB a session, {:.1} KB a socket on it; {:.1} KB a socket of the echo ({:.1} times)",
            host.session_kb,
            host.socket_kb,
            echo.socket_kb,
            host.socket_kb / echo.socket_kb,
        );
    }

    pub(crate) fn finish(self) -> Result<()> {
        if self.json {
            let all = json!({ "runs": self.rows, "idle": self.idle });
            println!("{}", serde_json::to_string_pretty(&all)?);
        }
        Ok(())
    }
}

/// A line of output.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Why nothing was measured.
pub(crate) fn failure(error: &anyhow::Error) {
    eprintln!("could not {error:#}");
}

fn time(micros: u32) -> String {
    match micros {
        0..1000 => format!("{micros} µs"),
        long => format!("{:.1} ms", f64::from(long) / 1000.0),
    }
}

fn megabytes(kb: u64) -> f64 {
    kb as f64 / 1024.0
}
