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
use crate::swaps::Taken as Swaps;

/// One run.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// A flow of the host, or the echo.
    pub(crate) server: &'static str,
    /// Where its data are.
    pub(crate) store: &'static str,
    #[serde(flatten)]
    pub(crate) taken: Taken,
    /// The echo or the bare loops under the same load, just before.
    #[serde(skip)]
    pub(crate) reference: Taken,
}

impl Row {
    /// How it compares: CPU with the echo's, or throughput with that of bare loops on the same Redis.
    fn ratio(&self) -> String {
        let (taken, reference) = (&self.taken, &self.reference);
        if reference.redis_cpu_us_per_turn > 0.0 {
            format!("{:.2}× /s", taken.turns_per_second / reference.turns_per_second)
        } else {
            format!("{:.1}× CPU", taken.cpu_us_per_turn / reference.cpu_us_per_turn)
        }
    }
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
                "{:8} {:8} {:>8} {:>9} {:>9} {:>9} {:>9} {:>11} {:>13} {:>10} {:>13}",
                "",
                "store",
                "sessions",
                "turns/s",
                "p50",
                "p99",
                "max",
                "CPU/turn",
                "Redis CPU",
                "reference",
                "RSS MB"
            );
        }
        Self { json, rows: Vec::new(), idle: serde_json::Value::Null }
    }

    pub(crate) fn add(&mut self, row: Row) {
        let taken = &row.taken;
        let ratio = row.ratio();
        if self.json {
            let mut value = json!(row);
            if let Some(object) = value.as_object_mut() {
                object.insert("ratio".to_owned(), json!(ratio));
            }
            self.rows.push(value);
            return;
        }
        println!(
            "{:8} {:8} {:>8} {:>9.0} {:>9} {:>9} {:>9} {:>8.1} µs {:>10.1} µs {:>10} {:>5.1} → {:>5.1}",
            row.server,
            row.store,
            taken.sessions,
            taken.turns_per_second,
            time(taken.p50_us),
            time(taken.p99_us),
            time(taken.max_us),
            taken.cpu_us_per_turn,
            taken.redis_cpu_us_per_turn,
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

/// How soon versions were live.
pub(crate) fn swaps(all: &[Swaps], json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(&json!({ "swaps": all }))?);
        return Ok(());
    }
    println!(
        "{:20} {:>8} {:>6} {:>8} {:>10} {:>10} {:>10}",
        "", "sessions", "swaps", "turns", "p50", "p95", "max"
    );
    for one in all {
        println!(
            "{:20} {:>8} {:>6} {:>8} {:>7.0} ms {:>7.0} ms {:>7.0} ms",
            one.what, one.sessions, one.swaps, one.turns, one.p50_ms, one.p95_ms, one.max_ms
        );
    }
    Ok(())
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
