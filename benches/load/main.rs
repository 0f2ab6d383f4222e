//! What a turn costs over WebSocket: the release binary under 1, 10 and 100 conversations at once, and what an idle
//! socket costs in memory, each next to a bare WebSocket echo that is loaded and measured in the same way. Started by
//! `cargo xtask bench`. It asserts nothing: CPU and ratios hold, wall times are those of the machine.

mod client;
mod echo;
mod flows;
mod idle;
mod report;
mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

use client::{Load, Script};
use report::{Report, Row};
use server::Server;

/// Where a data directory costs no disk: what is left is the host's own work.
const MEMORY: &str = "/dev/shm";

#[derive(Debug, Parser)]
struct Line {
    /// Conversations at once, one run for each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100])]
    sessions: Vec<usize>,
    /// Seconds that each run is measured
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Sockets that are opened to measure an idle one; 0 leaves it out
    #[arg(long, default_value_t = 1000)]
    idle: usize,
    /// Only this flow: `ping` or `branch`
    #[arg(long)]
    flow: Option<String>,
    /// Only with data directories in `memory`, which cost no disk, or only on `disk`
    #[arg(long)]
    store: Option<String>,
    /// For programs: one JSON object
    #[arg(long)]
    json: bool,
    /// Be the echo server that the others are compared with
    #[arg(long, hide = true)]
    echo: bool,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let line = Line::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.context("start a runtime").and_then(|runtime| {
        runtime.block_on(async { if line.echo { echo::serve().await } else { run(&line).await } })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(line: &Line) -> Result<()> {
    let mut report = Report::new(line.json);
    let places = places(line)?;
    let scripts: Vec<&Script> = flows::SCRIPTS
        .iter()
        .filter(|script| line.flow.as_deref().is_none_or(|only| only == script.flow))
        .collect();
    for &sessions in &line.sessions {
        let load = Load { sessions, measured: Duration::from_secs(line.seconds) };
        let echo = measure(&Server::echo()?, &flows::ECHO, load).await?;
        report.add(Row { server: "echo", store: "none", taken: echo, reference: echo });
        for (store, place) in &places {
            for script in &scripts {
                let home = home(place)?;
                let server = Server::host(home.path())?;
                let taken = measure(&server, script, load).await?;
                report.add(Row { server: script.flow, store, taken, reference: echo });
            }
        }
    }
    if line.idle > 0 {
        let (_, place) = places.first().context("find a place for data")?;
        let home = home(place)?;
        let echo = idle::measure(&Server::echo()?, None, line.idle).await?;
        let host = idle::measure(&Server::host(home.path())?, Some(flows::PING), line.idle).await?;
        report.idle(line.idle, &host, &echo);
    }
    report.finish()
}

async fn measure(server: &Server, script: &'static Script, load: Load) -> Result<client::Taken> {
    client::run(server, script, load)
        .await
        .with_context(|| format!("measure `{}` with {} conversations", script.flow, load.sessions))
}

/// Where data directories are made: in memory, if there is such a place, and on disk.
fn places(line: &Line) -> Result<Vec<(&'static str, PathBuf)>> {
    let memory = ("memory", PathBuf::from(MEMORY));
    let disk = ("disk", PathBuf::from(env!("CARGO_TARGET_TMPDIR")));
    let wanted = |name: &str| line.store.as_deref().is_none_or(|only| only == name);
    let mut places = vec![memory, disk];
    places.retain(|(name, place)| wanted(name) && place.is_dir());
    ensure!(!places.is_empty(), "find a place for data; `--store` is `memory` or `disk`");
    Ok(places)
}

/// A new directory with the flows.
fn home(place: &Path) -> Result<tempfile::TempDir> {
    let home = tempfile::Builder::new().prefix("cicerone-bench-").tempdir_in(place)?;
    flows::write(home.path())?;
    Ok(home)
}
